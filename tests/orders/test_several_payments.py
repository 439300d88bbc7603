"""Several payments on one order: another card after a decline, a new payment after one that ended, a deposit."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from orders.ledger.queries import balance, entries_of, shares_due
from orders.ledger.rules import Account
from orders.order.models import Order
from orders.payment.models import Payment
from orders.payment.services import ensure_intent, new_payment, settle_intent
from orders.payment.shapes import payment as shape
from shop.storefronts.models import Storefront
from tests.api import Api
from tests.factories import make_piece, stock
from tests.fakes.local_stripe import LocalStripe
from tests.orders.steps import (
    BANK,
    DECLINED,
    SECURE,
    at_stripe,
    cancel,
    down,
    hold_over,
    intent_id,
    intents,
    lapse,
    pay,
    pay_due,
    payment_row,
    read_order,
    refresh,
)

pytestmark = pytest.mark.django_db

Placed = dict[str, Any]


@pytest.fixture
def placed(api: Api, stripe_server: LocalStripe) -> Placed:
    make_piece("band")
    return api.placed(BAND_1=1)


class TestAnotherCard:
    def test_after_a_decline_the_same_intent_takes_it(
        self, api: Api, placed: Placed, stripe_server: LocalStripe
    ) -> None:
        pay(stripe_server, placed["payment"], DECLINED)
        again = pay_due(api, placed["order"]).json()
        assert (again["id"], again["status"]) == (placed["payment"]["id"], "failed")
        assert (again["client_secret"], again["failure_code"]) == (
            placed["payment"]["client_secret"],
            "insufficient_funds",
        )
        pay(stripe_server, again)
        assert refresh(api, placed["order"], again)["status"] == "paid"
        assert len(intents(stripe_server)) == 1

    def test_after_a_cancelled_intent_it_is_a_new_one_under_a_new_key(
        self, api: Api, placed: Placed, stripe_server: LocalStripe
    ) -> None:
        at_stripe(stripe_server, "POST", f"payment_intents/{intent_id(placed['payment'])}/cancel")
        again = pay_due(api, placed["order"]).json()
        assert again["id"] != placed["payment"]["id"]
        assert again["client_secret"] != placed["payment"]["client_secret"]
        asked = stripe_server.requests("POST", "/v1/payment_intents$")
        assert len({each["idempotency_key"] for each in asked}) == 2
        pay(stripe_server, again)
        refresh(api, placed["order"], again)
        order = read_order(api, placed["order"])
        assert (order["status"], order["totals"]["paid"]["amount"]) == ("paid", "192.00")
        assert [each["status"] for each in order["payments"]] == ["cancelled", "paid"]

    def test_one_that_has_been_paid_is_told_as_paid(self, api: Api, placed: Placed, stripe_server: LocalStripe) -> None:
        pay(stripe_server, placed["payment"])
        assert pay_due(api, placed["order"]).json()["status"] == "paid"
        assert read_order(api, placed["order"])["status"] == "paid"

    def test_one_that_its_bank_still_looks_at_goes_on(
        self, api: Api, placed: Placed, stripe_server: LocalStripe
    ) -> None:
        pay(stripe_server, placed["payment"], SECURE)
        again = pay_due(api, placed["order"]).json()
        assert (again["id"], again["status"]) == (placed["payment"]["id"], "requires_action")
        assert again["client_secret"]

    def test_while_stripe_is_down_the_buyer_comes_again(
        self, api: Api, placed: Placed, stripe_server: LocalStripe
    ) -> None:
        down(stripe_server)
        answer = pay_due(api, placed["order"])
        assert (answer.status_code, answer.json()["code"]) == (503, "payment_unavailable")
        assert Payment.objects.count() == 1

    def test_an_ended_order_takes_none(self, api: Api, placed: Placed) -> None:
        cancel(api, placed["order"])
        answer = pay_due(api, placed["order"])
        assert (answer.status_code, answer.json()["code"]) == (409, "order_not_in_state")


class TestSlow:
    def test_a_slow_method_keeps_the_pieces_until_it_is_there(
        self, api: Api, placed: Placed, stripe_server: LocalStripe
    ) -> None:
        pay(stripe_server, placed["payment"], BANK)
        with hold_over():
            lapse()
            order = read_order(api, placed["order"])
            assert (order["status"], order["payments"][0]["status"]) == ("awaiting_payment", "processing")
            assert order["hold_expires_at"] > placed["order"]["hold_expires_at"]
            stripe_server.control(f"payment_intents/{intent_id(placed['payment'])}/finish")
            settle_intent(intent_id(placed["payment"]))
            assert read_order(api, placed["order"])["status"] == "paid"

    def test_one_that_fails_lets_the_order_lapse(self, api: Api, placed: Placed, stripe_server: LocalStripe) -> None:
        pay(stripe_server, placed["payment"], BANK)
        with hold_over():
            lapse()
        stripe_server.control(f"payment_intents/{intent_id(placed['payment'])}/finish", outcome="fail")
        settle_intent(intent_id(placed["payment"]))
        with hold_over(minutes=60):
            lapse()
        assert read_order(api, placed["order"])["status"] == "lapsed"
        assert stock("BAND-1").num_allocated == 0

    def test_on_its_way_it_is_not_left_for_another(self, api: Api, placed: Placed, stripe_server: LocalStripe) -> None:
        Storefront.objects.update(providers=["stripe", "manual"])
        pay(stripe_server, placed["payment"], BANK)
        answer = pay_due(api, placed["order"], "manual")
        assert (answer.status_code, answer.json()["code"]) == (409, "order_not_in_state")
        assert payment_row(placed["order"]).status == "processing"


class TestDeposit:
    @pytest.fixture
    def order(self, api: Api, placed: Placed) -> Order:
        """It is to be paid in two parts: 50.00 first."""
        order = Order.objects.get(number=placed["order"]["number"])
        Payment.objects.filter(order=order).delete()
        ensure_intent(new_payment(order, provider="stripe", amount=Decimal("50.00")))
        return order

    @pytest.fixture
    def deposited(self, api: Api, placed: Placed, order: Order, stripe_server: LocalStripe) -> Order:
        pay(stripe_server, shape(payment_row(placed["order"])))
        settle_intent(str(payment_row(placed["order"]).intent_id))
        return order

    def test_is_not_the_whole(self, api: Api, placed: Placed, deposited: Order) -> None:
        read = read_order(api, placed["order"])
        assert (read["status"], read["hold_expires_at"]) == ("awaiting_payment", None)
        assert (read["totals"]["paid"]["amount"], read["totals"]["due"]["amount"]) == ("50.00", "142.00")
        assert sum(shares_due(deposited).values()) == Decimal("142.00")

    def test_does_not_end_by_itself(self, api: Api, placed: Placed, deposited: Order) -> None:
        with hold_over(minutes=60 * 24 * 30):
            lapse()
        assert read_order(api, placed["order"])["status"] == "awaiting_payment"
        answer = cancel(api, placed["order"])
        assert (answer.status_code, answer.json()["code"]) == (409, "order_not_in_state")

    def test_and_its_balance_pay_the_order(
        self, api: Api, placed: Placed, deposited: Order, stripe_server: LocalStripe
    ) -> None:
        rest = pay_due(api, placed["order"]).json()
        assert rest["amount"]["amount"] == "142.00"
        pay(stripe_server, rest)
        refresh(api, placed["order"], rest)
        read = read_order(api, placed["order"])
        assert (read["status"], read["totals"]["due"]["amount"]) == ("paid", "0.00")
        assert shares_due(deposited) == {}
        assert balance(Account.OWED_TO_MAKER, "USD") == Decimal("-180.00")
        assert balance(Account.SHIPPING, "USD") == Decimal("-12.00")

    def test_its_balance_may_fail_and_the_deposit_stays(
        self, api: Api, placed: Placed, deposited: Order, stripe_server: LocalStripe
    ) -> None:
        rest = pay_due(api, placed["order"]).json()
        pay(stripe_server, rest, DECLINED)
        refresh(api, placed["order"], rest)
        assert read_order(api, placed["order"])["totals"]["paid"]["amount"] == "50.00"

    def test_one_that_comes_after_the_end_goes_back(
        self, api: Api, placed: Placed, order: Order, stripe_server: LocalStripe, run_jobs: Callable[[], int]
    ) -> None:
        """A part of the money does not bring an order back to life."""
        payment = payment_row(placed["order"])
        Payment.objects.filter(pk=payment.pk).update(intent_id=None)
        assert cancel(api, placed["order"]).status_code == 200
        pay(stripe_server, shape(payment))
        settle_intent(str(payment.intent_id))
        run_jobs()
        assert read_order(api, placed["order"])["status"] == "cancelled"
        assert entries_of(f"late_refund:{payment.refunds.get().public_id}")
        assert balance(Account.OWED_TO_BUYER, "USD") == 0
