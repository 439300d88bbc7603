"""What a shopper is promised: when it ships, by whom, and that it stays so."""

from decimal import Decimal
from typing import Any

import pytest

from tests.api import ADDRESS, Api
from tests.factories import make_piece, make_variant
from tests.fakes.local_stripe import LocalStripe

pytestmark = pytest.mark.django_db


def _lead(api: Api, sku: str, quantity: int = 1) -> int:
    return int(api.basket(**{sku: quantity})["lines"][0]["lead_time_days"])


def test_what_lies_on_the_shelf_leaves_without_time_at_the_bench(api: Api) -> None:
    make_piece("signet", make_variant("S-1", stock=2, policy="stock_then_made_to_order", lead_time_days=14))
    assert (_lead(api, "S_1"), _lead(api, "S_1", 3)) == (0, 14)


def test_an_unknown_lead_time_is_never_taken_for_none(api: Api, settings: Any) -> None:
    settings.DEFAULT_LEAD_TIME_DAYS = 28
    make_piece("band", make_variant("B-1", stock=0, policy="made_to_order"))
    assert _lead(api, "B_1") == 28


@pytest.mark.parametrize("state", ["AE", "PR"])
def test_military_and_territories_are_reached_by_mail_only(api: Api, state: str) -> None:
    make_piece()
    basket = api.ready_basket(BAND_1=1)
    address = {**ADDRESS, "state": state, "postal_code": "09012"}
    changed = api.patch(f"/store/baskets/{basket['id']}", {"shipping_address": address}).json()
    options = api.get(f"/store/baskets/{changed['id']}/shipping-options").json()["results"]
    assert [(option["code"], option["carrier"]) for option in options] == [("standard", "USPS")]


def test_the_order_keeps_what_was_promised(api: Api, stripe_server: LocalStripe, settings: Any) -> None:

    make_piece()
    basket = api.ready_basket(BAND_1=1)
    order = api.checkout(basket).json()["order"]
    settings.SHIPPING_FLAT = Decimal("99.00")
    # A number read over the telephone is typed as it comes.
    read = api.get(f"/store/orders/{order['number'].lower()}", Benchpin_Order_Token=order["access_token"]).json()
    assert read["shipping_option"] == basket["shipping_option"]
