"""How a discount looks, in a basket and on an order."""

from decimal import Decimal
from typing import Any

from shop import money


def discount(code: str, label: str, amount: Decimal, currency: str) -> dict[str, Any]:
    """`code` is the voucher's; without one anybody gets it."""
    return {"code": code or None, "label": label, "amount": money.shape(amount, currency)}
