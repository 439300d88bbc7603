"""Money that went back is told, each refund for itself; and what was written goes with its reader."""

from collections.abc import Callable
from typing import Any

import pytest

from shop.mail.models import Mail
from tests.api import Api
from tests.factories import api_of, make_member, make_piece
from tests.fakes.local_stripe import LocalStripe
from tests.orders.customers.steps import customer
from tests.orders.notices.steps import told
from tests.orders.steps import cancel, pay, refresh

pytestmark = pytest.mark.django_db

RunJobs = Callable[[], int]


def test_each_refund_is_told_once_with_its_amount(api: Api, stripe_server: LocalStripe, run_jobs: RunJobs) -> None:
    make_piece("band")
    placed = api.placed(BAND_1=1)
    pay(stripe_server, placed["payment"])
    refresh(api, placed["order"], placed["payment"])
    owner = api_of(make_member("owner@alder.example"))
    for number, amount in enumerate(("10.00", "12.50")):
        body: dict[str, Any] = {"reason": "goodwill", "goodwill": {"amount": amount, "currency": "USD"}}
        path = f"/studio/makers/alder/orders/{placed['order']['number']}/refunds"
        answer = owner.post(path, body, Idempotency_Key=f"a-key-of-some-length-{number}")
        assert answer.status_code == 201, answer.content
        run_jobs()
    assert told(placed["order"]) == ["order_paid", "order_refunded", "order_refunded"]
    amounts = [mail.text.split()[1] for mail in Mail.objects.filter(template="order_refunded").order_by("pk")]
    assert [mail_amount.strip(",") for mail_amount in amounts] == ["$10.00", "$12.50"]


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
