"""How a payment looks outside."""

from typing import Any

from django.conf import settings

from orders.payment.models import PAYABLE, Payment, Provider
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
        "publishable_key": settings.STRIPE_PUBLISHABLE_KEY if row.provider == Provider.STRIPE else "",
        "instructions": row.instructions or None if row.status in PAYABLE else None,
        "failure_code": row.failure or None,
        "late": row.late,
    }
