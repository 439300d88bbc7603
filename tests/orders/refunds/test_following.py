"""A refund follows Stripe: whatever is lost, late, doubled or done past us, it is one refund and counted once."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from orders.ledger.queries import entries_of
from orders.refunds.following import follow_open_refunds, follow_refund, note_refund, send_refund
from orders.refunds.models import Refund
from orders.refunds.services import RefundTooLarge
from shop import stripe_gateway
from shop.stripe_gateway import StripeUnreachableError
from tests.factories import make_maker, make_piece, make_variant
from tests.fakes.local_stripe import LocalStripe
from tests.orders.documented import DocumentedApi
from tests.orders.refunds.steps import bought, home, payment_of, problem, refund, team, usd
from tests.orders.steps import answers_lost, at_stripe, deliver, down, events, intent_id, up

pytestmark = pytest.mark.django_db
Placed = dict[str, Any]
RunJobs = Callable[[], int]


@pytest.fixture
def placed(stripe_server: LocalStripe) -> Placed:
    make_piece("band", make_variant("BAND-1", price="180.00", stock=50))
    return bought(stripe_server, BAND_1=1)


def row() -> Refund:
    return Refund.objects.get()


def state(placed: Placed) -> tuple[str, Decimal]:
    return row().status, payment_of(placed).refunded


def later(**much: float) -> Any:
    return time_machine.travel(timezone.now() + timedelta(**much))


def there(server: LocalStripe) -> list[dict[str, Any]]:
    return list(at_stripe(server, "GET", "refunds")["data"])


def test_while_stripe_is_away_it_waits(placed: Placed, stripe_server: LocalStripe, run_jobs: RunJobs) -> None:
    down(stripe_server, "/v1/refunds")
    answer = refund(team(), placed, everything=True)
    assert (answer.status_code, answer.json()["refunds"][0]["status"]) == (201, "pending")
    assert state(placed) == ("pending", Decimal("192.00"))
    with pytest.raises(StripeUnreachableError):
        run_jobs()
    up(stripe_server)
    send_refund(row().pk)
    assert state(placed) == ("succeeded", Decimal("192.00"))


def test_an_answer_that_was_lost_is_one_refund(placed: Placed, stripe_server: LocalStripe, run_jobs: RunJobs) -> None:
    answers_lost(stripe_server, "/v1/refunds$")
    assert refund(team(), placed, goodwill=usd("20.00")).json()["refunds"][0]["status"] == "pending"
    up(stripe_server)
    run_jobs()
    assert state(placed) == ("succeeded", Decimal("20.00"))
    assert [each["amount"] for each in there(stripe_server)] == [2000]


def test_a_day_later_it_is_looked_up_and_not_asked_for_again(placed: Placed, stripe_server: LocalStripe) -> None:
    answers_lost(stripe_server, "/v1/refunds$")
    refund(team(), placed, goodwill=usd("20.00"))
    up(stripe_server)
    stripe_server.control("clock", advance=25 * 3600)  # Stripe has forgotten the key
    with later(hours=25):
        send_refund(row().pk)
    assert state(placed) == ("succeeded", Decimal("20.00"))
    assert len(there(stripe_server)) == 1


def test_control_asked_blindly_it_would_be_two(placed: Placed, stripe_server: LocalStripe) -> None:
    answers_lost(stripe_server, "/v1/refunds$")
    refund(team(), placed, goodwill=usd("20.00"))
    up(stripe_server)
    stripe_server.control("clock", advance=25 * 3600)
    send_refund(row().pk)  # our own clock stands still, so that the key counts as fresh
    assert len(there(stripe_server)) == 2


@pytest.mark.parametrize("outcome", ["failed", "succeeded"])
def test_a_slow_one_ends_by_its_webhook(
    placed: Placed, stripe_server: LocalStripe, run_jobs: RunJobs, outcome: str
) -> None:
    stripe_server.control("refunds", next_status="pending")
    refund(team(), placed, everything=True)
    assert state(placed) == ("pending", Decimal("192.00"))
    stripe_server.control(f"refunds/{row().stripe_id}", status=outcome, failure_reason="lost_or_stolen_card")
    for _ in range(2):
        assert deliver(DocumentedApi(), events(stripe_server, "refund.updated")[-1]).status_code == 200
        run_jobs()
    free = outcome == "failed"
    assert state(placed) == (outcome, Decimal("0.00") if free else Decimal("192.00"))
    answer = refund(team(), placed, everything=True)
    assert (answer.status_code == 201) == free


def test_one_that_came_back_is_taken_back_in_the_ledger(placed: Placed, stripe_server: LocalStripe) -> None:
    shown = refund(team(), placed, everything=True).json()["refunds"][0]
    stripe_server.control(f"refunds/{row().stripe_id}", status="failed", failure_reason="expired_or_canceled_card")
    for _ in range(2):
        follow_refund(str(row().stripe_id))
    assert state(placed) == ("failed", Decimal("0.00"))
    assert row().failure == "expired_or_canceled_card"
    went = entries_of(f"refund:{shown['id']}")
    came = entries_of(f"refund_failed:refund:{shown['id']}")
    assert [each._replace(amount=-each.amount) for each in came] == went
    buyers = DocumentedApi().get(
        f"/store/orders/{placed['order']['number']}", Benchpin_Order_Token=placed["order"]["access_token"]
    )
    assert (buyers.json()["refunds"][0]["status"], buyers.json()["totals"]["refunded"]) == ("failed", usd("0.00"))


def test_old_news_changes_nothing(placed: Placed, stripe_server: LocalStripe) -> None:
    stripe_server.control("refunds", next_status="pending")
    refund(team(), placed, everything=True)
    old = stripe_gateway.retrieve_refund(str(row().stripe_id))
    stripe_server.control(f"refunds/{row().stripe_id}", status="succeeded")
    follow_refund(str(row().stripe_id))
    note_refund(row().pk, old)
    assert state(placed) == ("succeeded", Decimal("192.00"))


def test_what_needs_the_buyer_can_be_cancelled_at_stripe(placed: Placed, stripe_server: LocalStripe) -> None:
    stripe_server.control("refunds", next_status="requires_action")
    refund(team(), placed, everything=True)
    assert state(placed) == ("requires_action", Decimal("192.00"))
    at_stripe(stripe_server, "POST", f"refunds/{row().stripe_id}/cancel")
    follow_refund(str(row().stripe_id))
    assert state(placed) == ("cancelled", Decimal("0.00"))


def test_with_all_webhooks_lost_the_job_asks(placed: Placed, stripe_server: LocalStripe) -> None:
    stripe_server.control("refunds", next_status="pending")
    refund(team(), placed, everything=True)
    stripe_server.control(f"refunds/{row().stripe_id}", status="succeeded")
    follow_open_refunds()
    assert row().status == "pending"  # its own job has just been at it
    with later(minutes=6):
        follow_open_refunds()
    assert row().status == "succeeded"


def test_where_the_job_was_lost_as_well_it_asks_too(placed: Placed, stripe_server: LocalStripe) -> None:
    down(stripe_server, "/v1/refunds")
    refund(team(), placed, everything=True)
    with later(minutes=6):
        follow_open_refunds()
        assert row().status == "pending"
        up(stripe_server)
        follow_open_refunds()
    assert row().status == "succeeded"


def test_what_stripe_refuses_is_free_again(placed: Placed, stripe_server: LocalStripe) -> None:
    stripe_server.control(
        "faults", action="error", path="/v1/refunds$", status=400, type="invalid_request_error", code="amount_too_small"
    )
    refund(team(), placed, goodwill=usd("1.00"))
    assert (row().failure, *state(placed)) == ("amount_too_small", "failed", Decimal("0.00"))


def test_a_key_that_may_not_refund_is_no_refusal(placed: Placed, stripe_server: LocalStripe, run_jobs: RunJobs) -> None:
    """A restricted key of ours lacks the right: once it has it, the buyer gets the money."""
    stripe_server.control("faults", action="error", status=403, method="POST", path="/v1/refunds$", times=1000)
    answer = refund(team(), placed, everything=True)
    assert (answer.status_code, answer.json()["refunds"][0]["status"]) == (201, "pending")
    up(stripe_server)
    run_jobs()
    assert state(placed) == ("succeeded", Decimal("192.00"))


def test_another_call_with_its_key_is_no_refusal(placed: Placed, stripe_server: LocalStripe) -> None:
    """The job and the request ask at once: one of them is told that the key is in use."""
    stripe_server.control(
        "faults", action="error", path="/v1/refunds$", status=409, type="idempotency_error",
        code="idempotency_key_in_use", times=9,
    )  # fmt: skip
    refund(team(), placed, goodwill=usd("1.00"))
    assert state(placed) == ("pending", Decimal("1.00"))


def test_one_made_at_stripe_counts(placed: Placed, stripe_server: LocalStripe) -> None:
    intent = intent_id(placed["payment"])
    made = at_stripe(stripe_server, "POST", "refunds", payment_intent=intent, amount=9600)
    for _ in range(2):
        follow_refund(made["id"])
    assert (row().reason, *state(placed)) == ("at_provider", "succeeded", Decimal("96.00"))
    [shown] = team().get(f"{home(placed)}/refunds").json()["results"]
    assert (shown["amount"], shown["shipping"], shown["goodwill"]) == (usd("96.00"), usd("6.00"), usd("90.00"))
    assert problem(refund(team(), placed, goodwill=usd("90.01"))) == (409, "refund_too_large")
    assert refund(team(), placed, everything=True).json()["refunds"][0]["amount"] == usd("96.00")


def test_one_made_at_stripe_before_ours(placed: Placed, stripe_server: LocalStripe, run_jobs: RunJobs) -> None:
    """Ours of another amount is refused there, and its amount free for what has really gone."""
    down(stripe_server, "/v1/refunds")
    refund(team(), placed, everything=True)
    up(stripe_server)
    made = at_stripe(stripe_server, "POST", "refunds", payment_intent=intent_id(placed["payment"]), amount=100)
    with pytest.raises(RefundTooLarge):
        follow_refund(made["id"])
    run_jobs()
    assert row().status == "failed"
    follow_refund(made["id"])
    assert payment_of(placed).refunded == Decimal("1.00")


def test_the_same_one_made_at_stripe_is_taken_for_ours(
    placed: Placed, stripe_server: LocalStripe, run_jobs: RunJobs
) -> None:
    down(stripe_server, "/v1/refunds")
    refund(team(), placed, everything=True)
    up(stripe_server)
    made = at_stripe(stripe_server, "POST", "refunds", payment_intent=intent_id(placed["payment"]))
    run_jobs()
    assert (row().stripe_id, *state(placed)) == (made["id"], "succeeded", Decimal("192.00"))


def test_a_strangers_is_none_of_our_business(placed: Placed, stripe_server: LocalStripe) -> None:
    theirs = at_stripe(
        stripe_server, "POST", "payment_intents", amount=500, currency="usd", payment_method="pm_card_visa",
        confirm="true", return_url="https://shop.example", **{"automatic_payment_methods[enabled]": "true"},
    )  # fmt: skip
    follow_refund(at_stripe(stripe_server, "POST", "refunds", payment_intent=theirs["id"])["id"])
    assert Refund.objects.count() == 0


def test_of_an_order_of_two_makers_it_is_out_of_both_shares(stripe_server: LocalStripe) -> None:
    make_piece("band", make_variant("BAND-1", price="100.00"))
    make_piece("hoop", make_variant("HOOP-1", price="300.00"), maker=make_maker("birch"))
    placed = bought(stripe_server, BAND_1=1, HOOP_1=1)
    made = at_stripe(stripe_server, "POST", "refunds", payment_intent=intent_id(placed["payment"]), amount=10000)
    follow_refund(made["id"])
    for maker, part in (("alder", "25.00"), ("birch", "75.00")):
        [shown] = team(maker).get(f"{home(placed, maker)}/refunds").json()["results"]
        assert shown["amount"] == usd(part)
