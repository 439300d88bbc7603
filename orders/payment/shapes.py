"""How a payment looks outside."""

from typing import Any

from django.conf import settings

from orders.payment.models import PAYABLE, Payment
from shop import money


def payment(row: Payment) -> dict[str, Any]:
    """`client_secret` is there while it can be paid; null with `pending` means: ask again by POST .../payments."""
    payable = row.status in PAYABLE and bool(row.client_secret)
    return {
        "id": row.public_id,
        "provider": row.provider,
        "status": row.status,
        "amount": money.shape(row.amount, row.currency),
        "client_secret": row.client_secret if payable else None,
        "publishable_key": settings.STRIPE_PUBLISHABLE_KEY,
        "failure_code": row.failure or None,
    }


def refund(row: Payment) -> dict[str, Any]:
    """The money of a payment that came too late, going back."""
    return {
        "payment": row.public_id,
        "amount": money.shape(row.amount, row.currency),
        "status": "succeeded" if row.refund_id else "pending",
    }
