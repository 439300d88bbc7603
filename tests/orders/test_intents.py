"""The intent at Stripe: what is asked for, and that there is one, whatever happens on the way."""

import json
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction

from orders.order.models import Order
from shop import stripe_gateway
from tests.api import Api
from tests.factories import make_piece, make_variant, stock
from tests.fakes.local_stripe import LocalStripe
from tests.orders.steps import answers_lost, at_stripe, down, intent_id, intents, payment_row, read_order, token, up

pytestmark = pytest.mark.django_db


@pytest.fixture
def basket(api: Api, stripe_server: LocalStripe) -> dict[str, Any]:
    make_piece("band", make_variant("B-1", price="180.01"))
    return api.ready_basket(B_1=1)


def creations(server: LocalStripe) -> list[dict[str, Any]]:
    return server.requests("POST", "/v1/payment_intents$")


def test_stripe_is_asked_for_exactly_the_orders_total(
    api: Api, basket: dict[str, Any], stripe_server: LocalStripe
) -> None:
    order = api.checkout(basket).json()["order"]
    row = payment_row(order)
    [asked] = creations(stripe_server)
    assert asked["params"] == {
        "amount": "19201",
        "currency": "usd",
        "automatic_payment_methods": {"enabled": "true"},
        "metadata": {"payment": row.public_id, "order": order["number"]},
        "transfer_group": order["number"],
    }
    assert asked["idempotency_key"] == f"pi:{row.public_id}:1"


def test_what_stripe_answers_is_what_the_buyer_gets(
    api: Api, basket: dict[str, Any], stripe_server: LocalStripe
) -> None:
    payment = api.checkout(basket).json()["payment"]
    [intent] = intents(stripe_server)
    assert payment["client_secret"] == intent["client_secret"]
    assert intent["id"] == intent_id(payment)


def test_no_card_data_or_address_goes_to_stripe(api: Api, basket: dict[str, Any], stripe_server: LocalStripe) -> None:
    api.checkout(basket)
    sent = json.dumps(stripe_server.requests())
    assert "ada@example.com" not in sent
    assert "Lovelace" not in sent


def test_a_stripe_that_is_down_leaves_the_order_and_no_secret(
    api: Api, basket: dict[str, Any], stripe_server: LocalStripe
) -> None:
    down(stripe_server)
    answer = api.checkout(basket)
    payment = answer.json()["payment"]
    assert answer.status_code == 201
    assert (payment["status"], payment["client_secret"]) == ("pending", None)
    assert answer.json()["order"]["status"] == "awaiting_payment"
    assert stock("B-1").num_allocated == 1


def retry(api: Api, order: dict[str, Any], key: str = "retry-1") -> Any:
    return api.post(f"/store/orders/{order['number']}/payments", Idempotency_Key=key, **token(order))


def test_the_payment_is_taken_up_again_once_stripe_is_back(
    api: Api, basket: dict[str, Any], stripe_server: LocalStripe
) -> None:
    down(stripe_server)
    placed = api.checkout(basket).json()
    refused = retry(api, placed["order"])
    assert (refused.status_code, refused.json()["code"]) == (503, "payment_unavailable")
    assert int(refused.headers["Retry-After"]) >= 1
    up(stripe_server)
    answer = retry(api, placed["order"])
    assert answer.status_code == 201
    assert answer.json()["id"] == placed["payment"]["id"]
    assert intent_id(answer.json()) == intents(stripe_server)[0]["id"]
    assert len(intents(stripe_server)) == 1


def test_asking_again_and_again_makes_no_second_intent(
    api: Api, basket: dict[str, Any], stripe_server: LocalStripe
) -> None:
    placed = api.checkout(basket).json()
    secrets = {retry(api, placed["order"], f"retry-{number}").json()["client_secret"] for number in range(3)}
    assert secrets == {placed["payment"]["client_secret"]}
    assert len(creations(stripe_server)) == 1


