"""A disputed payment is frozen, its end noted in the ledger, its makers told; nothing of another maker's is shown."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from orders.disputes.models import Dispute
from orders.disputes.services import follow_dispute, note_dispute
from orders.ledger.queries import balance, entries_of
from orders.ledger.rules import Account
from orders.paying.services import receive_payment
from orders.payment.models import Payment
from orders.payment.services import settle_intent
from orders.refunds.models import Refund
from shop import stripe_gateway
from shop.actors import SYSTEM
from shop.audit.models import AuditEntry
from tests.factories import make_maker, make_piece, make_variant, stock
from tests.fakes.local_stripe import LocalStripe
from tests.invariants import assert_nothing_is_broken
from tests.orders.documented import DocumentedApi
from tests.orders.refunds.steps import bought, home, order_of, payment_of, post, problem, refund, team, usd
from tests.orders.steps import at_stripe, deliver, down, events, intent_id, pay, up

pytestmark = pytest.mark.django_db
Placed = dict[str, Any]
RunJobs = Callable[[], int]
HOME = "/studio/makers/alder/disputes"


@pytest.fixture
def placed(stripe_server: LocalStripe) -> Placed:
    make_piece("band", make_variant("BAND-1", price="180.00", stock=50))
    return bought(stripe_server, BAND_1=1)


def open_dispute(server: LocalStripe, placed: Placed, **values: Any) -> str:
    """The buyer's bank takes the money; returns Stripe's id of the dispute. We have not heard of it."""
    return str(server.control("disputes", payment_intent=intent_id(placed["payment"]), **values)["id"])


def close(server: LocalStripe, dispute: str, outcome: str) -> None:
    server.control(f"disputes/{dispute}/close", outcome=outcome)
    follow_dispute(dispute)


def test_by_its_webhooks_from_beginning_to_end(placed: Placed, stripe_server: LocalStripe, run_jobs: RunJobs) -> None:
    dispute = open_dispute(stripe_server, placed, reason="product_not_received")
    for kind in ("charge.dispute.created", "charge.dispute.funds_withdrawn"):
        assert deliver(DocumentedApi(), events(stripe_server, kind)[0]).status_code == 200
    run_jobs()
    [shown] = team().get(HOME).json()["results"]
    assert (shown["order"], shown["status"], shown["reason"], shown["amount"], shown["refunds_frozen"]) == (
        placed["order"]["number"],
        "needs_response",
        "product_not_received",
        usd("192.00"),
        True,
    )
    assert shown["evidence_due_at"] > shown["opened_at"]
    stripe_server.control(f"disputes/{dispute}/close", outcome="won")
    deliver(DocumentedApi(), events(stripe_server, "charge.dispute.closed")[0])
    run_jobs()
    read = team().get(f"{HOME}/{shown['id']}")
    assert (read.json()["status"], read.json()["refunds_frozen"], read.json()["closed_at"] is not None) == (
        "won",
        False,
        True,
    )
    assert read.headers["ETag"]
    assert [entry.action for entry in AuditEntry.objects.filter(object=shown["id"]).order_by("pk")] == [
        "dispute.opened",
        "dispute.closed",
    ]


def test_while_it_is_open_nothing_goes_back(placed: Placed, stripe_server: LocalStripe) -> None:
    dispute = open_dispute(stripe_server, placed)
    follow_dispute(dispute)
    assert problem(refund(team(), placed, everything=True)) == (409, "payment_disputed")
    assert problem(post(team(), f"{home(placed)}/cancel")) == (409, "payment_disputed")
    assert (Refund.objects.count(), payment_of(placed).refunded, stock("BAND-1").num_allocated) == (0, 0, 1)
    close(stripe_server, dispute, "won")
    assert refund(team(), placed, everything=True).json()["refunds"][0]["status"] == "succeeded"


def test_what_is_lost_does_not_go_back_either(placed: Placed, stripe_server: LocalStripe) -> None:
    dispute = open_dispute(stripe_server, placed)
    close(stripe_server, dispute, "lost")
    assert problem(refund(team(), placed, goodwill=usd("1.00"))) == (409, "payment_disputed")


def test_a_refund_that_was_on_its_way_is_refused_and_free(
    placed: Placed, stripe_server: LocalStripe, run_jobs: RunJobs
) -> None:
    down(stripe_server, "/v1/refunds")
    refund(team(), placed, everything=True)
    up(stripe_server)
    open_dispute(stripe_server, placed)
    run_jobs()
    assert (Refund.objects.get().status, Refund.objects.get().failure) == ("failed", "charge_disputed")
    assert payment_of(placed).refunded == 0


def test_an_inquiry_freezes_nothing(placed: Placed, stripe_server: LocalStripe) -> None:
    found = stripe_gateway.retrieve_dispute(open_dispute(stripe_server, placed))
    inquiry = stripe_gateway.Dispute(
        id=found.id, status="warning_needs_response", reason=found.reason, amount=found.amount,
        currency=found.currency, fee=Decimal(0), intent_id=found.intent_id, opened_at=found.opened_at,
        evidence_due_at=None,
    )  # fmt: skip
    note_dispute(payment_of(placed).pk, inquiry)
    assert entries_of(f"dispute_opened:{Dispute.objects.get().public_id}") == []
    assert refund(team(), placed, goodwill=usd("1.00")).status_code == 201


@pytest.mark.parametrize("outcome", ["won", "lost"])
def test_in_the_ledger(placed: Placed, stripe_server: LocalStripe, outcome: str) -> None:
    before = balance(Account.STRIPE, "USD"), balance(Account.PROVIDER_FEES, "USD")
    dispute = open_dispute(stripe_server, placed)
    for _ in range(2):
        follow_dispute(dispute)
    assert balance(Account.DISPUTED, "USD") == Decimal("192.00")
    assert balance(Account.STRIPE, "USD") - before[0] == Decimal("-207.00")
    assert balance(Account.PROVIDER_FEES, "USD") - before[1] == Decimal("15.00")
    for _ in range(2):
        if outcome and Dispute.objects.get().status == "needs_response":
            stripe_server.control(f"disputes/{dispute}/close", outcome=outcome)
        follow_dispute(dispute)
    assert balance(Account.DISPUTED, "USD") == 0
    taken = Decimal("-15.00") if outcome == "won" else Decimal("-207.00")
    assert balance(Account.STRIPE, "USD") - before[0] == taken
    lost = {(entry.account, entry.amount) for entry in entries_of(f"dispute_lost:{Dispute.objects.get().public_id}")}
    of_maker = {(Account.OWED_TO_MAKER, Decimal("180.00")), (Account.SHIPPING, Decimal("12.00"))}
    assert lost == (of_maker | {(Account.DISPUTED, Decimal("-192.00"))} if outcome == "lost" else set())


def test_old_news_does_not_open_it_again(placed: Placed, stripe_server: LocalStripe) -> None:
    dispute = open_dispute(stripe_server, placed)
    old = stripe_gateway.retrieve_dispute(dispute)
    close(stripe_server, dispute, "won")
    note_dispute(payment_of(placed).pk, old)
    assert Dispute.objects.get().status == "won"


def test_a_word_that_is_new_to_us_freezes(placed: Placed, stripe_server: LocalStripe) -> None:
    found = stripe_gateway.retrieve_dispute(open_dispute(stripe_server, placed))
    unknown = stripe_gateway.Dispute(
        id=found.id, status="in_arbitration", reason=found.reason, amount=found.amount, currency=found.currency,
        fee=found.fee, intent_id=found.intent_id, opened_at=found.opened_at, evidence_due_at=None,
    )  # fmt: skip
    note_dispute(payment_of(placed).pk, unknown)
    assert Dispute.objects.get().status == "under_review"
    assert problem(refund(team(), placed, goodwill=usd("1.00"))) == (409, "payment_disputed")


def test_it_comes_before_the_news_that_the_order_is_paid(stripe_server: LocalStripe) -> None:
    make_piece("band", make_variant("BAND-1", price="180.00", stock=50))
    placed = DocumentedApi().placed(BAND_1=1)
    pay(stripe_server, placed["payment"])
    follow_dispute(open_dispute(stripe_server, placed))
    assert (payment_of(placed).status, Dispute.objects.get().status) == ("paid", "needs_response")


def test_a_strangers_is_none_of_our_business(placed: Placed, stripe_server: LocalStripe) -> None:
    theirs = at_stripe(
        stripe_server, "POST", "payment_intents", amount=500, currency="usd", payment_method="pm_card_createDispute",
        confirm="true", return_url="https://shop.example", **{"automatic_payment_methods[enabled]": "true"},
    )  # fmt: skip
    [dispute] = at_stripe(stripe_server, "GET", "disputes", payment_intent=theirs["id"])["data"]
    follow_dispute(dispute["id"])
    assert Dispute.objects.count() == 0


def test_each_maker_sees_what_it_answers_for(stripe_server: LocalStripe) -> None:
    make_piece("band", make_variant("BAND-1", price="100.00"))
    make_piece("hoop", make_variant("HOOP-1", price="300.00"), maker=make_maker("birch"))
    placed = bought(stripe_server, BAND_1=1, HOOP_1=1)
    follow_dispute(open_dispute(stripe_server, placed))
    for maker, part in (("alder", "100.00"), ("birch", "300.00")):
        [shown] = team(maker).get(f"/studio/makers/{maker}/disputes").json()["results"]
        assert shown["amount"] == usd(part)
    assert team("cedar").get("/studio/makers/cedar/disputes").json()["results"] == []
    assert problem(team("cedar").get(f"/studio/makers/cedar/disputes/{shown['id']}")) == (404, "not_found")
    assert AuditEntry.objects.filter(action="dispute.opened").count() == 2


def test_by_status_and_page_by_page(placed: Placed, stripe_server: LocalStripe) -> None:
    first, second = placed, bought(stripe_server, BAND_1=1)
    close(stripe_server, open_dispute(stripe_server, first), "lost")
    follow_dispute(open_dispute(stripe_server, second))
    api = team()
    assert [row["order"] for row in api.get(f"{HOME}?status=lost").json()["results"]] == [first["order"]["number"]]
    page = api.get(f"{HOME}?limit=1").json()
    rest = api.get(page["next"].rpartition("/v1")[2]).json()
    assert {row["order"] for row in page["results"] + rest["results"]} == {
        first["order"]["number"],
        second["order"]["number"],
    }
    assert api.get(f"{HOME}?status=open").status_code == 422
    assert problem(team(role="marketer").get(HOME)) == (403, "not_permitted")


@pytest.mark.parametrize("count", [1, 4])
def test_what_the_list_costs(
    placed: Placed, stripe_server: LocalStripe, count: int, django_assert_num_queries: Any
) -> None:
    api = team()
    for _ in range(count):
        follow_dispute(open_dispute(stripe_server, bought(stripe_server, BAND_1=1)))
    with django_assert_num_queries(5):  # session, person; place; disputes with their orders; lines
        api.get(HOME)


# Late money


@pytest.fixture
def late(placed: Placed, stripe_server: LocalStripe) -> Placed:
    """Another order, whose money came by card when it had been paid by hand; its refund's job has not run."""
    late = DocumentedApi().placed(BAND_1=1)
    by_hand = Payment.objects.create(
        order=order_of(late), provider="manual", amount="192.00", currency="USD", status="cancelled"
    )
    receive_payment(by_hand.pk, actor=SYSTEM)
    pay(stripe_server, late["payment"])
    settle_intent(intent_id(late["payment"]))
    assert Payment.objects.get(public_id=late["payment"]["id"]).late
    return late


