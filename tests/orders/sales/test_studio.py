"""A maker sees its own lines, where they go, and its money; nothing of another maker's in the same order."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from orders.order.models import Line, Order
from tests.factories import make_maker, make_piece, make_variant
from tests.fakes.local_stripe import LocalStripe
from tests.orders.documented import DocumentedApi
from tests.orders.refunds.steps import bought, home, pieces, problem, refund, team, usd

pytestmark = pytest.mark.django_db
HOME = "/studio/makers/alder/orders"


@pytest.fixture(autouse=True)
def two_makers(stripe_server: LocalStripe) -> None:
    make_piece("band", make_variant("BAND-1", price="180.00", stock=50))
    make_piece("hoop", make_variant("HOOP-1", price="70.00", stock=50), maker=make_maker("birch"))


def test_an_order_of_one_maker(stripe_server: LocalStripe) -> None:
    placed = bought(stripe_server, BAND_1=1)
    shown = team().get(home(placed)).json()
    assert (shown["number"], shown["status"], shown["email"]) == (
        placed["order"]["number"],
        "paid",
        "ada@example.com",
    )
    assert shown["shipping_address"]["city"] == "Portland"
    assert [line["sku"] for line in shown["lines"]] == ["BAND-1"]
    assert shown["totals"] == {
        "items": usd("180.00"),
        "shipping": usd("12.00"),
        "total": usd("192.00"),
        "refunded": usd("0.00"),
    }
    assert [step["status"] for step in shown["timeline"]] == ["awaiting_payment", "paid"]


def test_of_an_order_of_two_each_sees_its_own(stripe_server: LocalStripe) -> None:
    placed = bought(stripe_server, BAND_1=1, HOOP_1=2)
    for maker, own, other, total in (("alder", "BAND-1", "HOOP-1", "180.00"), ("birch", "HOOP-1", "BAND-1", "140.00")):
        answer = team(maker).get(home(placed, maker))
        text = json.dumps(answer.json())
        assert own in text
        assert other not in text
        assert answer.json()["totals"]["total"] == usd(total)
        assert placed["order"]["totals"]["total"]["amount"] not in text
        [row] = team(maker).get(f"/studio/makers/{maker}/orders").json()["results"]
        assert (row["line_count"], row["totals"]["total"]) == (1, usd(total))


def test_what_went_back_is_each_makers_own(stripe_server: LocalStripe) -> None:
    placed = bought(stripe_server, BAND_1=2, HOOP_1=2)
    assert refund(team(), placed, lines=pieces(placed, 1)).status_code == 201
    alder, birch = team().get(home(placed)).json(), team("birch").get(home(placed, "birch")).json()
    assert (alder["totals"]["refunded"], len(alder["refunds"])) == (usd("180.00"), 1)
    assert (alder["lines"][0]["refunded_quantity"], alder["lines"][0]["quantity"]) == (1, 2)
    assert (birch["totals"]["refunded"], birch["refunds"]) == (usd("0.00"), [])


def test_another_makers_order_is_not_there(stripe_server: LocalStripe) -> None:
    placed = bought(stripe_server, HOOP_1=1)
    assert problem(team().get(home(placed))) == (404, "not_found")
    assert team().get(HOME).json()["results"] == []


def test_by_status_and_page_by_page(stripe_server: LocalStripe) -> None:
    api = team()
    paid = [bought(stripe_server, BAND_1=1) for _ in range(3)]
    waiting = DocumentedApi().placed(BAND_1=1)
    newest_first = [placed["order"]["number"] for placed in reversed(paid)]
    assert numbers(api, "?status=paid") == newest_first
    assert numbers(api, "?status=awaiting_payment") == [waiting["order"]["number"]]
    assert numbers(api, "?status=lapsed") == []
    seen, path = [], f"{HOME}?limit=1&status=paid"
    while path:
        page = api.get(path).json()
        seen += [row["number"] for row in page["results"]]
        path = (page["next"] or "").rpartition("/v1")[2]
    assert seen == newest_first


def numbers(api: DocumentedApi, query: str = "") -> list[str]:
    return [row["number"] for row in api.get(HOME + query).json()["results"]]


@pytest.mark.parametrize("query", ["?status=sold", "?limit=0", "?maker=birch", "?cursor=x"])
def test_a_query_that_makes_no_sense(query: str) -> None:
    assert team().get(HOME + query).status_code == 422


def test_its_etag_changes_with_it(stripe_server: LocalStripe) -> None:
    placed, api = bought(stripe_server, BAND_1=1), team()
    first = api.get(home(placed)).headers["ETag"]
    assert api.get(home(placed)).headers["ETag"] == first
    refund(api, placed, goodwill=usd("1.00"))
    assert api.get(home(placed)).headers["ETag"] != first


@pytest.mark.parametrize("count", [1, 10])
def test_what_the_reads_cost(
    stripe_server: LocalStripe, count: int, django_assert_num_queries: Callable[[int], AbstractContextManager[Any]]
) -> None:
    api = team()
    for _ in range(count):
        DocumentedApi().placed(BAND_1=1, HOOP_1=1)
    placed = bought(stripe_server, BAND_1=1)
    refund(api, placed, goodwill=usd("1.00"))
    order = Order.objects.get(number=placed["order"]["number"])
    first = order.lines.get()
    for number in range(count):
        Line.objects.create(**{**values_of(first), "public_id": f"oln_{number}"})
    with django_assert_num_queries(8):  # session, person; place; orders; lines, own lines; refunds and their parts
        api.get(HOME)
    with django_assert_num_queries(9):  # and the history
        api.get(home(placed))


def values_of(line: Line) -> dict[str, Any]:
    return {field.attname: getattr(line, field.attname) for field in Line._meta.fields if field.name != "id"}
