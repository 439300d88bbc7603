"""How a piece looks to its maker."""

from typing import Any

from django.conf import settings

from catalog.catalogue.models import Product
from catalog.media import shapes as media
from catalog.products.queries import DRAFT, PUBLISHED, Offer
from catalog.variants import shapes as variants


def list_item(piece: Product) -> dict[str, Any]:
    """A piece in the maker's list."""
    offer: Offer = piece.offer
    return {
        "id": piece.public_id,
        "slug": piece.slug,
        "title": piece.title,
        "status": status(piece),
        "product_type": piece.product_type,
        "price_from": variants.price(offer.price_from, settings.CURRENCY),
        "price_to": variants.price(offer.price_to, settings.CURRENCY),
        "image": media.picture(piece.picture_shown) if piece.picture_shown else None,
        "variants": offer.variants,
        "on_shelf": offer.on_shelf,
        "updated_at": piece.date_updated,
    }


def detail(piece: Product) -> dict[str, Any]:
    """A piece with everything its maker may change."""
    return {
        "id": piece.public_id,
        "status": status(piece),
        "maker": {"id": piece.maker.public_id, "slug": piece.maker.code, "name": piece.maker.display_name},
        **words(piece),
        "categories": [{"slug": branch.slug, "name": branch.name} for branch in piece.branches],
        "images": [media.picture(picture) for picture in piece.pictures],
        "variants": [variants.variant(child) for child in piece.variants],
        "created_at": piece.date_created,
        "updated_at": piece.date_updated,
    }


def words(piece: Product) -> dict[str, Any]:
    """What is said of the piece as a whole."""
    return {
        "slug": piece.slug,
        "title": piece.title,
        "subtitle": piece.subtitle,
        "description": piece.description,
        "product_type": piece.product_type,
        "tags": piece.tags,
        "attributes": piece.facts,
        "parts": piece.parts,
        "stones": piece.stones,
        "ring_sizes": piece.ring_sizes,
        "one_of_a_kind": piece.one_of_a_kind,
        "final_sale": piece.final_sale,
        "seo": {"title": piece.meta_title or "", "description": piece.meta_description or ""},
        "categories": [branch.slug for branch in piece.branches],
    }


def version(shaped: dict[str, Any]) -> dict[str, Any]:
    """What of a piece's shape makes its version: not when it was changed, nor what sales and jobs do to its parts."""
    kept = {name: value for name, value in shaped.items() if name not in ("updated_at", "problems")}
    return {
        **kept,
        "variants": [variants.version(child) for child in shaped["variants"]],
        "images": [media.version(picture) for picture in shaped["images"]],
    }


def status(piece: Product) -> str:
    return PUBLISHED if piece.is_public else DRAFT
