"""What a maker declares of a piece: attributes, parts, stones and ring sizes, from the studio to the shopper."""

from typing import Any

import pytest

from catalog.catalogue.attributes import PRODUCT_TYPES
from catalog.catalogue.models import Product
from catalog.catalogue.rules import MAX_VARIANTS
from catalog.catalogue.stones import STONE_KEYS
from tests.api import Api
from tests.catalog.bench import Bench, last_entry, problem, refused_fields, ring, usd

pytestmark = pytest.mark.django_db

VERMEIL = {"metal": "18k-yellow-gold", "kind": "vermeil", "microns": "2.50", "fraction": ""}
PARTS = [
    {"part": "band"},
    {"part": "bezel", "metal": "sterling-silver", "plating": VERMEIL, "weight_g": "0.400"},
]
SIZES = {
    "from_mm": "46.80", "to_mm": "62.1", "made_on_request": True, "extra_lead_time_days": 10,
    "price_per_size_above": usd("25.00"),
}  # fmt: skip
REPORT = {"lab": "GIA", "number": "2141438171", "url": "https://www.gia.edu/report-check"}
STONE = {
    "kind": "tsavorite", "origin": "natural", "treatment": "oiled", "carat": "1.050", "carat_is": "exact",
    "colour": "vivid green", "clarity": "eye-clean", "country": "KE", "mine": "Tsavo", "report": REPORT,
    "setting": "bezel", "position": "center",
}  # fmt: skip
ATTRIBUTES = {"technique": ["forged"], "band_width_mm": "4.0", "nickel": "contains_nickel"}
DECLARED = {
    "product_type": "ring", "attributes": ATTRIBUTES, "parts": PARTS, "stones": [STONE], "ring_sizes": SIZES,
    "final_sale": True,
}  # fmt: skip


@pytest.fixture
def bench() -> Bench:
    return Bench()


def shown(bench: Bench, piece: dict[str, Any], api: Api) -> Any:
    bench.add_picture(piece)
    assert bench.publish(piece).status_code == 200
    return api.get(f"/store/products/{piece['slug']}").json()


def test_what_is_declared_is_kept_and_written_down(bench: Bench) -> None:
    piece = bench.create(**DECLARED, variants=[ring(metal="sterling-silver")])
    assert piece["attributes"] == {"band_width_mm": "4", "technique": ["forged"], "nickel": "contains_nickel"}
    assert piece["parts"] == [
        {"part": "band", "metal": None, "plating": None, "weight_g": None},
        {"part": "bezel", "metal": "sterling-silver", "plating": {**VERMEIL, "microns": "2.5"}, "weight_g": "0.4"},
    ]
    assert piece["stones"] == [{**STONE_KEYS, **STONE, "kind": "garnet", "name": "tsavorite"}]
    assert piece["ring_sizes"] == {**SIZES, "from_mm": "46.8"}
    assert piece["final_sale"] is True
    changed = bench.patch(piece, {"attributes": {"finish": ["matte"]}, "ring_sizes": None, "parts": []}).json()
    assert (changed["attributes"], changed["ring_sizes"], changed["parts"]) == ({"finish": ["matte"]}, None, [])
    assert last_entry("product.changed").after == {"attributes": {"finish": ["matte"]}, "ring_sizes": None, "parts": []}


@pytest.mark.parametrize("carat", ["2", "0.5", "0.50", "0.500"])
def test_a_stone_is_weighed_no_finer_than_its_maker_says(bench: Bench, api: Api, carat: str) -> None:
    """The last decimal shown is a claim: 0.500 is nearer to 0.5 than 0.50 need be (16 CFR 23.18(c))."""
    piece = bench.create(stones=[{"kind": "opal", "origin": "natural", "carat": carat}])
    assert piece["stones"][0]["carat"] == carat
    facts = {fact["code"]: fact["value"] for fact in shown(bench, piece, api)["attributes"]}
    assert facts["stones"] == f"1 x opal, {carat} ct"


def test_a_stale_declaration(bench: Bench) -> None:
    piece = bench.create(**DECLARED)
    tag = bench.read(piece)["ETag"]
    assert bench.patch(piece, {"attributes": {}}, If_Match=tag).status_code == 200
    assert problem(bench.patch(piece, {"attributes": ATTRIBUTES}, If_Match=tag)) == (412, "stale_version")


