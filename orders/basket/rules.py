"""What a basket comes to. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

MAX_LINES = 100
MAX_QUANTITY = 100


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


def totals(*, line_totals: Sequence[Decimal], shipping: Decimal) -> Totals:
    return Totals(items=sum(line_totals, Decimal(0)), discounts=Decimal(0), shipping=shipping, tax=Decimal(0))
