"""Sizes as people write them: "6½", "6 1/2", "6-1/2", "6.5", "N½". Pure."""

import re
from decimal import Decimal

SIGNS = {"¼": Decimal("0.25"), "½": Decimal("0.5"), "¾": Decimal("0.75")}
FRACTIONS = {**SIGNS, "1/4": SIGNS["¼"], "1/2": SIGNS["½"], "3/4": SIGNS["¾"]}
# "61/2" is what is left of "6½" where a keyboard has no fractions.
SIZE = re.compile(r"(?P<whole>[0-9]{1,3}|[A-Z])(?:[ -]?(?P<fraction>[¼½¾]|1/4|1/2|3/4)|(?P<decimals>\.[0-9]{1,3}))?")


def read_size(text: str) -> tuple[str, Decimal] | None:
    """The whole, a number or one capital letter, and what is added to it; None for what is no size."""
    found = SIZE.fullmatch(" ".join(text.upper().split()))
    if found is None:
        return None
    rest = FRACTIONS.get(found["fraction"] or "", Decimal(found["decimals"] or 0))
    return found["whole"], rest


def read_number(text: str) -> Decimal | None:
    """A size of a system that counts in numbers; None for what is none."""
    size = read_size(text)
    return Decimal(size[0]) + size[1] if size and size[0].isdigit() else None
