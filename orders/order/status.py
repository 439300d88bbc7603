"""The one table of an order's life."""

from collections.abc import Mapping

from django.db import models


class OrderStatus(models.TextChoices):
    """`paid` means that nothing is due now; what was refunded is money, not a status."""

    AWAITING_PAYMENT = "awaiting_payment"
    PAID = "paid"
    IN_PROGRESS = "in_progress"
    PARTIALLY_SHIPPED = "partially_shipped"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    LAPSED = "lapsed"


class ReviewStatus(models.TextChoices):
    """Whether somebody has to look at a paid order before it is made and sent."""

    NONE = "none"
    HELD = "held"
    APPROVED = "approved"
    CANCELLED = "cancelled"


# Steps that nobody takes with an order which is held for review.
MADE_OR_SENT = frozenset(
    {OrderStatus.IN_PROGRESS, OrderStatus.PARTIALLY_SHIPPED, OrderStatus.SHIPPED, OrderStatus.DELIVERED}
)

# Nothing is to be made or sent any more; what is left is kept for the books.
FINISHED = frozenset({OrderStatus.DELIVERED, OrderStatus.CANCELLED, OrderStatus.LAPSED})

# They have let go of their pieces, and of the offers and vouchers that they used.
ENDED = frozenset({OrderStatus.CANCELLED, OrderStatus.LAPSED})

# A lapsed or cancelled order comes back only when its money arrived after all and its stock is still there.
NEXT: Mapping[OrderStatus, frozenset[OrderStatus]] = {
    OrderStatus.AWAITING_PAYMENT: frozenset({OrderStatus.PAID, OrderStatus.LAPSED, OrderStatus.CANCELLED}),
    OrderStatus.PAID: frozenset(
        {OrderStatus.IN_PROGRESS, OrderStatus.PARTIALLY_SHIPPED, OrderStatus.SHIPPED, OrderStatus.CANCELLED}
    ),
    OrderStatus.IN_PROGRESS: frozenset({OrderStatus.PARTIALLY_SHIPPED, OrderStatus.SHIPPED, OrderStatus.CANCELLED}),
    OrderStatus.PARTIALLY_SHIPPED: frozenset({OrderStatus.SHIPPED}),
    OrderStatus.SHIPPED: frozenset({OrderStatus.DELIVERED}),
    OrderStatus.DELIVERED: frozenset(),
    OrderStatus.CANCELLED: frozenset({OrderStatus.PAID}),
    OrderStatus.LAPSED: frozenset({OrderStatus.PAID}),
}


def may_become(now: str, then: OrderStatus) -> bool:
    return then in NEXT[OrderStatus(now)]
