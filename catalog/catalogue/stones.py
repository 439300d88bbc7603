"""Stones as pure tables: kinds with their trade names, cuts, treatments and what these ask of the wearer."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from shop.errors import FieldError

MAX_STONE_WORD = 64
MAX_REPORT_NUMBER = 64
MAX_REPORT_URL = 500
OTHER = "other"
NONE = "none"

ORIGIN_WORDS = {"natural": "natural", "lab_grown": "lab-grown", "simulated": "simulated"}
# `total`: the carats are of all stones of the line together; `exact`: of each one.
CARAT_IS = ("total", "exact")
STONE_KEYS: dict[str, Any] = {
    "kind": OTHER, "name": "", "origin": "natural", "treatment": NONE, "cut": "", "carat": None, "carat_is": "total",
    "colour": "", "clarity": "", "count": 1, "country": "", "mine": "", "report": None, "setting": "", "position": "",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class StoneKind:
    """A kind of stone. `trade_names` are varieties and spellings that makers use for it."""

    code: str
    label: str
    trade_names: tuple[str, ...] = ()


def _kind(label: str, *trade_names: str) -> StoneKind:
    return StoneKind(label.replace(" ", "_"), label, trade_names)


# A pearl is one that grew without help; all others are called cultured (16 CFR 23.19, 23.20). Names that call one
# mineral by another's ("Herkimer diamond", "smoky topaz") mislead and are not here.
STONE_KINDS: dict[str, StoneKind] = {
    kind.code: kind
    for kind in [
        _kind("diamond", "salt and pepper diamond", "champagne diamond", "black diamond"),
        _kind("sapphire", "padparadscha", "montana sapphire", "blue sapphire", "pink sapphire", "white sapphire"),
        _kind("ruby"),
        _kind("emerald"),
        _kind("moissanite"),
        _kind("cubic zirconia", "cz", "cubic zirconium"),
        _kind("pearl", "natural pearl"),
        _kind(
            "cultured pearl",
            "akoya pearl",
            "freshwater pearl",
            "tahitian pearl",
            "south sea pearl",
            "baroque pearl",
            "keshi pearl",
        ),
        _kind("opal", "white opal", "black opal", "fire opal", "boulder opal", "ethiopian opal"),
        _kind("alexandrite"),
        _kind("amazonite"),
        _kind("amber", "copal amber"),
        _kind("amethyst"),
        _kind("ametrine"),
        _kind("apatite"),
        _kind("aquamarine"),
        _kind("aventurine"),
        _kind("chalcedony", "agate", "carnelian", "chrysoprase", "onyx", "jasper", "bloodstone", "sardonyx"),
        _kind("chrysocolla"),
        _kind("citrine"),
        _kind("coral"),
        _kind("fluorite"),
        _kind("garnet", "almandine", "demantoid", "rhodolite", "spessartine", "tsavorite"),
        _kind("glass", "crystal glass", "sea glass"),
        _kind("hematite"),
        _kind("iolite"),
        _kind("jade", "jadeite", "nephrite"),
        _kind("jet"),
        _kind("kunzite"),
        _kind("kyanite"),
        _kind("labradorite"),
        _kind("lapis lazuli", "lapis"),
        _kind("larimar"),
        _kind("malachite"),
        _kind("moonstone", "rainbow moonstone"),
        _kind("morganite"),
        _kind("mother of pearl", "mother-of-pearl", "abalone", "paua shell"),
        _kind("obsidian"),
        _kind("peridot"),
        _kind("pyrite", "marcasite"),
        _kind("quartz", "rock crystal", "rose quartz", "smoky quartz", "rutilated quartz", "tiger's eye"),
        _kind("rhodochrosite"),
        _kind("rhodonite"),
        _kind("spinel"),
        _kind("sunstone", "oregon sunstone"),
        _kind("tanzanite"),
        _kind("topaz", "imperial topaz", "blue topaz", "white topaz"),
        _kind("tourmaline", "rubellite", "indicolite", "paraiba tourmaline", "watermelon tourmaline"),
        _kind("turquoise"),
        _kind("zircon"),
        _kind("zoisite"),
        StoneKind(OTHER, "another stone"),
    ]
}
KIND_OF_NAME = {
    name.casefold(): kind.code for kind in STONE_KINDS.values() for name in (kind.code, kind.label, *kind.trade_names)
}

# Known cuts; a maker's own word for another one is taken as it is.
CUTS: tuple[str, ...] = (
    "round", "oval", "cushion", "princess", "emerald", "asscher", "radiant", "marquise", "pear", "heart", "trillion",
    "baguette", "step", "old mine", "old european", "rose", "briolette", "checkerboard", "cabochon", "bead", "carved",
    "rough", "faceted",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Treatment:
    """What was done to a stone: its words, whether it lasts, and what care it asks for ("" where none)."""

    code: str
    label: str
    permanence: str
    care: str = ""


LASTS, FADES = "permanent", "not permanent"
NO_SOLVENTS = "Keep it from solvents, perfume, heat and ultrasonic or steam cleaners."
# 16 CFR 23.24: a treatment is told where it is not permanent, where it asks for special care, or where it changes the
# value. All are told here; permanence and care as the AGTA Gemstone Information Manual has them.
TREATMENTS: dict[str, Treatment] = {
    treatment.code: treatment
    for treatment in [
        Treatment(NONE, "none", LASTS),
        Treatment("heated", "heated", LASTS),
        Treatment("irradiated", "irradiated", LASTS, "Keep it from strong heat, which can change the colour."),
        Treatment("hpht", "HPHT: high pressure and high temperature", LASTS),
        Treatment("annealed", "annealed", LASTS),
        Treatment("bleached", "bleached", LASTS, "Wipe it with a soft, damp cloth; keep it from perfume and sweat."),
        Treatment("diffused", "diffused: colour was driven in by heat", LASTS, "Recutting can take the colour off."),
        Treatment("laser_drilled", "laser-drilled", LASTS),
        Treatment("stabilized", "stabilized with resin or wax", LASTS, NO_SOLVENTS),
        Treatment("composite", "a composite of stone and binder", FADES, NO_SOLVENTS),
        Treatment("assembled", "assembled of layers", FADES, "Do not soak it; keep it from heat and solvents."),
        Treatment("dyed", "dyed", FADES, "Colour can fade or come off: keep it from sunlight, solvents and sweat."),
        Treatment("coated", "coated", FADES, "The coating can scratch: no abrasives, no ultrasonic or steam cleaners."),
        Treatment("oiled", "oiled", FADES, "No ultrasonic, steam or hot water; it may need to be oiled again."),
        Treatment("resin_filled", "filled with resin", FADES, NO_SOLVENTS),
        Treatment("fracture_filled", "fracture-filled", FADES, "No heat, steam, ultrasonic cleaners or acids."),
        Treatment(
            "glass_filled",
            "filled with lead glass",
            FADES,
            "No heat or acids, lemon juice included; no ultrasonic cleaners.",
        ),
        Treatment("waxed", "waxed", FADES, NO_SOLVENTS),
    ]
}

# Nobody mines what is made by people alone, and no laboratory grows a pearl.
NO_SUCH_ORIGIN = {
    ("moissanite", "natural"): "Jewelers' moissanite is made by people: its origin is `lab_grown`.",
    ("cubic_zirconia", "natural"): "Cubic zirconia is made by people: its origin is `lab_grown` or `simulated`.",
    ("pearl", "lab_grown"): "No laboratory grows pearls: a `cultured_pearl` is `natural`, an imitation a `pearl` that "
    "is `simulated`.",
    ("cultured_pearl", "lab_grown"): "A cultured pearl grew in a mollusk: its origin is `natural`.",
    ("cultured_pearl", "simulated"): "An imitation is no cultured pearl: declare a `pearl` that is `simulated`.",
}

# What holds the pieces of a stone together: it is said before the name, which nothing of it has by itself (23.25(d)).
FILLERS = {"composite": "composite", "glass_filled": "glass-filled"}

REPORT_LABS: tuple[str, ...] = ("GIA", "IGI", "AGS", "GCAL", "AGL", "SSEF", "Gubelin", "GRS", "HRD", "EGL", "other")
SETTINGS: tuple[str, ...] = (
    "prong", "bezel", "half_bezel", "channel", "pave", "bead", "flush", "tension", "bar", "invisible", "halo",
    "cluster", "strung", "drilled", "glued",
)  # fmt: skip


def plain_stone(stone: Mapping[str, Any]) -> dict[str, Any]:
    """A stone as the catalog keeps it: every key there, the kind by its code, carats as a decimal string.

    A trade name becomes kind and name: "tsavorite" is a garnet of that name; a word of no known kind is the name of
    an `other`.
    """
    kind, name = _kind_and_name(str(stone["kind"]), str(stone.get("name") or ""))
    carat = stone.get("carat")
    known = {key: stone[key] for key in STONE_KEYS if stone.get(key) is not None}
    treatment = str(stone.get("treatment") or NONE)
    return {
        **STONE_KEYS,
        **known,
        "kind": kind,
        "name": name,
        "carat": f"{carat:f}" if isinstance(carat, Decimal) else carat,
        "treatment": treatment.casefold() if treatment.casefold() in TREATMENTS else treatment,
    }


def _kind_and_name(kind: str, name: str) -> tuple[str, str]:
    code = KIND_OF_NAME.get(kind.casefold())
    if code is None:
        return OTHER, name or kind
    said = STONE_KINDS[code]
    is_variety = kind.casefold() not in (said.code, said.label)
    variety = name or (kind if is_variety else "")
    if code == "cultured_pearl" and "cultured" not in variety.casefold():
        # The word stands right before "pearl" (16 CFR 23.20).
        variety = re.sub(r"\bpearl", "cultured pearl", variety, flags=re.IGNORECASE)
    return code, variety


def stone_errors(stones: Sequence[Mapping[str, Any]]) -> list[FieldError]:
    """Where a stone is of no known kind or treatment, or an `other` without a name."""
    found: list[FieldError] = []
    for number, stone in enumerate(stones):
        if stone["kind"].casefold() not in KIND_OF_NAME:
            message = f"{stone['kind']} is no stone the catalog knows; give the kind `other` and this as its name."
            found.append({"field": f"stones.{number}.kind", "code": "unknown_stone", "message": message})
        if stone["kind"] == OTHER and not stone.get("name"):
            message = "Give the name of a stone whose kind is `other`."
            found.append({"field": f"stones.{number}.name", "code": "required", "message": message})
        if stone.get("treatment", NONE).casefold() not in TREATMENTS:
            message = f"{stone['treatment']} is no known treatment; known are {', '.join(TREATMENTS)}."
            found.append({"field": f"stones.{number}.treatment", "code": "unknown_treatment", "message": message})
    return found


def origin_problems(stones: Sequence[Mapping[str, Any]]) -> list[FieldError]:
    """Where a stone is declared of an origin that its kind never has (16 CFR 23.19, 23.25)."""
    return [
        {"field": f"stones.{number}.origin", "code": "no_such_origin", "message": message}
        for number, stone in enumerate(stones)
        if (message := NO_SUCH_ORIGIN.get((stone["kind"], stone["origin"])))
    ]


def stone_name(stone: Mapping[str, Any]) -> str:
    """What the stone is called: its trade name, else its kind."""
    kind = STONE_KINDS.get(stone["kind"])
    return stone.get("name") or (kind.label if kind else stone["kind"])


def qualified_name(stone: Mapping[str, Any]) -> str:
    """`lab-grown sapphire`, `composite ruby`: the qualifier right before the stone's name (16 CFR 23.25)."""
    origin = "" if stone["origin"] == "natural" else ORIGIN_WORDS[stone["origin"]]
    filler = FILLERS.get(stone.get("treatment") or NONE, "")
    return " ".join(part for part in (filler, origin, stone_name(stone)) if part)


