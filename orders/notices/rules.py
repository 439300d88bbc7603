"""Which mails a buyer gets about an order, and when they are still true. Pure."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum


class Notice(StrEnum):
    """What a buyer is told; its template is `order_<name>`."""

    PLACED = "placed"
    REMINDER = "reminder"
    PAID = "paid"
    LAPSED = "lapsed"
    CANCELLED = "cancelled"
    SHIPPED = "shipped"
    REFUNDED = "refunded"


# A mail is written a moment after what it tells of: what has been overtaken by then, such as how to pay an order
# that is paid already, is not sent. Without an entry it stays true whatever happens next.
TRUE_WHILE: Mapping[Notice, str] = {
    Notice.PLACED: "awaiting_payment",
    Notice.REMINDER: "awaiting_payment",
    Notice.LAPSED: "lapsed",
    Notice.CANCELLED: "cancelled",
}


def template_of(notice: Notice) -> str:
    return f"order_{notice}"


def is_still_true(notice: Notice, order_status: str) -> bool:
    return TRUE_WHILE.get(notice, order_status) == order_status


def remind_at(*, placed_at: datetime, hold_ends_at: datetime, percent: int) -> datetime:
    """When a buyer is reminded: after so much of the time in which an order can be paid."""
    return placed_at + (hold_ends_at - placed_at) * percent / 100
