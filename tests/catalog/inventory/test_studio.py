"""Counting stock through the studio's door."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from catalog.inventory.models import StockMovement
from shop.audit.models import AuditEntry
from shop.idempotency.services import KEPT
from tests.api import Api
from tests.catalog.bench import Bench, last_entry, problem, refused_fields, ring
from tests.factories import stock

pytestmark = pytest.mark.django_db


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def piece(bench: Bench) -> dict[str, Any]:
    return bench.published()


def test_a_count(bench: Bench, piece: dict[str, Any]) -> None:
    answer = bench.count(piece, 9, "stock_then_made_to_order")
    level = {"count": 9, "held": 0, "available": 9, "policy": "stock_then_made_to_order"}
    assert (answer.status_code, answer.json()) == (200, {**level, "shortfall": None})
    again = bench.api.get(f"{bench.variant(piece)}/stock")
    assert (again.json(), again["ETag"]) == (answer.json(), answer["ETag"])
    movement = StockMovement.objects.latest("pk")
    assert (movement.quantity, movement.reference) == (9, f"studio:{bench.member.user.public_id}")
    entry = last_entry("stock.counted")
    assert (entry.object, entry.maker) == (piece["variants"][0]["id"], bench.member.maker.public_id)
    assert (entry.before["count"], entry.after) == (5, level)


def test_what_is_held_is_not_taken_away(bench: Bench, piece: dict[str, Any], api: Api) -> None:
    order = api.placed(MOON_7=4)["order"]
    short = {"missing": 2, "orders": [order["number"]]}
    answer = bench.count(piece, 2)
    assert answer.json() == {"count": 2, "held": 4, "available": 0, "policy": "stock", "shortfall": short}
    assert bench.api.get(f"{bench.variant(piece)}/stock").json() == answer.json()
    assert stock("MOON-7").num_in_stock == 4
    assert bench.count(piece, 6).json()["shortfall"] is None


def test_a_retry_counts_once(bench: Bench, piece: dict[str, Any]) -> None:
    first = bench.count(piece, 9, key="count-1")
    bench.count(piece, 3, key="count-2")
    again = bench.count(piece, 9, key="count-1")
    assert (again.json(), again["Idempotent-Replayed"]) == (first.json(), "true")
    assert stock("MOON-7").num_in_stock == 3
    assert problem(bench.count(piece, 8, key="count-1")) == (422, "idempotency_key_reused")


def test_a_day_later_the_key_is_another_count(bench: Bench, piece: dict[str, Any]) -> None:
    bench.count(piece, 9, key="count-1")
    with time_machine.travel(timezone.now() + KEPT + timedelta(seconds=1)):
        assert bench.count(piece, 8, key="count-1").json()["count"] == 8


def test_no_key_no_count(bench: Bench, piece: dict[str, Any]) -> None:
    refused = bench.api.post(f"{bench.variant(piece)}/stock", {"count": 9, "policy": "stock"})
    assert problem(refused) == (400, "idempotency_key_required")
    assert stock("MOON-7").num_in_stock == 5


def test_a_stale_count(bench: Bench, piece: dict[str, Any], api: Api) -> None:
    tag = bench.api.get(f"{bench.variant(piece)}/stock")["ETag"]
    api.placed(MOON_7=1)
    assert problem(bench.count(piece, 9, If_Match=tag)) == (412, "stale_version")
    assert stock("MOON-7").num_in_stock == 5
    tag = bench.api.get(f"{bench.variant(piece)}/stock")["ETag"]
    assert bench.count(piece, 9, If_Match=tag).json()["available"] == 8


@pytest.mark.parametrize(
    ("count", "policy", "status"), [(1, "stock", 200), (2, "stock", 409), (0, "made_to_order", 409)]
)
def test_one_of_a_kind_stays_one(bench: Bench, count: int, policy: str, status: int) -> None:
    piece = bench.published(one_of_a_kind=True, variants=[ring(stock={"count": 1, "policy": "stock"})])
    answer = bench.count(piece, count, policy)
    assert answer.status_code == status
    if status == 409:
        assert problem(answer) == (409, "needed_while_published")
        assert (stock("MOON-7").num_in_stock, stock("MOON-7").policy) == (1, "stock")
        assert not AuditEntry.objects.filter(action="stock.counted").exists()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"count": -1, "policy": "stock"}, "count"),
        ({"count": 1.5, "policy": "stock"}, "count"),
        ({"count": "3", "policy": "stock"}, "count"),
        ({"count": True, "policy": "stock"}, "count"),
        ({"count": 2**31, "policy": "stock"}, "count"),
        ({"count": 3}, "policy"),
        ({"policy": "stock"}, "count"),
        ({"count": 3, "policy": "dropship"}, "policy"),
        ({"count": 3, "policy": None}, "policy"),
        ({"count": 3, "policy": "stock", "held": 0}, "held"),
    ],
)
def test_bad_input(bench: Bench, piece: dict[str, Any], body: dict[str, Any], field: str) -> None:
    answer = bench.api.post(f"{bench.variant(piece)}/stock", body, Idempotency_Key="bad")
    assert (problem(answer), list(refused_fields(answer))) == ((422, "invalid_input"), [field])
    assert (stock("MOON-7").num_in_stock, stock("MOON-7").policy) == (5, "stock")


def test_who_may(bench: Bench, piece: dict[str, Any]) -> None:
    assert problem(Bench("marketer").count(piece, 9)) == (403, "not_permitted")
    assert Bench("stock_keeper").count(piece, 9).status_code == 200
    assert problem(Bench(maker="birch").count(piece, 1)) == (404, "not_found")
    assert stock("MOON-7").num_in_stock == 9
