"""Filling a basket: lines by variant or SKU, quantities, what is refused."""

from typing import Any

import pytest
from django.http import HttpResponse

from catalog.catalogue.models import Product
from catalog.partner.models import Partner, StockRecord
from orders.basket.models import Line
from tests.api import Api
from tests.factories import make_maker, make_piece, make_variant, stock

pytestmark = pytest.mark.django_db


def add(api: Api, basket: dict[str, Any], quantity: int = 1, **piece: str) -> HttpResponse:
    return api.post(f"/store/baskets/{basket['id']}/lines", {**piece, "quantity": quantity})


def change(api: Api, basket: dict[str, Any], quantity: int, line: int = 0) -> HttpResponse:
    path = f"/store/baskets/{basket['id']}/lines/{basket['lines'][line]['id']}"
    return api.patch(path, {"quantity": quantity})


def read(api: Api, basket: dict[str, Any]) -> dict[str, Any]:
    return api.get(f"/store/baskets/{basket['id']}").json()


def quantities(basket: dict[str, Any]) -> dict[str, int]:
    return {line["sku"]: line["quantity"] for line in basket["lines"]}


def code(answer: HttpResponse) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_a_new_basket_is_empty_and_open(api: Api) -> None:
    answer = api.post("/store/baskets", {})
    basket = answer.json()
    assert answer.status_code == 201
    assert (basket["status"], basket["version"], basket["lines"], basket["currency"]) == ("open", 1, [], "USD")
    assert {part["amount"] for part in basket["totals"].values()} == {"0.00"}
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert read(api, basket) == basket


def test_two_baskets_know_nothing_of_each_other(api: Api) -> None:
    make_piece("band")
    first, second = api.basket(BAND_1=2), api.basket()
    assert first["id"] != second["id"]
    assert read(api, second)["lines"] == []


def test_a_piece_is_added_by_its_sku(api: Api) -> None:
    make_piece("band")
    answer = add(api, api.basket(), 2, sku="BAND-1")
    basket = answer.json()
    assert answer.status_code == 201
    assert quantities(basket) == {"BAND-1": 2}
    assert basket["totals"]["total"] == {"amount": "360.00", "currency": "USD"}
    assert read(api, basket) == basket


def test_a_piece_is_added_by_its_variant(api: Api) -> None:
    piece = make_piece("ring", make_variant("R-6"), make_variant("R-7"))
    variant = piece.children.get(stockrecords__partner_sku="R-7").public_id
    basket = add(api, api.basket(), variant=variant).json()
    assert [(line["variant"], line["sku"]) for line in basket["lines"]] == [(variant, "R-7")]


def test_a_line_says_all_there_is_to_say(api: Api) -> None:
    options = {"ring_size": "7"}
    make_piece(
        "ring",
        make_variant(
            "R-7",
            price="95.50",
            options=options,
            metal="14k-yellow-gold",
            lead_time_days=10,
            stock=0,
            policy="made_to_order",
        ),
        maker=make_maker("alder", name="Alder & Co"),
        title="Signet ring",
    )
    [line] = api.basket(R_7=3)["lines"]
    assert line["product"] == {"slug": "ring", "title": "Signet ring", "image": None}
    assert line["maker"] == {"slug": "alder", "name": "Alder & Co"}
    assert line["options"] == {"ring_size": "7", "metal": "14k-yellow-gold"}
    assert (line["unit_price"]["amount"], line["line_total"]["amount"]) == ("95.50", "286.50")
    assert line["lead_time_days"] == 10


def test_the_same_variant_again_adds_up_on_one_line(api: Api) -> None:
    make_piece("band")
    basket = api.basket(BAND_1=2)
    basket = add(api, basket, 3, sku="BAND-1").json()
    assert quantities(basket) == {"BAND-1": 5}


def test_lines_stay_in_the_order_they_came(api: Api) -> None:
    make_piece("set", make_variant("B"), make_variant("A"), make_variant("C"))
    basket = api.basket(C=1, A=1, B=1)
    basket = add(api, basket, sku="C").json()
    assert list(quantities(basket)) == ["C", "A", "B"]


@pytest.mark.parametrize("piece", [{"sku": "NOPE"}, {"variant": "prd_0000000000000000000000"}])
def test_what_nobody_sells_is_refused(api: Api, piece: dict[str, str]) -> None:
    make_piece("band")
    assert code(add(api, api.basket(), **piece)) == (422, "unknown_variant")


