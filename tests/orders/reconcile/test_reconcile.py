"""What webhooks did not tell is found out: payments, events, and the balance against the ledger."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.db.models import F
from django.utils import timezone

from orders.ledger.models import LedgerEntry
from orders.order.models import Order
from orders.outbox.models import StripeCommand
from orders.payment.models import Payment, StripeEvent
from orders.reconcile.models import Reading, StripeMovement
from orders.reconcile.services import SETTLED_AFTER, YOUNG, compare_balance, read_events, read_movements, read_payments
from tests.api import Api
from tests.factories import make_piece, make_variant, stock
from tests.fakes.local_stripe import LocalStripe
from tests.orders.steps import (
    BANK,
    DECLINED,
    answers_lost,
    at_stripe,
    cancel,
    deliver,
    down,
    events,
    hold_over,
    intent_id,
    intents,
    lapse,
    pay,
    payment_row,
    read_order,
    refresh,
    up,
)

pytestmark = pytest.mark.django_db

Placed = dict[str, Any]
RunJobs = Callable[[], int]


def later(span: timedelta = YOUNG + timedelta(seconds=1)) -> Any:
    return time_machine.travel(timezone.now() + span, tick=False)


@pytest.fixture
def placed(api: Api, stripe_server: LocalStripe) -> Placed:
    make_piece("band", make_variant("BAND-1", stock=50))
    return api.placed(BAND_1=1)


# Payments


def test_a_payment_nobody_told_of_is_settled(api: Api, placed: Placed, stripe_server: LocalStripe) -> None:
    pay(stripe_server, placed["payment"])
    assert read_payments() == 0, "Its buyer has only just checked out."
    with later():
        assert read_payments() == 1
        assert read_payments() == 0
    assert read_order(api, placed["order"])["status"] == "paid"


def test_an_intent_without_an_answer_is_asked_for_again_under_its_key(
    api: Api, placed: Placed, stripe_server: LocalStripe
) -> None:
    answers_lost(stripe_server, "/v1/payment_intents$")
    lost = api.placed(BAND_1=1)
    up(stripe_server)
    with later():
        read_payments()
    assert payment_row(lost["order"]).intent_id == intents(stripe_server)[1]["id"]
    assert len(intents(stripe_server)) == 2
    assert set(StripeCommand.objects.values_list("status", flat=True)) == {"done"}


def test_what_came_of_a_cancel_is_learned(api: Api, placed: Placed, stripe_server: LocalStripe) -> None:
    answers_lost(stripe_server, "/cancel$")
    assert cancel(api, placed["order"]).status_code == 503
    up(stripe_server)
    with later():
        read_payments()
    assert StripeCommand.objects.get(kind="cancel").status == "done"
    assert payment_row(placed["order"]).status == "cancelled"


def test_the_intent_of_an_order_that_ended_without_it_is_cancelled(
    api: Api, placed: Placed, stripe_server: LocalStripe
) -> None:
    answers_lost(stripe_server, "/v1/payment_intents$")
    lost = api.placed(BAND_1=1)
    up(stripe_server)
    with hold_over():
        lapse()
        read_payments()
    assert [intent["status"] for intent in intents(stripe_server)] == ["canceled", "canceled"]
    assert read_order(api, lost["order"])["status"] == "lapsed"


def test_one_that_fails_does_not_stop_the_others(api: Api, placed: Placed, stripe_server: LocalStripe) -> None:
    other = api.placed(BAND_1=1)
    at_stripe(stripe_server, "POST", f"payment_intents/{intent_id(placed['payment'])}", amount=100)
    pay(stripe_server, placed["payment"])
    pay(stripe_server, other["payment"])
    with later():
        assert read_payments() == 1
    assert read_order(api, other["order"])["status"] == "paid"


def test_a_stripe_that_is_away_is_asked_three_times(api: Api, placed: Placed, stripe_server: LocalStripe) -> None:
    for _ in range(4):
        api.placed(BAND_1=1)
    down(stripe_server, "/v1/payment_intents/")
    with later():
        assert read_payments() == 0
    assert len({each["path"] for each in stripe_server.requests("GET", "/v1/payment_intents/")}) == 3


# Events


def test_an_event_that_never_came_is_fetched(
    api: Api, placed: Placed, stripe_server: LocalStripe, run_jobs: RunJobs
) -> None:
    pay(stripe_server, placed["payment"])
    read_events()
    run_jobs()
    assert read_order(api, placed["order"])["status"] == "paid"


def test_what_is_there_already_is_not_done_again(
    api: Api, placed: Placed, stripe_server: LocalStripe, run_jobs: RunJobs
) -> None:
    pay(stripe_server, placed["payment"])
    deliver(api, events(stripe_server, "payment_intent.succeeded")[0])
    run_jobs()
    before = list(StripeEvent.objects.values())
    assert read_events() > 0
    assert read_events() > 0, "an hour is read twice"
    assert list(StripeEvent.objects.values()) == before
    assert run_jobs() == 0


def test_more_than_a_page_is_read_and_only_once(placed: Placed, stripe_server: LocalStripe) -> None:
    for _ in range(120):
        at_stripe(stripe_server, "POST", "payment_intents", amount=500, currency="usd")
    assert read_events() == 121
    Reading.objects.update(until=timezone.now() + timedelta(hours=2))
    assert read_events() == 0


def test_a_run_that_fails_begins_again_where_it_began(placed: Placed, stripe_server: LocalStripe) -> None:
    down(stripe_server, "/v1/events")
    with pytest.raises(Exception, match="onnection"):
        read_events()
    assert Reading.objects.count() == 0
    up(stripe_server)
    assert read_events() == 1


# A day without webhooks

CARDS = ["pm_card_visa", DECLINED, BANK, None]


def a_day(api: Api, server: LocalStripe) -> list[Placed]:
    """Eight sales: paid, declined, by a slow bank, not paid, and twice."""
    sales = [api.placed(BAND_1=1) for _ in range(8)]
    for number, placed in enumerate(sales):
        if card := CARDS[number % 4]:
            pay(server, placed["payment"], card)
        if card == BANK:
            outcome = "succeed" if number < 4 else "fail"
            server.control(f"payment_intents/{intent_id(placed['payment'])}/finish", outcome=outcome)
    return sales


def as_it_ends() -> list[Any]:
    orders = Order.objects.order_by("pk").values_list("status", "payments__status", "payments__failure")
    entries = LedgerEntry.objects.order_by("transaction__order__pk", "pk")
    return [list(orders), list(entries.values_list("account", "amount")), stock("BAND-1").num_allocated]


def with_webhooks(api: Api, server: LocalStripe, run_jobs: RunJobs) -> None:
    for event in reversed(at_stripe(server, "GET", "events", limit=100)["data"]):
        deliver(api, event)
    run_jobs()


def by_payments(api: Api, server: LocalStripe, run_jobs: RunJobs) -> None:
    with later():
        read_payments()
    run_jobs()


def by_events(api: Api, server: LocalStripe, run_jobs: RunJobs) -> None:
    read_events()
    run_jobs()


def by_nobody(api: Api, server: LocalStripe, run_jobs: RunJobs) -> None:
    run_jobs()


ENDS = [
    ("paid", "paid", ""),
    ("awaiting_payment", "failed", "insufficient_funds"),
    ("paid", "paid", ""),
    ("awaiting_payment", "pending", ""),
]


@pytest.mark.parametrize("how", [with_webhooks, by_payments, by_events, by_nobody])
def test_a_day_without_webhooks_ends_with_the_same_orders(
    api: Api, stripe_server: LocalStripe, run_jobs: RunJobs, how: Callable[..., None]
) -> None:
    """The last one is the control: without anybody who asks again, paid orders stay unpaid."""
    make_piece("band", make_variant("BAND-1", stock=50))
    a_day(api, stripe_server)
    how(api, stripe_server, run_jobs)
    orders, entries, held = as_it_ends()
    found = [(status, payment, failure) for status, payment, failure in orders]
    if how is by_nobody:
        assert set(found) == {("awaiting_payment", "pending", "")}
        return
    assert found[:4] == ENDS
    assert [found[4], found[5], found[7]] == [ENDS[0], ENDS[1], ENDS[3]]
    assert found[6][:2] == ("awaiting_payment", "failed")
    at_hand = sum(each["net"] for each in at_stripe(stripe_server, "GET", "balance_transactions", limit=100)["data"])
    assert sum(amount for account, amount in entries if account == "stripe") == Decimal(at_hand) / 100
    assert held == 8


# The balance


@pytest.fixture
def paid(api: Api, placed: Placed, stripe_server: LocalStripe) -> Placed:
    pay(stripe_server, placed["payment"])
    refresh(api, placed["order"], placed["payment"])
    return placed


def compared() -> list[tuple[str, str, str]]:
    read_movements()
    with later(SETTLED_AFTER + timedelta(minutes=1)):
        found = compare_balance()
    return [(each.order, str(each.at_stripe), str(each.in_ledger)) for each in found]


def test_a_balance_that_fits_says_nothing(paid: Placed) -> None:
    assert compared() == []
    movement = StripeMovement.objects.get()
    assert (movement.kind, movement.intent_id) == ("charge", intent_id(paid["payment"]))
    assert movement.net == Payment.objects.get().amount - LedgerEntry.objects.get(account="provider_fees").amount


def test_money_that_the_ledger_does_not_know_is_told(placed: Placed, stripe_server: LocalStripe) -> None:
    pay(stripe_server, placed["payment"])
    [(order, at_stripe_, in_ledger)] = compared()
    assert (order, in_ledger) == (placed["order"]["number"], "0")
    assert at_stripe_ == str(StripeMovement.objects.get().net)


def test_money_that_left_behind_our_back_is_told(paid: Placed, stripe_server: LocalStripe) -> None:
    at_stripe(stripe_server, "POST", "refunds", payment_intent=intent_id(paid["payment"]), amount=700)
    [(_, at_stripe_, in_ledger)] = compared()
    assert float(in_ledger) - float(at_stripe_) == pytest.approx(7)


def test_what_is_still_on_its_way_is_not_compared(placed: Placed, stripe_server: LocalStripe) -> None:
    pay(stripe_server, placed["payment"])
    read_movements()
    assert compare_balance() == []


def test_what_was_read_twice_counts_once(paid: Placed) -> None:
    assert read_movements() == read_movements() == 1
    assert StripeMovement.objects.count() == 1


def test_a_payout_is_nobodys_order(paid: Placed) -> None:
    StripeMovement.objects.create(
        movement_id="txn_payout", kind="payout", net="-100", currency="USD", created_at=timezone.now()
    )
    assert compared() == []


def convert(currency: str) -> None:
    """As if our balance at Stripe were in another currency than the shop's."""
    StripeMovement.objects.update(currency=currency, net=F("net") * Decimal("0.9"))


def test_what_stripe_has_changed_into_another_currency_is_not_compared(
    placed: Placed, stripe_server: LocalStripe
) -> None:
    """The control is the same order in its own currency: there the ledger lacks the money."""
    pay(stripe_server, placed["payment"])
    read_movements()
    convert("USD")
    assert len(compared()) == 1
    convert("EUR")
    assert compared() == []


def test_nor_is_an_order_whose_fee_is_in_another_currency(paid: Placed) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("UPDATE ledger_ledgertransaction SET currency = 'EUR' WHERE kind = 'provider_fee'")
        cursor.execute("SET session_replication_role = origin")
    assert compared() == []
