"""Metals and what covers them, as pure tables; what each part of a piece is made of."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Protocol

from shop.errors import FieldError

MAX_PARTS = 20
MAX_PART_NAME = 64
MAX_MICRONS = Decimal(1_000)
FRACTION = r"1/(?:[1-9][0-9]{0,2})"


@dataclass(frozen=True, slots=True)
class Metal:
    """An alloy a piece can be made of, or a metal that covers one.

    `family` is what people look for (gold, silver, platinum ...), `colour` what the alloy looks like. `fineness` is in
    parts per thousand of the precious metal, None where there is none or only a layer of it. `density` is in g/cm3
    (as cast, of the common alloy), None where it differs too much from alloy to alloy.
    """

    code: str
    label: str
    family: str
    colour: str
    fineness: Decimal | None = None
    density: Decimal | None = None


def _golds(karat: int, fineness: str, **densities: str) -> list[Metal]:
    return [
        Metal(
            f"{karat}k-{colour}-gold", f"{karat}k {colour} gold", "gold", colour, Decimal(fineness),
            Decimal(densities[colour]) if colour in densities else None,
        )
        for colour in ("yellow", "white", "rose")
    ]  # fmt: skip


def _of(code: str, label: str, family: str, colour: str, fineness: str | None = None, density: str = "") -> Metal:
    return Metal(code, label, family, colour, Decimal(fineness) if fineness else None, Decimal(density or 0) or None)


# Fineness: ISO 8654 colours aside, karat/24 in parts per thousand as US makers stamp it (National Gold and Silver
# Stamping Act); plated and filled metal has no fineness of its own, so that nobody can filter it as gold (16 CFR 23.3).
# Densities: casting houses' tables for the common alloys, used to carry a weight from one metal to another.
METALS: dict[str, Metal] = {
    metal.code: metal
    for metal in [
        _of("24k-yellow-gold", "24k yellow gold", "gold", "yellow", "999", "19.36"),
        *_golds(22, "916.7"),
        *_golds(18, "750", yellow="15.58", white="14.64", rose="15.18"),
        _of("18k-green-gold", "18k green gold", "gold", "green", "750"),
        *_golds(14, "583.3", yellow="13.07", white="12.61", rose="13.26"),
        _of("14k-green-gold", "14k green gold", "gold", "green", "583.3"),
        *_golds(10, "416.7", yellow="11.57", white="11.07", rose="11.59"),
        *_golds(9, "375"),
        _of("sterling-silver", "sterling silver", "silver", "white", "925", "10.40"),
        _of("argentium-935-silver", "Argentium 935 silver", "silver", "white", "935", "10.38"),
        _of("argentium-940-silver", "Argentium 940 silver", "silver", "white", "940"),
        _of("argentium-960-silver", "Argentium 960 silver", "silver", "white", "960"),
        _of("fine-silver", "fine silver", "silver", "white", "999"),
        _of("platinum-950", "platinum 950", "platinum", "white", "950", "20.80"),
        _of("platinum-900", "platinum 900", "platinum", "white", "900", "21.54"),
        _of("palladium-950", "palladium 950", "palladium", "white", "950"),
        _of("palladium-500", "palladium 500", "palladium", "white", "500"),
        _of("gold-vermeil", "gold vermeil", "gold over another metal", "yellow"),
        _of("gold-filled", "gold-filled", "gold over another metal", "yellow"),
        _of("gold-plated", "gold-plated", "gold over another metal", "yellow"),
        _of("bronze", "bronze", "base metal", "brown"),
        _of("brass", "brass", "base metal", "yellow"),
        _of("copper", "copper", "base metal", "red"),
        _of("pewter", "pewter", "base metal", "grey"),
        _of("titanium", "titanium", "base metal", "grey"),
        _of("niobium", "niobium", "base metal", "grey"),
        _of("tantalum", "tantalum", "base metal", "grey"),
        _of("tungsten-carbide", "tungsten carbide", "base metal", "grey"),
        _of("stainless-steel", "stainless steel", "base metal", "grey"),
    ]
}
# What a layer can be of: a precious alloy, or a metal that only ever covers others.
COATINGS: dict[str, Metal] = {
    **{code: metal for code, metal in METALS.items() if metal.fineness},
    # Filled metal is often of 12k, which little is made of throughout.
    "12k-yellow-gold": _of("12k-yellow-gold", "12k yellow gold", "gold", "yellow", "500"),
    "12k-rose-gold": _of("12k-rose-gold", "12k rose gold", "gold", "rose", "500"),
    "rhodium": _of("rhodium", "rhodium", "rhodium", "white"),
    "black-rhodium": _of("black-rhodium", "black rhodium", "rhodium", "black"),
    "ruthenium": _of("ruthenium", "ruthenium", "ruthenium", "black"),
}
METAL_CODES, COATING_CODES = tuple(METALS), tuple(COATINGS)
# How the layer was put on. Only gold makes vermeil and filled metal here.
PLATINGS = {"vermeil": "vermeil", "filled": "filled", "plated": "plated"}
PLATING_KINDS = tuple(PLATINGS)
# The code that stands for a metal under gold, where its parts say no more.
GOLD_OVER = {"vermeil": "gold-vermeil", "filled": "gold-filled", "plated": "gold-plated"}

VERMEIL_BASE = STERLING = Decimal(925)
LEAST_GOLD = METALS["10k-yellow-gold"].fineness or Decimal(0)
VERMEIL_MICRONS = Decimal("2.5")
FILLED_FRACTION = Fraction(1, 20)


class Made(Protocol):
    """What metals are read from: a piece or a variant."""

    parts: list[dict[str, Any]]
    metal: str


@dataclass(frozen=True, slots=True)
class Plating:
    """A layer of `metal` (a code of COATINGS), put on as `kind` (of PLATINGS).

    `microns` is how thick it is at least; `fraction` the share of the whole weight, as filled metal states it.
    """

    metal: str
    kind: str
    microns: Decimal | None = None
    fraction: str = ""

    @property
    def is_gold(self) -> bool:
        return COATINGS[self.metal].family == "gold"


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a piece, such as its band or its chain; `metal` is a code of METALS, "" where nobody said."""

    name: str
    metal: str
    plating: Plating | None = None
    weight_g: Decimal | None = None

    @property
    def seen(self) -> str:
        """The code a shopper looks for: of a gilt part, gold over another metal and never that metal itself."""
        return GOLD_OVER[self.plating.kind] if self.plating and self.plating.is_gold else self.metal