@pytest.mark.parametrize("fault", [{"status": 500}, {"status": 503}, {"status": 429}, {"status": 401}])
def test_whatever_stripe_fails_with_the_order_stands(
    api: Api, basket: dict[str, Any], stripe_server: LocalStripe, fault: dict[str, int]
) -> None:
    stripe_server.control("faults", action="error", path="payment_intents", times=1000, **fault)
    answer = api.checkout(basket)
    assert (answer.status_code, answer.json()["payment"]["client_secret"]) == (201, None)
    up(stripe_server)
    assert retry(api, answer.json()["order"]).json()["client_secret"]


def test_an_answer_lost_once_is_fetched_by_the_same_key(
    api: Api, basket: dict[str, Any], stripe_server: LocalStripe
) -> None:
    stripe_server.control("faults", action="drop_after", path="/v1/payment_intents$")
    payment = api.checkout(basket).json()["payment"]
    assert [intent_id(payment)] == [intent["id"] for intent in intents(stripe_server)]
    assert len({request["idempotency_key"] for request in creations(stripe_server)}) == 1
    assert len(creations(stripe_server)) == 2


def test_answers_lost_for_good_still_leave_one_intent(
    api: Api, basket: dict[str, Any], stripe_server: LocalStripe
) -> None:
    answers_lost(stripe_server, "/v1/payment_intents$")
    placed = api.checkout(basket).json()
    assert placed["payment"]["client_secret"] is None
    assert payment_row(placed["order"]).intent_id is None
    up(stripe_server)
    payment = retry(api, placed["order"]).json()
    assert [intent_id(payment)] == [intent["id"] for intent in intents(stripe_server)]


def test_a_crash_between_order_and_intent_is_mended_by_the_retry(
    api: Api, basket: dict[str, Any], stripe_server: LocalStripe
) -> None:
    placed = api.checkout(basket).json()
    # Killed after Stripe answered and before the id was kept.
    row = payment_row(placed["order"])
    row.intent_id, row.client_secret = None, ""
    row.save()
    assert retry(api, placed["order"]).json()["client_secret"] == placed["payment"]["client_secret"]
    assert len(intents(stripe_server)) == 1


def test_a_payment_of_one_order_is_not_one_of_another(
    api: Api, basket: dict[str, Any], stripe_server: LocalStripe
) -> None:
    for each in (basket, api.ready_basket(B_1=1)):
        api.checkout(each)
    assert len({asked["idempotency_key"] for asked in creations(stripe_server)}) == 2
    assert len(intents(stripe_server)) == 2


def test_only_payable_payments_show_their_secret(api: Api, basket: dict[str, Any], stripe_server: LocalStripe) -> None:
    placed = api.checkout(basket).json()
    at_stripe(stripe_server, "POST", f"payment_intents/{intent_id(placed['payment'])}/cancel")
    path = f"/store/orders/{placed['order']['number']}/payments/{placed['payment']['id']}/refresh"
    assert api.post(path, **token(placed["order"])).json()["client_secret"] is None
    assert read_order(api, placed["order"])["payments"][0]["client_secret"] is None


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "call",
    [
        lambda: stripe_gateway.retrieve_intent("pi_x"),
        lambda: stripe_gateway.cancel_intent("pi_x", key="k"),
        lambda: stripe_gateway.create_refund("pi_x", amount=Decimal(1), currency="USD", key="k", metadata={}),
        lambda: stripe_gateway.create_intent(amount=Decimal(1), currency="USD", key="k", metadata={}, group="g"),
    ],
)
def test_stripe_is_never_called_inside_a_transaction(stripe_server: LocalStripe, call: Any) -> None:
    with transaction.atomic(), pytest.raises(RuntimeError, match="transaction"):
        call()
    assert stripe_server.requests() == []


@pytest.mark.django_db(transaction=True)
def test_checkout_calls_stripe_after_its_transaction(api: Api, stripe_server: LocalStripe) -> None:
    make_piece("band")
    placed = api.placed(BAND_1=1)
    assert placed["payment"]["client_secret"]
    assert not connection.in_atomic_block
    assert Order.objects.get().number == placed["order"]["number"]
