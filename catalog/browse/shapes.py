"""How the catalog looks outside."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import orjson

from catalog.browse.facets import FACETS, Count
from catalog.browse.queries import Found, Item
from catalog.browse.search import Reading
from catalog.browse.suggestions import Suggestions
from catalog.catalogue import attributes as table
from catalog.catalogue.metals import COATINGS, METALS, PLATINGS, Part, Plating, metals_of, parts_of
from catalog.catalogue.models import Category, Product
from catalog.catalogue.rules import disclosures
from catalog.catalogue.shapes import decimal, metal
from catalog.catalogue.stones import ORIGIN_WORDS, STONE_KINDS, stone_in_words
from catalog.media.shapes import public_image
from catalog.partner.models import Partner, StockRecord
from catalog.personalization.queries import options_of
from catalog.personalization.shapes import offered
from shop import money, versions
from shop.http import json_bytes

FLAG_LABELS = {"in_stock": "In stock", "made_to_order": "Made to order", "one_of_a_kind": "One of a kind"}


def list_item(piece: Product) -> dict[str, Any]:
    """A product as a grid draws it, with nothing left to ask for."""
    records = [_record(variant) for variant in piece.variants]
    prices = [record.unit_price for record in records]
    currency = records[0].price_currency
    lead_times = [variant.lead_time_days for variant in piece.variants if variant.lead_time_days is not None]
    return {
        "id": piece.public_id,
        "slug": piece.slug,
        "title": piece.title,
        "subtitle": piece.subtitle,
        "product_type": piece.product_type,
        "maker": {"slug": piece.maker.code, "name": piece.maker.display_name},
        "image": public_image(piece.pictures[0]) if piece.pictures else None,
        "price_from": money.shape(min(prices), currency),
        "price_to": money.shape(max(prices), currency),
        "in_stock": any(record.on_shelf > 0 for record in records),
        "made_to_order": any(record.is_made_to_order for record in records),
        "one_of_a_kind": piece.one_of_a_kind,
        "lead_time_days": min(lead_times, default=None),
        "metals": [metal(METALS[code]) for code in _metals(piece)],
        "stones": piece.stones,
    }


def detail(piece: Product) -> dict[str, Any]:
    """A product's own page."""
    return {
        **list_item(piece),
        "description": piece.description,
        "images": [public_image(picture) for picture in piece.pictures],
        "categories": [{"slug": category.slug, "name": category.name} for category in piece.public_categories],
        "tags": piece.tags,
        "attributes": attributes(piece),
        "disclosures": disclosures(parts=_parts(piece), stones=piece.stones, attributes=piece.facts),
        "ring_sizes": piece.ring_sizes,
        "final_sale": piece.final_sale,
        "variants": [variant(piece, child) for child in piece.variants],
        "personalization": offered(options_of(piece), _record(piece.variants[0]).price_currency),
        "shipping": {"ships_from": {"city": piece.maker.city, "state": piece.maker.state}},
        "returns_policy": piece.maker.returns_policy,
        "seo": {"title": piece.meta_title or piece.title, "description": piece.meta_description or ""},
    }


def attributes(piece: Product) -> list[dict[str, str]]:
    """The facts of the piece as a storefront lists them in a table: `[{code, label, value}]`."""
    metals = [METALS[code].label for code in _metals(piece)]
    weights = sorted(child.weight_g for child in piece.variants if child.weight_g is not None)
    facts = [
        ("metal", "Metal", ", ".join(metals)),
        ("weight", "Weight in grams", "-".join(dict.fromkeys(str(decimal(w)) for w in weights[:1] + weights[-1:]))),
        ("stones", "Stones", "; ".join(stone_in_words(stone) for stone in piece.stones)),
    ]
    named = [{"code": code, "label": label, "value": value} for code, label, value in facts if value]
    return named + table.in_words(piece.product_type, piece.facts)


def variant(piece: Product, child: Product) -> dict[str, Any]:
    record = _record(child)
    compare_at = record.compare_at_price
    return {
        "id": child.public_id,
        "sku": record.partner_sku,
        "title": child.title,
        "options": options(child),
        "price": money.shape(record.unit_price, record.price_currency),
        "compare_at_price": money.shape(compare_at, record.price_currency) if compare_at else None,
        "in_stock": record.on_shelf > 0,
        "made_to_order": record.is_made_to_order,
        "available_quantity": record.shown_quantity,
        "lead_time_days": child.lead_time_days,
        "weight_g": decimal(child.weight_g),
        "parts": [part(made) for made in parts_of(piece, child) if made.name],
        "image": next((public_image(picture) for picture in piece.pictures if picture.pk == child.picture_id), None),
    }


def part(made: Part) -> dict[str, Any]:
    return {
        "part": made.name,
        "metal": metal(METALS[made.metal]) if made.metal else None,
        "plating": _plating(made.plating) if made.plating else None,
        "weight_g": decimal(made.weight_g),
    }


