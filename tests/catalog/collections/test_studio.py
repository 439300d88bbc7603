"""Collections through the maker's door, and what shoppers see of them."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.browse.models import ProductDocument
from catalog.browse.services import stale_documents
from catalog.catalogue.models import Product
from catalog.collections import rules
from catalog.collections.models import Collection
from catalog.slug_history.models import OldSlug
from shop.audit.models import AuditEntry
from tests.api import Api
from tests.catalog.bench import Bench, last_entry, problem, refused_fields, usd
from tests.factories import make_maker, make_piece, make_storefront
from tests.shop.storefronts.windows import through

pytestmark = pytest.mark.django_db
BASE = "/studio/makers/alder/collections"


@pytest.fixture
def bench() -> Bench:
    for handle in ("band", "halo", "rope"):
        make_piece(handle, product_type="necklace" if handle == "rope" else "ring")
    return Bench()


def create(bench: Bench, **values: Any) -> dict[str, Any]:
    answer = bench.api.post(BASE, {"title": "Night sky", **values})
    assert answer.status_code == 201, answer.content
    return dict(answer.json())


def patch(bench: Bench, row: dict[str, Any], body: Any, **headers: str) -> Any:
    return bench.api.patch(f"{BASE}/{row['id']}", body, **headers)


def changed(bench: Bench, row: dict[str, Any], **body: Any) -> dict[str, Any]:
    answer = patch(bench, row, body)
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


def slugs(row: dict[str, Any]) -> list[str]:
    return [piece["slug"] for piece in row["products"]]


def listed(slug: str = "night-sky") -> set[str]:
    """What shoppers find by the filter; no document has been forgotten."""
    assert list(stale_documents()) == []
    answer = Api().get(f"/store/products?collection={slug}")
    assert answer.status_code == 200, answer.content
    return {item["slug"] for item in answer.json()["results"]}


class TestByHand:
    def test_all_that_can_be_said(self, bench: Bench) -> None:
        piece = bench.create(title="Moon")
        picture = bench.add_picture(piece)
        row = create(
            bench,
            description="<p onclick='x()'>Made <script>alert(1)</script>at night.</p>",
            products=["rope", piece["id"], "rope"],
            picture=picture["id"],
            seo={"title": "Sky"},
        )
        assert (row["slug"], row["is_published"], row["rule"]) == ("night-sky", False, None)
        assert row["description"] == "<p>Made at night.</p>"
        assert slugs(row) == ["rope", "moon"]
        assert (row["image"]["id"], row["image"]["url"]) == (picture["id"], picture["url"])
        assert row["seo"] == {"title": "Sky", "description": ""}
        assert bench.api.get(f"{BASE}/night-sky").json() == row
        assert last_entry("collection.created").after["products"] == [p["id"] for p in row["products"]]  # type: ignore[index]

    def test_pieces_are_added_taken_out_and_put_in_order(self, bench: Bench) -> None:
        row = create(bench, products=["band"], is_published=True)
        assert listed() == {"band"}
        for order in (["halo", "band"], ["band", "halo"], ["halo"]):
            assert slugs(changed(bench, row, products=order)) == order
            assert listed() == set(order)

    def test_nothing_new_leaves_no_trace(self, bench: Bench) -> None:
        row = create(bench, products=["band"], is_published=True)
        entries = AuditEntry.objects.count()
        with CaptureQueriesContext(connection) as done:
            changed(bench, row, products=["band"], title="Night sky")
        assert not any("browse_productdocument" in query["sql"] for query in done)
        assert AuditEntry.objects.count() == entries

    def test_shown_and_taken_off(self, bench: Bench) -> None:
        row = create(bench, products=["band", "rope"])
        assert listed() == set()
        changed(bench, row, is_published=True)
        assert listed() == {"band", "rope"}
        changed(bench, row, is_published=False)
        assert listed() == set()
        changed(bench, row, is_published=True, slug="sky")
        assert listed("sky") == {"band", "rope"}
        assert not ProductDocument.objects.filter(collections__contains=["night-sky"]).exists()
        assert bench.api.delete(f"{BASE}/{row['id']}").status_code == 204
        assert listed("sky") == set()
        assert not ProductDocument.objects.exclude(collections=[]).exists()

    def test_it_is_counted_by_its_title(self, bench: Bench, api: Api) -> None:
        row = create(bench, products=["band", "rope"], is_published=True)
        changed(bench, row, title="Sky at night")
        found = api.get("/store/products?facets=true").json()["facets"]["collection"]
        assert found == [{"value": "night-sky", "label": "Sky at night", "count": 2}]


class TestByRule:
    def test_a_rule_is_shown_whole(self, bench: Bench) -> None:
        row = create(bench, rule={"product_type": "ring", "price_min": usd("10.00")}, is_published=True)
        assert row["rule"] == {
            "product_type": "ring", "metal": None, "stone": None, "tag": None, "price_min": usd("10.00"),
            "price_max": None, "category": None, "one_of_a_kind": None,
        }  # fmt: skip
        assert slugs(row) == ["halo", "band"]

    def test_another_rule_asks_only_what_it_says(self, bench: Bench) -> None:
        row = create(bench, rule={"product_type": "ring"}, is_published=True)
        assert listed() == {"halo", "band"}
        row = changed(bench, row, rule={"one_of_a_kind": False})
        assert slugs(row) == ["rope", "halo", "band"]
        assert listed() == {"rope", "halo", "band"}

    def test_pieces_join_and_leave_by_themselves(self, bench: Bench) -> None:
        create(bench, rule={"tag": "sky", "price_max": usd("50.00")}, is_published=True)
        piece = bench.published(title="Moon", tags=["sky"])
        assert listed() == set()
        bench.api.patch(bench.variant(piece), {"price": usd("49.00")})
        assert listed() == {"moon"}
        bench.patch(piece, {"tags": ["sea"]})
        assert listed() == set()

    def test_from_a_rule_to_the_hand_and_back(self, bench: Bench) -> None:
        row = create(bench, rule={"product_type": "ring"})
        row = changed(bench, row, products=["rope"])
        assert (row["rule"], slugs(row)) == (None, ["rope"])
        row = changed(bench, row, rule={"product_type": "ring"})
        assert slugs(row) == ["halo", "band"]
        assert changed(bench, row, products=[])["products"] == []

    def test_its_version_is_not_moved_by_pieces_that_follow_it(self, bench: Bench) -> None:
        row = create(bench, rule={"product_type": "ring"})
        tag = bench.api.get(f"{BASE}/{row['id']}")["ETag"]
        make_piece("third", product_type="ring")
        assert len(bench.api.get(f"{BASE}/{row['id']}").json()["products"]) == 3
        assert patch(bench, row, {"title": "Rings"}, If_Match=tag).status_code == 200
        assert problem(patch(bench, row, {"title": "Hoops"}, If_Match=tag)) == (412, "stale_version")


@pytest.mark.parametrize(
    ("values", "field", "code"),
    [
        ({"products": ["nothing"]}, "products", "unknown_product"),
        ({"products": ["bead"]}, "products", "unknown_product"),
        ({"picture": "img_0"}, "picture", "unknown_picture"),
        ({"rule": {}}, "rule", "empty"),
        ({"rule": {"metal": "unobtainium"}}, "rule.metal", "invalid_choice"),
        ({"rule": {"category": "nowhere"}}, "rule.category", "unknown_category"),
        ({"rule": {"price_min": usd("2.00"), "price_max": usd("1.00")}}, "rule.price_max", "invalid"),
        ({"rule": {"size": "7", "tag": "x"}}, "rule.size", "unknown_field"),
        ({"slug": "Night"}, "slug", "invalid"),
        ({"description": "<b>" * 3000}, "description", "too_many_tags"),
        ({"title": ""}, "title", "blank"),
    ],
)
def test_what_is_refused(bench: Bench, values: dict[str, Any], field: str, code: str) -> None:
    make_piece("bead", maker=make_maker("birch"))
    answer = bench.api.post(BASE, {"title": "Night sky", **values})
    assert (answer.status_code, refused_fields(answer)) == (422, {field: code})
    assert not Collection.objects.exists()


def test_a_rule_or_the_hand(bench: Bench) -> None:
    answer = bench.api.post(BASE, {"title": "Night sky", "rule": {"tag": "x"}, "products": []})
    assert refused_fields(answer) == {"rule": "invalid", "products": "invalid"}


def test_a_maker_has_so_many(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MAX_COLLECTIONS", 1)
    create(bench)
    assert problem(bench.api.post(BASE, {"title": "Another"})) == (409, "too_many_collections")


class TestSlugs:
    def test_another_makers_name_comes_behind(self, bench: Bench) -> None:
        create(bench)
        other = Bench(maker="birch")
        found = other.api.post("/studio/makers/birch/collections", {"title": "Night sky"}).json()["slug"]
        assert found == "night-sky-birch"
        taken = other.api.post("/studio/makers/birch/collections", {"title": "Sky", "slug": "night-sky"})
        assert refused_fields(taken) == {"slug": "slug_taken"}

    def test_an_old_one_leads_to_the_new(self, bench: Bench, api: Api) -> None:
        row = create(bench, is_published=True)
        changed(bench, row, slug="sky")
        answer = api.get("/store/collections/night-sky")
        assert (answer.status_code, answer["Location"]) == (301, "http://localhost:8000/v1/store/collections/sky")
        other = Bench(maker="birch").api.post("/studio/makers/birch/collections", {"title": "x", "slug": "night-sky"})
        assert refused_fields(other) == {"slug": "slug_taken"}
        changed(bench, row, slug="night-sky")
        assert api.get("/store/collections/night-sky").status_code == 200
        assert api.get("/store/collections/sky")["Location"].endswith("/night-sky")

    def test_a_filter_takes_an_old_one_as_it_takes_a_new_one(self, bench: Bench, api: Api) -> None:
        row = create(bench, products=["rope", "band"], is_published=True)
        changed(bench, row, slug="sky")
        assert listed("night-sky") == listed("sky") == {"rope", "band"}
        found = api.get("/store/products?collection=night-sky&product_type=ring&facets=true").json()
        assert [item["slug"] for item in found["results"]] == ["band"]
        assert [value["value"] for value in found["facets"]["collection"]] == ["sky"]
        elsewhere = through(make_storefront(owner=make_maker("birch")))
        assert elsewhere.get("/store/products?collection=night-sky").json()["results"] == []

    def test_what_is_deleted_frees_them(self, bench: Bench, api: Api) -> None:
        row = create(bench, is_published=True)
        changed(bench, row, slug="sky")
        bench.api.delete(f"{BASE}/{row['id']}")
        assert not OldSlug.objects.exists()
        assert api.get("/store/collections/night-sky").status_code == 404
        assert last_entry("collection.deleted").object == row["id"]


class TestShoppers:
    def test_published_ones_of_the_makers_shown(self, bench: Bench, api: Api) -> None:
        create(bench, title="Draft")
        row = create(bench, products=["rope", "band", "halo"], is_published=True)
        Product.objects.filter(slug="band").update(is_public=False)
        [shown] = api.get("/store/collections").json()["results"]
        assert shown == {
            "id": row["id"], "slug": "night-sky", "title": "Night sky", "description": "",
            "maker": {"slug": "alder", "name": "Alder"}, "image": None,
            "seo": {"title": "Night sky", "description": ""},
        }  # fmt: skip
        assert api.get("/store/collections/night-sky").json() == {**shown, "products": ["rope", "halo"]}
        assert api.get("/store/collections/draft").status_code == 404
        assert api.get("/store/collections?maker=birch").json()["results"] == []
        assert len(api.get("/store/collections?maker=alder").json()["results"]) == 1

    def test_not_through_anothers_window(self, bench: Bench, api: Api) -> None:
        create(bench, products=["band"], is_published=True)
        window = through(make_storefront(owner=make_maker("birch")))
        assert window.get("/store/collections").json()["results"] == []
        assert window.get("/store/collections/night-sky").status_code == 404
        bench.member.maker.is_public = False
        bench.member.maker.save()
        assert api.get("/store/collections").json()["results"] == []

    def test_queries(self, bench: Bench, api: Api, django_assert_num_queries: Any) -> None:
        picture = bench.add_picture(bench.create(title="Moon"))["id"]
        for number in range(5):
            create(bench, title=f"Sky {number}", products=["band", "rope"], picture=picture, is_published=True)
        with django_assert_num_queries(3):  # the storefront, the collections, their pictures
            assert len(api.get("/store/collections").json()["results"]) == 5
        with django_assert_num_queries(4):
            assert len(api.get("/store/collections/sky-1").json()["products"]) == 2