def parts_of(piece: Made, variant: Made) -> list[Part]:
    """The parts of a variant: its own, else the piece's, else one of its own metal, which stands for the whole."""
    rows = variant.parts or piece.parts or [{"part": "", "metal": None}]
    return [_part(row, variant.metal) for row in rows]


def metals_of(piece: Made, variant: Made) -> list[str]:
    """Codes of METALS that a shopper can say the variant is of, each once, in the order of its parts."""
    return list(dict.fromkeys(part.seen for part in parts_of(piece, variant) if part.seen))


def seen_path() -> str:
    """`Part.seen` for the database: a JSON path to the parts that are of `$metal`, in a variant of the metal `$own`."""
    gilt = " || ".join(f'@.plating.metal == "{code}"' for code, metal in COATINGS.items() if metal.family == "gold")
    over = " || ".join(f'@.plating.kind == "{kind}" && $metal == "{code}"' for kind, code in GOLD_OVER.items())
    plain = '@.metal == $metal || (@.metal == null || @.metal == "") && $own == $metal'
    return f"$[*] ? (({gilt}) && ({over}) || !({gilt}) && ({plain}))"


def _part(row: Mapping[str, Any], own_metal: str) -> Part:
    plating, weight = row.get("plating"), row.get("weight_g")
    return Part(
        name=row["part"],
        metal=row["metal"] or own_metal,
        plating=_plating(plating) if plating else None,
        weight_g=Decimal(weight) if weight else None,
    )


