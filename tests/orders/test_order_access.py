"""An order is read with its access token, and without it nobody learns that it exists."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone

from orders.order.models import Order
from tests.api import Api
from tests.factories import make_piece
from tests.fakes.local_stripe import LocalStripe
from tests.orders.steps import pay

pytestmark = pytest.mark.django_db

Placed = dict[str, Any]


@pytest.fixture
def placed(api: Api, stripe_server: LocalStripe) -> Placed:
    make_piece("band")
    return api.placed(BAND_1=1)


def doors(api: Api, placed: Placed, number: str | None = None, **headers: str) -> list[HttpResponse]:
    """Every door to the order, each tried once."""
    home = f"/store/orders/{number or placed['order']['number']}"
    return [
        api.get(home, **headers),
        api.post(f"{home}/payments", Idempotency_Key="a-key", **headers),
        api.post(f"{home}/payments/{placed['payment']['id']}/refresh", **headers),
        api.post(f"{home}/cancel", **headers),
    ]


def codes(answers: list[HttpResponse]) -> set[tuple[int, str]]:
    return {(answer.status_code, answer.json()["code"]) for answer in answers}


def told(answer: HttpResponse) -> dict[str, Any]:
    return {name: value for name, value in answer.json().items() if name != "request_id"}


def test_the_token_opens_every_door(api: Api, placed: Placed) -> None:
    answers = doors(api, placed, Benchpin_Order_Token=placed["order"]["access_token"])
    assert [answer.status_code for answer in answers] == [200, 201, 200, 200]
    assert {answer.headers["Cache-Control"] for answer in answers} == {"private, no-store"}


def test_without_a_token_no_door_opens(api: Api, placed: Placed) -> None:
    assert codes(doors(api, placed)) == {(401, "access_token_missing")}
    assert codes(doors(api, placed, Benchpin_Order_Token="")) == {(401, "access_token_missing")}
    assert Order.objects.get().status == "awaiting_payment"


@pytest.mark.parametrize("token", ["wrong", "6c0f0f0f.AAAA", "x" * 4000])
def test_a_wrong_token_finds_nothing(api: Api, placed: Placed, token: str) -> None:
    assert codes(doors(api, placed, Benchpin_Order_Token=token)) == {(404, "not_found")}


def test_the_token_of_another_order_finds_nothing(api: Api, placed: Placed) -> None:
    other = api.placed(BAND_1=1)["order"]
    assert codes(doors(api, placed, Benchpin_Order_Token=other["access_token"])) == {(404, "not_found")}
    assert set(Order.objects.values_list("status", flat=True)) == {"awaiting_payment"}


def test_an_unknown_number_and_a_wrong_token_look_the_same(api: Api, placed: Placed) -> None:
    token = placed["order"]["access_token"]
    unknown = doors(api, placed, "0000-0000-0000", Benchpin_Order_Token=token)
    wrong = doors(api, placed, Benchpin_Order_Token="wrong")
    assert [told(answer) for answer in unknown] == [told(answer) for answer in wrong]
    without = doors(api, placed), doors(api, placed, "0000-0000-0000")
    assert [told(answer) for answer in without[0]] == [told(answer) for answer in without[1]]


def test_a_token_that_has_ended_opens_no_door(api: Api, placed: Placed) -> None:
    token = placed["order"]["access_token"]
    end = timezone.now() + timedelta(days=settings.ORDER_TOKEN_DAYS)
    home = f"/store/orders/{placed['order']['number']}"
    with time_machine.travel(end - timedelta(minutes=1)):
        assert api.get(home, Benchpin_Order_Token=token).status_code == 200
    with time_machine.travel(end + timedelta(minutes=1)):
        assert codes(doors(api, placed, Benchpin_Order_Token=token)) == {(401, "access_token_expired")}


def test_a_stored_answer_is_not_repeated_to_another_token(api: Api, placed: Placed) -> None:
    home = f"/store/orders/{placed['order']['number']}"
    token = placed["order"]["access_token"]
    api.post(f"{home}/payments", Idempotency_Key="a-key", Benchpin_Order_Token=token)
    answer = api.post(f"{home}/payments", Idempotency_Key="a-key", Benchpin_Order_Token="wrong")
    assert codes([answer]) == {(404, "not_found")}


def test_a_payment_of_another_order_is_not_reached(api: Api, placed: Placed, stripe_server: LocalStripe) -> None:
    other = api.placed(BAND_1=1)
    pay(stripe_server, other["payment"])
    answer = api.post(
        f"/store/orders/{placed['order']['number']}/payments/{other['payment']['id']}/refresh",
        Benchpin_Order_Token=placed["order"]["access_token"],
    )
    assert codes([answer]) == {(404, "not_found")}
    assert set(Order.objects.values_list("status", flat=True)) == {"awaiting_payment"}


def test_the_token_stands_only_in_the_answer_of_checkout(api: Api, placed: Placed) -> None:
    token = placed["order"]["access_token"]
    answers = doors(api, placed, Benchpin_Order_Token=token)
    assert [token.encode() in answer.content for answer in answers] == [False] * 4
