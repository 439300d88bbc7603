"""Operators mark as received what came by hand, for orders of any maker."""

from typing import Any

import pytest
from django.test import Client

from orders.order.models import Order
from orders.payment.models import Payment
from orders.refunds.models import Refund
from shop.audit.models import AuditEntry
from shop.storefronts.models import Storefront
from tests.api import Api
from tests.factories import make_maker, make_piece
from tests.fakes.local_stripe import LocalStripe
from tests.shop.operators.steps import operator, signed_in

pytestmark = pytest.mark.django_db
PATH, REFUNDS = "/admin/payment/payment/", "/admin/refunds/refund/"


@pytest.fixture
def site(db: None) -> Client:
    return signed_in()


def mark(site: Client, *payments: Payment) -> list[str]:
    chosen = {"action": "mark_received", "_selected_action": [payment.pk for payment in payments]}
    answer = site.post(PATH, chosen, follow=True)
    assert answer.redirect_chain == [(PATH, 302)]
    return [str(message) for message in answer.context["messages"]]


def mark_given_back(site: Client) -> list[str]:
    chosen = {"action": "mark_given_back", "_selected_action": [refund.pk for refund in Refund.objects.all()]}
    return [str(message) for message in site.post(REFUNDS, chosen, follow=True).context["messages"]]


def placed(provider: str, **lines: int) -> Payment:
    made: dict[str, Any] = Api().placed(provider, **lines)
    return Payment.objects.get(public_id=made["payment"]["id"])


@pytest.fixture(autouse=True)
def shop(stripe_server: LocalStripe) -> None:
    Storefront.objects.update(providers=["stripe", "manual"])
    make_piece("band")
    make_piece("chain", maker=make_maker("birch"))


def test_an_order_of_two_makers(site: Client) -> None:
    payment = placed("manual", BAND_1=1, CHAIN_1=1)
    assert mark(site, payment) == ["1 are marked as received."]
    assert Order.objects.get().status == "paid"
    entry = AuditEntry.objects.get(action="payment.received")
    assert (entry.user, entry.maker, entry.object) == (operator().public_id, "", payment.public_id)


def test_what_is_none_is_told_and_the_rest_is_marked(site: Client) -> None:
    by_card, by_hand = placed("stripe", BAND_1=1), placed("manual", CHAIN_1=1)
    refusal, done = mark(site, by_card, by_hand)
    assert refusal.startswith(f"{by_card.public_id}: Its provider says when it is paid")
    assert done == "1 are marked as received."
    assert list(Order.objects.order_by("pk").values_list("status", flat=True)) == ["awaiting_payment", "paid"]


def test_late_money_of_two_makers_is_given_back_by_the_operator(site: Client) -> None:
    late = placed("manual", BAND_1=1, CHAIN_1=1)
    mark(site, late)
    again = Payment.objects.create(
        order=late.order, provider="manual", amount=late.amount, currency="USD", status="cancelled"
    )
    assert mark(site, again) == ["1 are marked as received."]
    refund = Refund.objects.get()
    assert (refund.payment, refund.status) == (again, "pending")
    assert mark_given_back(site) == ["1 are marked as given back."]
    assert Refund.objects.get().status == "succeeded"
    entry = AuditEntry.objects.get(action="refund.given_back")
    assert (entry.user, entry.maker, entry.object) == (operator().public_id, "", refund.public_id)
    Payment.objects.update(provider="stripe")
    [refusal, done] = mark_given_back(site)
    assert refusal.startswith(f"{refund.public_id}: Its payment provider carries it out")
    assert done == "0 are marked as given back."