def shares() -> list[Decimal]:
    return [balance(account, "USD") for account in (Account.OWED_TO_MAKER, Account.SHIPPING)]


def test_late_money_that_the_bank_takes_is_no_makers_loss(
    late: Placed, stripe_server: LocalStripe, run_jobs: RunJobs
) -> None:
    before = shares()
    dispute = open_dispute(stripe_server, late)
    run_jobs()
    assert Refund.objects.get().failure == "charge_disputed"
    close(stripe_server, dispute, "lost")
    assert shares() == before
    assert (balance(Account.OWED_TO_BUYER, "USD"), balance(Account.LOSSES, "USD")) == (0, 0)
    assert balance(Account.DISPUTED, "USD") == 0
    assert_nothing_is_broken()


def test_what_the_buyer_had_back_already_is_the_platforms_loss(
    late: Placed, stripe_server: LocalStripe, run_jobs: RunJobs
) -> None:
    before = shares()
    run_jobs()
    assert Refund.objects.get().status == "succeeded"
    close(stripe_server, open_dispute(stripe_server, late), "lost")
    assert shares() == before
    assert (balance(Account.OWED_TO_BUYER, "USD"), balance(Account.LOSSES, "USD")) == (0, Decimal("192.00"))
    assert_nothing_is_broken()


def test_while_it_is_open_the_sale_can_be_refunded(late: Placed, stripe_server: LocalStripe) -> None:
    """It is the late money that the bank has, not what the order was paid with."""
    follow_dispute(open_dispute(stripe_server, late))
    assert refund(team(), late, goodwill=usd("1.00")).status_code == 201
