"""The one table of a refund's life."""

from collections.abc import Mapping

from django.db import models


class RefundStatus(models.TextChoices):
    """Where a refund stands, as the provider says; a succeeded one fails when the bank sends the money back."""

    PENDING = "pending"
    REQUIRES_ACTION = "requires_action"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


# Their amount cannot be given back again.
COUNTED = frozenset({RefundStatus.PENDING, RefundStatus.REQUIRES_ACTION, RefundStatus.SUCCEEDED})
# The provider has not said its last word.
OPEN = frozenset({RefundStatus.PENDING, RefundStatus.REQUIRES_ACTION})

NEXT: Mapping[RefundStatus, frozenset[RefundStatus]] = {
    RefundStatus.PENDING: frozenset(RefundStatus) - {RefundStatus.PENDING},
    RefundStatus.REQUIRES_ACTION: frozenset(RefundStatus) - {RefundStatus.REQUIRES_ACTION},
    RefundStatus.SUCCEEDED: frozenset({RefundStatus.FAILED}),
    RefundStatus.FAILED: frozenset(),
    RefundStatus.CANCELLED: frozenset(),
}

# Stripe's words for a refund, in ours.
FROM_STRIPE = {
    "pending": RefundStatus.PENDING,
    "requires_action": RefundStatus.REQUIRES_ACTION,
    "succeeded": RefundStatus.SUCCEEDED,
    "failed": RefundStatus.FAILED,
    "canceled": RefundStatus.CANCELLED,
}


def may_become(now: str, then: RefundStatus) -> bool:
    return then in NEXT[RefundStatus(now)]