def test_a_whole_piece_is_no_variant(api: Api) -> None:
    piece = make_piece("band")
    assert code(add(api, api.basket(), variant=piece.public_id)) == (422, "unknown_variant")


def test_a_sku_of_two_makers_is_ambiguous_and_its_variant_is_not(api: Api) -> None:
    make_piece("band", make_variant("B-1"))
    theirs = make_piece("ring", make_variant("B-1"), maker=make_maker("birch"))
    basket = api.basket()
    assert code(add(api, basket, sku="B-1")) == (422, "ambiguous_sku")
    answer = add(api, basket, variant=theirs.children.get().public_id)
    assert answer.json()["lines"][0]["maker"]["slug"] == "birch"


def test_a_sku_that_another_maker_does_not_sell_any_more_is_clear(api: Api) -> None:
    make_piece("band", make_variant("B-1"))
    make_piece("ring", make_variant("B-1"), maker=make_maker("birch"), published=False)
    assert add(api, api.basket(), sku="B-1").status_code == 201


def test_a_draft_is_not_for_sale(api: Api) -> None:
    make_piece("band", published=False)
    assert code(add(api, api.basket(), sku="BAND-1")) == (422, "unknown_variant")


def test_a_maker_who_has_closed_sells_nothing(api: Api) -> None:
    make_piece("band")
    Partner.objects.update(is_public=False)
    assert code(add(api, api.basket(), sku="BAND-1")) == (422, "unknown_variant")


def test_a_variant_without_a_price_is_not_for_sale(api: Api) -> None:
    make_piece("band")
    StockRecord.objects.update(price=None)
    assert code(add(api, api.basket(), sku="BAND-1")) == (422, "unknown_variant")


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"variant"}),
        ({"sku": "BAND-1", "variant": "prd_x"}, {"variant"}),
        ({"sku": "BAND-1", "quantity": 0}, {"quantity"}),
        ({"sku": "BAND-1", "quantity": -1}, {"quantity"}),
        ({"sku": "BAND-1", "quantity": 101}, {"quantity"}),
        ({"sku": "BAND-1", "quantity": "2"}, {"quantity"}),
        ({"sku": "BAND-1", "quantity": 2.0}, {"quantity"}),
        ({"sku": "BAND-1", "quantity": True}, {"quantity"}),
        ({"sku": "BAND-1", "quantity": None}, {"quantity"}),
        ({"sku": ["BAND-1"]}, {"sku"}),
        ({"sku": 1}, {"sku"}),
        ({"sku": ""}, {"sku"}),
        ({"sku": "A\x00B"}, {"sku"}),
        ({"sku": "BAND-1", "price": "1.00", "qty": 2}, {"price", "qty"}),
    ],
)
def test_what_is_malformed_is_refused_by_field(api: Api, body: dict[str, Any], fields: set[str]) -> None:
    make_piece("band")
    basket = api.basket()
    answer = api.post(f"/store/baskets/{basket['id']}/lines", body)
    assert code(answer) == (422, "invalid_input")
    assert {error["field"] for error in answer.json()["errors"]} == fields
    assert read(api, basket) == basket


def test_more_than_the_shelf_has_is_refused_and_says_what_is_left(api: Api) -> None:
    make_piece("band", make_variant("B-1", stock=2))
    basket = api.basket(B_1=1)
    answer = add(api, basket, 2, sku="B-1")
    assert code(answer) == (409, "out_of_stock")
    assert answer.json()["errors"] == [{"field": "quantity", "code": "out_of_stock", "message": "2 left"}]
    assert quantities(read(api, basket)) == {"B-1": 1}


@pytest.mark.parametrize("policy", ["made_to_order", "stock_then_made_to_order"])
def test_what_is_made_to_order_needs_no_stock(api: Api, policy: str) -> None:
    make_piece("band", make_variant("B-1", stock=0, policy=policy))
    answer = add(api, api.basket(), 7, sku="B-1")
    assert answer.status_code == 201
    assert answer.json()["problems"] == []


def test_a_hundred_of_one_variant_and_no_more(api: Api) -> None:
    make_piece("band", make_variant("B-1", policy="made_to_order"))
    basket = api.basket(B_1=99)
    assert add(api, basket, sku="B-1").json()["lines"][0]["quantity"] == 100
    assert code(add(api, basket, sku="B-1")) == (422, "basket_full")


