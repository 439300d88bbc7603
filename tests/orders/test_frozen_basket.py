"""A basket that has become an order shows what was ordered."""

from decimal import Decimal

import pytest

from catalog.partner.models import StockRecord
from tests.api import Api
from tests.factories import make_piece
from tests.fakes.local_stripe import LocalStripe

pytestmark = pytest.mark.django_db


def _reprice(price: str) -> None:
    StockRecord.objects.filter(partner_sku="BAND-1").update(price=Decimal(price))


def test_it_keeps_the_prices_of_the_order(api: Api, stripe_server: LocalStripe) -> None:
    make_piece("band")
    basket = api.ready_basket(BAND_1=1)
    _reprice("190.00")
    seen = api.get(f"/store/baskets/{basket['id']}").json()
    assert api.checkout(seen).status_code == 201
    _reprice("250.00")
    frozen = api.get(f"/store/baskets/{basket['id']}").json()
    assert (frozen["status"], frozen["lines"][0]["unit_price"]["amount"]) == ("frozen", "190.00")
    assert frozen["problems"] == []
