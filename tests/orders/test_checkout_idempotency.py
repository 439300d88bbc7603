"""Placed once: however often the button is pressed, and wherever a run dies."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from orders.order.models import Order
from shop.idempotency.models import IdempotentRequest
from shop.idempotency.services import KEPT, LEASE
from tests.api import Api
from tests.factories import make_piece, stock
from tests.fakes.local_stripe import LocalStripe
from tests.orders.steps import intents, read_order

pytestmark = pytest.mark.django_db

KEY = "4f9f8b1e-0001"


@pytest.fixture
def basket(api: Api, stripe_server: LocalStripe) -> dict[str, Any]:
    make_piece("band")
    return api.ready_basket(BAND_1=1)


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_checkout_without_a_key_is_refused(api: Api, basket: dict[str, Any]) -> None:
    expected = {"version": basket["version"], "total": basket["totals"]["total"]}
    answer = api.post(f"/store/baskets/{basket['id']}/checkout", {"expected": expected})
    assert code(answer) == (400, "idempotency_key_required")
    assert Order.objects.count() == 0


@pytest.mark.parametrize("key", ["", "x" * 256, "kéy", "tab\there"])
def test_a_key_that_cannot_be_one_is_refused(api: Api, basket: dict[str, Any], key: str) -> None:
    expected = {"version": basket["version"], "total": basket["totals"]["total"]}
    answer = api.post(f"/store/baskets/{basket['id']}/checkout", {"expected": expected}, Idempotency_Key=key)
    assert code(answer) == (400, "invalid_idempotency_key")


def test_the_same_again_is_the_same_order_with_its_token(
    api: Api, basket: dict[str, Any], stripe_server: LocalStripe
) -> None:
    first, again = api.checkout(basket, KEY), api.checkout(basket, KEY)
    assert again.status_code == 201
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    assert again.json() == first.json()
    assert again.json()["order"]["access_token"]
    assert (Order.objects.count(), stock("BAND-1").num_allocated, len(intents(stripe_server))) == (1, 1, 1)


def test_the_token_is_not_kept(api: Api, basket: dict[str, Any]) -> None:
    order = api.checkout(basket, KEY).json()["order"]
    stored = bytes(IdempotentRequest.objects.get().body or b"")
    assert order["number"].encode() in stored
    assert order["access_token"].encode() not in stored


def test_a_refusal_is_repeated_as_well(api: Api, basket: dict[str, Any]) -> None:
    answers = [api.checkout(basket, KEY, version=99) for _ in range(2)]
    assert {code(answer) for answer in answers} == {(409, "basket_changed")}
    assert answers[1].headers["Idempotent-Replayed"] == "true"
    assert answers[1].headers["Content-Type"] == "application/problem+json"


def test_another_body_under_the_key_is_refused(api: Api, basket: dict[str, Any]) -> None:
    api.checkout(basket, KEY, version=99)
    assert code(api.checkout(basket, KEY)) == (422, "idempotency_key_reused")
    assert Order.objects.count() == 0


def test_the_key_of_another_basket_is_another_key(api: Api, basket: dict[str, Any]) -> None:
    other = api.ready_basket(BAND_1=1)
    numbers = {api.checkout(each, KEY).json()["order"]["number"] for each in (basket, other)}
    assert len(numbers) == 2


def test_a_run_that_is_under_way_is_not_doubled(api: Api, basket: dict[str, Any]) -> None:
    _died_before_its_answer(api, basket)
    answer = api.checkout(basket, KEY)
    assert code(answer) == (409, "idempotency_in_progress")
    assert int(answer.headers["Retry-After"]) >= 1


def _died_before_its_answer(api: Api, basket: dict[str, Any]) -> dict[str, Any]:
    """The order was placed, and the process was killed before it could keep its answer."""
    placed = dict(api.checkout(basket, KEY).json())
    IdempotentRequest.objects.update(status=None, body=None, content_type="")
    return placed


def test_after_the_lease_a_retry_finds_the_order_that_was_placed(
    api: Api, basket: dict[str, Any], stripe_server: LocalStripe
) -> None:
    placed = _died_before_its_answer(api, basket)
    with time_machine.travel(timezone.now() + LEASE + timedelta(seconds=1)):
        answer = api.checkout(basket, KEY)
        assert answer.status_code == 201
        assert "Idempotent-Replayed" not in answer.headers
        assert answer.json() == placed
        assert api.checkout(basket, KEY).headers["Idempotent-Replayed"] == "true"
    assert (Order.objects.count(), stock("BAND-1").num_allocated, len(intents(stripe_server))) == (1, 1, 1)


def test_a_lost_claim_finds_the_order_that_was_placed(api: Api, basket: dict[str, Any]) -> None:
    placed = api.checkout(basket, KEY).json()
    IdempotentRequest.objects.all().delete()
    assert api.checkout(basket, KEY).json() == placed
    assert Order.objects.count() == 1


def test_an_order_knows_the_claim_that_placed_it(api: Api, basket: dict[str, Any]) -> None:
    api.checkout(basket, KEY)
    assert Order.objects.get().placed_by_claim == IdempotentRequest.objects.get().claim


def test_a_day_later_the_key_is_free(api: Api, basket: dict[str, Any]) -> None:
    api.checkout(basket, KEY, version=99)
    with time_machine.travel(timezone.now() + KEPT + timedelta(seconds=1)):
        assert api.checkout(basket, KEY).status_code == 201


def test_a_server_error_is_not_kept(basket: dict[str, Any], settings: Any) -> None:
    api = Api()
    api.client.raise_request_exception = False
    settings.HOLD_MINUTES = "thirty"  # stands for any bug of ours
    assert code(api.checkout(basket, KEY)) == (500, "internal_error")
    settings.HOLD_MINUTES = 30
    answer = api.checkout(basket, KEY)
    assert answer.status_code == 201
    assert "Idempotent-Replayed" not in answer.headers


def test_a_new_basket_is_made_once_under_a_strong_key(api: Api) -> None:
    key = "4f9f8b1e-0b5c-4b53-a2a2-000000000001"
    first, again = (api.post("/store/baskets", {}, Idempotency_Key=key) for _ in range(2))
    assert again.json() == first.json()
    assert code(api.post("/store/baskets", {}, Idempotency_Key="short")) == (400, "invalid_idempotency_key")


def test_a_line_is_added_once_under_a_key(api: Api, basket: dict[str, Any]) -> None:
    path = f"/store/baskets/{basket['id']}/lines"
    for _ in range(2):
        api.post(path, {"sku": "BAND-1"}, Idempotency_Key=KEY)
    assert api.get(f"/store/baskets/{basket['id']}").json()["lines"][0]["quantity"] == 2


def test_the_key_of_a_payment_is_of_no_use_without_the_token(api: Api, basket: dict[str, Any]) -> None:
    order = api.checkout(basket).json()["order"]
    path = f"/store/orders/{order['number']}/payments"
    assert api.post(path, Idempotency_Key=KEY, Benchpin_Order_Token=order["access_token"]).status_code == 201
    assert code(api.post(path, Idempotency_Key=KEY)) == (401, "access_token_missing")
    assert read_order(api, order)["payments"][0]["client_secret"]
