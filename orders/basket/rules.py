"""What a basket comes to. Pure."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from catalog.personalization.rules import Wish

MAX_LINES = 100
MAX_QUANTITY = 100
PROBLEM_CODES = ("unavailable", "out_of_stock", "insufficient_stock", "personalization_changed", "price_changed")


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a line cannot be ordered as it is, or what changed on it. `line` is the line's public id."""

    code: str
    line: str
    detail: str


@dataclass(frozen=True, slots=True)
class Totals:
    """`items + shipping + tax - discounts == total`, to the cent."""

    items: Decimal
    discounts: Decimal
    shipping: Decimal
    tax: Decimal

    @property
    def total(self) -> Decimal:
        return self.items + self.shipping + self.tax - self.discounts


def line_reference(variant: str, wishes: Sequence[Wish]) -> str:
    """What tells a line from others of its basket: the variant's id, and whatever is asked of it."""
    if not wishes:
        return variant
    asked = sorted((wish.option, wish.value, wish.font) for wish in wishes)
    return f"{variant}:{hashlib.blake2b(repr(asked).encode(), digest_size=16).hexdigest()}"


def totals(*, line_totals: Sequence[Decimal], discounts: Sequence[Decimal], shipping: Decimal) -> Totals:
    return Totals(
        items=sum(line_totals, Decimal(0)), discounts=sum(discounts, Decimal(0)), shipping=shipping, tax=Decimal(0)
    )


@dataclass(frozen=True, slots=True)
class ShownLine:
    """What a shopper sees of a line that is charged; `line` is its public id."""

    line: str
    quantity: int
    unit_price: Decimal
    discount: Decimal


def fingerprint(lines: Sequence[ShownLine], totals: Totals) -> str:
    """Tells what was shown from whatever else would be charged, also where it comes to the same total.

    Blank where there are no lines.
    """
    if not lines:
        return ""
    seen = [f"{each.line} {each.quantity} {each.unit_price:.2f} {each.discount:.2f}" for each in lines]
    charged = f"{totals.discounts:.2f} {totals.shipping:.2f} {totals.tax:.2f}"
    return hashlib.blake2b("\n".join([*seen, charged]).encode(), digest_size=16).hexdigest()
