"""Operators decide on orders of several makers, which none of them decides on alone."""

from typing import Any

import pytest
from django.test import Client

from orders.order.models import Order
from orders.paying.services import receive_payment
from orders.refunds.models import Refund
from shop.actors import SYSTEM
from shop.audit.models import AuditEntry
from shop.storefronts.models import Storefront
from tests.api import Api
from tests.factories import make_maker, make_piece, stock
from tests.orders.refunds.steps import home, post, problem, team
from tests.shop.operators.steps import operator, signed_in

pytestmark = pytest.mark.django_db
PATH = "/admin/order/order/"


@pytest.fixture
def site(db: None) -> Client:
    return signed_in()


@pytest.fixture
def held(db: None, settings: Any) -> dict[str, Any]:
    """A paid order of alder's and birch's."""
    settings.REVIEW_OVER = 100
    Storefront.objects.update(providers=["stripe", "manual"])
    make_piece("band")
    make_piece("chain", maker=make_maker("birch"))
    placed: dict[str, Any] = Api().placed("manual", BAND_1=1, CHAIN_1=1)
    order = Order.objects.get()
    receive_payment(order.payments.get().pk, actor=SYSTEM)
    return placed


def do(site: Client, action: str, *orders: Order) -> list[str]:
    chosen = {"action": action, "_selected_action": [order.pk for order in orders]}
    answer = site.post(PATH, chosen, follow=True)
    assert answer.redirect_chain == [(PATH, 302)]
    return [str(message) for message in answer.context["messages"]]


def audited(action: str) -> set[tuple[str, str]]:
    return set(AuditEntry.objects.filter(action=action).values_list("maker", "user"))


def both() -> set[tuple[str, str]]:
    return {(make_maker(slug).public_id, operator().public_id) for slug in ("alder", "birch")}


@pytest.mark.parametrize("door", ["review/approve", "review/cancel", "cancel"])
def test_none_of_its_makers_decides(held: dict[str, Any], door: str) -> None:
    for maker in ("alder", "birch"):
        answer = post(team(maker), f"{home(held, maker)}/{door}")
        assert problem(answer) == (409, "order_of_several_makers")
    order = Order.objects.get()
    assert (order.status, order.review, Refund.objects.count()) == ("paid", "held", 0)


def test_an_operator_approves(site: Client, held: dict[str, Any]) -> None:
    order = Order.objects.get()
    assert do(site, "approve_review", order) == ["1 are approved."]
    assert (Order.objects.get().review, audited("order.review_approved")) == ("approved", both())
    again, none = do(site, "approve_review", order)
    assert again.startswith(f"{order.number}: ") and none == "0 are approved."


def test_an_operator_cancels(site: Client, held: dict[str, Any]) -> None:
    assert do(site, "cancel_order", Order.objects.get()) == ["1 are cancelled."]
    order = Order.objects.get()
    assert (order.status, order.review, audited("order.cancelled")) == ("cancelled", "cancelled", both())
    assert Refund.objects.get().amount == order.total_incl_tax
    assert stock("BAND-1").num_allocated == stock("CHAIN-1").num_allocated == 0


def test_an_operator_cancels_what_waits_for_its_money(site: Client, held: dict[str, Any]) -> None:
    Api().placed("manual", BAND_1=1)
    waiting = Order.objects.get(status="awaiting_payment")
    assert do(site, "cancel_order", waiting) == ["1 are cancelled."]
    waiting.refresh_from_db()
    assert (waiting.status, waiting.basket.status, waiting.payments.get().status) == ("cancelled", "Open", "cancelled")
    assert audited("order.cancelled") == {(make_maker("alder").public_id, operator().public_id)}
    assert stock("BAND-1").num_allocated == 1
