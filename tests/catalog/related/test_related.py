"""Pieces like another one."""

from decimal import Decimal
from typing import Any

import pytest

from catalog.catalogue.models import Product
from catalog.imports.items import StoneItem
from catalog.related.rules import MAX_RELATED, Facts, closeness
from tests.api import Api
from tests.factories import make_maker, make_piece, make_storefront, make_variant, written_past_services
from tests.shop.storefronts.windows import through

pytestmark = pytest.mark.django_db
GOLD, SILVER = "14k-yellow-gold", "sterling-silver"
SAPPHIRE = StoneItem(kind="sapphire", origin="lab_grown")


def facts(**values: Any) -> Facts:
    plain = {"maker": 1, "product_type": "ring", "metals": frozenset({GOLD}), "stones": frozenset(), "price": 100}
    given = {**plain, **values}
    return Facts(**{**given, "price": Decimal(given["price"])})


@pytest.mark.parametrize(
    ("nearer", "farther"),
    [
        ({}, {"product_type": "necklace"}),
        ({}, {"maker": 2}),
        ({}, {"metals": frozenset({SILVER})}),
        ({"price": 120}, {"price": 190}),
        ({"price": 190}, {"price": 300}),
        ({"price": 75}, {"price": 74}),
        ({"product_type": "ring", "maker": 2}, {"product_type": "necklace"}),
    ],
)
def test_what_is_closer(nearer: dict[str, Any], farther: dict[str, Any]) -> None:
    assert closeness(facts(), facts(**nearer)) > closeness(facts(), facts(**farther))
    assert closeness(facts(), facts(**nearer)) == closeness(facts(**nearer), facts())


def test_a_shared_stone_counts() -> None:
    stones = {"stones": frozenset({"sapphire"})}
    assert closeness(facts(**stones), facts(**stones)) > closeness(facts(), facts())


def piece(handle: str, price: str = "100.00", metal: str = GOLD, **values: Any) -> Product:
    given = {"product_type": "ring", **values}
    return make_piece(handle, make_variant(handle.upper(), price, metal=metal), **given)


def related(api: Api, slug: str = "halo") -> list[str]:
    answer = api.get(f"/store/products/{slug}/related")
    assert answer.status_code == 200, answer.content
    return [item["slug"] for item in answer.json()["results"]]


def test_the_closest_first_then_the_newest(api: Api) -> None:
    piece("halo", stones=(SAPPHIRE,))
    piece("same-maker-chain", product_type="necklace")
    piece("older-twin", stones=(SAPPHIRE,))
    piece("newer-twin", stones=(SAPPHIRE,))
    piece("dear-silver", "900.00", SILVER, maker=make_maker("birch"))
    piece("their-chain", product_type="necklace", maker=make_maker("birch"), stones=(SAPPHIRE,))
    assert related(api) == ["newer-twin", "older-twin", "same-maker-chain", "dear-silver"]
    assert related(api) == related(api)


def test_only_what_is_on_sale_here(api: Api) -> None:
    piece("halo")
    piece("draft", published=False)
    piece("theirs", maker=make_maker("birch"))
    piece("withdrawn")
    Product.objects.filter(parent__slug="withdrawn").update(is_public=False)
    written_past_services()
    assert related(api) == ["theirs"]
    window = through(make_storefront(owner=make_maker()))
    assert related(window) == []
    assert window.get("/store/products/theirs/related").status_code == 404
    assert api.get("/store/products/draft/related").status_code == 404


def test_so_many_in_as_many_queries(api: Api, django_assert_num_queries: Any) -> None:
    for number in range(MAX_RELATED + 3):
        piece(f"ring-{number}")
    # The storefront, the facts, the list items.
    with django_assert_num_queries(3):
        assert len(related(api, "ring-0")) == MAX_RELATED