def test_a_shopper_is_told_all_of_it(bench: Bench, api: Api) -> None:
    own = [{"part": "band", "metal": "14k-yellow-gold"}]
    variants = [
        ring(metal="sterling-silver", options={"metal": "silver"}),
        ring("MOON-G", metal="14k-yellow-gold", options={"metal": "gold"}, parts=own),
    ]
    found = shown(bench, bench.create(**DECLARED, variants=variants, description="<p>The tsavorite is oiled.</p>"), api)
    assert [metal["code"] for metal in found["metals"]] == ["sterling-silver", "gold-vermeil", "14k-yellow-gold"]
    silver, gold = found["variants"]
    assert [(part["part"], part["metal"]["code"]) for part in silver["parts"]] == [
        ("band", "sterling-silver"), ("bezel", "sterling-silver"),
    ]  # fmt: skip
    assert silver["parts"][1]["plating"] == {
        "metal": "18k-yellow-gold", "label": "18k yellow gold vermeil", "kind": "vermeil", "microns": "2.5",
        "fraction": None,
    }  # fmt: skip
    assert [part["metal"]["code"] for part in gold["parts"]] == ["14k-yellow-gold"]
    assert {fact["code"]: fact["value"] for fact in found["attributes"]} == {
        "metal": "sterling silver, gold vermeil, 14k yellow gold",
        "stones": "1 x tsavorite, 1.050 ct, vivid green, eye-clean, treated: oiled",
        "band_width_mm": "4 mm",
        "technique": "forged",
        "nickel": "contains nickel",
    }
    assert [said["code"] for said in found["disclosures"]] == ["plating", "treated", "nickel"]
    assert (found["ring_sizes"]["to_mm"], found["final_sale"]) == ("62.1", True)
    [item] = api.get("/store/products").json()["results"]
    assert item["metals"] == found["metals"]


