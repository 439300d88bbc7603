"""Shown = charged: what differs between what the shopper saw and what is. Pure."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from orders.basket.rules import Problem
from orders.voucher.rules import ALREADY_USED, EXPIRED, NOT_YET_VALID, USED_UP
from shop.errors import FieldError

VOUCHER_WORDS: Mapping[str, str] = {
    NOT_YET_VALID: "The voucher cannot be used yet.",
    EXPIRED: "The voucher's time is over.",
    USED_UP: "The voucher has been used up.",
    ALREADY_USED: "The customer has used the voucher before.",
}
STOCK_CODES = frozenset({"out_of_stock", "insufficient_stock"})


def differences(
    *,
    seen_version: int,
    version: int,
    seen_total: Decimal,
    total: Decimal,
    is_as_shown: bool,
    problems: Sequence[Problem],
    vouchers: Mapping[str, str],
) -> list[FieldError]:
    """Each difference by name; empty when the shopper saw exactly this.

    `is_as_shown`: whether this version showed these prices and discounts, which may differ although the total does
    not. A changed price that was shown is agreed to. `vouchers` are codes that cannot be used, with their problem.
    """
    found: list[FieldError] = []
    if seen_version != version:
        found.append(_difference("expected.version", "version", f"The basket is at version {version}."))
    if seen_total != total:
        found.append(_difference("expected.total", "total", f"The total is {total}."))
    if not is_as_shown:
        found.append(_difference("expected.version", "prices", "Prices or discounts have changed since it was read."))
    moved = bool(found)
    blocking = [problem for problem in problems if problem.code != "price_changed" or moved]
    found += [_difference(f"lines.{problem.line}", problem.code, problem.detail) for problem in blocking]
    if moved:
        found += [
            _difference(f"vouchers.{code}", problem, VOUCHER_WORDS[problem]) for code, problem in vouchers.items()
        ]
    return found


def only_stock(found: Sequence[FieldError]) -> bool:
    """Whether nothing but the shelf has changed."""
    return all(error["code"] in STOCK_CODES for error in found)


def _difference(field: str, code: str, message: str) -> FieldError:
    return {"field": field, "code": code, "message": message}
