"""The buyer corrects where an order goes, until it is being made ready."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.utils import timezone

from orders.order.events import DeliveryCorrected
from orders.order.models import Order
from orders.order.services import OrderNotInState, lock_order
from orders.order.status import OrderStatus
from orders.shipping.queries import options_for
from orders.shipping.rules import ShippingOption, address_errors
from shop.addresses import KEPT_FOR_TAX
from shop.errors import DomainError, FieldError, InvalidInput
from shop.events.services import atomic, publish

CORRECTABLE = frozenset({OrderStatus.AWAITING_PAYMENT, OrderStatus.PAID})
# Each stands in the order's timeline for good.
MAX_CORRECTIONS = 20


class DeliveryElsewhere(DomainError):
    code = "delivery_elsewhere"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    title = "The order cannot go there at the same price"
    detail = (
        "Shipping, its dates or the tax would be others. Nothing was changed; ask the maker, or cancel and reorder."
    )


class TooManyCorrections(DomainError):
    code = "too_many_corrections"
    title = "The delivery has been corrected as often as it may be"
    detail = f"An order takes {MAX_CORRECTIONS} corrections; ask the maker."


@atomic()
def correct_delivery(order: Order, *, changes: Mapping[str, Any]) -> Order:
    """Set `shipping_address` or `phone`, what is given of them; the timeline says that it was done, not what was.

    What the order costs stays: the country does, and where shipping or tax would change, the rest of the place.
    Raises OrderNotInState once it is being made, InvalidInput, DeliveryElsewhere and TooManyCorrections.
    """
    order = lock_order(order.pk)
    if order.status not in CORRECTABLE or order.erased_at:
        raise OrderNotInState("Its delivery can be corrected until the pieces are being made ready.")
    ship_to, phone = changes.get("shipping_address", order.ship_to), changes.get("phone", order.phone)
    if (ship_to, phone) == (order.ship_to, order.phone):
        return order
    if len(order.corrections) >= MAX_CORRECTIONS:
        raise TooManyCorrections
    if ship_to != order.ship_to:
        _check_place(order, ship_to)
    order.ship_to, order.phone = ship_to, phone
    order.corrections = [*order.corrections, {"status": order.status, "at": timezone.now()}]
    order.save(update_fields=["ship_to", "phone", "corrections"])
    publish(DeliveryCorrected(order.pk))
    return order


def _check_place(order: Order, ship_to: Mapping[str, str]) -> None:
    found: list[FieldError] = address_errors(ship_to, served=settings.SHIPPING_COUNTRIES)
    if found:
        raise InvalidInput(errors=[{**error, "field": f"shipping_address.{error['field']}"} for error in found])
    was_taxed = order.total_incl_tax != order.total_excl_tax
    stays = (
        ship_to["country"] == order.ship_to["country"]
        and _shipping(order, ship_to) == _shipping(order, order.ship_to)
        and not (was_taxed and any(ship_to[name] != order.ship_to[name] for name in KEPT_FOR_TAX))
    )
    if not stays:
        raise DeliveryElsewhere


def _shipping(order: Order, address: Mapping[str, str]) -> ShippingOption | None:
    """The option that the order goes by, as it would be on offer today for this address."""
    items = order.total_excl_tax - order.shipping_excl_tax
    options = options_for(items_total=items, lead_time_days=0, address=address)
    return next((option for option in options if option.code == order.shipping_code), None)
