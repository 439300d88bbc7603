"""Shown = charged: every difference is named."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.basket.rules import Problem
from orders.checkout.rules import differences, only_stock

SEEN = {
    "seen_version": 3, "version": 3, "seen_total": Decimal("192.00"), "total": Decimal("192.00"), "is_as_shown": True,
    "problems": (), "vouchers": {},
}  # fmt: skip
GONE = Problem("out_of_stock", "lin_a", "0 left.")
SHORT = Problem("insufficient_stock", "lin_b", "1 left.")
WITHDRAWN = Problem("unavailable", "lin_c", "This piece is not for sale any more.")
DEARER = Problem("price_changed", "lin_d", "The price changed from 180.00 to 190.00.")


def named(**changes: Any) -> list[tuple[str, str]]:
    return [(error["field"], error["code"]) for error in differences(**{**SEEN, **changes})]


def test_what_was_seen_exactly_has_no_differences() -> None:
    assert named() == []


def test_trailing_zeros_are_no_difference() -> None:
    assert named(seen_total=Decimal("192")) == []


def test_version_and_total_are_named() -> None:
    assert named(seen_version=2, seen_total=Decimal("191.99")) == [
        ("expected.version", "version"),
        ("expected.total", "total"),
    ]


@pytest.mark.parametrize("problem", [GONE, SHORT, WITHDRAWN])
def test_what_cannot_be_ordered_is_named_by_its_line(problem: Problem) -> None:
    assert named(problems=[problem]) == [(f"lines.{problem.line}", problem.code)]


def test_a_changed_price_that_was_shown_is_agreed_to() -> None:
    assert named(problems=[DEARER]) == []


def test_a_changed_price_that_was_not_shown_is_named_although_the_total_is_the_same() -> None:
    assert named(problems=[DEARER], is_as_shown=False) == [
        ("expected.version", "prices"),
        ("lines.lin_d", "price_changed"),
    ]


def test_a_voucher_that_has_gone_is_named_where_it_makes_a_difference() -> None:
    gone = {"WELCOME": "voucher_used_up"}
    assert named(vouchers=gone) == []
    assert named(vouchers=gone, total=Decimal("200.00")) == [
        ("expected.total", "total"),
        ("vouchers.WELCOME", "voucher_used_up"),
    ]


def test_a_changed_price_whose_total_was_not_seen_is_named_with_both_prices() -> None:
    found = differences(**{**SEEN, "total": Decimal("202.00"), "problems": [DEARER]})
    assert [error["code"] for error in found] == ["total", "price_changed"]
    assert "180.00" in found[1]["message"]
    assert "190.00" in found[1]["message"]


@given(
    versions=st.tuples(st.integers(1, 9), st.integers(1, 9)),
    totals=st.tuples(st.decimals(0, 9, places=2), st.decimals(0, 9, places=2)),
    problems=st.lists(st.sampled_from([GONE, SHORT, WITHDRAWN, DEARER])),
    is_as_shown=st.booleans(),
)
def test_nothing_but_the_seen_basket_passes(
    versions: tuple[int, int], totals: tuple[Decimal, Decimal], problems: list[Problem], is_as_shown: bool
) -> None:
    found = differences(
        seen_version=versions[0], version=versions[1], seen_total=totals[0], total=totals[1], is_as_shown=is_as_shown,
        problems=problems, vouchers={},
    )  # fmt: skip
    same = versions[0] == versions[1] and totals[0] == totals[1] and is_as_shown and not set(problems) - {DEARER}
    assert (found == []) is same


def test_the_shelf_alone_is_told_from_other_differences() -> None:
    shelf = differences(**{**SEEN, "problems": [GONE, SHORT]})
    assert only_stock(shelf)
    assert not only_stock(differences(**{**SEEN, "version": 4, "problems": [GONE]}))
    assert not only_stock(differences(**{**SEEN, "problems": [GONE, WITHDRAWN]}))
