"""How a customer looks outside, which is to themselves only."""

from typing import Any

from shop.accounts.models import Address, RingSize, User
from shop.addresses import FIELDS


def profile(user: User, *, email_verified: bool) -> dict[str, Any]:
    return {
        "id": user.public_id,
        "email": user.email,
        "email_verified": email_verified,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "phone": user.phone,
        "created_at": user.date_joined,
    }


def address(row: Address) -> dict[str, Any]:
    return {
        "id": row.public_id,
        "label": row.label,
        **{name: getattr(row, name) for name in FIELDS},
        "default_shipping": row.default_shipping,
        "default_billing": row.default_billing,
    }


def ring_size(row: RingSize) -> dict[str, Any]:
    return {
        "id": row.public_id,
        "label": row.label,
        "inner_circumference_mm": f"{row.inner_circumference_mm:.2f}",
        "note": row.note,
    }
