"""Settling: as often and in whatever order anybody likes; money that does not fit changes nothing."""

from collections.abc import Callable
from typing import Any

import pytest

from orders.order.models import Order
from orders.payment import services
from orders.payment.models import Payment, PaymentStatus
from orders.payment.services import PaymentMismatch, settle, settle_intent
from shop import stripe_gateway
from tests.api import Api
from tests.factories import make_piece, stock
from tests.fakes.local_stripe import LocalStripe
from tests.orders.steps import BANK, answers_lost, at_stripe, intent_id, intents, pay, payment_row, read_order, up

pytestmark = pytest.mark.django_db

Placed = dict[str, Any]


@pytest.fixture
def placed(api: Api, stripe_server: LocalStripe) -> Placed:
    make_piece("band")
    return api.placed(BAND_1=1)


def state() -> tuple[Any, ...]:
    """All that settling may change."""
    return (
        list(Order.objects.values_list("status", "hold_expires_at")),
        list(Payment.objects.values_list("status", "intent_id", "paid_at", "failure", "refunded")),
        list(Order.objects.values_list("status_changes__new_status", flat=True)),
        stock("BAND-1").num_allocated,
    )


def test_settling_twice_is_settling_once(placed: Placed, stripe_server: LocalStripe) -> None:
    pay(stripe_server, placed["payment"])
    settle_intent(intent_id(placed["payment"]))
    once = state()
    settle_intent(intent_id(placed["payment"]))
    assert state() == once
    assert once[0][0][0] == "paid"


