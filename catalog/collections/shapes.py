"""How a collection looks: to shoppers, and to its maker."""

from decimal import Decimal
from typing import Any

from django.conf import settings

from catalog.catalogue.models import ProductImage
from catalog.collections.models import Collection
from catalog.media.shapes import public_image
from shop import money


def shown(row: Collection) -> dict[str, Any]:
    """A collection as a storefront lists it."""
    return {
        "id": row.public_id,
        "slug": row.slug,
        "title": row.title,
        "description": row.description,
        "maker": {"slug": row.maker.code, "name": row.maker.display_name},
        "image": picture(row.picture),
        "seo": {"title": row.meta_title or row.title, "description": row.meta_description},
    }


def shown_with_pieces(row: Collection) -> dict[str, Any]:
    return {**shown(row), "products": [piece.slug for piece in row.members]}


def list_item(row: Collection) -> dict[str, Any]:
    """A collection in its maker's list."""
    return {
        "id": row.public_id,
        "slug": row.slug,
        "title": row.title,
        "is_published": row.is_published,
        "rule": rule(row),
        "image": picture(row.picture),
        "updated_at": row.updated_at,
    }


def detail(row: Collection) -> dict[str, Any]:
    """A collection with all that its maker may change."""
    return {
        **list_item(row),
        "description": row.description,
        "seo": {"title": row.meta_title, "description": row.meta_description},
        "products": [
            {"id": piece.public_id, "slug": piece.slug, "title": piece.title, "is_published": piece.is_public}
            for piece in row.members
        ],
        "created_at": row.created_at,
    }


def version(shaped: dict[str, Any]) -> dict[str, Any]:
    """What of its shape makes its version: not the date, and not which pieces follow a rule today."""
    products = [piece["id"] for piece in shaped["products"]] if shaped["rule"] is None else None
    return {**shaped, "updated_at": None, "products": products}


def rule(row: Collection) -> dict[str, Any] | None:
    """What it asks, null for what it does not; None for a collection that is made by hand."""
    if not row.by_rule:
        return None
    return {
        "product_type": row.product_type or None,
        "metal": row.metal or None,
        "stone": row.stone or None,
        "tag": row.tag or None,
        "price_min": _price(row.price_min),
        "price_max": _price(row.price_max),
        "category": row.category.slug if row.category else None,
        "one_of_a_kind": row.one_of_a_kind,
    }


def picture(image: ProductImage | None) -> dict[str, Any] | None:
    if image is None:
        return None
    return {"id": image.public_id, **public_image(image)}


def _price(amount: Decimal | None) -> money.MoneyShape | None:
    return None if amount is None else money.shape(amount, settings.CURRENCY)
