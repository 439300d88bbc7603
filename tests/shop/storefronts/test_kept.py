"""The storefront of public reads is kept in the process: without a query, until a change of it is heard of."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone

from shop.actors import SYSTEM
from shop.storefronts.models import Storefront
from shop.storefronts.queries import _kept
from shop.storefronts.services import change_storefront, close_storefront, rotate_key
from tests.api import Api
from tests.factories import make_maker, make_piece, make_storefront, make_variant
from tests.shop.kept.hearing import heard
from tests.shop.storefronts.windows import default, replace_key, through

pytestmark = pytest.mark.django_db
NOTHING = {"amount": "0.00", "currency": "USD"}


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


def test_a_basket_takes_no_query_for_it(api: Api, django_assert_num_queries: Any) -> None:
    basket = api.post("/store/baskets", {}).json()
    with django_assert_num_queries(1):
        api.post("/store/baskets", {})
    with django_assert_num_queries(3):
        api.get(f"/store/baskets/{basket['id']}")


def unheard(window: Storefront, **changes: Any) -> None:
    """Change it so that no process hears of it."""
    Storefront.objects.filter(pk=window.pk).update(**changes)


def test_a_basket_begins_in_the_storefront_of_today_whatever_is_kept(api: Api) -> None:
    api.post("/store/baskets", {})
    unheard(default(), currency="EUR")
    basket = api.post("/store/baskets", {}).json()
    assert basket["totals"]["total"]["currency"] == "EUR"


@pytest.mark.parametrize("ask", ["begin", "read", "add", "change", "check out", "send a file"])
def test_of_a_closed_storefront_no_basket_is_found_whatever_is_kept(ask: str) -> None:
    window = make_storefront()
    client = through(window)
    path = f"/store/baskets/{client.post('/store/baskets', {}).json()['id']}"
    unheard(window, closed_at=timezone.now())
    match ask:
        case "begin":
            answer = client.post("/store/baskets", {})
        case "read":
            answer = client.get(path)
        case "add":
            answer = client.post(f"{path}/lines", {"sku": "band-1"})
        case "change":
            answer = client.patch(path, {"gift_note": "For Ada"})
        case "check out":
            answer = client.checkout({"id": path.rpartition("/")[2], "version": 1, "totals": {"total": NOTHING}})
        case "send a file":
            answer = client.raw("post", f"{path}/uploads", b"<svg/>", "image/svg+xml")
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_storefront_key")


def test_checkout_takes_the_ways_to_pay_of_today_whatever_is_kept(api: Api) -> None:
    unheard(default(), providers=["stripe", "manual"])
    make_piece("ring", make_variant("RING-1", stock=1))
    basket = api.ready_basket(RING_1=1)
    unheard(default(), providers=["stripe"])
    answer = api.checkout(basket, provider="manual")
    assert (answer.status_code, answer.json()["code"]) == (422, "provider_off")


def test_adding_with_a_key_begins_again_in_the_storefront_of_today(api: Api) -> None:
    make_piece("ring", make_variant("RING-1", stock=1))
    path = f"/store/baskets/{api.post('/store/baskets', {}).json()['id']}/lines"
    unheard(default(), name="Elsewhere")
    for replayed in (False, True):
        answer = api.post(path, {"sku": "RING-1"}, Idempotency_Key="a-key-of-some-length")
        assert (answer.status_code, "Idempotent-Replayed" in answer.headers) == (201, replayed)
        assert [line["quantity"] for line in answer.json()["lines"]] == [1]


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
