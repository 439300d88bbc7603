"""An order as its buyer sees it."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from django.db.models import Prefetch, QuerySet

from catalog.partner.models import Partner
from orders.basket.models import Basket
from orders.discounts.queries import MAY_HAVE_DEALS
from orders.order.models import Line, Order, OrderDiscount, OrderStatusChange
from orders.payment.models import Payment
from orders.refunds.models import Refund
from shop.errors import NotFound
from shop.prepared import Part, columns, fetch

ORDER = Part(Order, "placed")
LINE, MAKER = Part(Line, "line"), Part(Partner, "maker", "id", "code")
DISCOUNT = Part(OrderDiscount, "discount")
PAYMENT = Part(Payment, "payment")
REFUND, REFUNDED = Part(Refund, "refund"), Part(Payment, "payment", "id", "public_id")
CHANGE = Part(OrderStatusChange, "change")
ONE_ORDER = f"SELECT {ORDER.columns} FROM order_order AS placed WHERE number = %s"
LINES = f"""
    SELECT {columns(LINE, MAKER)} FROM order_line AS line
    LEFT JOIN partner_partner AS maker ON maker.id = line.partner_id
    WHERE line.order_id = %s ORDER BY line.id
"""
DISCOUNTS = f"SELECT {DISCOUNT.columns} FROM order_orderdiscount AS discount WHERE order_id = %s ORDER BY id"
PAYMENTS = f"SELECT {PAYMENT.columns} FROM payment_payment AS payment WHERE order_id = %s ORDER BY id"
REFUNDS = f"""
    SELECT {columns(REFUND, REFUNDED)} FROM refunds_refund AS refund
    JOIN payment_payment AS payment ON payment.id = refund.payment_id WHERE refund.order_id = %s ORDER BY refund.id
"""
CHANGES = f"SELECT {CHANGE.columns} FROM order_orderstatuschange AS change WHERE order_id = %s ORDER BY id"


LOOK = f"""
    SELECT (SELECT number FROM order_order WHERE placed_by_claim = %(claim)s),
        ARRAY(SELECT stockrecord_id FROM basket_line WHERE basket_id = %(basket)s),
        ARRAY(SELECT DISTINCT piece.maker_id FROM basket_line AS line
            JOIN catalogue_product AS variant ON variant.id = line.product_id
            JOIN catalogue_product AS piece ON piece.id = variant.parent_id WHERE line.basket_id = %(basket)s),
        {MAY_HAVE_DEALS}
"""


class Written(NamedTuple):
    """A new order, and what was written with it."""

    order: Order
    lines: Sequence[Line]
    discounts: Sequence[OrderDiscount]
    change: OrderStatusChange


class Found(NamedTuple):
    """What there is to know of a locked basket before it is ordered."""

    # The order that the same request has made before, by its number.
    placed: str | None
    # The keys of its stock records and makers.
    records: Sequence[int]
    makers: Sequence[int]
    may_have_deals: bool


def look(basket: Basket, claim: str | None) -> Found:
    """In a statement after the one that has locked the basket, and so as those left it who had it before."""
    return Found(*fetch(LOOK, {"basket": basket.pk, "claim": claim})[0])


def read_order(number: str) -> Order:
    """The order with its lines, payments and history, for whoever has been let in: six queries. Raises NotFound."""
    found = fetch(ONE_ORDER, [number])
    if not found:
        raise NotFound
    order = ORDER.read(iter(found[0]))
    # What `with_amounts` and `with_history` would have found.
    order._prefetched_objects_cache = {
        "lines": [_read_line(iter(row)) for row in fetch(LINES, [order.pk])],
        "discounts": [DISCOUNT.read(iter(row)) for row in fetch(DISCOUNTS, [order.pk])],
        "payments": [PAYMENT.read(iter(row)) for row in fetch(PAYMENTS, [order.pk])],
        "refunds": [_read_refund(iter(row)) for row in fetch(REFUNDS, [order.pk])],
        "status_changes": [CHANGE.read(iter(row)) for row in fetch(CHANGES, [order.pk])],
    }
    return order


def as_read(written: Written, payment: Payment) -> Order:
    """A new order as `read_order` would read it."""
    written.order._prefetched_objects_cache = {
        "lines": written.lines,
        "discounts": written.discounts,
        "payments": [payment],
        "refunds": [],
        "status_changes": [written.change],
    }
    return written.order


def with_payment(order: Order, payment: Payment) -> Order:
    """An order as it was read, with this payment as it is now."""
    others = [each for each in order.payments.all() if each.pk != payment.pk]
    order._prefetched_objects_cache["payments"] = sorted([*others, payment], key=lambda each: each.pk)
    return order


def _read_line(row: Iterator[Any]) -> Line:
    line: Line = LINE.read(row)
    line.partner = MAKER.read(row) if line.partner_id else None
    return line


def _read_refund(row: Iterator[Any]) -> Refund:
    refund = REFUND.read(row)
    refund.payment = REFUNDED.read(row)
    return refund


def with_amounts(orders: QuerySet[Order]) -> QuerySet[Order]:
    """With lines, makers, discounts, payments and refunds: four queries more."""
    lines = Prefetch("lines", Line.objects.select_related("partner").order_by("pk"))
    discounts = Prefetch("discounts", OrderDiscount.objects.order_by("pk"))
    payments = Prefetch("payments", Payment.objects.order_by("pk"))
    refunds = Prefetch("refunds", Refund.objects.select_related("payment").order_by("pk"))
    found = orders.prefetch_related(lines).prefetch_related(discounts)
    return found.prefetch_related(payments).prefetch_related(refunds)


def with_history(orders: QuerySet[Order]) -> QuerySet[Order]:
    """With each change of status: one query more."""
    return orders.prefetch_related(Prefetch("status_changes", OrderStatusChange.objects.order_by("pk")))
