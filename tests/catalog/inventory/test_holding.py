"""Holding and releasing stock: all or nothing, never more than there is."""

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F

from catalog.inventory.models import StockMovement
from catalog.inventory.services import StockExhausted, hold, release
from catalog.partner.models import StockRecord
from tests.factories import make_piece, make_variant, stock

pytestmark = pytest.mark.django_db


def held(*skus: str) -> list[int]:
    return [stock(sku).num_allocated for sku in skus]


def ledger(sku: str) -> list[tuple[str, int, str]]:
    rows = StockMovement.objects.filter(stockrecord__partner_sku=sku).order_by("pk")
    return list(rows.values_list("kind", "quantity", "reference"))


def test_each_record_is_held_by_its_own_quantity() -> None:
    make_piece("set", make_variant("A", stock=5), make_variant("B", stock=5), make_variant("C", stock=5))
    hold({stock("A").pk: 2, stock("B").pk: 5}, reference="order-1")
    assert held("A", "B", "C") == [2, 5, 0]


def test_the_ledger_says_what_was_held_and_given_back_for_whom() -> None:
    make_piece("set", make_variant("A", stock=5))
    hold({stock("A").pk: 2}, reference="order-1")
    release({stock("A").pk: 2}, reference="order-1")
    assert ledger("A") == [("set", 5, "test"), ("hold", 2, "order-1"), ("release", 2, "order-1")]


def test_one_piece_short_holds_nothing_of_any() -> None:
    make_piece("set", make_variant("A", stock=5), make_variant("B", stock=2), make_variant("C", stock=0))
    hold({stock("B").pk: 1}, reference="order-1")
    with pytest.raises(StockExhausted) as refused:
        hold({stock(sku).pk: 2 for sku in "ABC"}, reference="order-2")
    assert held("A", "B", "C") == [0, 1, 0]
    assert [entry for sku in "ABC" for entry in ledger(sku) if entry[2] == "order-2"] == []
    assert refused.value.errors == [
        {"field": "B", "code": "out_of_stock", "message": "1 left"},
        {"field": "C", "code": "out_of_stock", "message": "0 left"},
    ]


def test_the_last_piece_is_sold_once() -> None:
    make_piece("one", make_variant("A", stock=1))
    hold({stock("A").pk: 1}, reference="order-1")
    with pytest.raises(StockExhausted):
        hold({stock("A").pk: 1}, reference="order-2")
    assert held("A") == [1]


def test_a_record_that_is_gone_cannot_be_held() -> None:
    make_piece("set", make_variant("A"), make_variant("B"))
    lost = stock("B").pk
    StockRecord.objects.filter(pk=lost).delete()
    with pytest.raises(StockExhausted):
        hold({stock("A").pk: 1, lost: 1}, reference="order-1")
    assert held("A") == [0]


@pytest.mark.parametrize("policy", ["made_to_order", "stock_then_made_to_order"])
def test_what_is_made_to_order_is_held_beyond_the_shelf(policy: str) -> None:
    make_piece("set", make_variant("A", stock=1, policy=policy))
    hold({stock("A").pk: 3}, reference="order-1")
    assert (held("A"), stock("A").on_shelf) == ([3], 0)


def test_more_cannot_be_given_back_than_is_held() -> None:
    make_piece("set", make_variant("A", stock=5))
    hold({stock("A").pk: 2}, reference="order-1")
    with pytest.raises(IntegrityError, match="stockrecord_held_not_negative"), transaction.atomic():
        release({stock("A").pk: 3}, reference="order-1")
    assert held("A") == [2]


@pytest.mark.parametrize("change", [{"num_allocated": F("num_in_stock") + 1}, {"num_in_stock": 1}])
def test_the_database_refuses_to_oversell_by_any_other_path(change: dict[str, object]) -> None:
    make_piece("set", make_variant("A", stock=5))
    hold({stock("A").pk: 2}, reference="order-1")
    with pytest.raises(IntegrityError, match="stockrecord_never_oversold"), transaction.atomic():
        StockRecord.objects.filter(partner_sku="A").update(**change)


def test_the_database_refuses_to_take_an_oversold_piece_back_to_the_shelf() -> None:
    make_piece("set", make_variant("A", stock=1, policy="made_to_order"))
    hold({stock("A").pk: 3}, reference="order-1")
    with pytest.raises(IntegrityError, match="stockrecord_never_oversold"), transaction.atomic():
        StockRecord.objects.filter(partner_sku="A").update(policy="stock")


def test_fifty_records_cost_as_many_queries_as_one(django_assert_num_queries: "object") -> None:
    make_piece("set", *(make_variant(f"S{number}") for number in range(51)))
    ids = list(StockRecord.objects.order_by("pk").values_list("pk", flat=True))
    for wanted in ([ids[0]], ids[1:]):
        with django_assert_num_queries(14):  # type: ignore[operator]  # four for the stock, ten for its documents
            hold(dict.fromkeys(wanted, 1), reference="order-1")
        with django_assert_num_queries(15):  # type: ignore[operator]
            release(dict.fromkeys(wanted, 1), reference="order-1")


def test_nothing_to_hold_is_no_error() -> None:
    hold({}, reference="order-1")
    release({}, reference="order-1")
    assert StockMovement.objects.filter(reference="order-1").count() == 0
