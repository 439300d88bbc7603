"""What a piece may hold, what a shopper must be told of it, and what it needs to be on sale."""

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from catalog.catalogue.metals import COATINGS, METALS, PLATINGS, Part
from catalog.catalogue.stones import stone_disclosures
from shop.errors import FieldError

# What a piece and its variants may hold, whichever way they come in.
MAX_TITLE = MAX_OPTION_VALUE = MAX_SEO_TITLE = 255
MAX_TAG = MAX_OPTION_NAME = MAX_SKU = 128
MAX_BARCODE = 64
MAX_ALT = 512
MAX_SEO_DESCRIPTION = 1_000
MAX_OPTIONS = 3
MAX_CATEGORY_DEPTH = 20
MAX_VARIANTS = 2_000
MAX_PRICE = Decimal("99999999.99")
MAX_STOCK = 2_147_483_647
MAX_WEIGHT_G = Decimal(1_000_000)
MAX_LEAD_TIME_DAYS = 730


NO_STOCK = "no_stock"

BASE_METAL_DISCLOSURES = {
    "gold-vermeil": "Gold vermeil: at least 2.5 micrometres of gold of 10k or more over sterling silver.",
    "gold-filled": "Gold-filled: a bonded layer of gold alloy over a base metal.",
    "gold-plated": "Gold-plated: a thin layer of gold over another metal.",
}
NICKEL_DISCLOSURES = {
    "contains_nickel": "It contains nickel, which many skins react to.",
    "nickel_release_tested": "It contains nickel; what it gives off was tested and is within the EU's limit.",
}


def disclosures(
    *, parts: Iterable[Part], stones: Sequence[Mapping[str, Any]], attributes: Mapping[str, Any]
) -> list[dict[str, str]]:
    """What a shopper must be told before buying: plating, stones that are not natural, treatments, nickel.

    16 CFR 23.3, 23.4 (plated, filled and vermeil), 23.24 (treatments), 23.25 (stones). `[{code, text}]`, each once.
    """
    plated = [{"code": "plating", "text": text} for part in parts if (text := _layer_in_words(part))]
    nickel = NICKEL_DISCLOSURES.get(attributes.get("nickel", ""))
    contact = [{"code": "nickel", "text": nickel}] if nickel else []
    found = [*plated, *stone_disclosures(stones), *contact]
    return [said for number, said in enumerate(found) if said not in found[:number]]


def _layer_in_words(part: Part) -> str:
    """`Chain: 14k yellow gold vermeil over sterling silver, at least 2.5 micrometres.`"""
    if part.plating is None:
        return BASE_METAL_DISCLOSURES.get(part.metal, "")
    plating = part.plating
    layer = f"{COATINGS[plating.metal].label} {PLATINGS[plating.kind]}"
    if plating.fraction:
        layer = f"{plating.fraction} {layer}"
    over = f" over {METALS[part.metal].label}" if part.metal else ""
    thick = f", at least {plating.microns} micrometres" if plating.microns else ""
    words = f"{layer}{over}{thick}."
    return f"{part.name[0].upper()}{part.name[1:]}: {words}" if part.name else f"{words[0].upper()}{words[1:]}"


def variant_title(options: Mapping[str, str]) -> str:
    """What a variant is called where its maker gives it no name: `14k yellow gold / 7`."""
    return " / ".join(options.values())[:MAX_TITLE]


def is_named_by(title: str, options: Mapping[str, str]) -> bool:
    """Whether the title says just the options, in whatever order they were given."""
    return set(title.split(" / ")) == set(options.values())


# Options that tell the colour of something else than metal or stone.
_NO_MATERIAL = re.compile(r"colou?r|thread|cord|enamel|ribbon|box|wrap")


def said_of_variant(title: str, options: Mapping[str, str]) -> list[str]:
    """What a variant is called: the values of its options by code, and its title where that is a name of its own."""
    values = [value for code, value in options.items() if "metal" in code or not _NO_MATERIAL.search(code)]
    return values if is_named_by(title, options) else [*values, title]


def publishing_problems(
    *,
    product_type: str,
    stones: Sequence[Mapping[str, Any]],
    has_price: bool,
    has_picture: bool,
    has_stock: bool,
    one_of_a_kind: bool,
    copies: int,
    made_to_order: bool,
    declared: Sequence[FieldError],
) -> list[FieldError]:
    """What keeps a piece from being shown to shoppers, all of it at once.

    `has_stock` says that what has a price, if anything has one, lies on the shelf or is made to order. `copies` is how
    many are counted of all its variants together; `made_to_order` says that more can be made. `declared` are the
    contradictions among its metals and stones.
    """
    found: list[FieldError] = []
    if not has_price:
        found.append({"field": "variants", "code": "no_price", "message": "Give at least one variant a price."})
    if not has_stock:
        message = "Count at least one variant with a price in stock, or offer it made to order."
        found.append({"field": "variants", "code": NO_STOCK, "message": message})
    if not has_picture:
        found.append({"field": "images", "code": "no_picture", "message": "Add at least one picture."})
    if one_of_a_kind and (copies > 1 or made_to_order):
        message = "A one-of-a-kind piece is sold once: count at most one in stock, and make none to order."
        found.append({"field": "one_of_a_kind", "code": "more_than_one", "message": message})
    if product_type == "loose_stone" and not stones:
        message = "Declare the stone: its kind, its origin and what was done to it."
        found.append({"field": "stones", "code": "no_stone", "message": message})
    return [*found, *declared]
