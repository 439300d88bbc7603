"""Look and deed, and what comes between them: each guard has a control that does without it."""

from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from orders.checkout import services as checkout
from orders.order.models import Order, OrderStatusChange
from orders.paying.services import receive_payment
from orders.payment import services as payments
from orders.payment.models import Payment
from orders.refunds import closing
from shop.actors import SYSTEM
from tests.api import Api
from tests.factories import make_piece, make_variant
from tests.fakes.local_stripe import LocalStripe
from tests.invariants import assert_nothing_is_broken, broken
from tests.orders.refunds.steps import home, post, problem, team
from tests.orders.refunds.test_deposits import deposited
from tests.orders.steps import intent_id, pay, pay_due
from tests.races import Overtaking, at_once, meeting

pytestmark = pytest.mark.django_db(transaction=True)
guards = pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])


@pytest.fixture(autouse=True)
def bands(stripe_server: LocalStripe) -> None:
    make_piece("band", make_variant("BAND-1", stock=9))


@guards
def test_a_basket_is_changed_while_it_is_checked_out(guarded: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unlocked, the shopper is told that the second piece is in, and it is in no order."""
    basket = Api().ready_basket(BAND_1=1)
    overtaking = Overtaking(certain=not guarded)
    find, view = checkout.get_basket, checkout.view_basket

    def look(*args: Any) -> Any:
        seen = view(*args)
        overtaking.has_looked()
        return seen

    monkeypatch.setattr(checkout, "view_basket", look)
    monkeypatch.setattr(checkout, "get_basket", lambda name, *, lock, **who: find(name, lock=guarded, **who))

    more = partial(Api().post, f"/store/baskets/{basket['id']}/lines", {"sku": "BAND-1"})
    placed, changed = at_once(partial(Api().checkout, basket), partial(overtaking.after_the_look, more))

    assert (placed.status_code, changed.status_code) == (201, 409 if guarded else 201)
    order = Order.objects.get()
    [in_basket] = order.basket.lines.values_list("quantity", flat=True)
    assert (order.lines.get().quantity, in_basket) == (1, 1 if guarded else 2)


def test_the_rest_is_asked_for_while_the_order_is_cancelled(
    stripe_server: LocalStripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its payment comes after those that were locked: nobody pays for an order that has ended."""
    placed = deposited(stripe_server, "48.00", BAND_1=1)
    overtaking, lock = Overtaking(certain=True), closing.lock_payments_of

    def look(order_pk: int) -> list[Payment]:
        seen = lock(order_pk)
        overtaking.has_looked()
        return seen

    monkeypatch.setattr(closing, "lock_payments_of", look)
    cancelled, asked = at_once(
        partial(post, team(), f"{home(placed)}/cancel"),
        partial(overtaking.after_the_look, partial(pay_due, Api(), placed["order"])),
    )
    assert (asked.status_code, problem(cancelled)) == (201, (409, "order_not_in_state"))
    assert Order.objects.get().status == "awaiting_payment"
    assert_nothing_is_broken()


@guards
def test_money_by_hand_and_by_card(guarded: bool, stripe_server: LocalStripe, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unlocked, both find the whole of it due, and the order is paid twice."""
    placed = Api().placed(BAND_1=1)
    order = Order.objects.get()
    by_hand = Payment.objects.create(
        order=order, provider="manual", amount=order.total_incl_tax, currency="USD", status="cancelled"
    )
    pay(stripe_server, placed["payment"])
    meet, due = meeting(2, certain=not guarded), payments.shares_due

    def look(of: Order) -> Any:
        seen = due(of)
        meet()
        return seen

    monkeypatch.setattr(payments, "shares_due", look)
    if not guarded:
        monkeypatch.setattr(payments, "lock_basket_of", lambda order_pk: None)
        monkeypatch.setattr(payments, "lock_order", lambda pk: Order.objects.get(pk=pk))

    at_once(
        lambda: receive_payment(by_hand.pk, actor=SYSTEM),
        lambda: payments.settle_intent(intent_id(placed["payment"])),
    )

    kept = sum(each.amount for each in Payment.objects.filter(status="paid", late=False))
    times_paid = OrderStatusChange.objects.filter(new_status="paid").count()
    if guarded:
        assert (kept, times_paid) == (Decimal("192.00"), 1)
        assert_nothing_is_broken()
    else:
        assert (kept, times_paid) == (Decimal("384.00"), 2)
        assert "paid_orders_have_their_money" in broken()
