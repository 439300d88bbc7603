"""The storefront of public reads is kept in the process: without a query, until a change of it is heard of."""

from collections.abc import Iterator
from typing import Any

import pytest

from shop.actors import SYSTEM
from shop.storefronts.queries import _kept
from shop.storefronts.services import change_storefront, close_storefront, rotate_key
from tests.api import Api
from tests.factories import make_maker, make_piece, make_storefront
from tests.shop.kept.hearing import heard
from tests.shop.storefronts.windows import default, replace_key, through

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def keeping(settings: Any) -> Iterator[None]:
    """Storefronts and no answers."""
    make_piece("band")
    settings.KEPT_STOREFRONTS_BYTES = 1024 * 1024
    with heard():
        yield


def test_only_the_list_is_asked_for(api: Api, django_assert_num_queries: Any) -> None:
    window = through(make_storefront(owner=make_maker("birch")))
    for client, pieces in ((api, 1), (window, 0)):
        client.get("/store/products")
        with django_assert_num_queries(1):
            assert len(client.get("/store/products").json()["results"]) == pieces


def test_a_basket_asks_for_it_each_time(api: Api) -> None:
    api.get("/store/products")
    window = default()
    window.currency = "EUR"
    window.save()
    assert api.get("/store/products").status_code == 200
    basket = api.post("/store/baskets", {}).json()
    assert basket["totals"]["total"]["currency"] == "EUR"


@pytest.mark.parametrize("leaving", ["changed", "replaced", "closed"])
def test_a_change_counts_at_once(leaving: str, django_capture_on_commit_callbacks: Any) -> None:
    maker = make_maker("birch")
    window = make_storefront(owner=maker)
    client = through(window)
    assert client.get("/store/products").status_code == 200
    about: dict[str, Any] = {"actor": SYSTEM, "maker": maker, "storefront_id": window.public_id}
    with django_capture_on_commit_callbacks(execute=True):
        match leaving:
            case "changed":
                change_storefront(**about, changes={"origins": ["https://birch.example"]}, if_match=None)
            case "replaced":
                rotate_key(**about, overlap_hours=0)
            case "closed":
                close_storefront(**about, if_match=None)
    answer = client.get("/store/products", Origin="https://birch.example")
    assert answer.status_code == (200 if leaving == "changed" else 401)
    assert ("Access-Control-Allow-Origin" in answer.headers) == (leaving == "changed")


def test_one_found_by_a_replaced_key_is_not_kept() -> None:
    window = make_storefront()
    client = through(window)
    replace_key(window)
    assert client.get("/store/products").status_code == 200
    assert not _kept._kept
