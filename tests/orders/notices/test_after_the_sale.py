"""Money that went back is told, each refund for itself; and what was written goes with its reader."""

from collections.abc import Callable
from typing import Any

import pytest

from orders.payment.services import settle_intent
from shop.mail.models import Mail
from tests.api import Api
from tests.factories import make_piece, make_variant
from tests.fakes.local_stripe import LocalStripe
from tests.orders.customers.steps import customer
from tests.orders.notices.steps import mail_of, told
from tests.orders.refunds.steps import bought, pieces, refund, team, usd
from tests.orders.steps import VISA, answers_lost, at_stripe, cancel, hold_over, intents, lapse, up

pytestmark = pytest.mark.django_db

RunJobs = Callable[[], int]


@pytest.fixture
def placed(api: Api, stripe_server: LocalStripe) -> dict[str, Any]:
    """A paid order of two pieces, with shipping."""
    make_piece("band", make_variant("BAND-1", price="60.00", options={"ring_size": "7"}), title="Ana's band & chain")
    return bought(stripe_server, api, BAND_1=2)


def test_each_refund_is_told_once_with_its_amount_and_what_it_is_for(placed: dict[str, Any], run_jobs: RunJobs) -> None:
    owner = team()
    assert refund(owner, placed, lines=pieces(placed, 1), shipping=usd("5.00")).status_code == 201
    run_jobs()
    assert refund(owner, placed, reason="goodwill", goodwill=usd("12.50")).status_code == 201
    run_jobs()
    assert told(placed["order"]) == ["order_paid", "order_refunded", "order_refunded"]
    first, second = (mail.text.splitlines() for mail in Mail.objects.filter(template="order_refunded").order_by("pk"))
    assert first[2].startswith("$65.00 of your order ") and second[2].startswith("$12.50 of your order ")
    assert [line for line in first if "$" in line][1:] == [
        "1 x Ana's band & chain (Ring size: 7): $60.00", "Shipping: $5.00",
    ]  # fmt: skip
    assert [line for line in second if "$" in line][1:] == ["Goodwill: $12.50"]


def test_money_that_came_too_late_is_said_to_be_that(api: Api, stripe_server: LocalStripe, run_jobs: RunJobs) -> None:
    make_piece("one", make_variant("ONE", stock=1))
    answers_lost(stripe_server, "/v1/payment_intents$")  # so that the order ends without Stripe
    late = api.placed(ONE=1)["order"]
    up(stripe_server)
    with hold_over():
        lapse()
    api.placed(ONE=1)
    intent = intents(stripe_server)[0]["id"]
    at_stripe(stripe_server, "POST", f"payment_intents/{intent}/confirm", payment_method=VISA)
    settle_intent(intent)
    run_jobs()
    words = " ".join(mail_of(late, "order_refunded").text.split())
    assert "$192.00 of your order" in words and "came too late to count for the order" in words
    assert "It is for" not in words


def test_who_is_forgotten_takes_along_what_was_written_about_their_orders(
    stripe_server: LocalStripe, run_jobs: RunJobs
) -> None:
    make_piece("band")
    ada = customer()
    basket = ada.ready_basket(BAND_1=1)
    basket = ada.patch(f"/store/baskets/{basket['id']}", {"email": "elsewhere@example.com"}).json()
    order = ada.checkout(basket).json()["order"]
    cancel(ada, order)
    run_jobs()
    assert told(order) == ["order_cancelled"]
    assert ada.post("/store/customer/erasure", {"confirm": "ada@example.com"}).status_code == 200
    run_jobs()
    assert not Mail.objects.filter(to="elsewhere@example.com").exists()
