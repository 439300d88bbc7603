"""What offers take off: by hand, and for whatever offers there are."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.offer.rules import KINDS, ON_SHIPPING, Item, Offer, discounts_on_items, discounts_on_shipping

RING, CHAIN, STUDS = Item(1, Decimal("100.00"), 1), Item(2, Decimal("40.00"), 2), Item(3, Decimal("9.99"), 3)
ITEMS = (RING, CHAIN, STUDS)
ALL = frozenset({1, 2, 3})


def offer(kind: str = "percentage", value: str = "10", **values: Any) -> Offer:
    return Offer(**{"key": 1, "label": kind, "kind": kind, "value": Decimal(value), "lines": ALL, **values})


def off(*offers: Offer, items: tuple[Item, ...] = ITEMS, currency: str = "USD") -> list[dict[int, str]]:
    """What each discount takes off each line."""
    found = discounts_on_items(offers, items, currency)
    return [{line: str(amount) for line, amount in each.by_line.items()} for each in found]


def on_shipping(*offers: Offer, price: str = "12.00") -> list[str]:
    return [str(each.amount) for each in discounts_on_shipping(offers, ITEMS, Decimal(price), "USD")]


def test_a_percentage_is_rounded_once_and_split_to_the_cent() -> None:
    [found] = discounts_on_items([offer()], ITEMS, "USD")
    assert found.amount == Decimal("21.00")  # of 209.97
    assert found.by_line == {1: Decimal("10.00"), 2: Decimal("8.00"), 3: Decimal("3.00")}
    assert found.uses == 1


def test_it_takes_nothing_off_other_lines() -> None:
    assert off(offer(lines=frozenset({2}))) == [{2: "8.00"}]


def test_an_amount_is_never_more_than_there_is() -> None:
    assert off(offer("amount", "500")) == [{1: "100.00", 2: "80.00", 3: "29.97"}]


def test_an_amount_comes_each_time_its_condition_is_met() -> None:
    assert off(offer("amount", "5", min_quantity=2, lines=frozenset({2, 3}))) == [{2: "7.27", 3: "2.73"}]
    assert off(offer("amount", "5", min_amount=Decimal(40), lines=frozenset({2}))) == [{2: "10.00"}]
    assert off(offer("amount", "5", min_amount=Decimal(40), lines=frozenset({2}), uses_left=1)) == [{2: "5.00"}]


def test_without_a_condition_an_amount_comes_once() -> None:
    assert off(offer("amount", "5", lines=frozenset({3}))) == [{3: "5.00"}]


@pytest.mark.parametrize(("count", "expected"), [(2, {3: "29.97"}), (3, {3: "19.98"}), (6, {3: "9.99"}), (7, None)])
def test_of_so_many_pieces_the_cheapest_is_free(count: int, expected: dict[int, str] | None) -> None:
    assert off(offer("multibuy", "0", min_quantity=count)) == ([expected] if expected else [])


def test_the_cheapest_go_on_to_the_next_line() -> None:
    items = (RING, Item(2, Decimal("40.00"), 5))
    assert off(offer("multibuy", "0", min_quantity=2), items=items) == [{2: "120.00"}]
    assert off(offer("multibuy", "0", min_quantity=2, uses_left=1), items=items) == [{2: "40.00"}]


@pytest.mark.parametrize("asked", [{"min_quantity": 7}, {"min_amount": Decimal("209.98")}, {"uses_left": 0}])
def test_what_is_not_met_takes_nothing(asked: dict[str, Any]) -> None:
    assert off(offer(**asked)) == []
    assert on_shipping(offer("shipping_percentage", **asked)) == []


def test_just_enough_is_enough() -> None:
    assert len(off(offer(min_quantity=6), offer(min_amount=Decimal("209.97")))) == 2


def test_combined_offers_take_of_what_is_left() -> None:
    assert off(offer(lines=frozenset({1})), offer(value="20", lines=frozenset({1}))) == [{1: "10.00"}, {1: "18.00"}]


def test_the_first_of_two_exclusive_offers_keeps_its_lines() -> None:
    first, second = offer(exclusive=True, lines=frozenset({1})), offer(value="50", exclusive=True)
    assert off(first, second) == [{1: "10.00"}, {2: "40.00", 3: "14.99"}]


def test_an_exclusive_offer_leaves_lines_that_are_discounted_and_the_others_leave_its_own() -> None:
    some, exclusive = offer(lines=frozenset({1})), offer(value="50", exclusive=True, lines=frozenset({1, 2}))
    assert off(some, exclusive, offer()) == [{1: "10.00"}, {2: "40.00"}, {1: "9.00", 3: "3.00"}]


def test_lines_that_others_keep_do_not_count_for_a_condition() -> None:
    assert off(offer(exclusive=True, lines=frozenset({2})), offer(min_quantity=5)) == [{2: "8.00"}]


def test_a_budget_that_is_nearly_spent_gives_what_is_left_of_it() -> None:
    assert off(offer(budget_left=Decimal("0.02"))) == [{1: "0.01", 2: "0.01"}]
    assert off(offer(budget_left=Decimal(0))) == []


def test_a_currency_without_cents_is_split_in_whole_units() -> None:
    items = (Item(1, Decimal(1000), 1), Item(2, Decimal(333), 1))
    assert off(offer(value="7.5"), items=items, currency="JPY") == [{1: "75", 2: "25"}]


def test_shipping() -> None:
    assert on_shipping(offer("shipping_percentage", "50")) == ["6.00"]
    assert on_shipping(offer("shipping_amount", "20")) == ["12.00"]
    assert on_shipping(offer("shipping_fixed", "4.50")) == ["7.50"]
    assert on_shipping(offer("shipping_fixed", "15")) == []
    assert on_shipping(offer("shipping_percentage", "100", budget_left=Decimal("1.00"))) == ["1.00"]
    assert on_shipping(offer("shipping_amount", "5"), price="0") == []


def test_shipping_is_discounted_by_several_or_by_an_exclusive_one() -> None:
    half, two = offer("shipping_percentage", "50"), offer("shipping_amount", "2")
    alone = offer("shipping_amount", "2", exclusive=True)
    assert on_shipping(half, two) == ["6.00", "2"]
    assert on_shipping(half, alone) == ["6.00"]
    assert on_shipping(alone, half) == ["2"]


CENTS = st.decimals(min_value=0, max_value=2_000, places=2)
OFFERS = st.builds(
    Offer,
    key=st.integers(1, 9),
    label=st.just("any"),
    kind=st.sampled_from(KINDS),
    value=st.decimals(min_value=0, max_value=100, places=2),
    lines=st.frozensets(st.integers(1, 6)),
    min_quantity=st.integers(1, 5),
    min_amount=CENTS,
    exclusive=st.booleans(),
    uses_left=st.none() | st.integers(0, 3),
    budget_left=st.none() | CENTS,
)
PRICES = st.lists(st.tuples(CENTS, st.integers(1, 100)), max_size=6)


@given(offers=st.lists(OFFERS, max_size=8), prices=PRICES, shipping=CENTS)
def test_nothing_goes_below_zero_and_all_adds_up(
    offers: list[Offer], prices: list[tuple[Decimal, int]], shipping: Decimal
) -> None:
    items = [Item(line, price, quantity) for line, (price, quantity) in enumerate(prices, start=1)]
    found = discounts_on_items(offers, items, "USD")
    for each in found:
        assert each.amount == sum(each.by_line.values()) > 0
        assert each.by_line.keys() <= each.offer.lines
        assert all(amount > 0 and amount == round(amount, 2) for amount in each.by_line.values())
        assert each.offer.budget_left is None or each.amount <= each.offer.budget_left
        assert each.offer.uses_left is None or each.uses <= each.offer.uses_left
        assert not each.is_on_shipping
    for item in items:
        takers = [each for each in found if item.line in each.by_line]
        assert sum((each.by_line[item.line] for each in takers), Decimal(0)) <= item.total
        assert len(takers) <= 1 or not any(each.offer.exclusive for each in takers)
    freight = discounts_on_shipping(offers, items, shipping, "USD")
    assert sum((each.amount for each in freight), Decimal(0)) <= shipping
    assert all(each.offer.kind in ON_SHIPPING and each.amount > 0 for each in freight)
