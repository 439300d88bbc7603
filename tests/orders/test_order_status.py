"""The one table of an order's life."""

import pytest

from orders.order.status import NEXT, OrderStatus, may_become

FORWARD = [
    ("awaiting_payment", "paid"), ("awaiting_payment", "lapsed"), ("awaiting_payment", "cancelled"),
    ("paid", "in_progress"), ("paid", "partially_shipped"), ("paid", "shipped"), ("paid", "cancelled"),
    ("in_progress", "partially_shipped"), ("in_progress", "shipped"), ("in_progress", "cancelled"),
    ("partially_shipped", "shipped"), ("shipped", "delivered"),
    # Money that came after all.
    ("cancelled", "paid"), ("lapsed", "paid"),
]  # fmt: skip


def test_the_table_knows_every_status_and_leads_to_no_other() -> None:
    assert set(NEXT) == set(OrderStatus)
    assert set().union(*NEXT.values()) <= set(OrderStatus)


def test_these_steps_exist_and_no_others() -> None:
    assert {(now.value, then.value) for now, later in NEXT.items() for then in later} == set(FORWARD)


@pytest.mark.parametrize("status", list(OrderStatus))
def test_no_status_follows_itself(status: OrderStatus) -> None:
    assert not may_become(status, status)


@pytest.mark.parametrize("status", list(OrderStatus))
def test_every_status_can_be_reached_from_the_first(status: OrderStatus) -> None:
    reached = {OrderStatus.AWAITING_PAYMENT}
    while more := set().union(*(NEXT[each] for each in reached)) - reached:
        reached |= more
    assert status in reached


def test_a_word_that_is_no_status_is_an_error() -> None:
    with pytest.raises(ValueError, match="Open"):
        may_become("Open", OrderStatus.PAID)
