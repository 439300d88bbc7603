"""From a draft to a sold piece, and off the shop again, by the doors alone."""

from typing import Any

import pytest

from tests.api import Api
from tests.catalog.bench import Bench, problem
from tests.fakes.local_stripe import LocalStripe

pytestmark = pytest.mark.django_db


def shown(api: Api) -> list[str]:
    return [piece["slug"] for piece in api.get("/store/products").json()["results"]]


def test_a_piece_is_made_shown_sold_and_taken_off(api: Api, stripe_server: LocalStripe) -> None:
    bench = Bench()
    piece = bench.create()
    assert (piece["slug"], piece["status"], shown(api)) == ("moon-ring", "draft", [])
    assert problem(api.get("/store/products/moon-ring")) == (404, "not_found")

    assert bench.upload(piece, query="?alt=A%20ring").status_code == 201
    assert bench.publish(piece).json()["status"] == "published"
    assert shown(api) == ["moon-ring"]
    detail = api.get("/store/products/moon-ring").json()
    assert detail["image"]["alt"] == "A ring"
    assert [variant["sku"] for variant in detail["variants"]] == ["MOON-7"]

    assert api.placed(MOON_7=2)["order"]["status"] == "awaiting_payment"
    stock: dict[str, Any] = {"count": 5, "held": 2, "available": 3, "policy": "stock"}
    assert bench.api.get(f"{bench.variant(piece)}/stock").json() == {**stock, "shortfall": None}
    assert bench.read(piece).json()["variants"][0]["stock"] == stock

    basket = api.basket(MOON_7=1)
    assert bench.unpublish(piece).json()["status"] == "draft"
    assert shown(api) == []
    assert problem(api.get("/store/products/moon-ring")) == (404, "not_found")
    refused = api.post("/store/baskets/{id}/lines".format(**basket), {"sku": "MOON-7", "quantity": 1})
    assert problem(refused) == (422, "unknown_variant")
    problems = api.get("/store/baskets/{id}".format(**basket)).json()["problems"]
    assert [found["code"] for found in problems] == ["unavailable"]


def test_its_picture_is_served(api: Api, client: Any) -> None:
    bench = Bench()
    url = bench.published()["images"][0]["url"]
    assert client.get(url.removeprefix("http://localhost:8000")).status_code == 200
