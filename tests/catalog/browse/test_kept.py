"""Repeated answers of the catalog's doors: nothing is asked of the database, and nobody gets another's."""

from collections.abc import Iterator
from typing import Any

import pytest

from shop.kept.answers import answers
from tests.api import Api
from tests.factories import make_maker, make_piece, make_storefront
from tests.shop.kept.hearing import heard
from tests.shop.storefronts.windows import replace_key, through

pytestmark = pytest.mark.django_db

PATHS = [
    "/store/products?limit=3&facets=true",
    "/store/products/band",
    "/store/categories",
    "/store/makers",
    "/store/makers/alder",
    "/store/search/suggestions?q=ban",
]


@pytest.fixture(autouse=True)
def keeping(settings: Any) -> Iterator[None]:
    make_piece("band", category="Rings")
    settings.KEPT_ANSWERS_BYTES = 1024 * 1024
    with heard():
        yield


@pytest.mark.parametrize("path", PATHS)
def test_a_repeated_answer_asks_nothing(api: Api, path: str, django_assert_num_queries: Any) -> None:
    first = api.get(path)
    with django_assert_num_queries(0):
        again = api.get(path)
        unchanged = api.get(path, If_None_Match=first["ETag"])
        head = api.raw("HEAD", path, b"")
    assert again.content == first.content
    assert (unchanged.status_code, unchanged.content, head.status_code, head.content) == (304, b"", 200, b"")
    for name in ("ETag", "Cache-Control", "Vary"):
        assert first[name] == again[name] == unchanged[name] == head[name]
    assert again["Content-Type"] == "application/json"
    assert "Content-Type" not in unchanged.headers


def test_each_window_and_each_query_has_its_own(api: Api) -> None:
    make_piece("ring", maker=make_maker("birch"))
    birch = through(make_storefront(owner=make_maker("birch")))
    for _ in range(2):
        assert len(api.get("/store/products").json()["results"]) == 2
        assert len(birch.get("/store/products").json()["results"]) == 1
        assert len(api.get("/store/products?maker=alder").json()["results"]) == 1


def test_origins_are_allowed_as_without(api: Api) -> None:
    window = through(make_storefront(origins=["https://alder.example"]))
    for _ in range(2):
        answer = window.get("/store/products", Origin="https://alder.example")
        assert answer["Access-Control-Allow-Origin"] == "https://alder.example"
        assert "Access-Control-Allow-Origin" not in window.get("/store/products", Origin="https://evil.example")


def test_it_is_counted_and_guarded_as_one_that_is_computed(api: Api, settings: Any) -> None:
    settings.LIMITS = True
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"read": 2}
    computed, repeated, refused = [api.get("/store/products") for _ in range(3)]
    assert [computed.status_code, repeated.status_code, refused.status_code] == [200, 200, 429]
    assert repeated.headers.keys() == computed.headers.keys() >= {"RateLimit", "X-Request-Id", "X-Content-Type-Options"}
    assert repeated["RateLimit"].startswith('"read";r=0;')
    assert repeated["X-Request-Id"] != computed["X-Request-Id"]


@pytest.mark.parametrize(
    ("path", "status"), [("/store/products/nowhere", 404), ("/store/products?limit=0", 422), ("/store/storefront", 200)]
)
def test_what_is_not_kept(api: Api, path: str, status: int) -> None:
    api.get(path)
    assert api.get(path).status_code == status
    assert answers._kept == {}


def test_one_under_a_replaced_key_is_not_kept() -> None:
    window = make_storefront()
    api = through(window)
    replace_key(window)
    assert api.get("/store/products").status_code == 200
    assert answers._kept == {}


def test_a_caller_who_wants_something_else_is_looked_at(api: Api) -> None:
    api.get("/store/products")
    assert api.get("/store/products", Accept="text/html").status_code == 406
    assert api.post("/store/products", {}).status_code == 405
