"""How a picture looks, to its maker and to shoppers."""

from typing import Any

from catalog.catalogue.models import ImageStatus, ProductImage
from catalog.catalogue.shapes import decimal
from shop.http import public_url


def picture(image: ProductImage) -> dict[str, Any]:
    """A picture in any state; it has an address once it is ready."""
    return {
        "id": image.public_id,
        "url": public_url(image.original.url) if image.status == ImageStatus.READY else None,
        "width": image.width,
        "height": image.height,
        "alt": image.alt,
        "blur": image.placeholder or None,
        "focal_point": focal_point(image),
        "renditions": renditions(image),
        "position": image.display_order,
        "status": image.status,
        "refusal": image.refusal,
    }


def version(shaped: dict[str, Any]) -> dict[str, Any]:
    """What of a picture's shape makes its version: not what a job adds to it, which spoils nobody's change."""
    return {name: value for name, value in shaped.items() if name not in ("blur", "renditions")}


def public_image(image: ProductImage) -> dict[str, Any]:
    """A picture that is ready, as a storefront draws it: nothing left to ask for, and no query."""
    return {
        "url": public_url(image.original.url),
        "width": image.width,
        "height": image.height,
        "alt": image.alt,
        "blur": image.placeholder or None,
        "focal_point": focal_point(image),
        "renditions": renditions(image),
    }


def focal_point(image: ProductImage) -> dict[str, str | None]:
    return {"x": decimal(image.focal_x), "y": decimal(image.focal_y)}


def renditions(image: ProductImage) -> list[dict[str, Any]]:
    """`[{url, width, height, format}]`, by format and width; empty until they are drawn."""
    return [
        {
            "url": public_url(image.original.storage.url(rendition["file"])),
            "width": rendition["width"],
            "height": rendition["height"],
            "format": rendition["format"],
        }
        for rendition in image.renditions
    ]
