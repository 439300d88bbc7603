"""How an offer to hand a maker over looks outside."""

from typing import Any

from shop.makers.models import OwnershipTransfer


def transfer(row: OwnershipTransfer) -> dict[str, Any]:
    return {
        "id": row.public_id,
        "giver": row.giver.public_id,
        "taker": row.taker.public_id,
        "status": "expired" if row.is_expired else "open",
        "created_at": row.created_at,
        "expires_at": row.expires_at,
    }
