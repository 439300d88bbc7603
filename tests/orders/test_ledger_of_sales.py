"""Each cent of a sale is in the ledger when it is settled: the charge, Stripe's fee, and what goes back."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from orders.ledger.models import LedgerTransaction
from orders.ledger.queries import balance, entries_of
from orders.ledger.rules import Account, Entry
from orders.payment.services import FeeNotBookedError, enter_fee, settle, settle_intent
from shop import stripe_gateway
from shop.stripe_gateway import StripeRefusedError, StripeUnreachableError
from tests.api import Api
from tests.factories import make_maker, make_piece, make_variant
from tests.fakes.local_stripe import LocalStripe
from tests.orders.steps import (
    answers_lost,
    at_stripe,
    cancel,
    down,
    intent_id,
    intents,
    pay,
    payment_row,
    up,
)

pytestmark = pytest.mark.django_db
D = Decimal
Placed = dict[str, Any]
RunJobs = Callable[[], int]
FEE = D("5.87")  # 2.9 % of 192.00 and 30 cents


@pytest.fixture
def placed(api: Api, stripe_server: LocalStripe) -> Placed:
    make_piece("band")
    return api.placed(BAND_1=1)


def at_balance(server: LocalStripe) -> Decimal:
    """What Stripe says lies there."""
    moved = at_stripe(server, "GET", "balance_transactions", limit=100)["data"]
    return D(sum(each["net"] for each in moved)) / 100


def test_the_charge_and_its_fee(placed: Placed, stripe_server: LocalStripe) -> None:
    pay(stripe_server, placed["payment"])
    settle_intent(intent_id(placed["payment"]))
    maker, payment = make_maker().pk, placed["payment"]["id"]
    assert entries_of(f"charge:{payment}") == [
        Entry(Account.STRIPE, D("192.00")),
        Entry(Account.OWED_TO_MAKER, D("-180.00"), maker),
        Entry(Account.SHIPPING, D("-12.00"), maker),
    ]
    assert entries_of(f"fee:{payment}") == [Entry(Account.PROVIDER_FEES, FEE), Entry(Account.STRIPE, -FEE)]
    assert balance(Account.STRIPE, "USD") == at_balance(stripe_server) == D("192.00") - FEE


def test_each_maker_has_their_share(api: Api, stripe_server: LocalStripe) -> None:
    make_piece("band")
    birch = make_maker("birch")
    make_piece("chain", make_variant("CHAIN-1", price="50.00"), maker=birch)
    placed = api.placed(BAND_1=1, CHAIN_1=1)
    pay(stripe_server, placed["payment"])
    settle_intent(intent_id(placed["payment"]))
    assert balance(Account.OWED_TO_MAKER, "USD", maker=make_maker().pk) == D("-180.00")
    assert balance(Account.OWED_TO_MAKER, "USD", maker=birch.pk) == D("-50.00")
    assert Entry(Account.SHIPPING, D("-12.00")) in entries_of(f"charge:{placed['payment']['id']}")


def test_settling_again_enters_nothing_more(placed: Placed, stripe_server: LocalStripe) -> None:
    pay(stripe_server, placed["payment"])
    settle_intent(intent_id(placed["payment"]))
    before = list(LedgerTransaction.objects.values())
    settle_intent(intent_id(placed["payment"]))
    assert list(LedgerTransaction.objects.values()) == before


def test_what_is_not_paid_is_not_in_the_ledger(api: Api, placed: Placed) -> None:
    cancel(api, placed["order"])
    assert not LedgerTransaction.objects.exists()


def test_a_fee_that_is_not_said_yet_is_entered_by_a_job(
    placed: Placed, stripe_server: LocalStripe, run_jobs: RunJobs
) -> None:
    """As where the answer to a cancellation says that it has been paid: the charge comes by its id alone."""
    pay(stripe_server, placed["payment"])
    with pytest.raises(StripeRefusedError) as refused:
        stripe_gateway.cancel_intent(intent_id(placed["payment"]), key="k")
    intent = refused.value.intent
    assert intent is not None
    assert (intent.status, intent.fee) == ("succeeded", None)
    settle(payment_row(placed["order"]).pk, intent)
    assert entries_of(f"fee:{placed['payment']['id']}") == []
    run_jobs()
    assert entries_of(f"fee:{placed['payment']['id']}") == [
        Entry(Account.PROVIDER_FEES, FEE),
        Entry(Account.STRIPE, -FEE),
    ]


def test_the_job_comes_again_while_there_is_none(placed: Placed, stripe_server: LocalStripe) -> None:
    with pytest.raises(FeeNotBookedError):
        enter_fee(payment_row(placed["order"]).pk)
    down(stripe_server)
    with pytest.raises(StripeUnreachableError):
        enter_fee(payment_row(placed["order"]).pk)


def test_money_that_came_too_late_is_the_buyers_until_it_has_gone_back(
    api: Api, stripe_server: LocalStripe, run_jobs: RunJobs
) -> None:
    make_piece("one", make_variant("A", stock=1))
    answers_lost(stripe_server, "/v1/payment_intents$")
    lost = api.placed(A=1)
    up(stripe_server)
    cancel(api, lost["order"])
    api.placed(A=1)
    intent = intents(stripe_server)[0]["id"]
    at_stripe(stripe_server, "POST", f"payment_intents/{intent}/confirm", payment_method="pm_card_visa")
    settle_intent(intent)
    assert balance(Account.OWED_TO_BUYER, "USD") == D("-192.00")
    assert balance(Account.OWED_TO_MAKER, "USD") == 0
    run_jobs()
    assert balance(Account.OWED_TO_BUYER, "USD") == 0
    assert balance(Account.STRIPE, "USD") == at_balance(stripe_server) == -FEE
