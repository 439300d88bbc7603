"""What a storefront shows: its own makers' pieces, in lists, filters, counts and by address, and nobody else's."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from catalog.partner.models import Partner, StockRecord
from shop.storefronts.models import Storefront
from tests.api import Api
from tests.factories import make_maker, make_piece, make_storefront, make_variant, written_past_services
from tests.shop.storefronts.windows import default, listing, through

pytestmark = pytest.mark.django_db

MAKERS = ("alder", "birch", "cedar")


@pytest.fixture(autouse=True)
def shop() -> dict[str, Partner]:
    """Three makers with two pieces each, in a category they share and in one of their own."""
    makers = {slug: make_maker(slug) for slug in MAKERS}
    for price, (slug, maker) in enumerate(makers.items(), start=1):
        variant = make_variant(f"{slug}-RING", f"{price}00.00", metal="sterling-silver")
        make_piece(f"{slug}-ring", variant, maker=maker, category="Rings")
        own = make_variant(f"{slug}-BAND", f"{price}50.00", metal="bronze")
        make_piece(f"{slug}-band", own, maker=maker, category=f"Rings > {slug.title()} bands")
    return makers


def _own_with_a_list(makers: dict[str, Partner]) -> Storefront:
    """As a slip in the database would leave it: the owner counts."""
    window = make_storefront(owner=makers["alder"])
    window.makers.set([makers["birch"]])
    return window


WINDOWS: dict[str, tuple[Callable[[dict[str, Partner]], Storefront], tuple[str, ...]]] = {
    "a maker's own": (lambda makers: make_storefront(owner=makers["alder"]), ("alder",)),
    "a maker's own that lists others": (_own_with_a_list, ("alder",)),
    "of two makers": (lambda makers: listing(makers["alder"], makers["cedar"]), ("alder", "cedar")),
    "of no maker": (lambda makers: listing(), ()),
    "of all makers": (lambda makers: make_storefront(), MAKERS),
    "the default": (lambda makers: default(), MAKERS),
}


@pytest.fixture(params=WINDOWS)
def window(request: pytest.FixtureRequest, shop: dict[str, Partner]) -> tuple[Api, tuple[str, ...]]:
    """A client of a storefront, and the makers it shows."""
    make, shown = WINDOWS[request.param]
    return through(make(shop)), shown


Window = tuple[Api, tuple[str, ...]]


def slugs(answer: Any) -> set[str]:
    assert answer.status_code == 200, answer.content
    return {each["slug"] for each in answer.json()["results"]}


@pytest.mark.parametrize("sort", ["newest", "price", "-price", "name"])
@pytest.mark.parametrize("query", ["", "&metal=sterling-silver", "&category=rings", "&in_stock=true", "&price_min=1"])
def test_a_list_and_its_filters(window: Window, sort: str, query: str) -> None:
    api, shown = window
    expected = {f"{maker}-ring" for maker in shown}
    if "silver" not in query:
        expected |= {f"{maker}-band" for maker in shown}
    assert slugs(api.get(f"/store/products?sort={sort}{query}")) == expected


@pytest.mark.parametrize("sort", ["newest", "price", "-price", "name"])
def test_pages_have_no_gaps(window: Window, sort: str) -> None:
    api, shown = window
    found, link = [], f"/store/products?sort={sort}&limit=1"
    while link:
        page = api.get(link).json()
        found += [each["slug"] for each in page["results"]]
        link = (page["next"] or "").removeprefix("http://localhost:8000/v1")
    assert sorted(found) == sorted(f"{maker}-{kind}" for maker in shown for kind in ("ring", "band"))


def test_a_filter_by_maker(window: Window) -> None:
    api, shown = window
    for maker in MAKERS:
        expected = {f"{maker}-ring", f"{maker}-band"} if maker in shown else set()
        assert slugs(api.get(f"/store/products?maker={maker}")) == expected


def test_a_piece_by_its_address(window: Window) -> None:
    api, shown = window
    nowhere = api.get("/store/products/nowhere")
    for maker in MAKERS:
        answer = api.get(f"/store/products/{maker}-ring")
        if maker in shown:
            assert answer.json()["maker"]["slug"] == maker
        else:
            assert {**answer.json(), "request_id": ""} == {**nowhere.json(), "request_id": ""}
            assert answer.status_code == 404


def test_makers(window: Window) -> None:
    api, shown = window
    page = api.get("/store/makers").json()
    assert {each["slug"]: each["product_count"] for each in page["results"]} == dict.fromkeys(shown, 2)
    for maker in MAKERS:
        assert api.get(f"/store/makers/{maker}").status_code == (200 if maker in shown else 404)


def test_branches_and_their_counts(window: Window) -> None:
    api, shown = window
    tree = api.get("/store/categories").json()["results"]
    if not shown:
        assert tree == []
        return
    (rings,) = tree
    assert rings["count"] == 2 * len(shown)
    assert {child["slug"]: child["count"] for child in rings["children"]} == {f"{maker}-bands": 1 for maker in shown}


def test_empty_branches_stay_where_all_makers_are_shown(api: Api) -> None:
    StockRecord.objects.all().delete()
    written_past_services()
    (rings,) = api.get("/store/categories").json()["results"]
    assert (rings["count"], len(rings["children"])) == (0, 3)


def test_a_hidden_maker_is_hidden_in_their_own_too(shop: dict[str, Partner]) -> None:
    Partner.objects.filter(code="alder").update(is_public=False)
    written_past_services()
    api = through(make_storefront(owner=shop["alder"]))
    assert slugs(api.get("/store/products")) == set()
    assert slugs(api.get("/store/makers")) == set()
    assert api.get("/store/products/alder-ring").status_code == 404


def test_a_cursor_of_another_storefront_shows_no_more(api: Api, shop: dict[str, Partner]) -> None:
    link = api.get("/store/products?limit=1&sort=name").json()["next"].removeprefix("http://localhost:8000/v1")
    shown = slugs(through(make_storefront(owner=shop["cedar"])).get(link.replace("limit=1", "limit=100")))
    assert shown == {"cedar-ring", "cedar-band"}


@pytest.mark.parametrize("path", ["/store/products", "/store/categories", "/store/makers"])
def test_what_is_kept_of_one_is_not_right_for_another(shop: dict[str, Partner], path: str) -> None:
    alder, birch = (through(make_storefront(owner=shop[slug])) for slug in ("alder", "birch"))
    tag = alder.get(path)["ETag"]
    assert alder.get(path, If_None_Match=tag).status_code == 304
    answer = birch.get(path, If_None_Match=tag)
    assert (answer.status_code, answer["Vary"]) == (200, "Benchpin-Key, Origin, Accept-Encoding")
    assert answer["ETag"] != tag


def test_who_is_listed_is_asked_at_each_request(shop: dict[str, Partner]) -> None:
    window = listing(shop["alder"])
    api = through(window)
    tag = api.get("/store/makers")["ETag"]
    window.makers.set([shop["birch"]])
    answer = api.get("/store/makers", If_None_Match=tag)
    assert slugs(answer) == {"birch"}


@pytest.mark.parametrize("name", WINDOWS)
def test_every_storefront_takes_the_same_queries(
    shop: dict[str, Partner], name: str, django_assert_num_queries: Any
) -> None:
    api = through(WINDOWS[name][0](shop))
    if not WINDOWS[name][1]:
        return
    for path, queries in {
        "/store/products": 2, "/store/products?sort=price": 2, "/store/products/alder-ring": 2,
        "/store/categories": 3, "/store/makers": 2, "/store/makers/alder": 2,
    }.items():  # fmt: skip
        with django_assert_num_queries(queries):
            assert api.get(path).status_code == 200


def test_a_page_begins_at_the_first_however_postgresql_plans_it(shop: dict[str, Partner]) -> None:
    """A join of the storefront's makers may give the pieces in any order."""
    api = through(listing(shop["alder"], shop["cedar"]))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_nestloop = off; SET LOCAL enable_mergejoin = off")
    page = api.get("/store/products?sort=-price&limit=2").json()
    assert [each["slug"] for each in page["results"]] == ["cedar-band", "cedar-ring"]
