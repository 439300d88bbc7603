"""Variants of one piece sold at the same moment: its document says what is left; and a twin without the lock."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

import pytest

from catalog.browse.services import stale_documents
from catalog.catalogue.models import Product
from catalog.collections.services import create_collection
from catalog.partner.services import change_maker
from catalog.products.services import change_product
from shop.actors import SYSTEM
from tests.concurrency.servers import Answer, Caller
from tests.concurrency.shop import Shop, check_out, outcomes
from tests.factories import make_piece, make_variant

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("processes")]

Twin = Callable[[str], AbstractContextManager[Shop]]


def all_sold_at_once(shop: Shop, variants: int) -> list[Answer]:
    """Each variant of one piece, of which there is one, is bought by somebody, all at once."""
    skus = [f"BAND-{number}" for number in range(variants)]
    make_piece("band", *(make_variant(sku, stock=1, options={"ring_size": sku}) for sku in skus))
    baskets = [shop.ready_baskets(1, sku)[0] for sku in skus]
    answers = shop.all_at_once([partial(check_out, basket=basket) for basket in baskets])
    assert outcomes(answers) == {(201, ""): variants}
    return answers


def shown(shop: Shop) -> tuple[bool, list[Any]]:
    """Whether the list says in stock, and what the page says of each variant."""
    with shop.caller() as caller:
        (item,) = caller.call("GET", "/store/products").json()["results"]
        detail = caller.call("GET", "/store/products/band").json()
    return item["in_stock"], [variant["available_quantity"] for variant in detail["variants"]]


def test_the_document_says_that_all_are_sold(shop: Shop) -> None:
    all_sold_at_once(shop, variants=8)
    assert shown(shop) == (False, [0] * 8)
    assert list(stale_documents()) == []


def test_however_long_each_takes_to_write_it(twin: Twin) -> None:
    with twin("slow_documents") as shop:
        all_sold_at_once(shop, variants=3)
        assert shown(shop) == (False, [0] * 3)


def test_control_without_the_lock_the_document_stays_wrong(twin: Twin) -> None:
    with twin("unlocked_documents") as shop:
        all_sold_at_once(shop, variants=3)
        assert shown(shop) != (False, [0] * 3)
    assert list(stale_documents()) == [Product.objects.pieces().get().pk]


def test_a_maker_closes_while_their_pieces_are_sold(shop: Shop) -> None:
    skus = [f"BAND-{number}" for number in range(6)]
    for sku in skus:
        make_piece(sku.lower(), make_variant(sku, stock=1))
    baskets = [shop.ready_baskets(1, sku)[0] for sku in skus]
    maker = Product.objects.pieces().first().maker

    def close(caller: Caller) -> Answer:
        change_maker(maker.pk, actor=SYSTEM, changes={"is_public": False}, if_match=None)
        return caller.call("GET", "/store/products")

    sold: list[Callable[[Caller], Answer]] = [partial(check_out, basket=basket) for basket in baskets]
    shop.all_at_once([*sold, close])
    with shop.caller() as caller:
        assert caller.call("GET", "/store/products").json()["results"] == []
    assert list(stale_documents()) == []


def test_a_rule_is_made_while_pieces_come_to_follow_it(shop: Shop) -> None:
    slugs = ["band", "bead", "bell"]
    for slug in slugs:
        make_piece(slug)
    maker = Product.objects.pieces().first().maker

    def follow(caller: Caller, *, slug: str) -> Answer:
        change_product(maker=maker, product=slug, changes={"tags": ["sky"]}, actor=SYSTEM, if_match=None)
        return caller.call("GET", "/store/products")

    def collect(caller: Caller) -> Answer:
        values = {"title": "Sky", "is_published": True, "rule": {"tag": "sky"}}
        create_collection(maker=maker, values=values, actor=SYSTEM)
        return caller.call("GET", "/store/products")

    following: list[Callable[[Caller], Answer]] = [partial(follow, slug=slug) for slug in slugs]
    shop.all_at_once([*following, collect])
    with shop.caller() as caller:
        found = caller.call("GET", "/store/products?collection=sky").json()["results"]
    assert {item["slug"] for item in found} == set(slugs)
    assert list(stale_documents()) == []
