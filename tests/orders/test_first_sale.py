"""One sale from an empty basket to a paid order."""

from collections.abc import Callable

import pytest
import requests

from tests.api import Api
from tests.factories import make_piece, stock
from tests.fakes.local_stripe import LocalStripe

pytestmark = pytest.mark.django_db


def test_a_ring_is_sold(api: Api, stripe_server: LocalStripe, run_jobs: Callable[[], int]) -> None:
    make_piece("band")
    placed = api.placed(BAND_1=1)
    order, payment = placed["order"], placed["payment"]
    assert (order["status"], order["totals"]["total"]["amount"]) == ("awaiting_payment", "192.00")
    assert stock("BAND-1").num_allocated == 1
    secret = payment["client_secret"]
    requests.post(
        f"{stripe_server.url}/v1/payment_intents/{secret.split('_secret')[0]}/confirm",
        auth=(payment["publishable_key"], ""),
        data={"client_secret": secret, "payment_method": "pm_card_visa"},
        timeout=10,
    ).raise_for_status()
    api.post(
        f"/store/orders/{order['number']}/payments/{payment['id']}/refresh", Benchpin_Order_Token=order["access_token"]
    )
    answer = api.get(f"/store/orders/{order['number']}", Benchpin_Order_Token=order["access_token"])
    assert answer.json()["status"] == "paid"
