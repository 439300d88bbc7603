"""What each door costs in queries: the same for one line and for fifty."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from catalog.partner.models import StockRecord
from orders.basket.models import Basket, Line
from orders.order.models import Order
from tests.api import Api
from tests.factories import make_piece, make_variant
from tests.fakes.local_stripe import LocalStripe
from tests.orders.steps import cancel, token

pytestmark = pytest.mark.django_db

Budget = Callable[[int], AbstractContextManager[Any]]


@pytest.fixture(params=[1, 50], ids=["one line", "fifty lines"])
def basket(request: pytest.FixtureRequest, api: Api) -> dict[str, Any]:
    """A ready basket of pieces of their own, with one or fifty lines."""
    for number in range(request.param + 1):
        make_piece(f"piece-{number}", make_variant(f"S{number}"))
    basket = api.ready_basket(S0=1)
    row = Basket.objects.get(public_id=basket["id"])
    for record in StockRecord.objects.filter(partner_sku__in=[f"S{number}" for number in range(1, request.param)]):
        Line.objects.create(
            basket=row, line_reference=record.product.public_id, product=record.product, stockrecord=record,
            quantity=1, price_currency="USD", price_excl_tax=record.price, price_incl_tax=record.price,
        )  # fmt: skip
    return api.get(f"/store/baskets/{basket['id']}").json() | {"new_sku": f"S{request.param}"}


def test_reading_a_basket(api: Api, basket: dict[str, Any], django_assert_num_queries: Budget) -> None:
    with django_assert_num_queries(3):  # storefront; basket; lines with pieces, makers, stock and pictures
        api.get(f"/store/baskets/{basket['id']}")


def test_reading_its_shipping_options(api: Api, basket: dict[str, Any], django_assert_num_queries: Budget) -> None:
    with django_assert_num_queries(3):
        api.get(f"/store/baskets/{basket['id']}/shipping-options")


def test_adding_a_line(api: Api, basket: dict[str, Any], django_assert_num_queries: Budget) -> None:
    with django_assert_num_queries(7):
        answer = api.post(f"/store/baskets/{basket['id']}/lines", {"sku": basket["new_sku"]})
    assert answer.status_code == 201


def test_changing_a_quantity(api: Api, basket: dict[str, Any], django_assert_num_queries: Budget) -> None:
    with django_assert_num_queries(7):
        api.patch(f"/store/baskets/{basket['id']}/lines/{basket['lines'][0]['id']}", {"quantity": 2})


def test_setting_details(api: Api, basket: dict[str, Any], django_assert_num_queries: Budget) -> None:
    with django_assert_num_queries(6):
        api.patch(f"/store/baskets/{basket['id']}", {"gift_note": "Hello"})


def test_checking_out(
    api: Api, basket: dict[str, Any], stripe_server: LocalStripe, django_assert_num_queries: Budget
) -> None:
    with django_assert_num_queries(35):
        answer = api.checkout(basket)
    assert answer.status_code == 201


def test_checking_out_at_new_prices(
    api: Api, basket: dict[str, Any], stripe_server: LocalStripe, django_assert_num_queries: Budget
) -> None:
    StockRecord.objects.update(price="190.00")
    shown = api.get(f"/store/baskets/{basket['id']}").json()
    with django_assert_num_queries(36):
        answer = api.checkout(shown)
    assert answer.status_code == 201


def test_reading_an_order(
    api: Api, basket: dict[str, Any], stripe_server: LocalStripe, django_assert_num_queries: Budget
) -> None:
    order = api.checkout(basket).json()["order"]
    # storefront; found; read; lines with makers; discounts; payments; refunds; history
    with django_assert_num_queries(8):
        api.get(f"/store/orders/{order['number']}", **token(order))


def test_cancelling_an_order(
    api: Api, basket: dict[str, Any], stripe_server: LocalStripe, django_assert_num_queries: Budget
) -> None:
    order = api.checkout(basket).json()["order"]
    with django_assert_num_queries(42):
        assert cancel(api, order).status_code == 200
    assert Order.objects.get().status == "cancelled"
