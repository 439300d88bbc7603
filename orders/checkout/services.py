"""Placing an order from a basket: one short transaction, nothing charged that was not shown."""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from http import HTTPStatus

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from catalog.browse.shapes import image, options
from catalog.inventory.services import StockExhausted, hold, lock_records
from orders.basket.models import Basket, Line
from orders.basket.queries import BasketView, PricedLine, get_basket, view_basket
from orders.basket.services import BasketNotOpen, freeze
from orders.basket.shapes import shipping_option as shipping_option_shape
from orders.checkout.rules import differences, only_stock
from orders.order.models import Line as OrderLine
from orders.order.models import Order, OrderStatusChange
from orders.order.services import mark_paid
from orders.order.status import OrderStatus
from orders.payment.services import new_payment
from shop.errors import DomainError, FieldError
from shop.ids import new_number


class BasketChanged(DomainError):
    code = "basket_changed"
    title = "The basket is not what the shopper saw"
    detail = "Nothing was charged. Read the basket, show it again, and check out with its version and total."


class CheckoutIncomplete(DomainError):
    code = "checkout_incomplete"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    title = "Something is missing for the order"
    detail = "Fill in what `errors` names, then check out."


class TooManyUnpaidOrders(DomainError):
    code = "too_many_unpaid_orders"
    status = HTTPStatus.TOO_MANY_REQUESTS
    title = "Too many orders wait to be paid"
    detail = "Pay or cancel one of them first; an unpaid order ends by itself when its hold does."
    retry_after = 60


@dataclass(frozen=True, slots=True)
class Expected:
    """The basket as the shopper last saw it."""

    version: int
    total: Decimal
    currency: str


@transaction.atomic
def place_order(basket_id: str, *, expected: Expected, claim: str | None, placed_from: str) -> Order:
    """Turn the basket into an order that holds its stock; paid at once when nothing is due.

    `claim` is the request's idempotency claim: the same one finds the order it made before. `placed_from` is the
    caller's address, since unpaid orders are capped by it.
    Raises BasketNotOpen, CheckoutIncomplete, BasketChanged, StockExhausted and TooManyUnpaidOrders and
    TotalNotChargeable; then nothing has changed.
    """
    basket = get_basket(basket_id, lock=True)
    if claim and (placed := Order.objects.filter(placed_by_claim=claim).first()):
        return placed
    if basket.status != Basket.OPEN:
        raise BasketNotOpen
    lock_records(Line.objects.filter(basket=basket).values_list("stockrecord_id", flat=True))
    view = view_basket(basket)
    _check_complete(view)
    _check_expected(view, expected)
    _check_unpaid(basket, placed_from)
    try:
        order = _create_order(view, claim, placed_from)
    except IntegrityError as error:
        # Its money came after all: an earlier order of this basket, ended before, lives again.
        raise BasketNotOpen from error
    hold(_quantities(view), reference=order.number)
    freeze(view)
    if order.total_incl_tax == 0:
        mark_paid(order)
    else:
        new_payment(order)
    return order


def _quantities(view: BasketView) -> dict[int, int]:
    """What is to be held of each stock record, over all its lines."""
    wanted: Counter[int] = Counter()
    for priced in view.lines:
        wanted[priced.record.pk] += priced.line.quantity
    return dict(wanted)


def _check_complete(view: BasketView) -> None:
    basket = view.basket
    wanted = {
        "lines": bool(view.lines),
        "email": bool(basket.email),
        "shipping_address": bool(basket.shipping_address),
        "shipping_option": view.shipping_option is not None,
    }
    missing: list[FieldError] = [
        {"field": name, "code": "required", "message": "An order needs this."}
        for name, there in wanted.items()
        if not there
    ]
    if missing:
        raise CheckoutIncomplete(errors=missing)


def _check_unpaid(basket: Basket, placed_from: str) -> None:
    """Nobody empties the shelf without paying: so many unpaid orders a mail and a client address."""
    if not settings.LIMITS:
        return
    unpaid = Order.objects.filter(status=OrderStatus.AWAITING_PAYMENT)
    by_mail = unpaid.filter(guest_email__iexact=basket.email).count()
    by_address = unpaid.filter(placed_from=placed_from[:45]).count()
    if by_mail >= settings.UNPAID_ORDERS_PER_EMAIL or by_address >= settings.UNPAID_ORDERS_PER_ADDRESS:
        raise TooManyUnpaidOrders


def _check_expected(view: BasketView, expected: Expected) -> None:
    found = differences(
        seen_version=expected.version,
        version=view.basket.version,
        seen_total=expected.total,
        total=view.totals.total,
        problems=view.problems,
    )
    if expected.currency != view.basket.currency:
        message = f"The basket is in {view.basket.currency}."
        found.append({"field": "expected.total.currency", "code": "currency", "message": message})
    if found:
        raise StockExhausted(errors=found) if only_stock(found) else BasketChanged(errors=found)


def _create_order(view: BasketView, claim: str | None, placed_from: str) -> Order:
    basket, totals, option = view.basket, view.totals, view.shipping_option
    if option is None:
        raise CheckoutIncomplete
    now = timezone.now()
    order = Order.objects.create(
        number=new_number(),
        basket=basket,
        placed_by_claim=claim,
        date_placed=now,
        hold_expires_at=now + timedelta(minutes=settings.HOLD_MINUTES),
        currency=basket.currency,
        total_incl_tax=totals.total,
        total_excl_tax=totals.total - totals.tax,
        shipping_incl_tax=totals.shipping,
        shipping_excl_tax=totals.shipping,
        shipping_method=option.label,
        shipping_code=option.code,
        guest_email=basket.email,
        phone=basket.phone,
        ship_to=basket.shipping_address,
        bill_to=basket.billing_address,
        gift_note=basket.gift_note,
        promised_shipping=shipping_option_shape(option, basket.currency),
        placed_from=placed_from[:45],
    )
    OrderLine.objects.bulk_create(_order_line(order, priced) for priced in view.lines)
    OrderStatusChange.objects.create(order=order, old_status="", new_status=OrderStatus.AWAITING_PAYMENT)
    return order


def _order_line(order: Order, priced: PricedLine) -> OrderLine:
    """The line as it is bought; from here on the catalog may change as it likes."""
    piece, record, total = priced.piece, priced.record, priced.line_total
    return OrderLine(
        order=order,
        partner=piece.maker,
        partner_name=piece.maker.display_name,
        partner_sku=record.partner_sku,
        stockrecord=record,
        product=priced.variant,
        title=piece.title,
        slug=piece.slug,
        options=options(priced.variant),
        image_url=image(piece.pictures[0])["url"] if piece.pictures else "",
        quantity=priced.line.quantity,
        num_allocated=priced.line.quantity,
        lead_time_days=priced.lead_time_days,
        unit_price_incl_tax=priced.unit_price,
        unit_price_excl_tax=priced.unit_price,
        line_price_incl_tax=total,
        line_price_excl_tax=total,
        line_price_before_discounts_incl_tax=total,
        line_price_before_discounts_excl_tax=total,
    )
