"""How close two pieces are. Pure."""

from dataclasses import dataclass
from decimal import Decimal

MAX_RELATED = 12
SAME_TYPE, SAME_STONE, SAME_MAKER, SAME_METAL = 4, 3, 2, 2
# Prices that differ by at most this share of the dearer one, the closest first.
PRICE_STEPS = ((Decimal("0.25"), 2), (Decimal("0.5"), 1))


@dataclass(frozen=True, slots=True)
class Facts:
    """What of a piece is compared; `price` is the lowest of its variants, `stones` are named as documents do."""

    maker: int
    product_type: str
    metals: frozenset[str]
    stones: frozenset[str]
    price: Decimal


def closeness(one: Facts, other: Facts) -> int:
    """The more they have in common, the higher."""
    shared = (
        SAME_TYPE * (one.product_type == other.product_type)
        + SAME_STONE * bool(one.stones & other.stones)
        + SAME_MAKER * (one.maker == other.maker)
        + SAME_METAL * bool(one.metals & other.metals)
    )
    apart = abs(one.price - other.price) / max(one.price, other.price)
    return shared + next((points for share, points in PRICE_STEPS if apart <= share), 0)
