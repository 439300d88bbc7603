"""Pieces that are promised and not there are not sold a second time."""

import pytest

from catalog.inventory.services import StockExhausted, changes_stock, hold, release, set_stock
from tests.factories import make_piece, make_variant, stock

pytestmark = pytest.mark.django_db


@pytest.fixture
def record() -> int:
    """Five pieces held by five orders, then only two are found."""
    make_piece("band", make_variant("BAND-1", stock=5))
    pk = stock("BAND-1").pk
    for number in range(5):
        hold({pk: 1}, reference=f"order-{number}")
    set_stock(pk, count=2, policy="stock", reference="count")
    return pk


def test_an_order_that_ends_gives_up_what_was_missing(record: int) -> None:
    release({record: 1}, reference="order-0")
    assert stock("BAND-1").on_shelf == 0
    with pytest.raises(StockExhausted):
        hold({record: 1}, reference="new")


def test_only_what_is_really_there_comes_back(record: int) -> None:
    for number in range(5):
        release({record: 1}, reference=f"order-{number}")
    after = stock("BAND-1")
    assert (after.num_in_stock, after.num_allocated, after.num_missing, after.on_shelf) == (2, 0, 0, 2)


def test_a_later_count_closes_it(record: int) -> None:
    assert not changes_stock(stock("BAND-1"), count=2, policy="stock")
    assert set_stock(record, count=6, policy="stock", reference="found") is None
    after = stock("BAND-1")
    assert (after.num_in_stock, after.num_missing, after.on_shelf) == (6, 0, 1)
