"""A basket says what has changed since the shopper saw it, and what it comes to today."""

from typing import Any

import pytest

from catalog.catalogue.models import Product
from catalog.inventory.services import hold, set_stock
from catalog.partner.models import Partner, StockRecord
from tests.api import Api
from tests.factories import make_piece, make_variant, stock

pytestmark = pytest.mark.django_db


@pytest.fixture
def basket(api: Api) -> dict[str, Any]:
    make_piece("band")
    return api.basket(BAND_1=2)


def read(api: Api, basket: dict[str, Any]) -> dict[str, Any]:
    return api.get(f"/store/baskets/{basket['id']}").json()


def problems(api: Api, basket: dict[str, Any]) -> list[tuple[str, str]]:
    return [(problem["code"], problem["line"]) for problem in read(api, basket)["problems"]]


def take(quantity: int) -> None:
    """Somebody else orders as many."""
    hold({stock("BAND-1").pk: quantity}, reference="somebody-else")


def reprice(price: str) -> None:
    StockRecord.objects.update(price=price)


def test_a_basket_as_it_was_seen_has_no_problems(api: Api, basket: dict[str, Any]) -> None:
    assert basket["problems"] == []
    assert read(api, basket)["problems"] == []


def test_a_price_that_rose_is_charged_and_told_with_both_prices(api: Api, basket: dict[str, Any]) -> None:
    reprice("190.00")
    now = read(api, basket)
    assert now["lines"][0]["unit_price"]["amount"] == "190.00"
    assert now["totals"]["items"]["amount"] == "380.00"
    assert problems(api, basket) == [("price_changed", basket["lines"][0]["id"])]
    assert "180.00" in now["problems"][0]["detail"]
    assert "190.00" in now["problems"][0]["detail"]


def test_a_price_that_fell_is_told_as_well(api: Api, basket: dict[str, Any]) -> None:
    reprice("99.99")
    assert problems(api, basket) == [("price_changed", basket["lines"][0]["id"])]
    assert read(api, basket)["totals"]["items"]["amount"] == "199.98"


def test_changing_the_line_takes_the_new_price(api: Api, basket: dict[str, Any]) -> None:
    reprice("190.00")
    answer = api.patch(f"/store/baskets/{basket['id']}/lines/{basket['lines'][0]['id']}", {"quantity": 1})
    assert answer.json()["problems"] == []
    assert answer.json()["totals"]["items"]["amount"] == "190.00"


def test_adding_more_takes_the_new_price_for_all(api: Api, basket: dict[str, Any]) -> None:
    reprice("190.00")
    answer = api.post(f"/store/baskets/{basket['id']}/lines", {"sku": "BAND-1"})
    assert answer.json()["problems"] == []
    assert answer.json()["totals"]["items"]["amount"] == "570.00"


def test_a_price_that_came_back_is_no_problem(api: Api, basket: dict[str, Any]) -> None:
    reprice("190.00")
    reprice("180.00")
    assert problems(api, basket) == []


def test_a_shelf_that_is_empty_is_out_of_stock(api: Api, basket: dict[str, Any]) -> None:
    take(5)
    assert problems(api, basket) == [("out_of_stock", basket["lines"][0]["id"])]


def test_a_shelf_that_is_too_short_says_how_many_are_left(api: Api, basket: dict[str, Any]) -> None:
    take(4)
    assert problems(api, basket) == [("insufficient_stock", basket["lines"][0]["id"])]
    assert read(api, basket)["problems"][0]["detail"] == "1 left."


def test_just_enough_is_enough(api: Api, basket: dict[str, Any]) -> None:
    take(3)
    assert problems(api, basket) == []


def test_what_will_be_made_again_is_no_problem(api: Api, basket: dict[str, Any]) -> None:
    set_stock(stock("BAND-1").pk, count=0, policy="made_to_order", reference="test")
    assert problems(api, basket) == []


def test_stock_and_price_are_told_together(api: Api, basket: dict[str, Any]) -> None:
    take(5)
    reprice("190.00")
    assert [code for code, _ in problems(api, basket)] == ["out_of_stock", "price_changed"]


def withdraw_piece() -> None:
    Product.objects.filter(structure=Product.PARENT).update(is_public=False)


def withdraw_variant() -> None:
    Product.objects.filter(structure=Product.CHILD).update(is_public=False)


def close_maker() -> None:
    Partner.objects.update(is_public=False)


def take_price_away() -> None:
    StockRecord.objects.update(price=None)


@pytest.mark.parametrize("withdraw", [withdraw_piece, withdraw_variant, close_maker, take_price_away])
def test_a_withdrawn_piece_is_unavailable_and_nothing_else(api: Api, basket: dict[str, Any], withdraw: Any) -> None:
    take(5)
    withdraw()
    assert problems(api, basket) == [("unavailable", basket["lines"][0]["id"])]
    assert read(api, basket)["totals"]["items"]["amount"] == "360.00"


def test_each_line_has_its_own_problem(api: Api) -> None:
    make_piece("set", make_variant("A"), make_variant("B"), make_variant("C"))
    basket = api.basket(A=1, B=1, C=1)
    hold({stock("A").pk: 5}, reference="somebody-else")
    StockRecord.objects.filter(partner_sku="C").update(price="1.00")
    lines = {line["sku"]: line["id"] for line in basket["lines"]}
    assert problems(api, basket) == [("out_of_stock", lines["A"]), ("price_changed", lines["C"])]
