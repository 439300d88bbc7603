"""Counting stock: a count below what is promised is not sold from, and names the orders."""

import pytest

from catalog.inventory.models import StockMovement, StockShortfall
from catalog.inventory.queries import orders_holding
from catalog.inventory.services import hold, release, set_stock
from catalog.partner.models import StockRecord
from tests.factories import make_piece, make_variant, stock

pytestmark = pytest.mark.django_db


@pytest.fixture
def record() -> StockRecord:
    make_piece("set", make_variant("A", stock=5))
    return stock("A")


def count(record: StockRecord, number: int, policy: str = "stock") -> StockShortfall | None:
    return set_stock(record.pk, count=number, policy=policy, reference="count")


def counters() -> tuple[int, int, str]:
    now = stock("A")
    return now.num_in_stock, now.num_allocated, now.policy


def test_a_count_is_set_and_written_down(record: StockRecord) -> None:
    assert count(record, 8) is None
    assert counters() == (8, 0, "stock")
    last = StockMovement.objects.latest("pk")
    assert (last.kind, last.quantity, last.reference) == ("set", 8, "count")


def test_the_same_count_again_writes_nothing(record: StockRecord) -> None:
    count(record, 5)
    assert StockMovement.objects.filter(reference="count").count() == 0


def test_a_count_down_to_what_is_held_is_no_shortfall(record: StockRecord) -> None:
    hold({record.pk: 3}, reference="order-1")
    assert count(record, 3) is None
    assert counters() == (3, 3, "stock")


def test_a_count_below_what_is_held_names_the_orders(record: StockRecord) -> None:
    for number in (1, 2, 3):
        hold({record.pk: 1}, reference=f"order-{number}")
    release({record.pk: 1}, reference="order-2")
    found = count(record, 1)
    assert found is not None
    assert (found.missing, found.references) == (1, ["order-1", "order-3"])
    assert counters() == (2, 2, "stock")


def test_the_one_piece_that_is_held_and_not_there_is_a_shortfall() -> None:
    make_piece("one", make_variant("A", stock=1))
    hold({stock("A").pk: 1}, reference="order-1")
    found = count(stock("A"), 0)
    assert found is not None
    assert (found.missing, found.references) == (1, ["order-1"])


def test_a_lower_count_still_is_a_larger_shortfall(record: StockRecord) -> None:
    hold({record.pk: 3}, reference="order-1")
    assert [found.missing for found in (count(record, 2), count(record, 0)) if found] == [1, 3]


def test_the_same_shortfall_again_is_one(record: StockRecord) -> None:
    hold({record.pk: 3}, reference="order-1")
    first, again = count(record, 1), count(record, 1)
    assert first == again
    assert StockShortfall.objects.count() == 1


def test_made_to_order_has_no_shortfall(record: StockRecord) -> None:
    hold({record.pk: 3}, reference="order-1")
    assert count(record, 0, "made_to_order") is None
    assert counters() == (0, 3, "made_to_order")


def test_back_to_the_shelf_the_promised_ones_are_missing(record: StockRecord) -> None:
    count(record, 0, "made_to_order")
    hold({record.pk: 3}, reference="order-1")
    found = count(record, 1)
    assert found is not None
    assert found.missing == 2
    assert counters() == (3, 3, "stock")


def test_an_order_that_held_released_and_held_again_is_holding(record: StockRecord) -> None:
    hold({record.pk: 2}, reference="order-1")
    release({record.pk: 2}, reference="order-1")
    assert orders_holding(record.pk) == []
    hold({record.pk: 2}, reference="order-1")
    assert orders_holding(record.pk) == ["order-1"]


def test_saving_a_stale_record_leaves_the_counters_alone(record: StockRecord) -> None:
    hold({record.pk: 2}, reference="order-1")
    count(record, 7)
    record.price = "99.00"
    record.num_in_stock, record.num_allocated, record.policy = 100, 0, "made_to_order"
    record.save()
    assert counters() == (7, 2, "stock")
    assert str(stock("A").price) == "99.00"


def test_a_new_record_brings_its_count(record: StockRecord) -> None:
    assert counters() == (5, 0, "stock")