def test_control_settled_anew_its_own_money_would_go_back(
    placed: Placed, stripe_server: LocalStripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever forgets that it is paid finds nothing due, and takes the money for late."""
    pay(stripe_server, placed["payment"])
    settle_intent(intent_id(placed["payment"]))
    look = services.lock_for_money

    def forget(payment_pk: int) -> Payment:
        payment = look(payment_pk)
        payment.status = PaymentStatus.PENDING
        return payment

    monkeypatch.setattr(services, "lock_for_money", forget)
    settle_intent(intent_id(placed["payment"]))
    payment = payment_row(placed["order"])
    assert (payment.late, payment.refunded, payment.order.status) == (True, payment.amount, "paid")


def test_news_that_is_overtaken_changes_nothing(placed: Placed, stripe_server: LocalStripe) -> None:
    pay(stripe_server, placed["payment"], BANK)
    old = stripe_gateway.retrieve_intent(intent_id(placed["payment"]))
    stripe_server.control(f"payment_intents/{intent_id(placed['payment'])}/finish")
    settle_intent(intent_id(placed["payment"]))
    paid = state()
    assert old.status == "processing"
    settle(payment_row(placed["order"]).pk, old)
    assert state() == paid


def test_a_cancelled_payment_does_not_come_back_to_waiting(
    api: Api, placed: Placed, stripe_server: LocalStripe
) -> None:
    old = stripe_gateway.retrieve_intent(intent_id(placed["payment"]))
    at_stripe(stripe_server, "POST", f"payment_intents/{old.id}/cancel")
    settle_intent(old.id)
    settle(payment_row(placed["order"]).pk, old)
    assert payment_row(placed["order"]).status == "cancelled"


def foreign_intent(server: LocalStripe, placed: Placed, **changes: Any) -> str:
    """An intent that somebody makes with our metadata, and pays."""
    params = {
        "amount": 19200,
        "currency": "usd",
        "metadata[payment]": placed["payment"]["id"],
        "metadata[order]": placed["order"]["number"],
        "payment_method": "pm_card_visa",
        "confirm": "true",
        "automatic_payment_methods[enabled]": "true",
        "return_url": "https://shop.example",
        **changes,
    }
    intent = at_stripe(server, "POST", "payment_intents", **params)
    assert intent["status"] == "succeeded", intent
    return str(intent["id"])


MISFITS = [{"amount": 19199}, {"amount": 19201}, {"currency": "eur"}, {"metadata[payment]": "pay_of_somebody_else"}]


@pytest.mark.parametrize("changes", MISFITS)
def test_money_that_does_not_fit_is_told_and_changes_nothing(
    placed: Placed, stripe_server: LocalStripe, changes: dict[str, Any]
) -> None:
    before = state()
    intent = stripe_gateway.retrieve_intent(foreign_intent(stripe_server, placed, **changes))
    with pytest.raises(PaymentMismatch):
        settle(payment_row(placed["order"]).pk, intent)
    assert state() == before


def test_a_promise_of_another_amount_changes_nothing(placed: Placed, stripe_server: LocalStripe) -> None:
    at_stripe(stripe_server, "POST", f"payment_intents/{intent_id(placed['payment'])}", amount=100)
    pay(stripe_server, placed["payment"], BANK)
    before = state()
    with pytest.raises(PaymentMismatch):
        settle_intent(intent_id(placed["payment"]))
    assert state() == before


def test_a_part_of_the_money_changes_nothing(placed: Placed, stripe_server: LocalStripe) -> None:
    home = f"payment_intents/{intent_id(placed['payment'])}"
    confirmed = {"payment_method": "pm_card_visa", "capture_method": "manual", "return_url": "https://shop.example"}
    at_stripe(stripe_server, "POST", f"{home}/confirm", **confirmed)
    settle_intent(intent_id(placed["payment"]))
    assert payment_row(placed["order"]).status == "authorized"
    captured = at_stripe(stripe_server, "POST", f"{home}/capture", amount_to_capture=100)
    assert (captured["status"], captured["amount_received"]) == ("succeeded", 100)
    before = state()
    with pytest.raises(PaymentMismatch):
        settle_intent(intent_id(placed["payment"]))
    assert state() == before


def test_a_webhook_for_money_that_does_not_fit_changes_nothing(api: Api, stripe_server: LocalStripe) -> None:
    make_piece("band")
    answers_lost(stripe_server, "/v1/payment_intents$")
    placed = api.placed(BAND_1=1)
    up(stripe_server)
    before = state()
    stranger = foreign_intent(stripe_server, placed, amount=100)
    with pytest.raises(PaymentMismatch):
        settle_intent(stranger)
    assert state() == before


def test_a_second_intent_with_our_metadata_is_not_taken_for_ours(placed: Placed, stripe_server: LocalStripe) -> None:
    before = state()
    settle_intent(foreign_intent(stripe_server, placed))
    assert state() == before


def test_an_intent_of_a_stranger_is_none_of_our_business(placed: Placed, stripe_server: LocalStripe) -> None:
    before = state()
    intent = at_stripe(stripe_server, "POST", "payment_intents", amount=500, currency="usd")
    settle_intent(intent["id"])
    assert state() == before


def test_an_intent_whose_id_was_lost_is_known_by_its_metadata(api: Api, stripe_server: LocalStripe) -> None:
    make_piece("band")
    answers_lost(stripe_server, "/v1/payment_intents$")
    placed = api.placed(BAND_1=1)
    up(stripe_server)
    [intent] = intents(stripe_server)
    at_stripe(stripe_server, "POST", f"payment_intents/{intent['id']}/confirm", payment_method="pm_card_visa")
    settle_intent(intent["id"])
    assert read_order(api, placed["order"])["status"] == "paid"
    assert payment_row(placed["order"]).intent_id == intent["id"]


def test_a_mismatch_at_the_buyers_door_is_a_plain_problem(api: Api, placed: Placed, stripe_server: LocalStripe) -> None:
    at_stripe(stripe_server, "POST", f"payment_intents/{intent_id(placed['payment'])}", amount=100)
    pay(stripe_server, placed["payment"])
    before = state()
    path = f"/store/orders/{placed['order']['number']}/payments/{placed['payment']['id']}/refresh"
    answer = api.post(path, Benchpin_Order_Token=placed["order"]["access_token"])
    assert (answer.status_code, answer.json()["code"]) == (409, "payment_mismatch")
    assert state() == before


def test_a_mismatch_when_the_buyer_cancels_is_a_plain_problem(
    api: Api, placed: Placed, stripe_server: LocalStripe
) -> None:
    at_stripe(stripe_server, "POST", f"payment_intents/{intent_id(placed['payment'])}", amount=100)
    pay(stripe_server, placed["payment"])
    before = state()
    path = f"/store/orders/{placed['order']['number']}/cancel"
    answer = api.post(path, Benchpin_Order_Token=placed["order"]["access_token"])
    assert (answer.status_code, answer.json()["code"]) == (409, "payment_mismatch")
    assert state() == before


def test_all_jobs_of_a_sale_can_run(placed: Placed, stripe_server: LocalStripe, run_jobs: Callable[[], int]) -> None:
    pay(stripe_server, placed["payment"])
    settle_intent(intent_id(placed["payment"]))
    paid = state()
    run_jobs()
    assert state() == paid
