"""Paid by hand: a bank transfer, cash at a fair, an invoice. Nobody asks Stripe."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from orders.ledger.queries import balance, entries_of
from orders.ledger.rules import Account
from orders.payment.models import Payment
from orders.refunds.models import Refund
from shop.audit.models import AuditEntry
from shop.storefronts.models import Storefront
from tests.api import Api
from tests.factories import api_of, make_maker, make_member, make_piece, make_storefront, make_variant, stock
from tests.fakes.local_stripe import LocalStripe
from tests.invariants import assert_nothing_is_broken
from tests.orders.steps import (
    cancel,
    intent_id,
    intents,
    lapse,
    pay,
    pay_due,
    payment_row,
    read_basket,
    read_order,
    refresh,
)

pytestmark = pytest.mark.django_db

Placed = dict[str, Any]
WORDS = "Transfer it to\nDE02 1203 0000 0000 2020 51."


@pytest.fixture(autouse=True)
def takes_both(db: None) -> None:
    Storefront.objects.filter(is_default=True).update(providers=["stripe", "manual"], payment_instructions=WORDS)


@pytest.fixture
def placed(api: Api, stripe_server: LocalStripe) -> Placed:
    make_piece("band", make_variant("BAND-1", stock=1))
    return api.placed("manual", BAND_1=1)


@pytest.fixture
def studio(db: None) -> Api:
    return api_of(make_member("owner@alder.example", maker=make_maker("alder")))


def receive(studio: Api, placed: Placed, maker: str = "alder", payment: str = "", key: str | None = "") -> Any:
    number, payment = placed["order"]["number"], payment or placed["payment"]["id"]
    path = f"/studio/makers/{maker}/orders/{number}/payments/{payment}/receive"
    headers = {} if key is None else {"Idempotency_Key": key or str(uuid.uuid4())}
    return studio.post(path, {}, **headers)


def end(api: Api, placed: Placed, how: str) -> None:
    if how == "cancelled":
        cancel(api, placed["order"])
        return
    with later(days=3, minutes=1):
        lapse()


def later(**time: float) -> Any:
    return time_machine.travel(timezone.now() + timedelta(**time))


class TestCheckout:
    def test_says_what_the_buyer_is_to_do(self, placed: Placed, stripe_server: LocalStripe) -> None:
        payment = placed["payment"]
        assert (payment["provider"], payment["status"], payment["instructions"]) == ("manual", "pending", WORDS)
        assert (payment["client_secret"], payment["publishable_key"]) == (None, "")
        assert placed["order"]["status"] == "awaiting_payment"
        assert stripe_server.requests("POST", "") == []
        assert stock("BAND-1").num_allocated == 1

    def test_holds_for_three_days(self, api: Api, placed: Placed) -> None:
        with later(days=3, minutes=-1):
            lapse()
        assert read_order(api, placed["order"])["status"] == "awaiting_payment"
        with later(days=3, minutes=1):
            lapse()
        assert read_order(api, placed["order"])["status"] == "lapsed"
        assert payment_row(placed["order"]).status == "cancelled"
        assert stock("BAND-1").num_allocated == 0

    def test_holds_as_long_as_the_shop_says(self, api: Api, settings: Any, stripe_server: LocalStripe) -> None:
        settings.MANUAL_HOLD_DAYS = 1
        make_piece("band")
        order = api.placed("manual", BAND_1=1)["order"]
        with later(days=1, minutes=1):
            lapse()
        assert read_order(api, order)["status"] == "lapsed"

    def test_is_off_unless_the_storefront_turns_it_on(self, api: Api) -> None:
        Storefront.objects.update(providers=["stripe"])
        make_piece("band")
        answer = api.checkout(api.ready_basket(BAND_1=1), provider="manual")
        assert (answer.status_code, answer.json()["code"]) == (422, "provider_off")
        assert stock("BAND-1").num_allocated == 0

    def test_an_amount_too_large_for_a_card_may_be_paid_by_hand(self, api: Api) -> None:
        make_piece("tiara", make_variant("TIARA-1", price="999999.99"))
        answer = api.checkout(api.ready_basket(TIARA_1=2))
        assert (answer.status_code, answer.json()["code"]) == (422, "total_not_chargeable")
        assert api.placed("manual", TIARA_1=2)["payment"]["amount"]["amount"] == "1999999.98"

    def test_a_buyers_cancel_needs_no_stripe(self, api: Api, placed: Placed, stripe_server: LocalStripe) -> None:
        assert cancel(api, placed["order"]).status_code == 200
        assert read_order(api, placed["order"])["payments"][0]["status"] == "cancelled"
        assert read_basket(api, placed["order"])["status"] == "open"
        assert stripe_server.requests("POST", "") == []

    def test_no_job_asks_stripe_for_it_either(
        self, api: Api, placed: Placed, run_jobs: Callable[[], int], stripe_server: LocalStripe
    ) -> None:
        cancel(api, placed["order"])
        run_jobs()
        assert stripe_server.requests() == []


class TestReceiving:
    def test_pays_the_order(self, api: Api, placed: Placed, studio: Api) -> None:
        answer = receive(studio, placed)
        assert (answer.status_code, answer.json()["status"]) == (200, "paid")
        assert answer.json()["instructions"] is None
        order = read_order(api, placed["order"])
        assert (order["status"], order["totals"]["due"]["amount"]) == ("paid", "0.00")
        [at_hand, *owed] = entries_of(f"charge:{placed['payment']['id']}")
        assert (at_hand.account, str(at_hand.amount)) == (Account.AT_HAND, "192.00")
        assert {entry.maker for entry in owed} == {make_maker("alder").pk}

    def test_is_on_the_record(self, placed: Placed, studio: Api) -> None:
        receive(studio, placed)
        entry = AuditEntry.objects.get(action="payment.received")
        assert (entry.object, entry.maker) == (placed["payment"]["id"], make_maker("alder").public_id)
        assert (entry.before, entry.after) == (
            {"status": "pending"},
            {
                "status": "paid",
                "late": False,
                "order": placed["order"]["number"],
                "amount": "192.00",
                "currency": "USD",
            },
        )

    def test_twice_is_once(self, placed: Placed, studio: Api) -> None:
        first, second = receive(studio, placed), receive(studio, placed)
        assert first.json() == second.json()
        assert AuditEntry.objects.filter(action="payment.received").count() == 1

    def test_needs_a_key(self, placed: Placed, studio: Api) -> None:
        answer = receive(studio, placed, key=None)
        assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_required")
        assert payment_row(placed["order"]).status == "pending"

    def test_a_card_is_not_marked_by_hand(self, api: Api, studio: Api, stripe_server: LocalStripe) -> None:
        make_piece("band")
        placed = api.placed(BAND_1=1)
        answer = receive(studio, placed)
        assert (answer.status_code, answer.json()["code"]) == (409, "payment_not_manual")
        assert read_order(api, placed["order"])["status"] == "awaiting_payment"

    def test_a_payment_of_another_order_is_not_found(self, api: Api, placed: Placed, studio: Api) -> None:
        make_piece("chain")
        other = api.placed("manual", CHAIN_1=1)
        assert receive(studio, placed, payment=other["payment"]["id"]).status_code == 404

    def test_an_order_of_another_maker_is_not_found(self, placed: Placed) -> None:
        stranger = api_of(make_member("owner@birch.example", maker=make_maker("birch")))
        assert receive(stranger, placed, maker="birch").status_code == 404
        assert payment_row(placed["order"]).status == "pending"

    def test_an_order_shared_with_another_maker_is_the_operators(self, api: Api, studio: Api) -> None:
        make_piece("band")
        make_piece("chain", maker=make_maker("birch"))
        placed = api.placed("manual", BAND_1=1, CHAIN_1=1)
        assert receive(studio, placed).status_code == 404
        assert payment_row(placed["order"]).status == "pending"


class TestComingLate:
    def test_while_the_piece_is_there_the_order_lives_again(self, api: Api, placed: Placed, studio: Api) -> None:
        cancel(api, placed["order"])
        assert receive(studio, placed).status_code == 200
        assert read_order(api, placed["order"])["status"] == "paid"
        assert stock("BAND-1").num_allocated == 1

    @pytest.mark.parametrize("how", ["cancelled", "lapsed"])
    def test_when_it_is_gone_it_is_the_buyers_until_it_is_given_back(
        self, api: Api, placed: Placed, studio: Api, how: str
    ) -> None:
        end(api, placed, how)
        other = api.placed("manual", BAND_1=1)["order"]
        for _ in range(2):
            answer = receive(studio, placed)
            assert (answer.status_code, answer.json()["status"], answer.json()["late"]) == (200, "paid", True)
        assert (read_order(api, placed["order"])["status"], stock("BAND-1").num_allocated) == (how, 1)
        assert (balance(Account.AT_HAND, "USD"), balance(Account.OWED_TO_BUYER, "USD")) == (192, -192)
        assert_nothing_is_broken()

        home = f"/studio/makers/alder/orders/{placed['order']['number']}/refunds"
        [waits] = studio.get(home).json()["results"]
        assert (waits["status"], waits["reason"], waits["provider"]) == ("pending", "late_payment", "manual")
        assert (waits["amount"]["amount"], waits["lines"]) == ("192.00", [])
        for _ in range(2):
            answer = studio.post(f"{home}/{waits['id']}/given-back", {}, Idempotency_Key=str(uuid.uuid4()))
            assert (answer.status_code, answer.json()["status"]) == (200, "succeeded")
        assert (balance(Account.AT_HAND, "USD"), balance(Account.OWED_TO_BUYER, "USD")) == (0, 0)
        assert read_order(api, other)["status"] == "awaiting_payment"
        assert_nothing_is_broken()

    def test_it_is_not_paid_nor_refunded_of_the_order(self, api: Api, placed: Placed, studio: Api) -> None:
        cancel(api, placed["order"])
        api.placed("manual", BAND_1=1)
        receive(studio, placed)
        Refund.objects.update(status="succeeded")
        order = read_order(api, placed["order"])
        assert [each["late"] for each in order["payments"]] == [True]
        assert (order["totals"]["paid"]["amount"], order["totals"]["refunded"]["amount"]) == ("0.00", "0.00")
        assert len(order["refunds"]) == 1

    def test_for_an_order_that_is_paid_it_goes_back(
        self, api: Api, placed: Placed, studio: Api, stripe_server: LocalStripe
    ) -> None:
        card = pay_due(api, placed["order"], "stripe").json()
        pay(stripe_server, card)
        refresh(api, placed["order"], card)
        assert receive(studio, placed).json()["late"] is True
        order = read_order(api, placed["order"])
        assert (order["status"], order["totals"]["paid"]["amount"]) == ("paid", "192.00")
        assert [(each["payment"], each["status"]) for each in order["refunds"]] == [
            (placed["payment"]["id"], "pending")
        ]
        assert balance(Account.OWED_TO_MAKER, "USD") + balance(Account.SHIPPING, "USD") == -192
        # What the maker gives back of the sale is out of the card, not out of the late money.
        path = f"/studio/makers/alder/orders/{placed['order']['number']}/refunds"
        body = {"everything": True, "reason": "returned"}
        [row] = studio.post(path, body, Idempotency_Key=str(uuid.uuid4())).json()["refunds"]
        assert (row["payment"], row["amount"]["amount"]) == (card["id"], "192.00")
        assert_nothing_is_broken()

    def test_another_maker_does_not_see_its_refund(self, api: Api, placed: Placed, studio: Api) -> None:
        make_piece("chain", maker=make_maker("birch"))
        cancel(api, placed["order"])
        shared = api.placed("manual", CHAIN_1=1, BAND_1=1)
        receive(studio, placed)
        payment = Payment.objects.get(public_id=shared["payment"]["id"])
        Payment.objects.filter(pk=payment.pk).update(status="paid", late=True, paid_at=timezone.now())
        Refund.objects.update(payment=payment, order=payment.order)
        home = f"/studio/makers/alder/orders/{shared['order']['number']}/refunds"
        assert studio.get(home).json()["results"] == []


class TestAnotherWay:
    def test_from_card_to_hand_ends_the_card_at_stripe_first(self, api: Api, stripe_server: LocalStripe) -> None:
        make_piece("band")
        placed = api.placed(BAND_1=1)
        answer = pay_due(api, placed["order"], "manual")
        assert (answer.status_code, answer.json()["provider"], answer.json()["instructions"]) == (201, "manual", WORDS)
        assert intents(stripe_server)[0]["status"] == "canceled"
        order = read_order(api, placed["order"])
        assert [(each["provider"], each["status"]) for each in order["payments"]] == [
            ("stripe", "cancelled"),
            ("manual", "pending"),
        ]
        assert order["hold_expires_at"] > placed["order"]["hold_expires_at"]

    def test_from_hand_to_card_and_the_hold_is_a_cards(
        self, api: Api, placed: Placed, stripe_server: LocalStripe
    ) -> None:
        card = pay_due(api, placed["order"], "stripe").json()
        assert card["client_secret"]
        assert read_order(api, placed["order"])["hold_expires_at"] < placed["order"]["hold_expires_at"]
        pay(stripe_server, card)
        refresh(api, placed["order"], card)
        assert read_order(api, placed["order"])["status"] == "paid"

    def test_to_and_fro_holds_no_longer_than_by_hand(self, api: Api, placed: Placed) -> None:
        with later(days=2, hours=23, minutes=50):
            pay_due(api, placed["order"], "stripe")
            pay_due(api, placed["order"], "manual")
            pay_due(api, placed["order"], "stripe")
            assert read_order(api, placed["order"])["hold_expires_at"] == placed["order"]["hold_expires_at"]

    def test_a_card_that_has_paid_is_not_left(self, api: Api, stripe_server: LocalStripe) -> None:
        make_piece("band")
        placed = api.placed(BAND_1=1)
        pay(stripe_server, placed["payment"])
        answer = pay_due(api, placed["order"], "manual")
        assert (answer.status_code, answer.json()["provider"], answer.json()["status"]) == (201, "stripe", "paid")

    def test_money_by_hand_ends_the_card_that_was_begun_meanwhile(
        self, api: Api, placed: Placed, studio: Api, stripe_server: LocalStripe, run_jobs: Callable[[], int]
    ) -> None:
        card = pay_due(api, placed["order"], "stripe").json()
        assert receive(studio, placed).status_code == 200
        run_jobs()
        order = read_order(api, placed["order"])
        assert (order["status"], [each["status"] for each in order["payments"]]) == ("paid", ["paid", "cancelled"])
        assert next(each for each in intents(stripe_server) if each["id"] == intent_id(card))["status"] == "canceled"

    def test_a_card_that_was_faster_than_its_end_is_given_back(
        self, api: Api, placed: Placed, studio: Api, stripe_server: LocalStripe, run_jobs: Callable[[], int]
    ) -> None:
        card = pay_due(api, placed["order"], "stripe").json()
        receive(studio, placed)
        pay(stripe_server, card)
        run_jobs()
        assert len(stripe_server.requests("POST", "/v1/refunds$")) == 1
        [refund] = Refund.objects.filter(payment__public_id=card["id"])
        assert entries_of(f"late_refund:{refund.public_id}")

    def test_what_the_storefront_does_not_take_changes_nothing(self, api: Api, placed: Placed) -> None:
        Storefront.objects.update(providers=["manual"])
        answer = pay_due(api, placed["order"], "stripe")
        assert (answer.status_code, answer.json()["code"]) == (422, "provider_off")
        assert payment_row(placed["order"]).status == "pending"

    def test_the_way_it_was_begun_goes_on_where_it_has_been_turned_off(self, api: Api, placed: Placed) -> None:
        Storefront.objects.update(providers=["stripe"])
        answer = pay_due(api, placed["order"])
        assert (answer.status_code, answer.json()["id"]) == (201, placed["payment"]["id"])


def test_each_storefront_tells_its_own_way(stripe_server: LocalStripe) -> None:
    alder = make_storefront(owner=make_maker("alder"), providers=["manual"], payment_instructions="Cash at the fair.")
    make_piece("band")
    api = Api(Benchpin_Key=alder.publishable_key)
    assert api.placed("manual", BAND_1=1)["payment"]["instructions"] == "Cash at the fair."
