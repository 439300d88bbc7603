"""Answers kept by two web processes: a change is seen in both, and so it is where a notification never came."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from catalog.browse.models import ProductDocument
from catalog.catalogue.events import ProductsChanged
from catalog.partner.models import StockRecord
from shop.events.services import atomic, publish
from tests.concurrency.conftest import _shop
from tests.concurrency.servers import Caller
from tests.concurrency.shop import Shop
from tests.factories import make_piece, make_variant, stock

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("processes")]

CALLERS = 12
PATIENCE_SECONDS = 20
# An earlier test's listener may live in this very process: only the web server's count.
NAME = "kept-answers-under-test"
LISTENERS = (
    f"FROM pg_stat_activity WHERE datname = current_database() AND application_name = '{NAME}'"
    " AND query LIKE 'NOTIFY benchpin_beat%%'"
)


@pytest.fixture
def keeping(empty_queue: None, tmp_path: Path) -> Iterator[Shop]:
    make_piece("band", make_variant("BAND-1", "100.00", stock=3))
    with _shop(tmp_path / "web.log", KEPT_ANSWERS_MB="16", PGAPPNAME=NAME) as shop:
        yield shop


@pytest.fixture
def callers(keeping: Shop) -> Iterator[list[Caller]]:
    """Enough connections that both processes have some, and all of them get kept answers."""
    with ExitStack() as stack:
        callers: list[Caller] = []

        def both_listen() -> bool:
            # A process that comes up late has none of the first connections.
            callers.append(stack.enter_context(keeping.caller()))
            price(callers[-1])
            return len(callers) >= CALLERS and listening() == 2

        until(both_listen)
        # One round more, for what was computed before the listener was trusted.
        deadline = time.monotonic() + 1
        while time.monotonic() < deadline:
            for caller in callers:
                assert price(caller) == "100.00"
        yield callers


def price(caller: Caller) -> str:
    answer = caller.call("GET", "/store/products")
    assert answer.status == 200, answer
    return str(answer.json()["results"][0]["price_from"]["amount"])


def until(holds: Any) -> float:
    """How many seconds it took."""
    started = time.monotonic()
    while not holds():
        assert time.monotonic() - started < PATIENCE_SECONDS
    return time.monotonic() - started


def listening() -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) {LISTENERS}")
        return int(cursor.fetchone()[0])


def reprice(amount: str) -> None:
    with atomic():
        StockRecord.objects.update(price=Decimal(amount))
        publish(ProductsChanged((stock("BAND-1").product.parent_id,)))


def write_unheard(amount: str) -> None:
    """As if the notification were lost."""
    document = ProductDocument.objects.get()
    ProductDocument.objects.update(item=document.item.replace("100.00", amount))


def test_every_process_sees_a_write(callers: list[Caller]) -> None:
    slowest = 0.0
    for number in range(20):
        amount = f"{200 + number}.00"
        reprice(amount)
        slowest = max(slowest, until(lambda amount=amount: all(price(caller) == amount for caller in callers)))
        assert all(price(caller) == amount for caller in callers)
    print(f"{CALLERS} connections saw each write after {slowest * 1000:.0f} ms at most")


def test_a_lost_notification_is_survived(callers: list[Caller]) -> None:
    write_unheard("999.00")
    # The control: these are kept answers.
    assert {price(caller) for caller in callers} == {"100.00"}
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(pg_terminate_backend(pid)) {LISTENERS}")
    waited = until(lambda: all(price(caller) == "999.00" for caller in callers))
    print(f"Without listeners the kept answers were gone after {waited:.2f} s")
    until(lambda: listening() == 2)
    reprice("300.00")
    until(lambda: all(price(caller) == "300.00" for caller in callers))


def test_a_basket_reads_none_of_it(keeping: Shop, callers: list[Caller]) -> None:
    record = stock("BAND-1")
    StockRecord.objects.filter(pk=record.pk).update(price=Decimal("555.00"))
    basket = callers[0].call("POST", "/store/baskets", {}).json()
    added = callers[0].call("POST", f"/store/baskets/{basket['id']}/lines", {"sku": "BAND-1", "quantity": 1}).json()
    assert price(callers[0]) == "100.00"
    assert added["lines"][0]["unit_price"]["amount"] == "555.00"


def test_an_unchanged_one_is_not_sent_again(keeping: Shop, callers: list[Caller]) -> None:
    full = callers[0].call("GET", "/store/products")
    again = callers[0].call("GET", "/store/products", If_None_Match=full.headers["ETag"])
    assert (again.status, again.content) == (304, b"")
    for name in ("ETag", "Cache-Control", "Vary"):
        assert again.headers[name] == full.headers[name]
    assert again.headers["X-Request-Id"] != full.headers["X-Request-Id"]
    assert callers[0].call("GET", "/store/products", Accept="text/html").status == 406
    assert callers[0].call("GET", "/store/products", Benchpin_Key="pk_unknown").status == 401
