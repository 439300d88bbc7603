"""That the pieces of `make bench` do what they say. How fast anything is, is never asserted."""

import itertools
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from catalog.catalogue.models import Product, ProductImage
from catalog.partner.models import StockRecord
from orders.order.models import Order
from orders.payment.models import Payment
from tests.api import Api
from tests.load import catalog, mix, writes, wrk
from tests.load.reads import MATCHES_OF_GOLD, PAGE, reads
from tests.load.report import Figure, Mix, Report, growth, page, table
from tests.load.wrk import Run

PIECES = PAGE * len(catalog.CATEGORIES)


@pytest.fixture
def grown(db: None) -> None:
    catalog.grow(50)
    catalog.grow(PIECES)
    # Nobody tells PostgreSQL of what is not committed: it would plan for the empty tables of the test before.
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def rings_of(pieces: int) -> Counter[str]:
    """How many rings there are in each metal."""
    places = range(catalog.RING_CATEGORIES)
    numbers = [row + place for row in range(0, pieces, len(catalog.CATEGORIES)) for place in places]
    return Counter(metal for number in numbers for metal in set(catalog.metals_of(number).codes))


def test_it_grows_to_pieces_of_three_variants(grown: None) -> None:
    assert Product.objects.pieces().count() == PIECES
    assert Product.objects.sellable_variants().count() == StockRecord.objects.count() == PIECES * 3
    assert ProductImage.objects.filter(status="ready").count() == PIECES * 2
    for number in (0, 49, 50, PIECES - 1):
        piece = Product.objects.get(slug=catalog.item(number).handle)
        assert [variant.metal for variant in piece.children.order_by("position")] == [*catalog.metals_of(number).codes]


def test_as_many_gold_rings_in_a_small_catalog_as_in_a_large_one() -> None:
    small, large = rings_of(1_000), rings_of(100_000)
    for metal in catalog.GOLDS:
        assert small[metal] == large[metal] == MATCHES_OF_GOLD
    assert small[catalog.SILVER] == 0
    assert large[catalog.SILVER] == 15_000


def test_words_that_are_searched_for_are_in_no_other_piece() -> None:
    items = [catalog.item(number) for number in range(1_000)]
    for item in items:
        words = f"{item.title} {item.subtitle} {item.description} {item.category} {item.tags}".lower()
        assert ("gold" in words) == any("gold" in variant.metal for variant in item.variants)
        assert (" ring " in words) == (item.product_type == "ring")


@pytest.mark.parametrize("name", ["W1", "W2"])
def test_the_shops_answers_pass_the_check_and_others_do_not(grown: None, api: Api, name: str) -> None:
    work = next(work for work in reads(PIECES) if work.name == name)
    assert len(work.addresses) == len(set(work.addresses)) >= len(catalog.CATEGORIES)
    for address in work.addresses[:10]:
        work.check(address, api.get(address).json())
    with pytest.raises((AssertionError, KeyError)):
        work.check(work.addresses[0], api.get(work.addresses[1]).json())


def test_baskets_are_made_of_what_is_in_stock(grown: None, api: Api) -> None:
    wanted = writes.variants_in_stock(PIECES)
    assert len(wanted) == PIECES
    for variant in wanted[:10]:
        basket = api.post("/store/baskets").json()
        line = api.post(f"/store/baskets/{basket['id']}/lines", {"sku": variant.sku, "quantity": 1})
        assert writes.is_right(line.json(), variant)
        assert not writes.is_right(basket, variant)


class Within:
    """A caller within the test's transaction."""

    def __init__(self, api: Api) -> None:
        self.api = api

    def call(self, method: str, path: str, body: Any = None, /, **headers: str) -> Any:
        given = () if body is None else (body,)
        answer = getattr(self.api, method.lower())(path, *given, **headers)
        answer.status = answer.status_code
        return answer


def test_a_visit_says_whether_it_was_answered_right(grown: None, api: Api) -> None:
    wanted = itertools.cycle(writes.for_sale_by_hand(PIECES))
    caller: Any = Within(api)
    assert writes.fill_basket(caller, wanted)
    assert writes.check_out(caller, wanted)
    order, payment = Order.objects.get(), Payment.objects.get()
    assert (order.lines.count(), order.shipping_code, payment.provider) == (2, "express", "manual")
    wrong = iter([replace(next(wanted), price=Decimal("0.01")) for _ in range(3)])
    assert not writes.fill_basket(caller, wrong)
    assert not writes.check_out(caller, wrong)


