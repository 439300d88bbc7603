"""What happens at the same steps where a guard is out: each guard is there for one of these."""

import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from decimal import Decimal
from functools import partial

import pytest

from orders.order.models import Order
from orders.payment.models import Payment
from tests.concurrency.shop import check_out
from tests.factories import make_piece, make_variant
from tests.faults.mortals import MortalShop
from tests.faults.state import sale
from tests.faults.test_crashes import (
    SKU,
    cancelling,
    carried_out,
    checking_out,
    coming_back_from_paying,
    counted,
    mailed,
    refunding,
    taking_a_webhook,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("faults")]

Twin = Callable[[str], AbstractContextManager[MortalShop]]


@pytest.fixture(autouse=True)
def bands(empty_queue: None) -> None:
    make_piece("band", make_variant(SKU, stock=90))


def test_without_its_claim_a_placed_order_is_lost_to_its_buyer(twin: Twin) -> None:
    with twin("placed_by_claim") as shop:
        [basket] = shop.ready_baskets(1, SKU)
        press = partial(check_out, basket=basket, key=str(uuid.uuid4()))
        answer = carried_out(shop, press, {"crash_at": "after orders.checkout.services.place_order"})
    assert (answer.status, answer.code) == (409, "basket_not_open")
    assert Order.objects.get().status == "awaiting_payment"


def test_a_count_committed_before_its_answer_brings_back_what_was_sold(twin: Twin) -> None:
    with twin("answer_with_deed") as shop:
        assert counted(shop, crash_at="before shop.idempotency.services.store_answer") == (True, 5)


def test_without_a_stored_key_there_are_two_intents(twin: Twin) -> None:
    with twin("stored_key") as shop:
        order = checking_out(shop, crash_at="after shop.stripe_gateway.create_intent")
        assert len(sale(shop.stripe, order)["intents"]) == 2


def test_without_its_job_beside_it_an_event_is_never_worked_off(twin: Twin) -> None:
    with twin("job_with_event") as shop:
        order = taking_a_webhook(shop, crash_at="before shop.jobs.services.defer")
        found = sale(shop.stripe, order)
    assert (found["order"], found["intents"], found["events left"]) == (
        "awaiting_payment", [("succeeded", 19200)], 1,
    )  # fmt: skip


def test_not_settled_at_once_money_is_there_and_its_order_is_never_paid(twin: Twin) -> None:
    with twin("settle_at_once") as shop:
        order = coming_back_from_paying(shop, crash_at="before orders.order.services.mark_paid")
        shop.work_on()
        found = sale(shop.stripe, order)
    assert (found["order"], found["intents"]) == ("awaiting_payment", [("succeeded", 19200)])


def test_without_its_claim_a_refund_is_made_twice(twin: Twin) -> None:
    with twin("refund_by_claim") as shop:
        order = refunding(shop, "goodwill", crash_at="before shop.stripe_gateway.create_refund")
    assert [refund.amount for refund in order.refunds.all()] == [Decimal("12.00"), Decimal("12.00")]


def test_marked_before_it_is_sent_a_mail_is_lost(twin: Twin) -> None:
    with twin("sent_when_gone") as shop:
        assert mailed(shop, crash_at="before shop.mail.services._hand_over") == []


def test_when_stripe_is_asked_last_a_cancelled_order_can_be_paid(twin: Twin) -> None:
    with twin("stripe_first") as shop:
        order = cancelling(shop, crash_at="before shop.stripe_gateway.cancel_intent")
        payment = Payment.objects.get(order=order)
        shop.pay({"client_secret": payment.client_secret, "publishable_key": "pk_test_tests"}).raise_for_status()
        found = sale(shop.stripe, order)
    assert (found["order"], found["intents"]) == ("cancelled", [("succeeded", 19200)])
