"""Changes to a basket: each under the basket's row lock, each a new version. Nothing is held here."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from catalog.inventory.services import StockExhausted
from catalog.partner.models import StockPolicy, StockRecord
from orders.basket.models import Basket, Line, new_expiry
from orders.basket.queries import (
    BasketView,
    UnknownVariant,
    expired_before,
    find_record,
    get_basket,
    is_on_sale,
    view_basket,
)
from orders.basket.rules import MAX_LINES, MAX_QUANTITY
from orders.shipping.rules import address_errors
from shop import versions
from shop.errors import DomainError, FieldError, InvalidInput, NotFound


class BasketNotOpen(DomainError):
    code = "basket_not_open"
    title = "This basket has become an order"
    detail = "Begin a new basket, or cancel the unpaid order to open this one again."


class BasketFull(DomainError):
    code = "basket_full"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    title = "The basket is full"
    detail = f"A basket takes {MAX_LINES} lines of up to {MAX_QUANTITY} pieces."


def create_basket(*, currency: str) -> Basket:
    return Basket.objects.create(currency=currency)


@transaction.atomic
def add_line(basket_id: str, *, variant: str | None, sku: str | None, quantity: int, if_match: str | None) -> Basket:
    """Add pieces of a variant; one already there gets more. Raises StockExhausted where the shelf is too short."""
    basket = _open_for_change(basket_id, if_match)
    record = find_record(variant=variant, sku=sku)
    line = Line.objects.filter(basket=basket, stockrecord=record).first()
    wanted = quantity + (line.quantity if line else 0)
    _check_quantity(record, wanted)
    if line:
        Line.objects.filter(pk=line.pk).update(quantity=wanted, price_excl_tax=record.price)
    else:
        _new_line(basket, record, wanted)
    return _changed(basket)


def _new_line(basket: Basket, record: StockRecord, quantity: int) -> None:
    if Line.objects.filter(basket=basket).count() >= MAX_LINES:
        raise BasketFull
    Line.objects.create(
        basket=basket,
        line_reference=record.product.public_id,
        product=record.product,
        stockrecord=record,
        quantity=quantity,
        price_currency=record.price_currency,
        price_excl_tax=record.price,
        price_incl_tax=record.price,
    )


@transaction.atomic
def change_line(basket_id: str, line_id: str, *, quantity: int, if_match: str | None) -> Basket:
    """Set a line's quantity. Raises UnknownVariant where it is not for sale any more, and StockExhausted."""
    basket = _open_for_change(basket_id, if_match)
    line = _line(basket, line_id)
    if not is_on_sale(line.product, line.stockrecord):
        raise UnknownVariant
    _check_quantity(line.stockrecord, quantity)
    Line.objects.filter(pk=line.pk).update(quantity=quantity, price_excl_tax=line.stockrecord.price)
    return _changed(basket)


@transaction.atomic
def remove_line(basket_id: str, line_id: str, *, if_match: str | None) -> Basket:
    basket = _open_for_change(basket_id, if_match)
    _line(basket, line_id).delete()
    return _changed(basket)


@transaction.atomic
def update_details(basket_id: str, *, changes: Mapping[str, Any], if_match: str | None) -> Basket:
    """Set contact, addresses, shipping option or gift note; only what is given changes. Raises InvalidInput."""
    basket = _open_for_change(basket_id, if_match)
    _check_addresses(changes)
    if all(getattr(basket, name) == value for name, value in changes.items()):
        return basket  # a form that saves again what is there makes no new version
    for name, value in changes.items():
        setattr(basket, name, value)
    if changes.get("shipping_option"):
        _check_option(basket, changes["shipping_option"])
    return _changed(basket)


def _check_addresses(changes: Mapping[str, Any]) -> None:
    errors: list[FieldError] = []
    for name in ("shipping_address", "billing_address"):
        if changes.get(name):
            served = settings.SHIPPING_COUNTRIES if name == "shipping_address" else [changes[name]["country"]]
            found = address_errors(changes[name], served=served)
            errors += [{**error, "field": f"{name}.{error['field']}"} for error in found]
    if errors:
        raise InvalidInput(errors=errors)


def _check_option(basket: Basket, code: str) -> None:
    codes = [option.code for option in view_basket(basket).options]
    if code not in codes:
        message = f"Choose one of {', '.join(codes)}."
        raise InvalidInput(errors=[{"field": "shipping_option", "code": "unknown_option", "message": message}])


def _open_for_change(basket_id: str, if_match: str | None) -> Basket:
    basket = get_basket(basket_id, lock=True)
    if basket.status != Basket.OPEN:
        raise BasketNotOpen
    versions.check(if_match, basket.version)
    return basket


def _line(basket: Basket, line_id: str) -> Line:
    lines = Line.objects.select_related("stockrecord", "product__parent__maker")
    line = lines.filter(basket=basket, public_id=line_id).first()
    if line is None:
        raise NotFound
    return line


def _check_quantity(record: StockRecord, quantity: int) -> None:
    if quantity > MAX_QUANTITY:
        raise BasketFull
    if record.policy == StockPolicy.STOCK and record.on_shelf < quantity:
        left: FieldError = {"field": "quantity", "code": "out_of_stock", "message": record.left_in_words}
        raise StockExhausted(errors=[left])


def _changed(basket: Basket) -> Basket:
    """A change is a new version, and the basket lives on."""
    basket.version += 1
    basket.expires_at = new_expiry()
    basket.save()
    return basket


def freeze(view: BasketView) -> None:
    """The basket has become an order; its lines keep the prices of that moment. The caller holds its lock."""
    basket = view.basket
    repriced = [priced for priced in view.lines if priced.line.price_excl_tax != priced.unit_price]
    for priced in repriced:
        priced.line.price_excl_tax = priced.unit_price
    Line.objects.bulk_update([priced.line for priced in repriced], ["price_excl_tax"])
    basket.status = Basket.FROZEN
    basket.save(update_fields=["status"])


def reopen(basket: Basket) -> None:
    """The order came to nothing: the shopper may go on where they were. The caller holds its lock."""
    if basket.status == Basket.FROZEN:
        basket.status = Basket.OPEN
        basket.version += 1
        basket.expires_at = new_expiry()
        basket.save(update_fields=["status", "version", "expires_at"])


def remove_expired(*, limit: int = 1000) -> int:
    """Delete baskets that nobody came back to; returns how many."""
    ids = list(expired_before(timezone.now()).values_list("pk", flat=True)[:limit])
    return Basket.objects.filter(pk__in=ids, status=Basket.OPEN, expires_at__lt=timezone.now()).delete()[0]
