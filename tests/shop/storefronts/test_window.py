"""GET /v1/store/storefront: what a page needs to know of its own storefront."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone

from shop.storefronts.models import Storefront
from tests.api import Api
from tests.factories import make_maker, make_storefront
from tests.shop.storefronts.windows import default, listing, through

pytestmark = pytest.mark.django_db

PATH = "/store/storefront"


def test_a_makers_own() -> None:
    alder = make_storefront(
        owner=make_maker("alder", name="Alder & Anvil"), support_email="help@alder.example",
        logo_url="https://alder.example/logo.svg", mail_footer="Not shown", origins=["https://alder.example"],
    )  # fmt: skip
    assert through(alder).get(PATH).json() == {
        "name": "Window",
        "maker": {"slug": "alder", "name": "Alder & Anvil"},
        "currency": "USD",
        "providers": [{"code": "stripe", "publishable_key": "pk_test_tests"}],
        "support_email": "help@alder.example",
        "logo_url": "https://alder.example/logo.svg",
    }


def test_the_platforms(api: Api) -> None:
    assert api.get(PATH).json() == through(default()).get(PATH).json()
    assert api.get(PATH).json().items() >= {"name": "Shop", "maker": None}.items()
    assert through(listing(make_maker("alder"), providers=[])).get(PATH).json()["providers"] == []


def test_without_a_default_one_in_the_database(api: Api) -> None:
    Storefront.objects.all().delete()
    assert (api.get(PATH).status_code, api.get(PATH).json()["name"]) == (200, "Shop")


def test_each_storefronts_answer_is_kept_for_itself(api: Api) -> None:
    alder, birch = (make_storefront(owner=make_maker(slug)) for slug in ("alder", "birch"))
    answers = [through(alder).get(PATH), through(birch).get(PATH), api.get(PATH)]
    tags = [answer["ETag"] for answer in answers]
    assert len(set(tags)) == 3
    assert {answer["Vary"] for answer in answers} == {"Benchpin-Key, Origin, Accept-Encoding"}
    assert {answer["Cache-Control"] for answer in answers} == {"public, max-age=0, must-revalidate"}
    assert through(alder).get(PATH, If_None_Match=tags[0]).status_code == 304
    assert through(birch).get(PATH, If_None_Match=tags[0]).status_code == 200


def refused(answer: Any) -> bool:
    assert answer["Cache-Control"] == "private, no-store"
    return (answer.status_code, answer.json()["code"]) == (401, "invalid_storefront_key")


@pytest.mark.parametrize(
    "key", ["", "pk_nobody", "pk_", "\0", "pk_\0", "x" * 10_000, "é", "' OR 1=1 --", "sk_test", "*"]
)
def test_a_wrong_key_is_refused_at_every_door(key: str) -> None:
    api = Api(Benchpin_Key=key)
    for path in (
        PATH,
        "/store/products",
        "/store/products/band",
        "/store/categories",
        "/store/makers",
        "/store/makers/x",
    ):
        assert refused(api.get(path)), path
    assert refused(api.post("/store/baskets"))
    assert refused(api.get("/store/baskets/bsk_none"))
    assert refused(api.post("/store/baskets/bsk_none/lines", {"sku": "X"}))
    assert refused(api.get("/store/orders/NONE"))


def test_a_key_is_written_exactly() -> None:
    key = make_storefront().publishable_key
    assert Api(Benchpin_Key=key).get(PATH).status_code == 200
    assert refused(Api(Benchpin_Key=key.swapcase()).get(PATH))
    assert refused(Api(Benchpin_Key=key[:-1]).get(PATH))


def test_a_closed_one_is_closed_to_both_its_keys() -> None:
    alder = make_storefront(previous_key="pk_before", previous_key_until=timezone.now() + timedelta(hours=1))
    before = Api(Benchpin_Key="pk_before")
    assert before.get(PATH).status_code == 200
    Storefront.objects.filter(pk=alder.pk).update(closed_at=timezone.now())
    assert refused(before.get(PATH))
    assert refused(through(alder).get(PATH))


def test_the_key_before_ends_when_it_was_said() -> None:
    make_storefront(previous_key="pk_before", previous_key_until=timezone.now() + timedelta(hours=1))
    with time_machine.travel(timezone.now() + timedelta(minutes=59)):
        assert Api(Benchpin_Key="pk_before").get(PATH).status_code == 200
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        assert refused(Api(Benchpin_Key="pk_before").get(PATH))


@pytest.mark.parametrize(
    "values",
    [{"closed_at": datetime(2026, 11, 24, tzinfo=UTC)}, {"owner_id": 0}, {"all_makers": True, "owner_id": 0}],
    ids=str,
)
def test_the_default_one_is_the_platforms_and_stays_open(values: dict[str, Any]) -> None:
    if "owner_id" in values:
        values = {**values, "owner_id": make_maker("alder").pk}
    with pytest.raises(IntegrityError), transaction.atomic():
        Storefront.objects.filter(is_default=True).update(**values)