def stone_in_words(stone: Mapping[str, Any]) -> str:
    """`1 x oval lab-grown sapphire, 1.05 ct, VS1`, with what was done to it."""
    name = " ".join(part for part in (stone.get("cut"), qualified_name(stone)) if part)
    treatment = treatment_of(stone)
    treated = f", treated: {treatment.label}" if treatment else ""
    grades = "".join(f", {stone[grade]}" for grade in ("colour", "clarity") if stone.get(grade))
    return f"{stone['count']} x {name}{_carats(stone)}{grades}{treated}"


def _carats(stone: Mapping[str, Any]) -> str:
    if not stone.get("carat"):
        return ""
    each_or_all = {"exact": " each", "total": " in total"}[stone.get("carat_is") or "total"]
    return f", {stone['carat']} ct{each_or_all if stone['count'] > 1 else ''}"


def treatment_of(stone: Mapping[str, Any]) -> Treatment | None:
    """What was done to the stone; in a maker's own words where the table has none."""
    code = stone.get("treatment") or NONE
    if code == NONE:
        return None
    return TREATMENTS.get(code) or Treatment(code, code.replace("_", " "), "")


def stone_disclosures(stones: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """What a shopper must be told of the stones: those not natural, and treatments with permanence and care."""
    found: list[dict[str, str]] = []
    for stone in stones:
        name = stone_name(stone)
        if stone["origin"] != "natural":
            found.append({"code": stone["origin"], "text": f"The {name} is {ORIGIN_WORDS[stone['origin']]}."})
        if treatment := treatment_of(stone):
            lasts = f" The treatment is {treatment.permanence}." if treatment.permanence else ""
            care = f" {treatment.care}" if treatment.care else ""
            found.append({"code": "treated", "text": f"The {name} is treated: {treatment.label}.{lasts}{care}"})
    return found
