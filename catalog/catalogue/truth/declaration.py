"""What a maker declares of a piece, as far as words can contradict it. Plain values, wherever they are kept."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from catalog.catalogue.metals import COATINGS, FILLED_FRACTION, GOLD_OVER, METALS, STERLING, Part


@dataclass(frozen=True, slots=True)
class GoldLayer:
    """Gold over another metal. `kind` is `vermeil`, `filled` or `plated`; what is None or "" was not declared.

    `fraction` is the share of the whole weight, as filled metal states it: "1/20".
    """

    kind: str
    karat: int | None = None
    microns: Decimal | None = None
    fraction: str = ""

    @property
    def is_thin(self) -> bool:
        """Whether it is filled metal of so little gold that the share has to be said (16 CFR 23.3)."""
        return self.kind == "filled" and bool(self.fraction) and Fraction(self.fraction) < FILLED_FRACTION


@dataclass(frozen=True, slots=True)
class DeclaredMetal:
    """A metal of the piece. `family` is one of METALS', or "" for a metal under gold that nobody named.

    `fineness` is in parts per thousand; `layer` is the gold that covers it; `code` is METALS', where it has one.
    """

    family: str
    fineness: Decimal | None = None
    colour: str = ""
    layer: GoldLayer | None = None
    code: str = ""

    @property
    def karat(self) -> int | None:
        return karat_of(self.fineness) if self.family == "gold" else None


@dataclass(frozen=True, slots=True)
class DeclaredStone:
    """A line of stones. `name` is a trade name where it has one, `carat` the weight of all `count` of them together.

    `clarity` is in the words of a grading laboratory: "VS1".
    """

    kind: str
    origin: str = "natural"
    treatment: str = "none"
    carat: Decimal | None = None
    count: int = 1
    name: str = ""
    clarity: str = ""

    @property
    def called(self) -> str:
        return (self.name or self.kind).replace("_", " ").casefold()

    @property
    def all_names(self) -> str:
        return f"{self.name} {self.kind}"


@dataclass(frozen=True, slots=True)
class Declaration:
    """What is true of the piece. `maker` is a name and no claim; `has_nickel` is None where nobody said.

    `is_gilt`: whether there is a variant whose gold is a layer and nothing else, whatever the others are of.
    """

    metals: tuple[DeclaredMetal, ...] = ()
    stones: tuple[DeclaredStone, ...] = ()
    has_nickel: bool | None = None
    maker: str = ""
    is_gilt: bool = False

    @property
    def layers(self) -> list[GoldLayer]:
        return [metal.layer for metal in self.metals if metal.layer]

    def of(self, family: str) -> list[DeclaredMetal]:
        """Metals of the family that are seen as such, and not only under gold."""
        return [metal for metal in self.metals if metal.family == family and not metal.layer]


def karat_of(fineness: Decimal | None) -> int | None:
    """24 parts are the whole: 583.3 is 14."""
    return None if fineness is None else round(fineness * 24 / 1000)


# Where only a code was given: vermeil lies on sterling silver (16 CFR 23.4), other gold on nobody knows what.
_GOLD_OVER = {
    GOLD_OVER["vermeil"]: DeclaredMetal("silver", STERLING, layer=GoldLayer("vermeil"), code="sterling-silver"),
    GOLD_OVER["filled"]: DeclaredMetal("", layer=GoldLayer("filled")),
    GOLD_OVER["plated"]: DeclaredMetal("", layer=GoldLayer("plated")),
}


def declaration_of(
    *,
    variants: Iterable[Iterable[Part]],
    stones: Iterable[Mapping[str, Any]],
    attributes: Mapping[str, Any],
    maker: str,
) -> Declaration:
    """What is declared of a piece: the parts of each of its variants, and stones as the catalog keeps them."""
    nickel = attributes.get("nickel")
    made = [[declared_metal(part) for part in parts if part.metal or part.plating] for parts in variants]
    return Declaration(
        metals=tuple(dict.fromkeys(metal for metals in made for metal in metals)),
        stones=tuple(declared_stone(stone, clarity=attributes.get("clarity", "")) for stone in stones),
        has_nickel=None if nickel is None else nickel != "nickel_free",
        maker=maker,
        is_gilt=any(map(_is_gilt, made)),
    )


def _is_gilt(metals: list[DeclaredMetal]) -> bool:
    has_gold = any(metal.family == "gold" and not metal.layer for metal in metals)
    return not has_gold and any(metal.layer for metal in metals)


def declared_metal(part: Part) -> DeclaredMetal:
    """A layer of anything but gold makes no difference to what may be said."""
    if part.metal in _GOLD_OVER:
        return _GOLD_OVER[part.metal]
    metal = METALS.get(part.metal)
    base = DeclaredMetal(metal.family, metal.fineness, metal.colour, code=metal.code) if metal else DeclaredMetal("")
    if part.plating is None or not part.plating.is_gold:
        return base
    plating = part.plating
    layer = GoldLayer(plating.kind, karat_of(COATINGS[plating.metal].fineness), plating.microns, plating.fraction)
    return replace(base, layer=layer)


def declared_stone(stone: Mapping[str, Any], *, clarity: str = "") -> DeclaredStone:
    """`clarity` is that of a loose stone, which has it among its attributes."""
    carat = Decimal(stone["carat"]) if stone.get("carat") else None
    is_each = stone.get("carat_is") == "exact"
    return DeclaredStone(
        kind=stone["kind"],
        origin=stone["origin"],
        treatment=stone.get("treatment") or "none",
        carat=carat * stone["count"] if carat and is_each else carat,
        count=stone["count"],
        name=stone.get("name") or "",
        clarity=stone.get("clarity") or clarity,
    )
