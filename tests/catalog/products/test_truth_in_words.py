"""A piece whose words contradict what it declares is not shown; a shown one is not changed into such a piece."""

import pytest

from catalog.catalogue.metals import Part
from catalog.catalogue.models import Product
from catalog.catalogue.truth.check import variant_contradictions
from catalog.catalogue.truth.declaration import declaration_of
from tests.catalog.bench import Bench, problem, ring

pytestmark = pytest.mark.django_db

LAB_DIAMOND = {"kind": "diamond", "origin": "lab_grown"}


@pytest.fixture
def bench() -> Bench:
    return Bench()


def codes(answer: object) -> list[tuple[str, str]]:
    return [(error["field"], error["code"]) for error in answer.json()["errors"]]  # type: ignore[attr-defined]


def gold_ring(bench: Bench, **values: object) -> dict[str, object]:
    """A draft that lacks nothing but honest words."""
    piece = bench.create(stones=[LAB_DIAMOND], variants=[ring(metal="14k-yellow-gold")], **values)
    bench.add_picture(piece)
    return piece


def test_all_contradictions_stop_publishing_at_once(bench: Bench) -> None:
    piece = gold_ring(bench, title="Gold Ring", subtitle="With a diamond", seo={"title": "18k gold ring"})
    refused = bench.publish(piece)
    assert problem(refused) == (422, "not_publishable")
    assert codes(refused) == [
        ("title", "gold_without_karat"),
        ("subtitle", "lab_grown_not_qualified"),
        ("seo.title", "karat_not_declared"),
    ]
    first = refused.json()["errors"][0]
    assert (first["words"], first["rule"]) == ("Gold", "16 CFR 23.3(b)(2)")
    assert bench.read(piece).json()["problems"] == refused.json()["errors"]
    bench.patch(piece, {"title": "14k Gold Ring", "subtitle": "With a lab-grown diamond", "seo": {}})
    assert bench.read(piece).json()["problems"] == []
    assert bench.publish(piece).status_code == 200


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"title": "Diamond Ring"}, ("title", "lab_grown_not_qualified")),
        ({"description": "<p>A real lab-grown diamond.</p>"}, ("description", "natural_word_for_lab_grown")),
        ({"stones": []}, ("title", "stone_not_declared")),
    ],
)
def test_a_published_piece_stays_true(bench: Bench, changes: dict[str, object], expected: tuple[str, str]) -> None:
    piece = gold_ring(bench, title="Lab-Grown Diamond Ring")
    assert bench.publish(piece).status_code == 200
    refused = bench.patch(piece, changes)
    assert problem(refused) == (409, "needed_while_published")
    assert codes(refused) == [expected]
    assert bench.read(piece).json()["title"] == "Lab-Grown Diamond Ring"


def test_so_does_its_metal(bench: Bench) -> None:
    piece = gold_ring(bench, title="14k Gold Ring")
    assert bench.publish(piece).status_code == 200
    refused = bench.api.patch(bench.variant(piece), {"metal": "gold-plated"})
    assert (problem(refused), codes(refused)) == ((409, "needed_while_published"), [("title", "plated_called_gold")])


@pytest.mark.parametrize(
    ("metal", "options", "expected"),
    [
        ("gold-plated", {"Metal": "14k gold"}, "plated_called_gold"),
        ("sterling-silver", {"Metal": "Platinum"}, "metal_not_declared"),
        ("14k-yellow-gold", {"Metal": "18k gold"}, "karat_not_declared"),
        ("14k-yellow-gold", {"Stone": "Diamond"}, "lab_grown_not_qualified"),
        ("14k-yellow-gold", {"Stone": "Lab-grown diamond, 1 ct"}, None),
        ("14k-yellow-gold", {"Metal": "Gold"}, None),
        ("sterling-silver", {"Thread color": "Gold"}, None),
        ("sterling-silver", {"Ring Size": "7"}, None),
    ],
)
def test_what_a_variant_is_called(bench: Bench, metal: str, options: dict[str, str], expected: str | None) -> None:
    """Shoppers choose by it, and it stands on the order."""
    gold = {"sku": "MOON-O", "metal": "14k-yellow-gold", "options": dict.fromkeys(options, "14k gold, the other")}
    piece = bench.create(stones=[LAB_DIAMOND], variants=[ring(metal=metal, options=options), ring(**gold)])
    bench.add_picture(piece)
    answer = bench.publish(piece)
    assert ([] if expected is None else [("variants", expected)]) == (
        codes(answer) if answer.status_code != 200 else []
    )


def test_each_of_many_variants_is_read_by_itself() -> None:
    names = [*(f"14k gold, no. {number}" for number in range(400)), "not", "gold", "18k", "gold filled", "lab grown"]
    declared = declaration_of(variants=[[Part("", "14k-yellow-gold")]], stones=[], attributes={}, maker="")
    found = variant_contradictions(names, declared)
    assert [(error["code"], error["words"]) for error in found] == [
        ("coating_not_declared", "gold"), ("karat_not_declared", "18k"),
    ]  # fmt: skip


def test_a_title_of_its_own_is_read_too(bench: Bench) -> None:
    piece = gold_ring(bench)
    assert bench.publish(piece).status_code == 200
    refused = bench.api.patch(bench.variant(piece), {"title": "Platinum, size 7"})
    assert (problem(refused), codes(refused)) == ((409, "needed_while_published"), [("variants", "metal_not_declared")])


def test_what_was_said_before_may_stay(bench: Bench) -> None:
    piece = gold_ring(bench, title="Gold Ring")
    Product.objects.filter(public_id=piece["id"]).update(is_public=True)
    assert bench.patch(piece, {"title": "Gold Band", "tags": ["band"]}).status_code == 200
    assert problem(bench.patch(piece, {"subtitle": "Diamond"})) == (409, "needed_while_published")
