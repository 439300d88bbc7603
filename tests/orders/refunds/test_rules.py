"""Dividing refunds: to the cent, whatever the order they come in."""

from collections.abc import Iterable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.refunds.rules import Part, PartKind, cut, price_of, spread, total
from orders.refunds.status import NEXT, RefundStatus, may_become

CENTS = st.integers(0, 10**7).map(lambda cents: Decimal(cents).scaleb(-2))
PARTS = st.lists(
    st.builds(Part, st.just(PartKind.LINE), st.integers(1, 3), CENTS, st.integers(1, 9), st.integers(1, 5), CENTS),
    max_size=8,
)


def of_platform(parts: Iterable[Part]) -> Decimal:
    return sum((part.promotion for part in parts), Decimal(0))


def test_three_pieces_of_ten() -> None:
    one = price_of(1, left=3, amount_left=Decimal("10.00"), currency="USD")
    assert one == Decimal("3.33")
    assert price_of(2, left=2, amount_left=Decimal("6.67"), currency="USD") == Decimal("6.67")


@given(CENTS, st.lists(st.integers(1, 4), min_size=1, max_size=6))
def test_the_pieces_of_a_line_cost_what_it_cost(amount: Decimal, steps: list[int]) -> None:
    left, amount_left, given_back = sum(steps), amount, Decimal(0)
    for quantity in steps:
        part = price_of(quantity, left=left, amount_left=amount_left, currency="USD")
        assert 0 <= part <= amount_left
        left, amount_left, given_back = left - quantity, amount_left - part, given_back + part
    assert given_back == amount


@given(PARTS, st.lists(CENTS, max_size=4))
def test_parts_over_payments(parts: list[Part], rooms: list[Decimal]) -> None:
    shares = spread(parts, rooms)
    assert all(total(share) <= room for share, room in zip(shares, rooms, strict=True))
    assert sum(map(total, shares)) == min(total(parts), sum(rooms))
    counted = sum(part.quantity for share in shares for part in share)
    assert counted <= sum(part.quantity for part in parts)
    assert of_platform(part for share in shares for part in share) <= of_platform(parts)
    if total(parts) <= sum(rooms) and rooms:
        assert counted == sum(part.quantity for part in parts)
        assert of_platform(part for share in shares for part in share) == of_platform(parts)


@given(PARTS, CENTS, CENTS)
def test_what_is_cut_fits_and_names_every_part(parts: list[Part], amount: Decimal, promotion: Decimal) -> None:
    fitting, nothing = cut(parts, amount=amount, promotion=promotion), {"amount": Decimal(0), "promotion": Decimal(0)}
    assert total(fitting) == min(total(parts), amount)
    assert of_platform(fitting) == min(of_platform(parts), promotion)
    assert [part._replace(**nothing) for part in fitting] == [part._replace(**nothing) for part in parts]


@pytest.mark.parametrize("status", RefundStatus)
def test_nothing_comes_back_from_its_end(status: RefundStatus) -> None:
    assert status not in NEXT[status]
    assert not may_become(RefundStatus.FAILED, status)
    assert not may_become(RefundStatus.CANCELLED, status)
    assert may_become(RefundStatus.SUCCEEDED, status) == (status == RefundStatus.FAILED)
