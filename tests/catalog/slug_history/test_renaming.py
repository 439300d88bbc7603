"""A renamed piece is found by its old slugs, and nobody else is given one of them."""

from typing import Any
from urllib.parse import quote

import pytest

from catalog.catalogue.models import Category, Product
from catalog.imports.services import make_category
from catalog.slug_history.models import Kind, OldSlug
from catalog.slug_history.services import MAX_KEPT, forget_old_slugs, keep_old_slug
from tests.api import Api
from tests.catalog.bench import Bench, problem, refused_fields, ring
from tests.factories import make_maker, make_piece, make_storefront, written_past_services
from tests.shop.storefronts.windows import through

pytestmark = pytest.mark.django_db
PUBLIC = "http://localhost:8000/v1"


@pytest.fixture
def bench() -> Bench:
    return Bench()


def renamed(bench: Bench, piece: dict[str, Any], slug: str) -> None:
    answer = bench.patch(piece, {"slug": slug})
    assert (answer.status_code, answer.json()["slug"]) == (200, slug), answer.content


def test_an_old_address_leads_to_the_new_one(bench: Bench, api: Api) -> None:
    piece = bench.published(title="Moon ring")
    renamed(bench, piece, "full-moon")
    answer = api.get("/store/products/moon-ring")
    assert (answer.status_code, answer["Location"]) == (301, f"{PUBLIC}/store/products/full-moon")
    assert answer.content == b""
    assert api.get(answer["Location"].removeprefix(PUBLIC)).json()["id"] == piece["id"]


def test_there_and_back_again(bench: Bench, api: Api) -> None:
    piece = bench.published(title="A")
    renamed(bench, piece, "b")
    assert api.get("/store/products/a")["Location"].endswith("/b")
    renamed(bench, piece, "a")
    assert api.get("/store/products/a").status_code == 200
    assert api.get("/store/products/b")["Location"].endswith("/a")
    renamed(bench, piece, "c")
    assert [api.get(f"/store/products/{old}")["Location"].rpartition("/")[2] for old in "ab"] == ["c", "c"]


def test_no_cache_keeps_where_it_led(bench: Bench, api: Api) -> None:
    """Or a browser that had kept a -> b and b -> a would go round for ever."""
    renamed(bench, bench.published(title="A"), "b")
    assert api.get("/store/products/a")["Cache-Control"] == "private, no-store"


def test_other_scripts_and_what_was_asked_for_stay_whole(bench: Bench, api: Api) -> None:
    renamed(bench, bench.published(title="A"), "кольцо")
    assert api.get("/store/products/a?")["Location"].endswith("/store/products/" + quote("кольцо"))
    answer = api.get("/store/products/a?surprise=1")
    assert answer.status_code == 422


def test_what_may_not_be_seen_is_not_told_of(bench: Bench, api: Api) -> None:
    piece = bench.published(title="A")
    renamed(bench, piece, "b")
    elsewhere = through(make_storefront(owner=make_maker("birch")))
    assert problem(elsewhere.get("/store/products/a")) == (404, "not_found")
    assert bench.unpublish(piece).status_code == 200
    assert problem(api.get("/store/products/a")) == (404, "not_found")


def test_an_old_slug_is_given_to_nobody_else(bench: Bench, api: Api) -> None:
    piece = bench.published(title="Moon ring")
    renamed(bench, piece, "full-moon")
    other = Bench(maker="birch")
    taken = other.try_create(title="Other", slug="moon-ring")
    assert (taken.status_code, refused_fields(taken)) == (422, {"slug": "slug_taken"})
    draft = other.create(title="Sun")
    assert refused_fields(other.patch(draft, {"slug": "moon-ring"})) == {"slug": "slug_taken"}
    assert other.create(title="Moon ring", variants=[])["slug"] == "moon-ring-birch"
    assert make_piece("moon-ring", maker=make_maker("cedar")).slug == "moon-ring-cedar"
    assert api.get("/store/products/moon-ring")["Location"].endswith("/full-moon")


def test_who_has_the_slug_today_is_found_first(bench: Bench, api: Api) -> None:
    """Two at once may end so: one takes what the other gives up."""
    piece, other = bench.published(title="A"), bench.published(title="B", variants=[ring("B")])
    renamed(bench, piece, "c")
    Product.objects.filter(public_id=other["id"]).update(slug="a")
    written_past_services()
    assert api.get("/store/products/a").json()["id"] == other["id"]


def test_the_oldest_gives_way(bench: Bench) -> None:
    piece = bench.create(title="Ring 0")
    for number in range(1, MAX_KEPT + 3):
        renamed(bench, piece, f"ring-{number}-x")
    kept = OldSlug.objects.of(Kind.PRODUCT)
    assert kept.count() == MAX_KEPT
    assert not kept.filter(slug__in=["ring-0", "ring-1-x"]).exists()


def test_what_is_gone_frees_its_old_slugs() -> None:
    keep_old_slug(Kind.COLLECTION, 1, old="a", new="b")
    keep_old_slug(Kind.PRODUCT, 1, old="a", new="b")
    forget_old_slugs(Kind.COLLECTION, 1)
    assert [old.kind for old in OldSlug.objects.all()] == [Kind.PRODUCT]


def test_a_filter_by_a_category_outlives_its_renaming(api: Api) -> None:
    make_piece("band", category="Rings > Bands")
    rings = Category.objects.get(slug="rings")
    Category.objects.filter(pk=rings.pk).update(slug="finger-rings")
    written_past_services()
    assert api.get("/store/products?category=rings").json()["results"] == []
    keep_old_slug(Kind.CATEGORY, rings.pk, old="rings", new="finger-rings")
    for slug in ("rings", "finger-rings"):
        assert [piece["slug"] for piece in api.get(f"/store/products?category={slug}").json()["results"]] == ["band"]
    assert make_category(["Charms"]).slug == "charms"
    assert make_category(["Other", "Rings"]).slug == "other-rings"


def test_a_list_that_finds_what_it_looks_for_asks_no_history(
    bench: Bench, api: Api, django_assert_num_queries: Any
) -> None:
    bench.published(title="A")
    make_piece("band", category="Rings")
    for path in ("/store/products/a", "/store/products?category=rings"):
        with django_assert_num_queries(2):  # the storefront, the document or documents
            assert api.get(path).status_code == 200
