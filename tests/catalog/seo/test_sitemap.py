"""The storefront's addresses for search engines."""

from typing import Any
from xml.etree import ElementTree

import pytest

from catalog.collections.models import Collection
from catalog.seo import queries, rules, store
from shop.storefronts.rules import LINK_FIELDS
from tests.api import Api
from tests.catalog.bench import problem
from tests.catalog.seo.test_json_ld import set_pages
from tests.factories import make_maker, make_piece, make_storefront
from tests.shop.storefronts.windows import through

pytestmark = pytest.mark.django_db
SHOP = "https://alder.example"


def addresses(api: Api, query: str = "") -> list[tuple[str, bool]]:
    """Each address with whether its last change is given."""
    answer = api.get(f"/store/sitemap.xml{query}")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/xml"), answer.content
    root = ElementTree.fromstring(answer.content)
    space = f"{{{rules.NAMESPACE}}}"
    return [(row.findtext(f"{space}loc", ""), row.find(f"{space}lastmod") is not None) for row in root]


def test_pieces_collections_and_makers(api: Api) -> None:
    set_pages(product=f"{SHOP}/p/{{slug}}?a=1&b=2", collection=f"{SHOP}/c/{{slug}}", maker=f"{SHOP}/m/{{slug}}")
    piece = make_piece("кольцо")
    make_piece("draft", published=False)
    Collection.objects.create(maker=piece.maker, title="Sky", slug="sky", is_published=True)
    Collection.objects.create(maker=piece.maker, title="Draft", slug="draft")
    assert addresses(api) == [
        (f"{SHOP}/p/%D0%BA%D0%BE%D0%BB%D1%8C%D1%86%D0%BE?a=1&b=2", True),
        (f"{SHOP}/c/sky", True),
        (f"{SHOP}/m/alder", False),
    ]
    answer = api.get("/store/sitemap.xml")
    assert f"<lastmod>{piece.date_updated:%Y-%m-%dT%H:%M}".encode() in answer.content
    assert b"a=1&amp;b=2" in answer.content
    assert api.get("/store/sitemap.xml", If_None_Match=answer["ETag"]).status_code == 304


def test_only_of_what_the_storefront_shows(api: Api) -> None:
    make_piece("band")
    make_piece("bead", maker=make_maker("birch"))
    links = {"product": "https://birch.example/{slug}"}
    window = make_storefront(owner=make_maker("birch"), link_templates=links)
    assert addresses(through(window)) == [("https://birch.example/bead", True)]


def test_without_a_page_for_pieces_there_is_none(api: Api) -> None:
    set_pages(maker=f"{SHOP}/m/{{slug}}")
    assert problem(api.get("/store/sitemap.xml")) == (404, "no_sitemap")


def test_many_are_split(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (rules, queries):
        monkeypatch.setattr(module, "MAX_ADDRESSES", 2)
    set_pages(product=f"{SHOP}/p/{{slug}}", maker=f"{SHOP}/m/{{slug}}")
    for number in range(3):
        make_piece(f"ring-{number}")
    assert problem(api.get("/store/sitemap.xml")) == (404, "no_sitemap")
    templates = {"product": f"{SHOP}/p/{{slug}}", "maker": f"{SHOP}/m/{{slug}}", "sitemap": f"{SHOP}/map-{{page}}.xml"}
    set_pages(**templates)
    names = ["product-1", "product-2", "maker-1"]
    assert [loc for loc, _ in addresses(api)] == [f"{SHOP}/map-{name}.xml" for name in names]
    found = [loc.rpartition("/")[2] for name in names for loc, _ in addresses(api, f"?page={name}")]
    assert found == ["ring-0", "ring-1", "ring-2", "alder"]
    for page in ("product-3", "collection-1", "maker-2"):
        assert problem(api.get(f"/store/sitemap.xml?page={page}")) == (404, "not_found")


@pytest.mark.parametrize("page", ["product", "product-0", "order-1", "product-1-2", "product-1000000", "-"])
def test_pages_that_cannot_be(api: Api, page: str) -> None:
    set_pages(product=f"{SHOP}/p/{{slug}}")
    assert problem(api.get(f"/store/sitemap.xml?page={page}")) == (422, "invalid_input")


def test_as_many_queries_for_more(api: Api, django_assert_num_queries: Any) -> None:
    set_pages(product=f"{SHOP}/p/{{slug}}", collection=f"{SHOP}/c/{{slug}}", maker=f"{SHOP}/m/{{slug}}")
    for number in range(5):
        make_piece(f"ring-{number}", maker=make_maker(f"maker-{number}"))
    # The storefront; for each kind how many there are, and the addresses.
    with django_assert_num_queries(7):
        assert len(addresses(api)) == 10


def test_every_kind_may_be_given_an_address() -> None:
    assert {*store.KINDS, "sitemap"} <= LINK_FIELDS.keys()
