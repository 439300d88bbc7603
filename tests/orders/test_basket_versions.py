"""A basket's version, its ETag, and how long it lives."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone

from orders.basket.models import Basket
from orders.checkout.tasks import remove_expired_baskets
from tests.api import Api
from tests.factories import make_piece

pytestmark = pytest.mark.django_db


@pytest.fixture
def basket(api: Api) -> dict[str, Any]:
    make_piece("band")
    return api.basket(BAND_1=1)


def changes(api: Api, basket: dict[str, Any], **headers: str) -> dict[str, HttpResponse]:
    """Each way to change a basket, tried in turn."""
    home = f"/store/baskets/{basket['id']}"
    line = f"{home}/lines/{basket['lines'][0]['id']}"
    return {
        "details": api.patch(home, {"gift_note": "Hello"}, **headers),
        "add": api.post(f"{home}/lines", {"sku": "BAND-1"}, **headers),
        "quantity": api.patch(line, {"quantity": 2}, **headers),
        "remove": api.delete(line, **headers),
    }


def test_every_change_is_a_new_version_and_a_new_etag(api: Api, basket: dict[str, Any]) -> None:
    answers = changes(api, basket)
    versions = [answer.json()["version"] for answer in answers.values()]
    assert versions == [basket["version"] + step for step in (1, 2, 3, 4)]
    assert [answer.headers["ETag"] for answer in answers.values()] == [f'"{version}"' for version in versions]


def test_reading_is_no_change(api: Api, basket: dict[str, Any]) -> None:
    answers = [api.get(f"/store/baskets/{basket['id']}") for _ in range(2)]
    assert {answer.json()["version"] for answer in answers} == {basket["version"]}
    assert {answer.headers["ETag"] for answer in answers} == {f'"{basket["version"]}"'}


def test_a_change_on_a_stale_version_is_refused_and_changes_nothing(api: Api, basket: dict[str, Any]) -> None:
    answers = changes(api, basket, If_Match=f'"{basket["version"] - 1}"')
    assert {(answer.status_code, answer.json()["code"]) for answer in answers.values()} == {(412, "stale_version")}
    assert api.get(f"/store/baskets/{basket['id']}").json() == basket


@pytest.mark.parametrize("tag", ['"{}"', 'W/"{}"', "*", '"1", "{}"'])
def test_a_change_on_todays_version_is_taken(api: Api, basket: dict[str, Any], tag: str) -> None:
    answer = api.patch(f"/store/baskets/{basket['id']}", {"gift_note": "Hello"}, If_Match=tag.format(basket["version"]))
    assert answer.status_code == 200


def test_a_refused_change_is_no_new_version(api: Api, basket: dict[str, Any]) -> None:
    api.post(f"/store/baskets/{basket['id']}/lines", {"sku": "NOPE"})
    assert api.get(f"/store/baskets/{basket['id']}").json()["version"] == basket["version"]


def test_a_basket_lives_on_with_every_change(api: Api, basket: dict[str, Any]) -> None:
    home = f"/store/baskets/{basket['id']}"
    life = timedelta(days=settings.BASKET_DAYS)
    with time_machine.travel(timezone.now() + life - timedelta(minutes=1)):
        assert api.patch(home, {"gift_note": "Hello"}).status_code == 200
    with time_machine.travel(timezone.now() + life + timedelta(minutes=1)):
        assert api.get(home).status_code == 200


@pytest.mark.parametrize(("minutes", "moves"), [(59, False), (61, True)])
def test_its_end_moves_once_an_hour_at_most(api: Api, basket: dict[str, Any], minutes: int, moves: bool) -> None:
    with time_machine.travel(timezone.now() + timedelta(minutes=minutes)):
        changed = api.patch(f"/store/baskets/{basket['id']}", {"gift_note": "Hello"}).json()
    assert (changed["expires_at"] > basket["expires_at"]) == moves


def test_an_expired_basket_is_gone_for_everything(api: Api, basket: dict[str, Any]) -> None:
    home = f"/store/baskets/{basket['id']}"
    with time_machine.travel(timezone.now() + timedelta(days=settings.BASKET_DAYS, minutes=1)):
        answers = [api.get(home), api.get(f"{home}/shipping-options"), api.checkout(basket)]
        answers += changes(api, basket).values()
        assert {answer.status_code for answer in answers} == {404}


def test_expired_baskets_are_removed_and_no_others(api: Api, basket: dict[str, Any]) -> None:
    with time_machine.travel(timezone.now() + timedelta(days=settings.BASKET_DAYS, minutes=1)):
        young = api.basket()
        remove_expired_baskets(timestamp=0)
        assert list(Basket.objects.values_list("public_id", flat=True)) == [young["id"]]
