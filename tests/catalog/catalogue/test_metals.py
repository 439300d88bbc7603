"""What each part is made of, what a shopper can call it, and where a declaration contradicts itself or the law."""

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from catalog.catalogue.metals import METALS, metal_problems, metals_of, part_errors, parts_of, plain_parts
from catalog.catalogue.rules import disclosures

GOLD, SILVER = "14k-yellow-gold", "sterling-silver"


def made(metal: str = "", *parts: dict[str, Any]) -> Any:
    return SimpleNamespace(metal=metal, parts=plain_parts(parts))


def part(name: str = "band", metal: str | None = None, plating: Any = None) -> dict[str, Any]:
    return {"part": name, "metal": metal, "plating": plating}


def layer(kind: str, metal: str = GOLD, microns: str | None = None, fraction: str = "") -> dict[str, Any]:
    return {"kind": kind, "metal": metal, "microns": microns and Decimal(microns), "fraction": fraction}


@pytest.mark.parametrize(
    ("piece", "variant", "metals"),
    [
        (made(), made(), []),
        (made(), made(GOLD), [GOLD]),
        (made("", part("head", "platinum-950"), part("band")), made(GOLD), ["platinum-950", GOLD]),
        (made("", part("band"), part("chain", SILVER)), made(SILVER), [SILVER]),
        (made("", part("band", SILVER)), made(GOLD, part("band", GOLD)), [GOLD]),
        (made("", part("band", SILVER, layer("vermeil", microns="3"))), made(), ["gold-vermeil"]),
        (made("", part("band", "brass", layer("filled"))), made(), ["gold-filled"]),
        (made("", part("band", SILVER, layer("plated", "rhodium"))), made(), [SILVER]),
    ],
)
def test_metals(piece: Any, variant: Any, metals: list[str]) -> None:
    assert metals_of(piece, variant) == metals


def test_a_gilt_part_is_not_found_as_the_metal_below_or_as_gold() -> None:
    [found] = parts_of(made("", part("band", SILVER, layer("vermeil", microns="2.5"))), made())
    assert METALS[found.seen].fineness is None
    assert METALS[found.seen].family not in ("gold", "silver")


@pytest.mark.parametrize(
    ("piece", "variant", "codes"),
    [
        (made(), made(GOLD), []),
        (made("", part("band")), made(GOLD), []),
        (made("", part("band", SILVER)), made(GOLD), ["contradicting_metals"]),
        (made("", part("band", SILVER), part("bezel", GOLD)), made(GOLD), []),
        (made("", part("band", SILVER, layer("vermeil", microns="2.5"))), made("gold-vermeil"), []),
        (made("", part("band", SILVER, layer("vermeil", microns="2.5"))), made(SILVER), []),
        (made("", part("band", SILVER, layer("vermeil", microns="2.5"))), made(GOLD), ["contradicting_metals"]),
        (made("", part("band", None, layer("vermeil", microns="2.5"))), made("argentium-935-silver"), []),
        (made("", part("band", SILVER, layer("vermeil", microns="2.499"))), made(), ["vermeil_thickness"]),
        (made("", part("band", SILVER, layer("vermeil"))), made(), ["vermeil_thickness"]),
        (made("", part("band", "brass", layer("vermeil", microns="3"))), made(), ["vermeil_base"]),
        (made("", part("band", None, layer("vermeil", microns="3"))), made(), ["vermeil_base"]),
        (made("", part("band", SILVER, layer("vermeil", "10k-yellow-gold", "3"))), made(), []),
        (made("", part("band", SILVER, layer("vermeil", "9k-rose-gold", "3"))), made(), ["vermeil_gold"]),
        (made("", part("band", "brass", layer("filled", "9k-rose-gold"))), made(), ["filled_gold"]),
        (made("", part("band", "brass", layer("filled", fraction="1/40"))), made("gold-filled"), []),
        (
            made("", part("band", "brass", layer("vermeil", "9k-rose-gold"))),
            made(GOLD),
            ["vermeil_gold", "vermeil_base", "vermeil_thickness", "contradicting_metals"],
        ),
    ],
)
def test_contradictions(piece: Any, variant: Any, codes: list[str]) -> None:
    assert [problem["code"] for problem in metal_problems(piece, variant)] == codes


def test_parts_as_such() -> None:
    wrong = [part("band", GOLD), part("Band", SILVER), part("pin", SILVER, layer("vermeil", "rhodium"))]
    assert [(error["field"], error["code"]) for error in part_errors(wrong)] == [
        ("parts.1.part", "same_part"),
        ("parts.2.plating.kind", "not_gold"),
    ]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (part("band", GOLD), []),
        (
            part("chain", SILVER, layer("vermeil", microns="3.0")),
            ["Chain: 14k yellow gold vermeil over sterling silver, at least 3 micrometres."],
        ),
        (part("pin", "brass", layer("filled", fraction="1/40")), ["Pin: 1/40 14k yellow gold filled over brass."]),
        (part("band", SILVER, layer("plated", "rhodium")), ["Band: rhodium plated over sterling silver."]),
    ],
)
def test_plating_is_disclosed(row: dict[str, Any], said: list[str]) -> None:
    parts = parts_of(made("", row), made())
    found = disclosures(parts=parts, stones=[], attributes={})
    assert [(each["code"], each["text"]) for each in found] == [("plating", text) for text in said]


@pytest.mark.parametrize(
    ("nickel", "count"), [("nickel_free", 0), ("contains_nickel", 1), ("nickel_release_tested", 1)]
)
def test_nickel_is_disclosed(nickel: str, count: int) -> None:
    found = disclosures(parts=[], stones=[], attributes={"nickel": nickel})
    assert [each["code"] for each in found] == ["nickel"] * count


def test_densities_and_finenesses_of_the_trade() -> None:
    assert (METALS["18k-yellow-gold"].density, METALS["18k-yellow-gold"].fineness) == (Decimal("15.58"), Decimal(750))
    assert (METALS["14k-white-gold"].density, METALS["14k-white-gold"].colour) == (Decimal("12.61"), "white")
    assert (METALS[SILVER].density, METALS["9k-rose-gold"].density) == (Decimal("10.40"), None)