def test_a_hundred_lines_and_no_more(api: Api) -> None:
    make_piece("set", *(make_variant(f"S{number}") for number in range(101)))
    basket = api.basket(S0=1)
    _fill(basket, [f"S{number}" for number in range(1, 100)])
    assert code(add(api, basket, sku="S100")) == (422, "basket_full")
    assert add(api, basket, sku="S99").status_code == 201


def _fill(basket: dict[str, Any], skus: list[str]) -> None:
    """Lines without the hundred requests."""
    [first] = Line.objects.filter(basket__public_id=basket["id"])
    for record in StockRecord.objects.filter(partner_sku__in=skus):
        Line.objects.create(
            basket=first.basket, line_reference=record.product.public_id, product=record.product, stockrecord=record,
            quantity=1, price_currency="USD", price_excl_tax=record.price, price_incl_tax=record.price,
        )  # fmt: skip


def test_a_quantity_is_set(api: Api) -> None:
    make_piece("band")
    basket = api.basket(BAND_1=1)
    answer = change(api, basket, 4)
    assert answer.status_code == 200
    assert quantities(answer.json()) == {"BAND-1": 4}
    assert read(api, basket) == answer.json()


@pytest.mark.parametrize(
    "body", [{"quantity": 0}, {"quantity": 101}, {}, {"quantity": "1"}, {"quantity": 1, "sku": "A"}]
)
def test_a_quantity_that_is_none_is_refused(api: Api, body: dict[str, Any]) -> None:
    make_piece("band")
    basket = api.basket(BAND_1=1)
    answer = api.patch(f"/store/baskets/{basket['id']}/lines/{basket['lines'][0]['id']}", body)
    assert code(answer) == (422, "invalid_input")


def test_a_quantity_beyond_the_shelf_is_refused(api: Api) -> None:
    make_piece("band", make_variant("B-1", stock=2))
    basket = api.basket(B_1=1)
    assert code(change(api, basket, 3)) == (409, "out_of_stock")
    assert read(api, basket) == basket


def test_a_withdrawn_piece_takes_no_other_quantity(api: Api) -> None:
    make_piece("band")
    basket = api.basket(BAND_1=1)
    StockRecord.objects.update(price=None)
    assert code(change(api, basket, 2)) == (422, "unknown_variant")
    assert [problem["code"] for problem in read(api, basket)["problems"]] == ["unavailable"]


def test_a_line_is_taken_out(api: Api) -> None:
    make_piece("set", make_variant("A"), make_variant("B"))
    basket = api.basket(A=1, B=2)
    answer = api.delete(f"/store/baskets/{basket['id']}/lines/{basket['lines'][0]['id']}")
    assert answer.status_code == 200
    assert quantities(answer.json()) == {"B": 2}
    assert read(api, basket) == answer.json()


def test_a_line_of_another_basket_is_not_reached(api: Api) -> None:
    make_piece("band")
    mine, theirs = api.basket(BAND_1=1), api.basket(BAND_1=1)
    path = f"/store/baskets/{mine['id']}/lines/{theirs['lines'][0]['id']}"
    assert code(api.patch(path, {"quantity": 3})) == (404, "not_found")
    assert code(api.delete(path)) == (404, "not_found")
    assert quantities(read(api, theirs)) == {"BAND-1": 1}


def test_a_basket_that_does_not_exist_is_not_found(api: Api) -> None:
    nowhere = {"id": "bsk_0000000000000000000000"}
    assert code(api.get(f"/store/baskets/{nowhere['id']}")) == (404, "not_found")
    assert code(add(api, nowhere, sku="BAND-1")) == (404, "not_found")


def test_filling_a_basket_holds_nothing(api: Api) -> None:
    make_piece("band")
    api.basket(BAND_1=5)
    assert stock("BAND-1").num_allocated == 0
    assert quantities(api.basket(BAND_1=5)) == {"BAND-1": 5}


def test_a_deleted_variant_leaves_the_basket(api: Api) -> None:
    make_piece("band")
    basket = api.basket(BAND_1=1)
    Product.objects.filter(structure=Product.CHILD).delete()
    assert read(api, basket)["lines"] == []
