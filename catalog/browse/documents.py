"""A whole piece made into the columns of its document."""

import hashlib
from typing import Any

from catalog.browse import shapes
from catalog.browse.models import TAG_LENGTH
from catalog.browse.rules import ring_size
from catalog.browse.words import Vector, tokens
from catalog.catalogue.attributes import PRODUCT_TYPES, in_words
from catalog.catalogue.metals import METALS, metals_of
from catalog.catalogue.models import Product
from catalog.catalogue.shapes import decimal
from catalog.catalogue.slugs import slug
from catalog.catalogue.stones import NONE, ORIGIN_WORDS, OTHER, STONE_KINDS, stone_name
from catalog.partner.models import StockRecord
from shop.http import json_bytes

TYPE_WORDS: dict[str, tuple[str, ...]] = {
    **{name: (name.replace("_", " "),) for name in PRODUCT_TYPES if name != "other"}, "bangle": ("bangle", "bracelet"),
}  # fmt: skip
# What is left of a document whose piece nobody may see.
UNLISTED: dict[str, Any] = {
    "is_listed": False, "categories": [], "collections": [], "metals": [], "finenesses": [], "stones": [],
    "ring_sizes": [], "variants": [], "facets": [], "words": "", "item": "", "detail": "", "item_tag": "",
    "detail_tag": "", "digest": "",
}  # fmt: skip


def columns_of(piece: Product) -> dict[str, Any]:
    """The document of a piece as `pieces.whole_pieces` reads it, by column."""
    records: list[StockRecord] = [variant.records[0] for variant in piece.variants]
    variants = _distinct([row for variant in piece.variants for row in _variant(piece, variant)])
    prices = [record.unit_price for record in records]
    item, detail = json_bytes(shapes.list_item(piece)), json_bytes(shapes.detail(piece))
    columns = {
        "is_listed": True,
        "maker_id": piece.maker_id,
        "slug": piece.slug,
        "title": piece.title,
        "product_type": piece.product_type,
        "created_at": piece.date_created,
        "price_from": min(prices),
        "price_to": max(prices),
        "in_stock": any(record.on_shelf > 0 for record in records),
        "made_to_order": any(record.is_made_to_order for record in records),
        "one_of_a_kind": piece.one_of_a_kind,
        "categories": piece.branches,
        "collections": piece.collections,
        "metals": _each(variants, "metal"),
        "finenesses": _each(variants, "fineness"),
        "stones": sorted({name for stone in piece.stones for name in _names(stone)}),
        "ring_sizes": _each(variants, "ring_size"),
        "variants": variants,
        "words": words_of(piece),
        "item": item.decode(),
        "detail": detail.decode(),
        "item_tag": _tag(item),
        "detail_tag": _tag(detail),
    }
    columns["facets"] = [f"{facet}={value}" for facet, values in _facets(columns).items() for value in values]
    return {**columns, "digest": _tag(repr(columns).encode())}


def _facets(columns: dict[str, Any]) -> dict[str, list[str]]:
    """The values that the piece is counted under, by the facet's name."""
    flags = {name: ["true"] if columns[name] else [] for name in ("in_stock", "made_to_order", "one_of_a_kind")}
    return {
        "category": columns["categories"],
        "collection": columns["collections"],
        "maker": [str(columns["maker_id"])],
        "product_type": [columns["product_type"]] if columns["product_type"] else [],
        "stone": columns["stones"],
        "metal": columns["metals"],
        "fineness": columns["finenesses"],
        "ring_size": columns["ring_sizes"],
        **flags,
    }


def words_of(piece: Product) -> str:
    """What the piece is found by, as a tsvector: title (A), facts (B), maker, branches, tags (C), description (D)."""
    found = Vector()
    found.add("A", piece.title)
    metals = {METALS[code].label for variant in piece.variants for code in metals_of(piece, variant)}
    found.add("B", *TYPE_WORDS.get(piece.product_type, ()), *sorted(metals))
    for stone in piece.stones:
        found.add("B", f"{ORIGIN_WORDS[stone['origin']]} {stone_name(stone)}", "stone")
        if stone["kind"] != OTHER:
            found.add("B", STONE_KINDS[stone["kind"]].label)
        found.add("C", stone["colour"], stone["clarity"])
        _add_treatment(found, stone)
    found.add("C", piece.subtitle, *piece.tags, *(category.name for category in piece.public_categories))
    found.add("C", piece.maker.display_name, *(stone.get("cut", "") for stone in piece.stones))
    found.add("C", *(fact["value"] for fact in in_words(piece.product_type, piece.facts)))
    found.add("D", piece.description)
    return found.text()


def _add_treatment(found: Vector, stone: dict[str, Any]) -> None:
    """Untreated is asked for of mined stones; those from a laboratory come after them, and imitations are not meant."""
    if stone["treatment"] != NONE:
        found.add("C", stone["treatment"].replace("_", " "))
    elif stone["origin"] != "simulated":
        names = tokens(f"{stone_name(stone)} {STONE_KINDS[stone['kind']].label}")
        weight = "B" if stone["origin"] == "natural" else "D"
        found.add(weight, *(f"{said} {name}" for name in dict.fromkeys(names) for said in ("untreated", "unheated")))


def _variant(piece: Product, variant: Product) -> list[dict[str, Any]]:
    """What filters ask of one variant, once for each of its metals; the price in hundredths, for comparing."""
    record = variant.records[0]
    facts = {
        "ring_size": ring_size(variant.options.get("ring_size", "")),
        "price": int(record.unit_price.scaleb(2)),
        "in_stock": record.on_shelf > 0,
        "made_to_order": record.is_made_to_order,
    }
    finenesses = {code: METALS[code].fineness for code in metals_of(piece, variant)}
    rows = [{"metal": code, "fineness": decimal(fineness), **facts} for code, fineness in finenesses.items()]
    return rows or [{"metal": "", "fineness": None, **facts}]


def _distinct(variants: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those that filters cannot tell apart, once."""
    return list({tuple(variant.values()): variant for variant in variants}.values())


def _each(variants: list[dict[str, Any]], name: str) -> list[str]:
    return sorted({variant[name] for variant in variants if variant[name]})


def _names(stone: dict[str, Any]) -> tuple[str, str]:
    kind = slug(stone_name(stone)) if stone["kind"] == OTHER else stone["kind"]
    return kind, f"{stone['origin']}-{kind}"


def _tag(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=TAG_LENGTH // 2).hexdigest()
