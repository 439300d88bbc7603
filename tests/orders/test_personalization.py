"""Engraved, sized, wrapped: asked at the basket, priced on the line, frozen on the order."""

from typing import Any

import pytest

from catalog.catalogue.models import Product
from orders.basket.models import Line as BasketLine
from orders.order.models import Line as OrderLine
from tests.api import Api
from tests.catalog.bench import problem, refused_fields
from tests.factories import make_piece, make_variant
from tests.fakes.local_stripe import LocalStripe

pytestmark = pytest.mark.django_db

INSIDE: dict[str, Any] = {
    "code": "inside", "label": "Inside", "help": "", "kind": "text", "required": False, "limits": {"max_length": 12},
    "choices": [], "price": {"kind": "per_character", "amount": "2.00"}, "lead_time_days": 5, "final_sale": True,
}  # fmt: skip


@pytest.fixture
def band() -> Product:
    piece = make_piece("band", make_variant("BAND-1", stock=5))
    return offer(piece, INSIDE)


def offer(piece: Product, *options: dict[str, Any]) -> Product:
    piece.personalization = list(options)
    piece.save(update_fields=["personalization"])
    return piece


def add(api: Api, basket: dict[str, Any], text: str | None = None, quantity: int = 1) -> Any:
    body: dict[str, Any] = {"sku": "BAND-1", "quantity": quantity}
    if text is not None:
        body["personalization"] = [{"option": "inside", "value": text}]
    return api.post(f"/store/baskets/{basket['id']}/lines", body)


def read(api: Api, basket: dict[str, Any]) -> dict[str, Any]:
    return dict(api.get(f"/store/baskets/{basket['id']}").json())


def test_a_wish_is_priced_on_the_line(api: Api, band: Product) -> None:
    basket = api.basket()
    [line] = add(api, basket, "A & B", quantity=2).json()["lines"]
    assert line["unit_price"]["amount"] == "186.00"
    assert line["line_total"]["amount"] == "372.00"
    assert (line["lead_time_days"], line["final_sale"]) == (5, True)
    [wish] = line["personalization"]
    assert (wish["option"], wish["value"], wish["price"]["amount"]) == ("inside", "A & B", "6.00")


def test_other_words_are_another_line_and_the_same_words_the_same(api: Api, band: Product) -> None:
    basket = api.basket()
    for text in ("Ada", "Bea", "Ada", None):
        answer = add(api, basket, text)
    lines = answer.json()["lines"]
    assert [(line["quantity"], [w["value"] for w in line["personalization"]]) for line in lines] == [
        (2, ["Ada"]), (1, ["Bea"]), (1, []),
    ]  # fmt: skip


def test_lines_of_one_variant_share_its_shelf(api: Api, band: Product) -> None:
    basket = api.basket()
    assert add(api, basket, "Ada", quantity=3).status_code == 201
    assert problem(add(api, basket, "Bea", quantity=3)) == (409, "out_of_stock")
    assert add(api, basket, "Bea", quantity=2).status_code == 201
    ada = read(api, basket)["lines"][0]
    more = api.patch(f"/store/baskets/{basket['id']}/lines/{ada['id']}", {"quantity": 4})
    assert problem(more) == (409, "out_of_stock")
    Product.objects.get(pk=band.pk).children.get().stockrecords.update(num_in_stock=4)
    assert [each["code"] for each in read(api, basket)["problems"]] == ["insufficient_stock"] * 2


def test_what_cannot_be_made_is_refused_by_name(api: Api, band: Product) -> None:
    basket = api.basket()
    answer = add(api, basket, "☃")
    assert problem(answer) == (422, "personalization_refused")
    assert refused_fields(answer) == {"personalization.inside": "character_not_possible"}
    assert read(api, basket)["lines"] == []


def test_a_required_option_is_required(api: Api, band: Product) -> None:
    offer(band, {**INSIDE, "required": True})
    assert refused_fields(add(api, api.basket())) == {"personalization.inside": "required"}


def test_a_new_price_is_told_and_an_option_that_is_gone_too(api: Api, band: Product) -> None:
    basket = api.basket()
    add(api, basket, "Ada")
    offer(band, {**INSIDE, "price": {"kind": "fixed", "amount": "9.00"}})
    seen = read(api, basket)
    assert seen["lines"][0]["unit_price"]["amount"] == "189.00"
    assert [each["code"] for each in seen["problems"]] == ["price_changed"]
    offer(band)
    assert "personalization_changed" in [each["code"] for each in read(api, basket)["problems"]]


