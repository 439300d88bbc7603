"""Operators mark as received what came by hand, for orders of any maker."""

from typing import Any

import pytest
from django.test import Client

from orders.order.models import Order
from orders.payment.models import Payment
from shop.audit.models import AuditEntry
from shop.storefronts.models import Storefront
from tests.api import Api
from tests.factories import make_maker, make_piece
from tests.fakes.local_stripe import LocalStripe
from tests.shop.operators.steps import operator, signed_in

pytestmark = pytest.mark.django_db
PATH = "/admin/payment/payment/"


@pytest.fixture
def site(db: None) -> Client:
    return signed_in()


def mark(site: Client, *payments: Payment) -> list[str]:
    chosen = {"action": "mark_received", "_selected_action": [payment.pk for payment in payments]}
    answer = site.post(PATH, chosen, follow=True)
    assert answer.redirect_chain == [(PATH, 302)]
    return [str(message) for message in answer.context["messages"]]


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
