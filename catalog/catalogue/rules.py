"""The trade's vocabulary: metals and product types, as pure tables."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class Metal:
    """An alloy a piece can be made of. `fineness` is in parts per thousand of the precious metal."""

    code: str
    label: str
    fineness: Decimal | None


def _gold(karat: int, fineness: str) -> list[Metal]:
    return [
        Metal(f"{karat}k-{colour}-gold", f"{karat}k {colour} gold", Decimal(fineness))
        for colour in ("yellow", "white", "rose")
    ]


# Fineness: ISO 8654 colours aside, karat/24 in parts per thousand as US makers stamp it
# (National Gold and Silver Stamping Act); plated and filled metal has no fineness of its own,
# so that nobody can filter it as gold (16 CFR 23.3).
METALS: dict[str, Metal] = {
    metal.code: metal
    for metal in [
        Metal("24k-yellow-gold", "24k yellow gold", Decimal("999")),
        *_gold(22, "916.7"),
        *_gold(18, "750"),
        *_gold(14, "583.3"),
        *_gold(10, "416.7"),
        *_gold(9, "375"),
        Metal("sterling-silver", "sterling silver", Decimal("925")),
        Metal("argentium-935-silver", "Argentium 935 silver", Decimal("935")),
        Metal("argentium-940-silver", "Argentium 940 silver", Decimal("940")),
        Metal("argentium-960-silver", "Argentium 960 silver", Decimal("960")),
        Metal("fine-silver", "fine silver", Decimal("999")),
        Metal("platinum-950", "platinum 950", Decimal("950")),
        Metal("platinum-900", "platinum 900", Decimal("900")),
        Metal("palladium-950", "palladium 950", Decimal("950")),
        Metal("palladium-500", "palladium 500", Decimal("500")),
        Metal("gold-vermeil", "gold vermeil", None),
        Metal("gold-filled", "gold-filled", None),
        Metal("gold-plated", "gold-plated", None),
        Metal("bronze", "bronze", None),
        Metal("brass", "brass", None),
        Metal("titanium", "titanium", None),
        Metal("stainless-steel", "stainless steel", None),
    ]
}

PRODUCT_TYPES: tuple[str, ...] = (
    "ring",
    "earrings",
    "necklace",
    "pendant",
    "bracelet",
    "bangle",
    "anklet",
    "brooch",
    "cufflinks",
    "charm",
    "loose_stone",
    "kit",
    "other",
)

ORIGIN_WORDS = {"natural": "natural", "lab_grown": "lab-grown", "simulated": "simulated"}
BASE_METAL_DISCLOSURES = {
    "gold-vermeil": "Gold vermeil: at least 2.5 micrometres of gold of 10k or more over sterling silver.",
    "gold-filled": "Gold-filled: a bonded layer of gold alloy over a base metal.",
    "gold-plated": "Gold-plated: a thin layer of gold over another metal.",
}


def disclosures(*, metals: Iterable[str], stones: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """What a shopper must be told before buying: stones that are not natural, treatments, plating.

    16 CFR 23.23-23.25 (stones), 23.3-23.4 (plated, filled and vermeil). `[{code, text}]`.
    """
    found = [
        {"code": "plating", "text": BASE_METAL_DISCLOSURES[code]} for code in metals if code in BASE_METAL_DISCLOSURES
    ]
    for stone in stones:
        kind, origin, treatment = stone["kind"], stone["origin"], stone.get("treatment") or "none"
        if origin != "natural":
            found.append({"code": origin, "text": f"The {kind} is {ORIGIN_WORDS[origin]}."})
        if treatment != "none":
            found.append({"code": "treated", "text": f"The {kind} is treated: {treatment.replace('_', ' ')}."})
    return found


def stone_in_words(stone: Mapping[str, Any]) -> str:
    """`1 x oval lab-grown sapphire, 1.05 ct`: the qualifier right before the stone's name (16 CFR 23.25)."""
    qualifier = "" if stone["origin"] == "natural" else ORIGIN_WORDS[stone["origin"]]
    name = " ".join(part for part in (stone.get("cut"), qualifier, stone["kind"]) if part)
    weight = f", {stone['carat']} ct" if stone.get("carat") else ""
    treatment = stone.get("treatment") or "none"
    treated = "" if treatment == "none" else f", treated: {treatment.replace('_', ' ')}"
    return f"{stone['count']} x {name}{weight}{treated}"