BAD: dict[str, tuple[dict[str, Any], str, str]] = {
    "an unknown attribute": ({"attributes": {"sparkle": "5"}}, "attributes.sparkle", "unknown_attribute"),
    "an attribute of another type": ({"attributes": {"clasp": "box"}}, "attributes.clasp", "other_type"),
    "attributes nested without end": ({"attributes": {"care": [[[{"a": 1}]]]}}, "attributes.care", "not_text"),
    "an unknown metal": ({"parts": [{"part": "band", "metal": "mithril"}]}, "parts.0.metal", "invalid_choice"),
    "a weight as a number": ({"parts": [{"part": "band", "weight_g": 3}]}, "parts.0.weight_g", "invalid"),
    "two parts of one name": ({"parts": [{"part": "a"}, {"part": "A"}]}, "parts.1.part", "same_part"),
    "too many parts": ({"parts": [{"part": str(n)} for n in range(21)]}, "parts", "max_length"),
    "vermeil of rhodium": (
        {"parts": [{"part": "a", "plating": {"metal": "rhodium", "kind": "vermeil"}}]},
        "parts.0.plating.kind",
        "not_gold",
    ),
    "a fraction that is none": (
        {"parts": [{"part": "a", "plating": {**VERMEIL, "fraction": "1/0"}}]},
        "parts.0.plating.fraction",
        "invalid",
    ),
    "an unknown stone": ({"stones": [{**STONE, "kind": "saphire"}]}, "stones.0.kind", "unknown_stone"),
    "a report by script": (
        {"stones": [{**STONE, "report": {**REPORT, "url": "javascript:alert(1)"}}]},
        "stones.0.report.url",
        "invalid",
    ),
    "sizes upside down": ({"ring_sizes": {"from_mm": "60", "to_mm": "50"}}, "ring_sizes.to_mm", "below_from"),
    "a size no finger has": ({"ring_sizes": {"from_mm": "5", "to_mm": "50"}}, "ring_sizes.from_mm", "min_value"),
    "a price for sizes nobody makes": (
        {"ring_sizes": {**SIZES, "made_on_request": False}},
        "ring_sizes.made_on_request",
        "not_made",
    ),
    "a type that its attributes do not suit": ({"product_type": "charm"}, "attributes.band_width_mm", "other_type"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input(bench: Bench, name: str) -> None:
    body, field, code = BAD[name]
    piece = bench.create(**DECLARED)
    refused = bench.patch(piece, body)
    assert refused.status_code == 422
    assert refused_fields(refused).get(field) == code
    assert bench.read(piece).json() == piece


def test_a_ring_that_becomes_something_else_has_no_sizes(bench: Bench) -> None:
    piece = bench.create(**DECLARED)
    assert refused_fields(bench.patch(piece, {"product_type": "charm", "attributes": {}})) == {
        "ring_sizes": "not_a_ring"
    }
    changed = bench.patch(piece, {"product_type": "charm", "attributes": {}, "ring_sizes": None})
    assert changed.json()["product_type"] == "charm"


class TestPublish:
    def test_all_reasons_at_once(self, bench: Bench) -> None:
        silver = [{"part": "band", "metal": "sterling-silver", "plating": {**VERMEIL, "microns": None}}]
        none = {"count": 0, "policy": "stock"}
        piece = bench.create(product_type="loose_stone", parts=silver, variants=[ring(metal="brass", stock=none)])
        refused = bench.publish(piece)
        assert problem(refused) == (422, "not_publishable")
        assert {error["code"] for error in refused.json()["errors"]} == {
            "no_stock", "no_picture", "no_stone", "vermeil_thickness", "contradicting_metals",
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("kind", "origin"),
        [("moissanite", "natural"), ("cz", "natural"), ("cultured pearl", "lab_grown"), ("pearl", "lab_grown")],
    )
    def test_a_stone_is_of_an_origin_that_there_is(self, bench: Bench, kind: str, origin: str) -> None:
        piece = bench.create(stones=[{"kind": kind, "origin": origin}])
        bench.add_picture(piece)
        refused = bench.publish(piece)
        assert refused_fields(refused) == {"stones.0.origin": "no_such_origin"}

    @pytest.mark.parametrize(
        ("count", "policy", "status"), [(0, "stock", 422), (1, "stock", 200), (0, "made_to_order", 200)]
    )
    def test_something_can_be_sold(self, bench: Bench, count: int, policy: str, status: int) -> None:
        piece = bench.create(variants=[ring(stock={"count": count, "policy": policy})])
        bench.add_picture(piece)
        assert bench.publish(piece).status_code == status

    def test_stock_without_a_price_does_not_count(self, bench: Bench) -> None:
        none = {"count": 0, "policy": "stock"}
        variants = [ring(options={"size": "7"}, stock=none), ring("MOON-8", options={"size": "8"}, price=None)]
        piece = bench.create(variants=variants)
        bench.add_picture(piece)
        assert refused_fields(bench.publish(piece)) == {"variants": "no_stock"}

    def test_a_published_piece_may_run_out(self, bench: Bench) -> None:
        piece = bench.published()
        assert bench.count(piece, 0).status_code == 200

    def test_a_published_piece_keeps_metals_that_agree(self, bench: Bench) -> None:
        piece = bench.published(variants=[ring(metal="14k-yellow-gold")])
        silver = [{"part": "band", "metal": "sterling-silver"}]
        for refused in (
            bench.patch(piece, {"parts": silver}),
            bench.api.patch(bench.variant(piece), {"parts": silver}),
        ):
            assert problem(refused) == (409, "needed_while_published")
            assert refused_fields(refused) == {"variants": "contradicting_metals"}
        assert bench.read(piece).json() == piece


class TestVariants:
    def test_parts_of_its_own_are_kept_and_written_down(self, bench: Bench) -> None:
        piece = bench.create(variants=[ring(parts=PARTS)])
        assert [part["part"] for part in piece["variants"][0]["parts"]] == ["band", "bezel"]
        changed = bench.api.patch(bench.variant(piece), {"parts": [{"part": "band", "metal": "brass"}]}).json()
        brass = {"part": "band", "metal": "brass", "plating": None, "weight_g": None}
        assert changed["parts"] == [brass]
        assert last_entry("variant.changed").after == {"parts": [brass]}

    def test_bad_input(self, bench: Bench) -> None:
        twice = [{"part": "a"}, {"part": "a"}]
        refused = bench.try_create(variants=[ring(parts=twice)])
        assert refused_fields(refused) == {"variants.0.parts.1.part": "same_part"}
        piece = bench.create()
        refused = bench.api.patch(bench.variant(piece), {"parts": twice})
        assert (problem(refused), refused_fields(refused)) == (
            (422, "invalid_input"),
            {"parts.1.part": "same_part"},
        )
        assert bench.read(piece).json() == piece

    def test_there_is_an_end_to_them(self, bench: Bench) -> None:
        piece = bench.create()
        row = Product.objects.get(public_id=piece["id"])
        sizes = range(MAX_VARIANTS - 1)
        Product.objects.bulk_create(Product(structure=Product.CHILD, parent=row, options={"n": n}) for n in sizes)
        refused = bench.api.post(bench.path(piece, "variants"), ring("MOON-8"))
        assert problem(refused) == (422, "too_many_variants")
        assert Product.objects.filter(parent=row).count() == MAX_VARIANTS
        for count, said in ((5_000, (413, "body_too_large")), (500, (422, "invalid_input"))):
            variants = [ring(f"S-{n}", options={"n": str(n)}) for n in range(count)]
            assert problem(bench.try_create(variants=variants)) == said
        assert Product.objects.pieces().count() == 1


def test_the_vocabulary_draws_a_form(api: Api) -> None:
    answer = api.get("/store/product-types")
    found = answer.json()
    assert [each["code"] for each in found["product_types"]] == list(PRODUCT_TYPES)
    fields = {field["code"]: field for field in found["product_types"][0]["attributes"]}
    assert (fields["band_width_mm"]["kind"], fields["band_width_mm"]["unit"]) == ("number", "mm")
    assert {"code": "lost_wax_cast", "label": "lost wax cast"} in fields["technique"]["choices"]
    assert {"rhodium", "14k-yellow-gold"} <= {coating["code"] for coating in found["coatings"]}
    assert "tsavorite" in next(kind for kind in found["stone_kinds"] if kind["code"] == "garnet")["trade_names"]
    assert api.get("/store/product-types", If_None_Match=answer["ETag"]).status_code == 304