def options(child: Product) -> dict[str, str]:
    """What tells the variant from its sisters; the metal by its code, where the maker declared one."""
    return {**child.options, "metal": child.metal} if child.metal else dict(child.options)


def product_page(found: Found, links: dict[str, str | None], *, currency: str) -> tuple[bytes, str]:
    """A page of stored list items, put together as bytes, and its `ETag`."""
    rest: dict[str, Any] = dict(links)
    if found.reading.is_search:
        rest["search"] = search(found.reading)
    if found.facets is not None:
        rest["facets"] = facets(found.facets, currency)
    return page_of(found.page.rows, rest)


def page_of(items: Sequence[Item], rest: dict[str, Any]) -> tuple[bytes, str]:
    """Stored list items as `results` and the rest of the page, and the `ETag` of both.

    It is of the items' tags, which are of their bytes, so that these need not be gone through again.
    """
    results = ",".join([item.text for item in items])
    ending = json_bytes(rest)[1:]
    tags = ",".join([item.tag for item in items])
    return b'{"results":[%b],%b' % (results.encode(), ending), versions.of_bytes(b"%b,%b" % (tags.encode(), ending))


def search(reading: Reading) -> dict[str, Any]:
    """How a request in words was read."""
    return {
        "corrected": reading.spelled,
        "is_partial": reading.is_loose,
        "filters": {name: _written(value) for name, value in reading.asked.filters.items()},
    }


def suggestions(found: Suggestions) -> dict[str, Any]:
    """Of pieces what a line below the search field shows."""
    pieces = [orjson.loads(item.text) for item in found.products]
    return {
        "queries": found.queries,
        "products": [{name: piece[name] for name in ("slug", "title", "image", "price_from")} for piece in pieces],
        "categories": [{"slug": slug, "name": name} for slug, name in found.categories],
        "makers": [{"slug": slug, "name": name} for slug, name in found.makers],
    }


def _written(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def facets(counts: Sequence[Count], currency: str) -> dict[str, Any]:
    """`{facet: [{value, label, count}]}`; of prices the lowest and the highest."""
    shaped: dict[str, Any] = {name: [] for name in FACETS}
    bounds: dict[str, Any] = {}
    for count in counts:
        if count.facet == "price":
            bounds[count.value] = money.shape(Decimal(count.pieces).scaleb(-2), currency)
        else:
            value = {"value": count.value, "label": _label(count), "count": count.pieces}
            shaped[count.facet].append(value)
    return {**shaped, "price": bounds or None}


def _label(count: Count) -> str:
    if count.facet == "metal":
        return METALS[count.value].label
    if count.facet == "stone":
        return _stone_label(count.value)
    return count.label or FLAG_LABELS.get(count.facet) or count.value.replace("_", " ").replace("-", " ")


def _stone_label(value: str) -> str:
    """`lab_grown-sapphire` as `lab-grown sapphire`."""
    origin, dash, kind = value.partition("-")
    if dash and origin in ORIGIN_WORDS:
        return f"{ORIGIN_WORDS[origin]} {_kind_label(kind)}"
    return _kind_label(value)


def _kind_label(kind: str) -> str:
    return STONE_KINDS[kind].label if kind in STONE_KINDS else kind.replace("-", " ")


def category(node: Category, pieces: int) -> dict[str, Any]:
    return {"slug": node.slug, "name": node.name, "description": node.description, "count": pieces, "children": []}


def tree(nodes: list[tuple[Category, int]]) -> list[dict[str, Any]]:
    """Nested from a list in tree order."""
    roots: list[dict[str, Any]] = []
    line: list[dict[str, Any]] = []
    for node, pieces in nodes:
        shaped = category(node, pieces)
        del line[node.depth - 1 :]
        (line[-1]["children"] if line else roots).append(shaped)
        line.append(shaped)
    return roots


def maker(partner: Partner) -> dict[str, Any]:
    return {
        "id": partner.public_id,
        "slug": partner.code,
        "name": partner.display_name,
        "tagline": partner.tagline,
        "story": partner.story,
        "city": partner.city,
        "state": partner.state,
        "product_count": partner.pieces,
    }


def _record(child: Product) -> StockRecord:
    record: StockRecord = child.records[0]
    return record


def _metals(piece: Product) -> list[str]:
    return list(dict.fromkeys(code for child in piece.variants for code in metals_of(piece, child)))


def _parts(piece: Product) -> list[Part]:
    return list(dict.fromkeys(made for child in piece.variants for made in parts_of(piece, child)))


def _plating(plating: Plating) -> dict[str, Any]:
    layer = COATINGS[plating.metal]
    return {
        "metal": layer.code,
        "label": f"{layer.label} {PLATINGS[plating.kind]}",
        "kind": plating.kind,
        "microns": decimal(plating.microns),
        "fraction": plating.fraction or None,
    }
