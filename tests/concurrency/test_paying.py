"""Money and its order, when everything comes in the same moment: paid once, or cancelled, never both."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
import requests
from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from orders.order.models import Order, OrderStatusChange
from orders.paying.services import receive_payment
from orders.payment.models import Payment
from orders.reconcile.services import read_payments
from shop import stripe_gateway
from shop.actors import SYSTEM
from tests.concurrency.servers import Answer, Caller, Worker
from tests.concurrency.shop import Shop, outcomes
from tests.factories import make_piece, make_variant, stock
from tests.invariants import broken

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("processes")]

SKU = "BAND-1"
ROUNDS = 10
DEADLINE_SECONDS = 30
Action = Callable[[Caller], Any]


@pytest.fixture(autouse=True)
def bands(empty_queue: None) -> None:
    make_piece("band", make_variant(SKU, stock=50))


def refresh(placed: dict[str, Any]) -> Callable[[Caller], Answer]:
    order, payment = placed["order"], placed["payment"]
    path = f"/store/orders/{order['number']}/payments/{payment['id']}/refresh"
    return lambda caller: caller.call("POST", path, {}, Benchpin_Order_Token=order["access_token"])


def cancel(placed: dict[str, Any]) -> Callable[[Caller], Answer]:
    order = placed["order"]
    path = f"/store/orders/{order['number']}/cancel"
    return lambda caller: caller.call("POST", path, {}, Benchpin_Order_Token=order["access_token"])


def paid_steps(number: str) -> int:
    return OrderStatusChange.objects.filter(order__number=number, new_status="paid").count()


def wait_until(what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not what():
        assert time.monotonic() < deadline, "It did not happen in time."
        time.sleep(0.02)


def test_many_refreshes_settle_once(shop: Shop) -> None:
    placed = shop.placed(SKU)
    shop.pay(placed["payment"]).raise_for_status()

    answers = shop.all_at_once([refresh(placed)] * ROUNDS)

    assert outcomes(answers) == {(200, ""): ROUNDS}
    assert {answer.json()["status"] for answer in answers} == {"paid"}
    assert [step["status"] for step in shop.read_order(placed["order"])["timeline"]] == ["awaiting_payment", "paid"]


@pytest.fixture
def reconcile(shop: Shop, settings: Any) -> Iterator[Action]:
    """The job of every five minutes, in a thread of ours."""

    def run(caller: Caller) -> None:
        try:
            assert read_payments() > 0
        finally:
            connection.close()  # this thread's own

    settings.STRIPE_API_BASE = shop.stripe.url
    stripe_gateway._client.cache_clear()
    yield run
    stripe_gateway._client.cache_clear()


def test_webhook_refresh_and_reconcile_settle_once(shop: Shop, worker: Worker, reconcile: Action) -> None:
    """Each order's webhook arrives three times while the buyer comes back, and the job asks Stripe for it."""
    sales = [shop.placed(SKU) for _ in range(ROUNDS)]
    for placed in sales:
        shop.pay(placed["payment"]).raise_for_status()

    def deliver(caller: Caller) -> None:
        shop.stripe.control("webhooks/release", order="shuffled", copies=3)

    # So long ago that the job looks at them.
    Payment.objects.update(created_at=timezone.now() - timedelta(minutes=10))
    actions: list[Action] = [deliver, reconcile, *(refresh(placed) for placed in sales)]
    _, _, *answers = shop.all_at_once(actions)

    assert outcomes(answers) == {(200, ""): ROUNDS}
    wait_until(lambda: not unfinished_jobs())
    for placed in sales:
        assert paid_steps(placed["order"]["number"]) == 1
        assert shop.read_order(placed["order"])["status"] == "paid"
    assert stock(SKU).num_allocated == ROUNDS


def unfinished_jobs() -> bool:
    return ProcrastinateJob.objects.exclude(status="succeeded").filter(task_name__startswith="orders.payment").exists()


def test_cancel_against_pay(shop: Shop) -> None:
    """Whoever was first at Stripe decides; order, payment, stock and basket all say the same."""
    ended = set()
    for _ in range(ROUNDS):
        placed = shop.placed(SKU)

        def pay(caller: Caller, placed: dict[str, Any] = placed) -> None:
            shop.pay(placed["payment"])

        actions: list[Action] = [pay, cancel(placed), refresh(placed)]
        shop.all_at_once(actions)
        with shop.caller() as caller:
            settled = refresh(placed)(caller)
        assert settled.status == 200, settled
        order = Order.objects.get(number=placed["order"]["number"])
        ended.add(order.status)
        assert_says_the_same(shop, order)
    paid = Order.objects.filter(status="paid").count()
    assert stock(SKU).num_allocated == paid
    print(f"Ended as {sorted(ended)}: {paid} paid of {ROUNDS}")


def assert_says_the_same(shop: Shop, order: Order) -> None:
    payment = Payment.objects.get(order=order)
    at_stripe = intent_status(shop, payment)
    assert (order.status, payment.status, at_stripe, order.basket.status) in {
        ("paid", "paid", "succeeded", "Frozen"),
        ("cancelled", "cancelled", "canceled", "Open"),
    }
    assert paid_steps(order.number) == (order.status == "paid")
    assert not payment.refunds.exists()


def intent_status(shop: Shop, payment: Payment) -> str:
    answer = requests.get(
        f"{shop.stripe.url}/v1/payment_intents/{payment.intent_id}", auth=("sk_test_tests", ""), timeout=10
    )
    return str(answer.json()["status"])


def test_received_by_hand_while_the_card_pays(shop: Shop) -> None:
    """The buyer has transferred the money, and pays by card all the same: one of the two is the order's."""
    ended = Counter[str]()
    for late in range(ROUNDS):
        placed = shop.placed(SKU)
        order = Order.objects.get(number=placed["order"]["number"])
        by_hand = new_payment_beside(order)
        shop.pay(placed["payment"]).raise_for_status()

        def receive(caller: Caller, payment: Payment = by_hand, late: int = late) -> str:
            # Called past the web server it would always be the first: it begins a little later each time.
            for _ in range(late):
                caller.call("GET", "/store/products")
            try:
                received = receive_payment(payment.pk, actor=SYSTEM)
            finally:
                connection.close()  # this thread's own
            return "by card" if received.late else "by hand"

        first, settled = shop.all_at_once([receive, refresh(placed)])
        assert settled.status == 200, settled
        ended[first] += 1
        assert paid_steps(order.number) == 1
        by_card = Payment.objects.get(order=order, provider="stripe")
        assert (by_card.status, by_card.refunds.exists()) == ("paid", first == "by hand")
        assert by_hand.refunds.exists() == (first == "by card")
    assert stock(SKU).num_allocated == ROUNDS
    print(f"Paid {dict(ended)}")


def new_payment_beside(order: Order) -> Payment:
    """One by hand that the buyer has left for the card again."""
    payment = Payment(order=order, provider="manual", amount=order.total_incl_tax, currency=order.currency)
    payment.status = "cancelled"
    payment.save()
    return payment


def test_control_without_locks_it_is_paid_twice(
    twin: Callable[[str], AbstractContextManager[Shop]],
) -> None:
    with twin("unlocked_settle") as shop:
        placed = shop.placed(SKU)
        shop.pay(placed["payment"]).raise_for_status()
        shop.all_at_once([refresh(placed)] * ROUNDS)
        assert paid_steps(placed["order"]["number"]) > 1
        print(f"Paid {paid_steps(placed['order']['number'])} times")
        assert "statuses_follow_the_table" in broken()
