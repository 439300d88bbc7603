"""How an order under review looks to its maker's team."""

from typing import Any

from orders.order.models import Order
from orders.review.rules import REASONS
from shop import money


def reviewed_order(row: Order) -> dict[str, Any]:
    """Of `orders.review.queries`, with the maker's own total. Who bought it stands with the order."""
    return {
        "number": row.number,
        "status": row.status,
        "placed_at": row.date_placed,
        "own_total": money.shape(row.own_total, row.currency),
        "review": review(row),
    }


def review(row: Order) -> dict[str, Any]:
    """For the team only: the shopper is told nothing of it."""
    return {
        "status": row.review,
        "reasons": [{"code": code, "detail": REASONS[code]} for code in row.review_reasons],
        "reviewed_at": row.reviewed_at,
    }
