"""What a basket comes to."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from orders.basket.rules import totals

CENTS = st.decimals(min_value=0, max_value=999_999, places=2)


@given(lines=st.lists(CENTS, max_size=100), shipping=CENTS)
def test_the_parts_add_up_to_the_total_to_the_cent(lines: list[Decimal], shipping: Decimal) -> None:
    found = totals(line_totals=lines, shipping=shipping)
    assert found.items + found.shipping + found.tax - found.discounts == found.total
    assert found.total == sum(lines, shipping)


def test_an_empty_basket_comes_to_nothing() -> None:
    assert totals(line_totals=[], shipping=Decimal(0)).total == 0
