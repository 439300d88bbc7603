"""Shown = charged: what differs between what the shopper saw and what is. Pure."""

from collections.abc import Sequence
from decimal import Decimal

from orders.basket.rules import Problem
from shop.errors import FieldError

STOCK_CODES = frozenset({"out_of_stock", "insufficient_stock"})


def differences(
    *, seen_version: int, version: int, seen_total: Decimal, total: Decimal, problems: Sequence[Problem]
) -> list[FieldError]:
    """Each difference by name; empty when the shopper saw exactly this. A changed price shows in the total."""
    found: list[FieldError] = []
    if seen_version != version:
        found.append(_difference("expected.version", "version", f"The basket is at version {version}."))
    if seen_total != total:
        found.append(_difference("expected.total", "total", f"The total is {total}."))
    blocking = [problem for problem in problems if problem.code != "price_changed" or seen_total != total]
    return found + [_difference(f"lines.{problem.line}", problem.code, problem.detail) for problem in blocking]


def only_stock(found: Sequence[FieldError]) -> bool:
    """Whether nothing but the shelf has changed."""
    return all(error["code"] in STOCK_CODES for error in found)


def _difference(field: str, code: str, message: str) -> FieldError:
    return {"field": field, "code": code, "message": message}
