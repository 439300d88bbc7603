"""A piece as schema.org describes it: a Product, or a ProductGroup with its variants.

Nothing is said that is not known: no price's end, no rating, a barcode only where it is a GTIN.
"""

from typing import Any

from catalog.catalogue.metals import METALS, metals_of
from catalog.catalogue.models import Product, ProductImage
from catalog.catalogue.shapes import decimal
from catalog.html import as_plain_text
from catalog.partner.models import StockRecord
from catalog.seo.rules import is_gtin
from shop import money
from shop.http import public_url

SCHEMA = "https://schema.org"
MAX_DESCRIPTION = 5_000
# Options that schema.org has a word for.
SIZES = ("ring_size", "size", "length")


def piece(row: Product, url: str) -> dict[str, Any]:
    """The piece as JSON-LD; `url` is its page in the storefront, blank where that is not known."""
    whole = {
        "@context": SCHEMA,
        "name": row.title,
        "description": as_plain_text(row.description)[:MAX_DESCRIPTION],
        "url": url,
        "image": [_address(picture) for picture in row.pictures],
        "brand": {"@type": "Brand", "name": row.maker.display_name},
        "category": row.product_type.replace("_", " ") if row.product_type != "other" else "",
    }
    if len(row.variants) == 1:
        only = _variant(row, row.variants[0], url)
        return _known({**whole, **only, "name": row.title, "image": whole["image"]})
    group = {
        "@type": "ProductGroup",
        "productGroupID": row.public_id,
        "material": _materials(row, row.variants),
        "variesBy": _varies_by(row),
        "hasVariant": [_variant(row, variant, url) for variant in row.variants],
    }
    return _known({**whole, **group})


def _variant(row: Product, variant: Product, url: str) -> dict[str, Any]:
    record: StockRecord = variant.records[0]
    own = [picture for picture in row.pictures if picture.pk == variant.picture_id]
    return _known({
        "@type": "Product",
        "name": f"{row.title}, {variant.title}" if variant.title else row.title,
        "sku": record.partner_sku,
        "gtin": variant.barcode if is_gtin(variant.barcode) else "",
        "material": _materials(row, [variant]),
        "size": _size(variant),
        "weight": _weight(variant),
        "image": [_address(picture) for picture in own or row.pictures[:1]],
        "offers": _known({
            "@type": "Offer",
            "url": url,
            "price": money.shape(record.unit_price, record.price_currency)["amount"],
            "priceCurrency": record.price_currency,
            "availability": f"{SCHEMA}/{_availability(record)}",
            "itemCondition": f"{SCHEMA}/NewCondition",
            "seller": {"@type": "Organization", "name": row.maker.display_name},
        }),
    })  # fmt: skip


def _availability(record: StockRecord) -> str:
    """What can leave today is in stock, even where more could be made."""
    if record.on_shelf > 0:
        return "InStock"
    return "MadeToOrder" if record.is_made_to_order else "OutOfStock"


def _materials(row: Product, variants: list[Product]) -> list[str]:
    return list(dict.fromkeys(METALS[code].label for variant in variants for code in metals_of(row, variant)))


def _size(variant: Product) -> str:
    return next((variant.options[name] for name in SIZES if name in variant.options), "")


def _weight(variant: Product) -> dict[str, str] | None:
    if variant.weight_g is None:
        return None
    return {"@type": "QuantitativeValue", "value": str(decimal(variant.weight_g)), "unitCode": "GRM"}


def _varies_by(row: Product) -> list[str]:
    found: dict[str, set[Any]] = {
        "material": {tuple(_materials(row, [variant])) for variant in row.variants},
        "size": {_size(variant) for variant in row.variants},
    }
    return [f"{SCHEMA}/{name}" for name, values in found.items() if len(values) > 1]


def _address(picture: ProductImage) -> str:
    return public_url(picture.original.url)


def _known(values: dict[str, Any]) -> dict[str, Any]:
    """Without what is blank."""
    return {name: value for name, value in values.items() if value not in ("", None, [])}
