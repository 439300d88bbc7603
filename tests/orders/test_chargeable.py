"""What Stripe would not charge is refused before anything is ordered."""

from decimal import Decimal
from typing import Any

import pytest

from orders.order.models import Order
from orders.payment.rules import is_chargeable
from tests.api import Api
from tests.factories import make_piece, make_variant, stock


@pytest.mark.parametrize(
    ("amount", "currency", "allowed"),
    [("0.49", "USD", False), ("0.50", "USD", True), ("999999.99", "USD", True), ("1000000.00", "USD", False)],
)
def test_the_bounds_of_a_payment(amount: str, currency: str, allowed: bool) -> None:
    assert is_chargeable(Decimal(amount), currency) is allowed


@pytest.mark.django_db
@pytest.mark.parametrize("price", ["0.49", "1000000.00"])
def test_checkout_refuses_it_and_nothing_is_ordered(api: Api, settings: Any, price: str) -> None:
    settings.SHIPPING_FLAT = Decimal(0)
    make_piece("bead", make_variant("BEAD-1", price))
    answer = api.checkout(api.ready_basket(BEAD_1=1))
    assert (answer.status_code, answer.json()["code"]) == (422, "total_not_chargeable")
    assert not Order.objects.exists()
    assert stock("BEAD-1").num_allocated == 0
