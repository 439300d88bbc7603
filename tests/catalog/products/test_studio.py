"""A maker's pieces through the studio's door: what may be said of them, who may, and what is written down."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from catalog.catalogue.models import Category, Product
from catalog.catalogue.stones import STONE_KEYS
from catalog.imports.services import make_category
from catalog.partner.models import Partner
from shop.audit.models import AuditEntry
from tests.catalog.bench import Bench, last_entry, problem, refused_fields, ring, usd
from tests.factories import api_of, make_key, make_piece, make_variant, written_past_services

pytestmark = pytest.mark.django_db

STONE = {"kind": "sapphire", "origin": "lab_grown"}


@pytest.fixture
def bench() -> Bench:
    return Bench()


def found(bench: Bench, query: str) -> list[str]:
    answer = bench.api.get(f"{bench.base}?{query}")
    assert answer.status_code == 200, answer.content
    return [piece["title"] for piece in answer.json()["results"]]


class TestCreate:
    def test_all_that_can_be_said(self, bench: Bench) -> None:
        make_category(["Rings", "Bands"])
        piece = bench.create(
            subtitle="For two",
            description="<p onclick='x()'>Forged <script>alert(1)</script>by hand.</p>",
            product_type="ring",
            tags=["gold", "Gold", "wedding"],
            stones=[{**STONE, "treatment": "heated", "cut": "oval", "carat": "1.050", "count": 2}, STONE],
            seo={"title": "Moon ring in gold"},
            categories=["bands"],
            variants=[
                ring(options={"Ring Size": "7", "metal": "gold"}, metal="14k-yellow-gold", weight_g="4.250"),
                ring(
                    "MOON-8", options={"ring size": "8", "metal": "gold"}, compare_at_price=usd("200.00"), title="Big"
                ),
            ],
        )
        assert piece.pop("created_at").endswith("Z") and piece.pop("updated_at").endswith("Z")
        first, second = piece.pop("variants")
        assert {problem["code"] for problem in piece.pop("problems")} == {
            "no_picture", "gold_without_karat", "treatment_not_disclosed", "metal_not_declared",
        }  # fmt: skip
        assert piece == {
            "id": piece["id"],
            "status": "draft",
            "maker": {"id": bench.member.maker.public_id, "slug": "alder", "name": "Alder"},
            "slug": "moon-ring",
            "title": "Moon ring",
            "subtitle": "For two",
            "description": "<p>Forged by hand.</p>",
            "product_type": "ring",
            "tags": ["gold", "wedding"],
            "stones": [
                {**STONE_KEYS, **STONE, "treatment": "heated", "cut": "oval", "carat": "1.050", "count": 2},
                {**STONE_KEYS, **STONE},
            ],
            "attributes": {},
            "parts": [],
            "ring_sizes": None,
            "one_of_a_kind": False,
            "final_sale": False,
            "seo": {"title": "Moon ring in gold", "description": ""},
            "categories": [{"slug": "bands", "name": "Bands"}],
            "images": [],
        }
        assert first == {
            "id": first["id"],
            "sku": "MOON-7",
            "title": "7 / gold",
            "options": {"ring_size": "7", "metal": "gold"},
            "metal": "14k-yellow-gold",
            "parts": [],
            "price": usd("180.00"),
            "compare_at_price": None,
            "weight_g": "4.25",
            "lead_time_days": None,
            "barcode": "",
            "status": "active",
            "stock": {"count": 5, "held": 0, "available": 5, "policy": "stock"},
        }
        assert (second["title"], second["compare_at_price"]) == ("Big", usd("200.00"))

    def test_a_title_is_enough(self, bench: Bench) -> None:
        piece = bench.create(variants=[])
        assert (piece["variants"], piece["product_type"], piece["description"]) == ([], "other", "")
        assert bench.read(piece).json() == piece

    def test_it_is_written_down(self, bench: Bench) -> None:
        piece = bench.create()
        entry = last_entry("product.created")
        assert (entry.actor, entry.maker) == (bench.member.user.public_id, bench.member.maker.public_id)
        assert (entry.object, entry.before) == (piece["id"], None)
        assert entry.after["title"] == "Moon ring"
        assert entry.after["variants"] == [piece["variants"][0]["id"]]

    def test_a_slug_is_never_stolen(self, bench: Bench) -> None:
        Bench(maker="birch").create()
        assert bench.create()["slug"] == "moon-ring-alder"
        assert bench.create(variants=[])["slug"] == "moon-ring-alder-2"
        refused = bench.try_create(slug="moon-ring")
        assert (problem(refused), refused_fields(refused)) == ((422, "invalid_input"), {"slug": "slug_taken"})
        assert bench.create(slug="moon", variants=[])["slug"] == "moon"
        assert Product.objects.pieces().count() == 4

    def test_a_retry_makes_no_second_one(self, bench: Bench) -> None:
        body = {"title": "Moon ring"}
        first, again = (bench.api.post(bench.base, body, Idempotency_Key="same") for _ in range(2))
        assert (first.status_code, again.status_code, again["Idempotent-Replayed"]) == (201, 201, "true")
        assert first.json()["id"] == again.json()["id"]
        assert Product.objects.pieces().count() == 1

    BAD: dict[str, tuple[dict[str, Any], str]] = {
        "no title": ({"title": ""}, "title"),
        "a number for a title": ({"title": 5}, "title"),
        "a title too long": ({"title": "x" * 256}, "title"),
        "NUL": ({"title": "Moon\0"}, "title"),
        "a control character": ({"title": "Moon\x1bring"}, "title"),
        "a line break in a title": ({"title": "Moon\nring"}, "title"),
        "a control character in a tag": ({"tags": ["a\x07"]}, "tags.0"),
        "NUL in the description": ({"description": "a\0b"}, "description"),
        "too many tags of HTML": ({"description": "<b>" * 2_001}, "description"),
        "an unknown type": ({"product_type": "crown"}, "product_type"),
        "a slug with capitals": ({"slug": "Moon"}, "slug"),
        "a slug like an id": ({"slug": "prd_x"}, "slug"),
        "a slug with a slash": ({"slug": "a/b"}, "slug"),
        "51 tags": ({"tags": [str(number) for number in range(51)]}, "tags"),
        "words for yes": ({"one_of_a_kind": "true"}, "one_of_a_kind"),
        "a stone without origin": ({"stones": [{"kind": "ruby"}]}, "stones.0.origin"),
        "a stone of no known origin": ({"stones": [{**STONE, "origin": "moon"}]}, "stones.0.origin"),
        "carats as a number": ({"stones": [{**STONE, "carat": 1.05}]}, "stones.0.carat"),
        "no carats": ({"stones": [{**STONE, "carat": "0"}]}, "stones.0.carat"),
        "carats that are no number": ({"stones": [{**STONE, "carat": "NaN"}]}, "stones.0.carat"),
        "half a stone": ({"stones": [{**STONE, "count": 0.5}]}, "stones.0.count"),
        "an unknown field of a stone": ({"stones": [{**STONE, "color": "blue"}]}, "stones.0.color"),
        "an unknown category": ({"categories": ["crowns"]}, "categories"),
        "an unknown field": ({"is_public": True}, "is_public"),
        "another's maker": ({"maker": "birch"}, "maker"),
        "101 variants": ({"variants": [ring(f"M-{number}") for number in range(101)]}, "variants"),
        "a bad second variant": ({"variants": [ring(), ring("B", options={"size": "7"})]}, "variants.1.options"),
    }

    @pytest.mark.parametrize("name", BAD)
    def test_bad_input(self, bench: Bench, name: str) -> None:
        values, field = self.BAD[name]
        answer = bench.try_create(**values)
        assert problem(answer) == (422, "invalid_input"), answer.content
        assert field in refused_fields(answer), answer.content
        assert not Product.objects.exists()
        assert not AuditEntry.objects.exists()

    def test_stock_is_for_who_may_count(self, bench: Bench) -> None:
        marketer = Bench("marketer")
        refused = marketer.try_create(variants=[ring()])
        assert problem(refused) == (403, "not_permitted")
        assert refused.json()["permission"] == "stock.edit"
        assert not Product.objects.exists()
        without = {name: value for name, value in ring().items() if name != "stock"}
        piece = marketer.create(variants=[without])
        assert piece["variants"][0]["stock"]["count"] == 0


class TestRead:
    def test_by_id_or_slug(self, bench: Bench) -> None:
        piece = bench.create()
        by_slug = bench.api.get(f"{bench.base}/moon-ring")
        assert (by_slug.json(), by_slug["ETag"]) == (piece, bench.read(piece)["ETag"])

    def test_not_anothers(self, bench: Bench) -> None:
        foreign = Bench(maker="birch").create()
        for name in (foreign["id"], foreign["slug"], foreign["variants"][0]["id"], "nothing"):
            assert problem(bench.api.get(f"{bench.base}/{name}")) == (404, "not_found")

    def test_a_variant_is_no_piece(self, bench: Bench) -> None:
        assert problem(bench.api.get(f"{bench.base}/{bench.create()['variants'][0]['id']}")) == (404, "not_found")

    def test_a_sale_does_not_move_its_etag(self, bench: Bench, api: Any) -> None:
        piece = bench.published()
        before = bench.read(piece)["ETag"]
        api.placed(MOON_7=1)
        after = bench.read(piece)
        assert (after["ETag"], after.json()["variants"][0]["stock"]["held"]) == (before, 1)
        bench.patch(piece, {"subtitle": "New"})
        assert bench.read(piece)["ETag"] != before


class TestList:
    @pytest.fixture(autouse=True)
    def pieces(self, bench: Bench) -> None:
        bench.create(title="Anvil cuff", product_type="bangle", variants=[ring("CUFF", price=usd("90.00"))])
        bench.published(
            variants=[ring(options={"size": "7"}), ring("MOON-8", options={"size": "8"}, price=usd("220.00"))]
        )
        bench.create(title="Bare", variants=[])
        Bench(maker="birch").create(title="Foreign", variants=[ring("MOON-F")])

    def test_an_item(self, bench: Bench) -> None:
        [item] = bench.api.get(f"{bench.base}?status=published").json()["results"]
        assert item.pop("image")["status"] == "ready"
        assert item.pop("updated_at").endswith("Z")
        assert item == {
            "id": item["id"],
            "slug": "moon-ring",
            "title": "Moon ring",
            "status": "published",
            "product_type": "other",
            "price_from": usd("180.00"),
            "price_to": usd("220.00"),
            "variants": 2,
            "on_shelf": 10,
        }

    def test_a_piece_without_variants(self, bench: Bench) -> None:
        [item] = bench.api.get(f"{bench.base}?q=bare").json()["results"]
        assert (item["price_from"], item["image"], item["variants"], item["on_shelf"]) == (None, None, 0, 0)

    @pytest.mark.parametrize(
        ("query", "titles"),
        [
            ("", ["Bare", "Moon ring", "Anvil cuff"]),
            ("sort=name", ["Anvil cuff", "Bare", "Moon ring"]),
            ("status=draft", ["Bare", "Anvil cuff"]),
            ("q=RING", ["Moon ring"]),
            ("q=moon-8", ["Moon ring"]),
            ("q=%25", []),
            ("product_type=bangle", ["Anvil cuff"]),
            ("product_type=bangle&status=published", []),
        ],
    )
    def test_filters(self, bench: Bench, query: str, titles: list[str]) -> None:
        assert found(bench, query) == titles

    def test_walking(self, bench: Bench) -> None:
        first = bench.api.get(f"{bench.base}?limit=2&sort=name").json()
        second = bench.api.get(first["next"].removeprefix("http://localhost:8000/v1")).json()
        assert [piece["title"] for piece in first["results"] + second["results"]] == ["Anvil cuff", "Bare", "Moon ring"]
        assert second["next"] is None

    @pytest.mark.parametrize("query", ["status=sold", "limit=0", "product_type=crown", "sort=price", "page=2"])
    def test_bad_input(self, bench: Bench, query: str) -> None:
        assert problem(bench.api.get(f"{bench.base}?{query}")) == (422, "invalid_input")

    def test_what_is_held_or_withdrawn_is_not_counted(self, bench: Bench, api: Any) -> None:
        api.placed(MOON_7=3)
        [item] = bench.api.get(f"{bench.base}?q=moon").json()["results"]
        assert item["on_shelf"] == 7
        piece = bench.api.get(f"{bench.base}/moon-ring").json()
        assert bench.api.delete(bench.variant(piece, 1)).status_code == 204
        [item] = bench.api.get(f"{bench.base}?q=moon").json()["results"]
        assert (item["variants"], item["on_shelf"], item["price_to"]) == (1, 2, usd("180.00"))


class TestChange:
    def test_only_what_is_given_changes(self, bench: Bench) -> None:
        piece = bench.create(subtitle="For two", tags=["a"])
        with time_machine.travel(timezone.now() + timedelta(hours=1), tick=False):
            changed = bench.patch(piece, {"title": "Sun ring", "tags": ["b", "B"], "slug": "sun"}).json()
        assert changed.pop("updated_at") > piece.pop("updated_at")
        assert changed == {**piece, "title": "Sun ring", "tags": ["b"], "slug": "sun"}
        entry = last_entry("product.changed")
        assert (entry.object, entry.before) == (piece["id"], {"slug": "moon-ring", "title": "Moon ring", "tags": ["a"]})
        assert entry.after == {"slug": "sun", "title": "Sun ring", "tags": ["b"]}

    def test_what_is_already_so_is_not_written_down(self, bench: Bench) -> None:
        piece = bench.create()
        answer = bench.patch(piece, {"title": "Moon ring", "slug": "moon-ring"})
        assert (answer.status_code, answer["ETag"]) == (200, bench.read(piece)["ETag"])
        assert not AuditEntry.objects.filter(action="product.changed").exists()

    def test_categories_are_given_whole(self, bench: Bench) -> None:
        make_category(["Rings"])
        make_category(["Gifts"])
        piece = bench.create(categories=["rings"])
        assert [
            category["slug"] for category in bench.patch(piece, {"categories": ["gifts"]}).json()["categories"]
        ] == ["gifts"]
        assert bench.patch(piece, {"categories": []}).json()["categories"] == []
        assert Category.objects.count() == 2

    def test_a_stale_change(self, bench: Bench) -> None:
        piece = bench.create()
        tag = bench.read(piece)["ETag"]
        answer = bench.patch(piece, {"title": "Sun ring"}, If_Match=tag)
        assert answer.status_code == 200
        refused = bench.patch(piece, {"title": "Star ring"}, If_Match=tag)
        assert problem(refused) == (412, "stale_version")
        assert bench.read(piece).json()["title"] == "Sun ring"
        assert bench.patch(piece, {"title": "Star ring"}, If_Match=answer["ETag"]).status_code == 200

    def test_a_change_of_a_part_makes_it_stale(self, bench: Bench) -> None:
        piece = bench.create()
        tag = bench.read(piece)["ETag"]
        bench.add_picture(piece)
        assert problem(bench.patch(piece, {"title": "x"}, If_Match=tag)) == (412, "stale_version")

    @pytest.mark.parametrize("body", [{"title": ""}, {"title": None}, {"variants": []}, {"status": "published"}])
    def test_bad_input(self, bench: Bench, body: dict[str, Any]) -> None:
        piece = bench.create()
        assert problem(bench.patch(piece, body)) == (422, "invalid_input")
        assert bench.read(piece).json() == piece

    def test_a_slug_that_is_taken(self, bench: Bench) -> None:
        piece = bench.create()
        Bench(maker="birch").create(title="Sun", variants=[])
        refused = bench.patch(piece, {"slug": "sun", "title": "Sun"})
        assert refused_fields(refused) == {"slug": "slug_taken"}
        assert bench.read(piece).json() == piece

    def test_not_anothers(self, bench: Bench) -> None:
        foreign = Bench(maker="birch")
        piece = foreign.create()
        assert problem(bench.patch(piece, {"title": "Mine"})) == (404, "not_found")
        assert foreign.read(piece).json() == piece


class TestPublish:
    def test_all_reasons_at_once(self, bench: Bench) -> None:
        piece = bench.create(one_of_a_kind=True, variants=[ring(price=None)])
        refused = bench.publish(piece)
        assert problem(refused) == (422, "not_publishable")
        fields = {"variants": "no_price", "images": "no_picture", "one_of_a_kind": "more_than_one"}
        assert refused_fields(refused) == fields
        assert bench.read(piece).json()["status"] == "draft"
        assert not AuditEntry.objects.filter(action="product.published").exists()

    @pytest.mark.parametrize(
        ("count", "policy", "status"), [(1, "stock", 200), (2, "stock", 422), (1, "made_to_order", 422)]
    )
    def test_one_of_a_kind_is_sold_once(self, bench: Bench, count: int, policy: str, status: int) -> None:
        piece = bench.create(one_of_a_kind=True, variants=[ring(stock={"count": count, "policy": policy})])
        bench.add_picture(piece)
        assert bench.publish(piece).status_code == status

    def test_two_variants_of_one_piece_each(self, bench: Bench) -> None:
        one = {"count": 1, "policy": "stock"}
        variants = [ring(options={"size": "7"}, stock=one), ring("MOON-8", options={"size": "8"}, stock=one)]
        piece = bench.create(one_of_a_kind=True, variants=variants)
        bench.add_picture(piece)
        assert refused_fields(bench.publish(piece)) == {"one_of_a_kind": "more_than_one"}

    def test_again_changes_nothing(self, bench: Bench) -> None:
        piece = bench.published()
        assert bench.publish(piece).json() == piece
        assert AuditEntry.objects.filter(action="product.published").count() == 1
        assert bench.unpublish(piece).json()["status"] == "draft"
        assert bench.unpublish(piece).json()["status"] == "draft"
        entry = AuditEntry.objects.get(action="product.unpublished")
        assert (entry.object, entry.before, entry.after) == (piece["id"], {"status": "published"}, {"status": "draft"})

    def test_only_what_was_looked_at(self, bench: Bench) -> None:
        piece = bench.create()
        bench.add_picture(piece)
        tag = bench.read(piece)["ETag"]
        bench.patch(piece, {"title": "Moon rock"})
        assert problem(bench.publish(piece, If_Match=tag)) == (412, "stale_version")
        assert bench.publish(piece, If_Match=bench.read(piece)["ETag"]).status_code == 200

    def test_a_published_piece_stays_fit(self, bench: Bench) -> None:
        piece = bench.published()
        refused = bench.patch(piece, {"one_of_a_kind": True})
        assert (problem(refused), refused_fields(refused)) == (
            (409, "needed_while_published"),
            {"one_of_a_kind": "more_than_one"},
        )
        assert bench.read(piece).json() == piece

    def test_what_an_import_left_out_need_not_be_there(self, bench: Bench) -> None:
        piece = make_piece("moon", make_variant("MOON-1"), maker=bench.member.maker)
        answer = bench.patch({"id": piece.public_id}, {"subtitle": "No picture"})
        assert (answer.status_code, answer.json()["status"]) == (200, "published")

    def test_a_jeweler_may_not(self) -> None:
        jeweler = Bench("bench_jeweler")
        piece = jeweler.create()
        assert problem(jeweler.publish(piece)) == (403, "not_permitted")

    def test_bad_input(self, bench: Bench) -> None:
        piece = bench.create()
        assert problem(bench.api.post(bench.path(piece, "publish"), {"now": True})) == (422, "invalid_input")


class TestWhoMay:
    def test_a_key_with_its_scopes(self, bench: Bench) -> None:
        piece = bench.create()
        reader = api_of(make_key(bench.member, "products.read"))
        assert reader.get(bench.path(piece)).status_code == 200
        assert problem(reader.patch(bench.path(piece), {"title": "x"})) == (403, "not_permitted")
        editor = api_of(make_key(bench.member, "products.edit"))
        refused = editor.post(bench.base, {"title": "Sun", "variants": [ring("SUN")]})
        assert problem(refused) == (403, "not_permitted")
        assert editor.post(bench.base, {"title": "Sun"}).status_code == 201
        assert last_entry("product.created").actor.startswith("key_")

    def test_a_closed_makers_pieces_are_not_shown(self, bench: Bench, api: Any) -> None:
        piece = bench.published()
        Partner.objects.update(is_public=False)
        written_past_services()
        assert api.get("/store/products").json()["results"] == []
        assert bench.read(piece).json()["status"] == "published"
