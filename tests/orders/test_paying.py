"""From the buyer's card to a paid order."""

from typing import Any

import pytest

from tests.api import Api
from tests.factories import make_piece, stock
from tests.fakes.local_stripe import LocalStripe
from tests.orders.steps import BANK, DECLINED, SECURE, cancel, down, intent_id, pay, read_order, refresh, token

pytestmark = pytest.mark.django_db

Placed = dict[str, Any]


@pytest.fixture
def placed(api: Api, stripe_server: LocalStripe) -> Placed:
    make_piece("band")
    return api.placed(BAND_1=1)


def test_a_card_that_works_pays_the_order(api: Api, placed: Placed, stripe_server: LocalStripe) -> None:
    assert pay(stripe_server, placed["payment"])["status"] == "succeeded"
    payment = refresh(api, placed["order"], placed["payment"])
    order = read_order(api, placed["order"])
    assert (payment["status"], payment["client_secret"]) == ("paid", None)
    assert (order["status"], order["hold_expires_at"]) == ("paid", None)
    assert (order["totals"]["paid"]["amount"], order["totals"]["due"]["amount"]) == ("192.00", "0.00")
    assert [step["status"] for step in order["timeline"]] == ["awaiting_payment", "paid"]
    assert order["payments"] == [payment]
    assert stock("BAND-1").num_allocated == 1


def test_nothing_is_paid_before_the_buyer_pays(api: Api, placed: Placed) -> None:
    assert refresh(api, placed["order"], placed["payment"]) == placed["payment"]
    assert read_order(api, placed["order"])["status"] == "awaiting_payment"


def test_a_declined_card_may_be_followed_by_another(api: Api, placed: Placed, stripe_server: LocalStripe) -> None:
    assert "error" in pay(stripe_server, placed["payment"], DECLINED)
    failed = refresh(api, placed["order"], placed["payment"])
    assert (failed["status"], failed["failure_code"]) == ("failed", "insufficient_funds")
    assert failed["client_secret"] == placed["payment"]["client_secret"]
    assert read_order(api, placed["order"])["status"] == "awaiting_payment"
    pay(stripe_server, failed)
    paid = refresh(api, placed["order"], placed["payment"])
    assert (paid["status"], paid["failure_code"]) == ("paid", None)
    assert read_order(api, placed["order"])["status"] == "paid"


def test_a_card_that_wants_its_bank_waits_for_the_buyer(api: Api, placed: Placed, stripe_server: LocalStripe) -> None:
    pay(stripe_server, placed["payment"], SECURE)
    waiting = refresh(api, placed["order"], placed["payment"])
    assert (waiting["status"], waiting["client_secret"]) == ("requires_action", placed["payment"]["client_secret"])
    stripe_server.control(f"payment_intents/{intent_id(placed['payment'])}/authenticate")
    assert refresh(api, placed["order"], placed["payment"])["status"] == "paid"


def test_a_bank_that_says_no_is_a_failure(api: Api, placed: Placed, stripe_server: LocalStripe) -> None:
    pay(stripe_server, placed["payment"], SECURE)
    stripe_server.control(f"payment_intents/{intent_id(placed['payment'])}/authenticate", outcome="fail")
    failed = refresh(api, placed["order"], placed["payment"])
    assert (failed["status"], failed["failure_code"]) == ("failed", "payment_intent_authentication_failure")
    assert failed["client_secret"]


def test_a_bank_debit_is_processing_until_it_is_there(api: Api, placed: Placed, stripe_server: LocalStripe) -> None:
    pay(stripe_server, placed["payment"], BANK)
    processing = refresh(api, placed["order"], placed["payment"])
    assert (processing["status"], processing["client_secret"]) == ("processing", None)
    order = read_order(api, placed["order"])
    assert (order["status"], order["totals"]["due"]["amount"]) == ("awaiting_payment", "192.00")
    stripe_server.control(f"payment_intents/{intent_id(placed['payment'])}/finish")
    assert refresh(api, placed["order"], placed["payment"])["status"] == "paid"


def test_a_bank_debit_that_fails_can_be_paid_otherwise(api: Api, placed: Placed, stripe_server: LocalStripe) -> None:
    pay(stripe_server, placed["payment"], BANK)
    stripe_server.control(f"payment_intents/{intent_id(placed['payment'])}/finish", outcome="fail")
    failed = refresh(api, placed["order"], placed["payment"])
    assert failed["status"] == "failed"
    pay(stripe_server, failed)
    assert refresh(api, placed["order"], placed["payment"])["status"] == "paid"


def test_a_paid_order_needs_no_further_payment(api: Api, placed: Placed, stripe_server: LocalStripe) -> None:
    pay(stripe_server, placed["payment"])
    refresh(api, placed["order"], placed["payment"])
    answer = api.post(
        f"/store/orders/{placed['order']['number']}/payments", Idempotency_Key="k", **token(placed["order"])
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "order_not_in_state")


def test_a_paid_order_is_not_cancelled_here(api: Api, placed: Placed, stripe_server: LocalStripe) -> None:
    pay(stripe_server, placed["payment"])
    refresh(api, placed["order"], placed["payment"])
    answer = cancel(api, placed["order"])
    assert (answer.status_code, answer.json()["code"]) == (409, "order_not_in_state")
    assert read_order(api, placed["order"])["status"] == "paid"


def test_a_refresh_while_stripe_is_down_asks_to_come_again(
    api: Api, placed: Placed, stripe_server: LocalStripe
) -> None:
    pay(stripe_server, placed["payment"])
    down(stripe_server)
    path = f"/store/orders/{placed['order']['number']}/payments/{placed['payment']['id']}/refresh"
    answer = api.post(path, **token(placed["order"]))
    assert (answer.status_code, answer.json()["code"]) == (503, "payment_unavailable")
    assert answer.headers["Retry-After"]


def test_a_payment_that_does_not_exist_is_not_found(api: Api, placed: Placed) -> None:
    path = f"/store/orders/{placed['order']['number']}/payments/pay_0000000000000000000000/refresh"
    answer = api.post(path, **token(placed["order"]))
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