def test_every_kind_of_visit_of_the_mix_can_be_made(grown: None, api: Api) -> None:
    wanted = itertools.cycle(writes.for_sale_by_hand(PIECES))
    caller: Any = Within(api)
    visits = mix.kinds_of_visit(PIECES)
    assert visits.keys() == mix.SHARES.keys()
    assert visits["list"](caller, wanted)
    assert visits["detail"](caller, wanted)
    assert visits["basket"](caller, wanted)
    assert visits["checkout"](caller, wanted)
    # So small a catalog has fewer matches than are asked for.
    assert not visits["search"](caller, wanted)


@pytest.fixture
def port() -> Iterator[int]:
    """A server that answers each address with itself."""

    class Echo(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = self.path.encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        threading.Thread(target=server.serve_forever).start()
        yield server.server_port
        server.shutdown()


@pytest.mark.skipif(not wrk.is_there(), reason="wrk is not installed")
def test_every_answer_is_compared_with_the_right_ones(port: int, tmp_path: Path) -> None:
    addresses = ["/ring", "/band"]
    right = wrk.write_plan(tmp_path / "right", addresses, [b"/v1/ring", b"/v1/band"])
    half = wrk.write_plan(tmp_path / "half", addresses, [b"/v1/ring"])
    run = wrk.drive(port, right, connections=2, seconds=1)
    assert run.wrong == 0 < run.per_second
    assert wrk.drive(port, half, connections=2, seconds=1).wrong > 0


FAST = Figure("W1", "list", 1_000, "afresh", 16, Run(500, p50_ms=30, p99_ms=61.5), ceiling=10_000, aim=6)


def test_the_table() -> None:
    slow = replace(FAST, run=Run(250, wrong=2), pieces=100_000)
    absent = replace(FAST, work="W3", run=None)
    report = Report({"date": "today"}, [FAST, slow, absent], {"memory": "200 MB"})
    lines = page(report).splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| W")]
    assert cells[:3] == [
        ["W1", "list", "1,000", "16", "computed afresh", "500", "10,000", "5.00 %", "6 %", "30.00", "61.50", "0"],
        ["W1", "list", "100,000", "16", "computed afresh", "250", "10,000", "2.50 %", "6 %", "0.00", "0.00", "2"],
        ["W3", "list", "1,000", "16", "not available", "", "", "", "", "", "", ""],
    ]
    assert report.wrong == 2
    assert "| memory" in page(report)


def test_the_mix_has_a_table_of_its_own() -> None:
    runs = {"list": Run(40, p50_ms=2, p99_ms=9.5), "checkout": Run(10, p50_ms=30, p99_ms=80, wrong=5)}
    report = Report({}, mix=Mix(runs, seconds=10, connections=16, before_mb=200, after_mb=None))
    assert report.wrong == 5
    said = page(report)
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in said.splitlines()]
    assert ["list", "40.0", "2.00", "9.50", "0"] in cells
    assert ["all", "50.0", "", "", "5"] in cells
    assert ["steady mix of 10 s, 16 at once: errors", "1.00 % of the requests"] in cells
    assert "200 MB and not available" in said


def test_growth_compares_shares_and_not_rates() -> None:
    # Half the rate beside half the ceiling: the machine was busy, the work costs the same.
    busy = replace(FAST, run=Run(250), ceiling=5_000, pieces=100_000)
    assert list(growth([FAST, busy]).values()) == ["1.00"]
    assert list(growth([FAST, replace(busy, ceiling=10_000)]).values()) == ["2.00"]
    assert growth([FAST]) == {}


def test_columns_stand_below_each_other() -> None:
    assert table(["name", "n"], [["a", "10"], ["bcdef", "7"]]).splitlines() == [
        "| name  |   n |",
        "| ----- | --: |",
        "| a     |  10 |",
        "| bcdef |   7 |",
    ]
