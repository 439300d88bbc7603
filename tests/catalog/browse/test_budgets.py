"""Each read takes a fixed number of queries, however much it shows."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.catalogue.models import ImageStatus, ProductImage
from catalog.imports.items import ImageItem, ProductItem
from catalog.imports.services import import_items
from tests.api import Api
from tests.factories import make_maker, make_variant, written_past_services

pytestmark = pytest.mark.django_db


def fill(number: int) -> None:
    """So many pieces of three variants with two pictures each, in as many categories, of ten makers."""
    for place in range(10):
        items = [_item(piece) for piece in range(place, number, 10)]
        if items:
            import_items(items, maker=make_maker(f"maker-{place}"), source="test")
    ProductImage.objects.update(status=ImageStatus.READY, original="products/x.webp", width=1, height=1)
    written_past_services()


def _item(number: int) -> ProductItem:
    return ProductItem(
        handle=f"piece-{number}",
        line=0,
        title=f"Piece {number}",
        variants=tuple(make_variant(f"P-{number}-{place}", price=str(Decimal(number + 1))) for place in range(3)),
        category=f"Rings > Branch {number}",
        images=tuple(ImageItem(f"https://images.example.com/{number}/{place}.jpg", place) for place in (1, 2)),
    )


# One of each is for the storefront.
BUDGETS = {
    "/store/products?limit=100": 2,
    "/store/products?limit=100&sort=price": 2,
    "/store/products?limit=100&sort=name&metal=bronze": 2,
    "/store/products?limit=100&maker=maker-0&in_stock=true&price_max=1000": 2,
    "/store/products?limit=100&category=rings": 2,
    "/store/products/piece-0": 2,
    "/store/categories": 3,
    "/store/makers?limit=100": 2,
    "/store/makers/maker-0": 2,
}


@pytest.mark.parametrize("number", [1, 100])
def test_queries(api: Api, number: int) -> None:
    fill(number)
    for path, queries in BUDGETS.items():
        with CaptureQueriesContext(connection) as done:
            answer = api.get(path)
        assert answer.status_code == 200
        assert len(done) == queries, (path, [query["sql"][:200] for query in done])


def test_an_unchanged_answer_takes_no_more(api: Api, django_assert_num_queries: Any) -> None:
    fill(1)
    tag = api.get("/store/products")["ETag"]
    with django_assert_num_queries(2):
        assert api.get("/store/products", If_None_Match=tag).status_code == 304


def test_a_following_page_takes_no_more(api: Api, django_assert_num_queries: Any) -> None:
    fill(20)
    for sort in ("newest", "price", "-price", "name"):
        link = api.get(f"/store/products?sort={sort}&limit=7").json()["next"].removeprefix("http://localhost:8000/v1")
        with django_assert_num_queries(2):
            assert len(api.get(link).json()["results"]) == 7
