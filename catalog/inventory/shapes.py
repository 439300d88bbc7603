"""How a variant's stock looks to its maker."""

from collections.abc import Sequence
from typing import Any

from catalog.partner.models import StockRecord


def level(record: StockRecord) -> dict[str, Any]:
    """What was counted, what of it is held for orders, and what can leave today."""
    return {
        "count": record.num_in_stock - record.num_missing,
        "held": record.num_allocated,
        "available": record.on_shelf,
        "policy": record.policy,
    }


def stock(record: StockRecord, orders: Sequence[str]) -> dict[str, Any]:
    """The level, and the shortfall where more is held than there is; `orders` are those that hold it."""
    missing = record.num_missing
    return {**level(record), "shortfall": {"missing": missing, "orders": list(orders)} if missing else None}