def _plating(row: Mapping[str, Any]) -> Plating:
    microns = row["microns"]
    return Plating(row["metal"], row["kind"], Decimal(microns) if microns else None, row["fraction"])


def plain_parts(parts: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Parts as the catalog keeps them: every key there, decimals as strings."""
    return [
        {
            "part": part["part"],
            "metal": part.get("metal"),
            "plating": _plain_plating(part["plating"]) if part.get("plating") else None,
            "weight_g": _text(part.get("weight_g")),
        }
        for part in parts
    ]


def _plain_plating(plating: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "metal": plating["metal"],
        "kind": plating["kind"],
        "microns": _text(plating.get("microns")),
        "fraction": plating.get("fraction") or "",
    }


def _text(value: Decimal | str | None) -> str | None:
    return None if value is None else f"{Decimal(value).normalize():f}"


def part_errors(parts: Sequence[Mapping[str, Any]]) -> list[FieldError]:
    """What is wrong with parts as such, whatever they are of: each has a name of its own, gold alone is filled."""
    found: list[FieldError] = []
    names: set[str] = set()
    for number, part in enumerate(parts):
        name = part["part"].casefold()
        if name in names:
            message = f"There are two parts {part['part']}; give each a name of its own."
            found.append({"field": f"parts.{number}.part", "code": "same_part", "message": message})
        names.add(name)
        plating = part.get("plating")
        if plating and plating["kind"] != "plated" and COATINGS[plating["metal"]].family != "gold":
            message = f"Only gold makes {plating['kind']} metal; {COATINGS[plating['metal']].label} is `plated`."
            found.append({"field": f"parts.{number}.plating.kind", "code": "not_gold", "message": message})
    return found


def metal_problems(piece: Made, variant: Made) -> list[FieldError]:
    """Where what is declared of a variant's metals contradicts itself or the law.

    Vermeil is gold of at least 10k, at least 2.5 micrometres thick, over silver of at least 925; gold-filled metal
    holds at least 1/20 of gold of at least 10k, else its fraction is stated (16 CFR 23.3, 23.4).
    """
    parts = parts_of(piece, variant)
    found = [problem for part in parts if part.plating for problem in _plating_problems(part, part.plating)]
    codes = {part.metal for part in parts} | {part.seen for part in parts}
    if variant.metal and variant.metal not in codes:
        said = ", ".join(METALS[code].label for code in sorted(codes - {""}))
        message = f"The variant's metal is {METALS[variant.metal].label}, but its parts are of {said}."
        found.append({"field": "variants", "code": "contradicting_metals", "message": message})
    return found


def _plating_problems(part: Part, plating: Plating) -> list[FieldError]:
    where = f"The part {part.name}" if part.name else "The piece"
    found: list[FieldError] = []
    if plating.kind in ("vermeil", "filled") and (COATINGS[plating.metal].fineness or 0) < LEAST_GOLD:
        message = f"{where}: {plating.kind} needs gold of 10k or more, not {COATINGS[plating.metal].label}."
        found.append({"field": "parts", "code": f"{plating.kind}_gold", "message": message})
    if plating.kind != "vermeil":
        return found
    base = METALS.get(part.metal)
    if base is None or base.family != "silver" or (base.fineness or 0) < VERMEIL_BASE:
        over = base.label if base else "a metal that is not named"
        message = f"{where}: vermeil is over sterling silver, not over {over}. Call it plated, or correct the metal."
        found.append({"field": "parts", "code": "vermeil_base", "message": message})
    if plating.microns is None or plating.microns < VERMEIL_MICRONS:
        message = f"{where}: vermeil is at least {VERMEIL_MICRONS} micrometres thick. Give its `microns`."
        found.append({"field": "parts", "code": "vermeil_thickness", "message": message})
    return found
