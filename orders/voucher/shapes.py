"""How a voucher looks to its maker."""

from typing import Any

from django.utils import timezone

from orders.offer.rules import status
from orders.voucher.models import Voucher
from orders.voucher.queries import USAGE_OF


def voucher(row: Voucher, uses: int = 0) -> dict[str, Any]:
    return {
        "id": row.public_id,
        "code": row.code,
        "label": row.name,
        "status": status(timezone.now(), row.start_datetime, row.end_datetime, row.ended_at),
        "offers": [{"id": offer.public_id, "label": offer.name} for offer in row.offers.all()],
        "usage": USAGE_OF[row.usage],
        "max_uses": row.max_uses,
        "starts_at": row.start_datetime,
        "ends_at": row.end_datetime,
        "used": uses,
        "created_at": row.date_created,
        "ended_at": row.ended_at,
    }


def version(shaped: dict[str, Any]) -> dict[str, Any]:
    """What of its shape makes its version: not what the clock and its customers do."""
    return {name: value for name, value in shaped.items() if name not in ("status", "used")}
