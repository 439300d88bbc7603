"""Refund against refund, cancel and restock. Each guard has a control: without it, more goes back than there was."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError

from orders.disputes.services import follow_dispute
from orders.invariants.queries import findings
from orders.order.models import Order
from orders.payment.models import Payment
from orders.refunds import closing, services
from orders.refunds.models import Refund
from orders.refunds.queries import left_of
from shop.audit.models import AuditEntry
from tests.factories import make_piece, make_variant, stock
from tests.fakes.local_stripe import LocalStripe
from tests.orders.refunds.steps import bought, home, paid_by_hand, payment_of, pieces, post, problem, refund, team, usd
from tests.orders.steps import at_stripe, intent_id
from tests.races import Overtaking, at_once, meeting

pytestmark = pytest.mark.django_db(transaction=True)
Placed = dict[str, Any]


@pytest.fixture
def placed(stripe_server: LocalStripe) -> Placed:
    """Three bands, 300.00 with nothing for shipping."""
    make_piece("band", make_variant("BAND-1", price="100.00", stock=5))
    return bought(stripe_server, BAND_1=3)


def unlocked_payments(order_pk: int) -> list[Payment]:
    return list(Payment.objects.filter(order=order_pk).order_by("pk"))


def looks_then_meets(meet: Callable[[], None], order: Order) -> Any:
    left = left_of(order)
    meet()
    return left


def counts_nothing(payment: Payment, amount: Decimal) -> None:
    """In place of the conditional UPDATE: what is left was computed from the refunds that were there."""


def given_back() -> Decimal:
    return sum(Refund.objects.values_list("amount", flat=True), Decimal(0))


@pytest.mark.parametrize("guard", ["all", "update", "none"])
def test_refund_against_refund(placed: Placed, guard: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four at once, of 100.00 each, out of 300.00; by hand, so that no Stripe stands behind us."""
    paid_by_hand(placed)
    monkeypatch.setattr(services, "left_of", partial(looks_then_meets, meeting(4, certain=guard != "all")))
    if guard != "all":
        monkeypatch.setattr(services, "lock_payments_of", unlocked_payments)
    if guard == "none":
        monkeypatch.setattr(services, "reserve", counts_nothing)
    api = team()
    answers = at_once(*[partial(refund, api, placed, goodwill=usd("100.00"))] * 4)
    statuses = sorted(answer.status_code for answer in answers)
    if guard == "none":
        assert statuses == [201] * 4
        assert given_back() == Decimal("400.00")  # more than came
        assert [found.check.name for found in findings()] == ["refunds_are_counted"]
        return
    assert statuses == [201, 201, 201, 409]
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"refund_too_large"}
    assert given_back() == payment_of(placed).refunded == Decimal("300.00")
    assert findings() == []


def test_the_database_itself_refuses_more(placed: Placed) -> None:
    for refunded in ("300.01", "-0.01"):
        with pytest.raises(IntegrityError):
            Payment.objects.update(refunded=Decimal(refunded))


def test_at_stripe_as_much_as_here(placed: Placed, stripe_server: LocalStripe) -> None:
    api = team()
    at_once(*[partial(refund, api, placed, lines=pieces(placed, 2))] * 4)
    there = at_stripe(stripe_server, "GET", "refunds")["data"]
    assert [each["amount"] for each in there] == [20000]
    assert payment_of(placed).refunded == given_back() == Decimal("200.00")
    assert findings() == []


def test_one_key_at_once_is_one_refund(placed: Placed, stripe_server: LocalStripe) -> None:
    api = team()
    answers = at_once(*[partial(refund, api, placed, key="the-same-key", goodwill=usd("10.00"))] * 4)
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert {answer.json().get("code") for answer in answers} <= {None, "idempotency_in_progress"}
    assert given_back() == Decimal("10.00")
    assert len(at_stripe(stripe_server, "GET", "refunds")["data"]) == 1


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_cancel_against_refund(placed: Placed, guarded: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    paid_by_hand(placed)
    meet = meeting(2, certain=not guarded)
    for module in (services, closing):
        monkeypatch.setattr(module, "left_of", partial(looks_then_meets, meet))
        if not guarded:
            monkeypatch.setattr(module, "lock_payments_of", unlocked_payments)
    if not guarded:
        monkeypatch.setattr(services, "reserve", counts_nothing)
    api = team()
    at_once(partial(post, api, f"{home(placed)}/cancel"), partial(refund, api, placed, lines=pieces(placed, 1)))
    # Whoever is second sees what the first has taken; a refund after the cancel finds nothing left.
    assert given_back() == Decimal("300.00" if guarded else "400.00")
    assert stock("BAND-1").num_allocated == 0
    assert (findings() == []) is guarded


@pytest.mark.parametrize("guard", ["all", "update", "none"])
def test_restock_against_restock(placed: Placed, guard: str, monkeypatch: pytest.MonkeyPatch) -> None:
    paid_by_hand(placed)
    api = team()
    assert refund(api, placed, lines=pieces(placed, 1)).status_code == 201
    meet = meeting(2, certain=guard != "all")
    count = closing._count_as_restocked

    def meets_then_counts(line: Any, quantity: int) -> None:
        meet()
        if guard != "none":
            count(line, quantity)

    monkeypatch.setattr(closing, "_count_as_restocked", meets_then_counts)
    if guard != "all":
        monkeypatch.setattr(closing, "lock_order", lambda pk: Order.objects.get(pk=pk))
    body = {"lines": pieces(placed, 1)}
    answers = at_once(*[partial(post, api, f"{home(placed)}/restock", body)] * 2)
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == ([200, 200] if guard == "none" else [200, 409])
    # Without the guards one piece is for sale twice, though its order still holds two others.
    assert stock("BAND-1").num_allocated == (1 if guard == "none" else 2)
    found = [found.check.name for found in findings()]
    assert found == (["live_orders_hold_their_pieces"] if guard == "none" else [])


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_dispute_against_refund(
    placed: Placed, guarded: bool, stripe_server: LocalStripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bank takes the money, while the team gives it back: nobody begins to once the dispute is known."""
    dispute = str(stripe_server.control("disputes", payment_intent=intent_id(placed["payment"]))["id"])
    paid_by_hand(placed)  # Stripe would refuse it, too
    race, create = Overtaking(certain=not guarded), services.create_refund

    def has_looked_then_creates(*args: Any, **kwargs: Any) -> Refund:
        race.has_looked()
        return create(*args, **kwargs)

    monkeypatch.setattr(services, "create_refund", has_looked_then_creates)
    if not guarded:
        monkeypatch.setattr(services, "lock_payments_of", unlocked_payments)
    api = team()
    answer, _ = at_once(
        partial(refund, api, placed, lines=pieces(placed, 1)),
        lambda: race.after_the_look(partial(follow_dispute, dispute)),
    )
    assert answer.status_code == 201
    known_at = AuditEntry.objects.get(action="dispute.opened").at
    assert (Refund.objects.get().created_at < known_at) is guarded
    assert problem(refund(api, placed, lines=pieces(placed, 1))) == (409, "payment_disputed")
