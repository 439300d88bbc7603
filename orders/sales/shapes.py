"""How an order looks to one of its makers, read by `queries`."""

from decimal import Decimal
from typing import Any

from orders.checkout.shapes import line as bought_line
from orders.checkout.shapes import timeline
from orders.ledger.queries import order_promotions, order_shares
from orders.ledger.rules import Account, Holder
from orders.order.models import Line, Order
from orders.order.status import OrderStatus
from orders.refunds.shapes import makers_part
from orders.refunds.status import COUNTED, RefundStatus
from orders.review.shapes import review
from shop import money


def sale(row: Order, maker_id: int) -> dict[str, Any]:
    return {
        **summary(row, maker_id),
        "hold_expires_at": row.hold_expires_at if row.status == OrderStatus.AWAITING_PAYMENT else None,
        "email": row.guest_email,
        "phone": row.phone,
        "shipping_address": row.ship_to,
        "gift_note": row.gift_note,
        "shipping_option": row.promised_shipping,
        "lines": [_line(line, row) for line in row.own_lines],
        "refunds": [makers_part(refund) for refund in row.own_refunds],
        "review": review(row),
        "timeline": timeline(row),
    }


def summary(row: Order, maker_id: int) -> dict[str, Any]:
    return {
        "id": row.public_id,
        "number": row.number,
        "status": row.status,
        "placed_at": row.date_placed,
        "line_count": len(row.own_lines),
        "totals": _totals(row, maker_id),
    }


def _totals(row: Order, maker_id: int) -> dict[str, Any]:
    """The maker's share of the order with what the platform adds to it, and what of it has gone back to either."""
    shares, added = order_shares(row), order_promotions(row)
    items, shipping = (
        shares.get(holder, Decimal(0)) + added.get(holder, Decimal(0))
        for holder in (Holder(Account.OWED_TO_MAKER, maker_id), Holder(Account.SHIPPING, maker_id))
    )
    succeeded = [refund for refund in row.own_refunds if refund.status == RefundStatus.SUCCEEDED]
    parts = [part for refund in succeeded for part in refund.parts.all()]
    refunded = sum((part.amount + part.promotion for part in parts), Decimal(0))
    amounts = {"items": items, "shipping": shipping, "total": items + shipping, "refunded": refunded}
    return {name: money.shape(amount, row.currency) for name, amount in amounts.items()}


def _line(line: Line, row: Order) -> dict[str, Any]:
    shown = bought_line(line, row.currency, row.status)
    del shown["maker"]
    return {**shown, "refunded_quantity": _refunded(line, row), "restocked_quantity": line.restocked}


def _refunded(line: Line, row: Order) -> int:
    counted = [refund for refund in row.own_refunds if refund.status in COUNTED]
    return sum(part.quantity for refund in counted for part in refund.parts.all() if part.line_id == line.pk)
