"""What a basket comes to."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from orders.basket.rules import ShownLine, Totals, fingerprint, totals

CENTS = st.decimals(min_value=0, max_value=999_999, places=2)


@given(lines=st.lists(CENTS, max_size=100), discounts=st.lists(CENTS, max_size=20), shipping=CENTS)
def test_the_parts_add_up_to_the_total_to_the_cent(
    lines: list[Decimal], discounts: list[Decimal], shipping: Decimal
) -> None:
    found = totals(line_totals=lines, discounts=discounts, shipping=shipping)
    assert found.items + found.shipping + found.tax - found.discounts == found.total
    assert found.total == sum(lines, shipping) - sum(discounts)


def test_an_empty_basket_comes_to_nothing() -> None:
    assert totals(line_totals=[], discounts=[], shipping=Decimal(0)).total == 0


def shown(
    *, prices: tuple[str, str] = ("10.00", "20.00"), off: tuple[str, str] = ("0", "0"), shipping: str = "12"
) -> str:
    lines = [
        ShownLine(f"lin_{place}", 1, Decimal(price), Decimal(discount))
        for place, (price, discount) in enumerate(zip(prices, off, strict=True))
    ]
    discounts = sum(map(Decimal, off), Decimal(0))
    return fingerprint(lines, Totals(Decimal(30), discounts, Decimal(shipping), Decimal(0)))


def test_what_is_shown_is_told_from_what_only_comes_to_the_same() -> None:
    others = [
        shown(),
        shown(prices=("11.00", "19.00")),
        shown(off=("1", "2")),
        shown(off=("2", "1")),
        shown(off=("1", "2"), shipping="15"),
    ]
    assert len(set(others)) == len(others)


def test_digits_that_nobody_sees_make_no_difference() -> None:
    assert shown(prices=("10", "20.000")) == shown()


def test_nothing_shows_nothing() -> None:
    assert fingerprint([], Totals(Decimal(0), Decimal(0), Decimal(0), Decimal(0))) == ""
