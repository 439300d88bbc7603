"""How the catalog looks outside."""

from decimal import Decimal
from typing import Any

from catalog.catalogue.models import Category, Product, ProductImage
from catalog.catalogue.rules import METALS, disclosures, stone_in_words
from catalog.partner.models import SHOWN_QUANTITY, Partner, StockRecord
from shop import money
from shop.http import public_url


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
        "image": image(piece.pictures[0]) if piece.pictures else None,
        "price_from": money.shape(min(prices), currency),
        "price_to": money.shape(max(prices), currency),
        "in_stock": any(record.on_shelf > 0 for record in records),
        "made_to_order": any(record.is_made_to_order for record in records),
        "one_of_a_kind": piece.one_of_a_kind,
        "lead_time_days": min(lead_times, default=None),
        "metals": [_metal(code) for code in _metals(piece)],
        "stones": piece.stones,
    }


def detail(piece: Product) -> dict[str, Any]:
    """A product's own page."""
    return {
        **list_item(piece),
        "description": piece.description,
        "images": [image(picture) for picture in piece.pictures],
        "categories": [{"slug": category.slug, "name": category.name} for category in piece.public_categories],
        "tags": piece.tags,
        "attributes": attributes(piece),
        "disclosures": disclosures(metals=_metals(piece), stones=piece.stones),
        "variants": [variant(piece, child) for child in piece.variants],
        "personalization": [],
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
    return [{"code": code, "label": label, "value": value} for code, label, value in facts if value]


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
        "available_quantity": record.on_shelf if record.on_shelf <= SHOWN_QUANTITY else None,
        "lead_time_days": child.lead_time_days,
        "weight_g": decimal(child.weight_g),
        "image": next((image(picture) for picture in piece.pictures if picture.pk == child.picture_id), None),
    }


def options(child: Product) -> dict[str, str]:
    """What tells the variant from its sisters; the metal by its code, where the maker declared one."""
    return {**child.options, "metal": child.metal} if child.metal else dict(child.options)


def image(picture: ProductImage) -> dict[str, Any]:
    return {
        "url": public_url(picture.original.url),
        "width": picture.width,
        "height": picture.height,
        "alt": picture.alt,
        "renditions": [],
    }


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


def decimal(value: Decimal | None) -> str | None:
    """A weight or size as a decimal string without trailing zeros."""
    return None if value is None else f"{value.normalize():f}"


def _record(child: Product) -> StockRecord:
    record: StockRecord = child.records[0]
    return record


def _metals(piece: Product) -> list[str]:
    return list(dict.fromkeys(child.metal for child in piece.variants if child.metal))


def _metal(code: str) -> dict[str, Any]:
    metal = METALS[code]
    return {"code": metal.code, "label": metal.label, "fineness": decimal(metal.fineness)}
