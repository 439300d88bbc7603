"""Which pieces are in which collection: by hand, and by each thing a rule may ask."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from catalog.catalogue.metals import METALS, metals_of
from catalog.catalogue.models import Category, Product
from catalog.collections.models import Collection, CollectionPiece
from catalog.collections.queries import collections_of, pieces_in
from catalog.imports.items import StoneItem
from catalog.imports.services import make_category
from tests.factories import make_maker, make_piece, make_variant

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(db: None) -> dict[str, Product]:
    gold, silver = {"metal": "14k-yellow-gold"}, {"metal": "sterling-silver"}
    sapphire = StoneItem(kind="sapphire", origin="lab_grown")
    pieces = {
        "band": {"product_type": "ring", "tags": ("wedding", "plain"), "category": "Rings > Bands"},
        "halo": {"product_type": "ring", "stones": (sapphire,), "category": "Rings", "one_of_a_kind": True},
        "rope": {"product_type": "necklace", "tags": ("plain",), "category": "Chains"},
    }
    variants = {
        "band": (make_variant("B-1", "100.00", **gold), make_variant("B-2", "20.00", **silver)),
        "halo": (make_variant("H-1", "900.00", **gold),),
        "rope": (make_variant("R-1", "60.00", **silver),),
    }
    return {handle: make_piece(handle, *variants[handle], **values) for handle, values in pieces.items()}


def make_collection(slug: str, *pieces: Product, **values: Any) -> Collection:
    maker = values.pop("maker", None) or make_maker()
    row = Collection.objects.create(maker=maker, title=slug, slug=slug, **{"is_published": True, **values})
    for position, piece in enumerate(pieces):
        CollectionPiece.objects.create(collection=row, piece=piece, position=position)
    return row


def by_rule(slug: str = "ruled", **asked: Any) -> Collection:
    return make_collection(slug, by_rule=True, **asked)


RULES: list[tuple[dict[str, Any], set[str]]] = [
    ({"product_type": "ring"}, {"band", "halo"}),
    ({"metal": "sterling-silver"}, {"band", "rope"}),
    ({"metal": "platinum-950"}, set()),
    ({"stone": "sapphire"}, {"halo"}),
    ({"stone": "ruby"}, set()),
    ({"tag": "plain"}, {"band", "rope"}),
    ({"tag": "pla"}, set()),
    ({"price_min": "60.00"}, {"band", "halo", "rope"}),
    ({"price_min": "60.01", "price_max": "100.00"}, {"band"}),
    ({"price_max": "20.00"}, {"band"}),
    ({"one_of_a_kind": True}, {"halo"}),
    ({"one_of_a_kind": False}, {"band", "rope"}),
    # Of one and the same variant: the band of gold costs 100, the one that costs 20 is of silver.
    ({"metal": "14k-yellow-gold", "price_max": "50.00"}, set()),
    ({"metal": "14k-yellow-gold", "price_max": "100.00"}, {"band"}),
    ({"product_type": "ring", "tag": "plain"}, {"band"}),
    ({"product_type": "necklace", "tag": "wedding"}, set()),
]


@pytest.mark.parametrize(("asked", "expected"), RULES, ids=[str(asked) for asked, _ in RULES])
def test_what_a_rule_asks(shop: dict[str, Product], asked: dict[str, Any], expected: set[str]) -> None:
    row = by_rule(**asked)
    assert {piece.slug for piece in pieces_in(row)} == expected
    ids = {piece.pk: slug for slug, piece in shop.items()}
    assert {ids[pk] for pk in collections_of(list(ids))} == expected


def plated(kind: str, metal: str) -> dict[str, Any]:
    return {"metal": metal, "kind": kind, "microns": None, "fraction": ""}


def of(metal: str | None, plating: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"part": "band", "metal": metal, "plating": plating, "weight_g": None}


SILVER, GOLD = "sterling-silver", "14k-yellow-gold"
# The metal of the variant, its parts and those of the piece.
MADE: dict[str, tuple[str, list[dict[str, Any]], list[dict[str, Any]]]] = {
    "of its own metal": (SILVER, [], []),
    "of nothing said": ("", [], []),
    "of the piece's part": ("", [], [of(GOLD)]),
    "of two": (SILVER, [], [of(GOLD), of(None)]),
    "of its own parts": ("", [of(SILVER)], [of(GOLD)]),
    "vermeil": ("", [of(SILVER, plated("vermeil", "18k-yellow-gold"))], []),
    "gilt, of its own metal": (SILVER, [of(None, plated("plated", "14k-rose-gold"))], []),
    "white with rhodium": ("", [], [of("14k-white-gold", plated("plated", "rhodium"))]),
    "filled beside silver": ("", [], [of("brass", plated("filled", GOLD)), of(SILVER)]),
}


@pytest.mark.parametrize("made", MADE)
def test_a_metal_counts_as_it_is_seen(db: None, made: str) -> None:
    """A piece follows the rule of each metal it is found by, and of no other."""
    own, parts, of_piece = MADE[made]
    piece = make_piece("ring", make_variant("R-1", metal=own))
    Product.objects.filter(pk=piece.pk).update(parts=of_piece)
    Product.objects.filter(parent=piece).update(parts=parts)
    piece.refresh_from_db()
    for number, metal in enumerate(METALS):
        by_rule(f"m-{number}", metal=metal)
    followed = Collection.objects.filter(slug__in=collections_of([piece.pk]).get(piece.pk, []))
    assert {row.metal for row in followed} == set(metals_of(piece, piece.children.get()))


def test_a_category_counts_with_what_is_below(shop: dict[str, Product]) -> None:
    make_category(["Rings", "Wide"])
    rows = [by_rule(slug, category=Category.objects.get(slug=slug)) for slug in ("rings", "bands", "wide")]
    found = {row.slug: {piece.slug for piece in pieces_in(row)} for row in rows}
    assert found == {"rings": {"band", "halo"}, "bands": {"band"}, "wide": set()}


def test_a_variant_that_is_not_for_sale_fits_no_rule(shop: dict[str, Product]) -> None:
    row = by_rule(metal="sterling-silver")
    Product.objects.filter(parent=shop["band"], metal="sterling-silver").update(is_public=False)
    assert {piece.slug for piece in pieces_in(row)} == {"rope"}


def test_membership_follows_the_piece(shop: dict[str, Product]) -> None:
    by_rule(tag="new")
    assert collections_of([shop["band"].pk]) == {}
    Product.objects.filter(pk=shop["band"].pk).update(tags=["new"])
    assert collections_of([shop["band"].pk]) == {shop["band"].pk: ["ruled"]}


@pytest.mark.parametrize("way", ["", "enable_sort", "enable_indexscan", "enable_seqscan", "enable_hashjoin"])
def test_by_hand_and_by_rule(shop: dict[str, Product], django_assert_num_queries: Any, way: str) -> None:
    """However the database goes about it: one hash table for both kinds was right by chance only."""
    make_collection("spring", shop["rope"], shop["band"])
    make_collection("autumn", shop["band"])
    by_rule("rings", product_type="ring")
    make_collection("draft", shop["band"], is_published=False)
    make_collection("empty")
    other = make_maker("birch")
    theirs = make_piece("bead", maker=other, product_type="ring")
    make_collection("their-rings", maker=other, by_rule=True, product_type="ring")
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL {way} = off" if way else "SELECT 1")
    with django_assert_num_queries(2):
        found = collections_of([piece.pk for piece in (*shop.values(), theirs)])
    assert found == {
        shop["band"].pk: ["autumn", "rings", "spring"],
        shop["halo"].pk: ["rings"],
        shop["rope"].pk: ["spring"],
        theirs.pk: ["their-rings"],
    }
    assert collections_of([]) == {}


def test_a_maker_collects_their_own_only(shop: dict[str, Product]) -> None:
    theirs = make_piece("bead", maker=make_maker("birch"), product_type="ring")
    row = make_collection("stolen", theirs)
    assert list(pieces_in(row)) == []
    assert collections_of([theirs.pk]) == {}


def test_the_order_is_the_makers(shop: dict[str, Product]) -> None:
    row = make_collection("spring", shop["rope"], shop["band"], shop["halo"])
    assert [piece.slug for piece in pieces_in(row)] == ["rope", "band", "halo"]
    assert [piece.slug for piece in pieces_in(by_rule(price_min=Decimal(1)))] == ["rope", "halo", "band"]


@pytest.mark.parametrize(
    "values",
    [{"by_rule": True}, {"by_rule": False, "tag": "x"}, {"by_rule": True, "price_min": 2, "price_max": 1}],
    ids=str,
)
def test_the_database_takes_no_half_rule(values: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        make_collection("bad", **values)