def test_an_order_is_not_placed_for_what_is_not_offered_any_more(
    api: Api, band: Product, stripe_server: LocalStripe
) -> None:
    basket = api.ready_basket()
    basket = add(api, basket, "Ada").json()
    offer(band, {**INSIDE, "limits": {"max_length": 2}, "price": {"kind": "fixed", "amount": "6.00"}})
    assert problem(api.checkout(basket)) == (409, "basket_changed")


def test_the_order_keeps_it_whatever_the_maker_does(api: Api, band: Product, stripe_server: LocalStripe) -> None:
    basket = add(api, api.ready_basket(), "Ada", quantity=2).json()
    add(api, basket, "Bea")
    answer = api.checkout(read(api, basket))
    assert answer.status_code == 201, answer.content
    offer(band)
    first, second = answer.json()["order"]["lines"]
    assert [wish["value"] for wish in first["personalization"] + second["personalization"]] == ["Ada", "Bea"]
    assert (first["unit_price"]["amount"], first["final_sale"]) == ("186.00", True)
    kept = OrderLine.objects.filter(order__number=answer.json()["order"]["number"]).order_by("pk")
    assert [line.personalization[0]["value"] for line in kept] == ["Ada", "Bea"]
    record = band.children.get().stockrecords.get()
    assert (record.num_allocated, record.num_in_stock) == (3, 5)


def test_lines_are_read_with_the_same_queries(api: Api, band: Product, django_assert_num_queries: Any) -> None:
    basket = api.basket()
    for text in ("Ada", "Bea", "Cy"):
        add(api, basket, text)
    assert BasketLine.objects.count() == 3
    with django_assert_num_queries(3):
        read(api, basket)


def test_another_ring_size_is_asked_for_like_any_option(api: Api, band: Product, stripe_server: LocalStripe) -> None:
    price = {"amount": "15.00", "currency": "USD"}
    sizes = {"from_mm": "49.3", "to_mm": "62.1", "made_on_request": True, "extra_lead_time_days": 14}
    band.ring_sizes = {**sizes, "price_per_size_above": price}
    band.save(update_fields=["ring_sizes"])
    basket = api.ready_basket()
    wishes = [{"option": "ring_size_on_request", "value": "12 1/4"}, {"option": "inside", "value": "Ada"}]
    answer = api.post(f"/store/baskets/{basket['id']}/lines", {"sku": "BAND-1", "personalization": wishes})
    assert answer.status_code == 201, answer.content
    [line] = answer.json()["lines"]
    # 180, three letters, two whole sizes above a 10.
    assert (line["unit_price"]["amount"], line["lead_time_days"]) == ("216.00", 19)
    assert [wish["value"] for wish in line["personalization"]] == ["Ada", "12.25"]
    Product.objects.filter(pk=band.pk).update(ring_sizes={**band.ring_sizes, "made_on_request": False})
    assert "personalization_changed" in [each["code"] for each in read(api, basket)["problems"]]
    Product.objects.filter(pk=band.pk).update(ring_sizes=band.ring_sizes)
    order = api.checkout(read(api, basket)).json()["order"]
    assert order["lines"][0]["personalization"][1]["price"]["amount"] == "30.00"


@pytest.mark.parametrize("value", ["a\u202eb", "a\u2066b", "a\x00b", "a\x1bb", "a\x85b"])
@pytest.mark.parametrize("kind", ["text", "gift_message"])
def test_words_that_are_not_what_they_seem_are_refused(api: Api, band: Product, kind: str, value: str) -> None:
    offer(band, {**INSIDE, "kind": kind, "limits": {"max_length": 99}})
    answer = add(api, api.basket(), value)
    assert answer.status_code in (400, 422), answer.content
    assert (problem(answer)[1]) in ("invalid_input", "malformed_request")


def test_any_words_may_be_engraved_or_said(api: Api, band: Product) -> None:
    """They are the shopper's own: nothing that a maker must not claim of a piece is looked for in them."""
    words = "Solid gold diamond"
    offer(band, {**INSIDE, "limits": {"max_length": 30}}, {**INSIDE, "code": "card", "kind": "gift_message"})
    wishes = [{"option": code, "value": value} for code, value in (("inside", words), ("card", "24k!"))]
    body = {"sku": "BAND-1", "personalization": wishes}
    answer = api.post(f"/store/baskets/{api.basket()['id']}/lines", body)
    assert [wish["value"] for wish in answer.json()["lines"][0]["personalization"]] == [words, "24k!"]
