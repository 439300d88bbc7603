"""What every import format is read into, before anything touches the database."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

StockPolicy = Literal["stock", "made_to_order", "stock_then_made_to_order"]


@dataclass(frozen=True, slots=True)
class ImageItem:
    """A picture named by its address; `position` counts from 1."""

    url: str
    position: int
    alt: str = ""


@dataclass(frozen=True, slots=True)
class VariantItem:
    """One thing a shopper can buy. `options` is empty for a product without choices.

    Prices are in the maker's currency, weights in grams.
    """

    line: int
    sku: str
    price: Decimal
    options: Mapping[str, str] = field(default_factory=dict)
    compare_at_price: Decimal | None = None
    stock: int = 0
    policy: StockPolicy = "stock"
    weight_g: Decimal | None = None
    barcode: str = ""
    image_url: str = ""
    metal: str = ""
    lead_time_days: int | None = None


@dataclass(frozen=True, slots=True)
class StoneItem:
    """A stone as the maker declares it (16 CFR 23.24, 23.25: kind, origin and treatment are said)."""

    kind: str
    origin: Literal["natural", "lab_grown", "simulated"]
    treatment: str = "none"
    cut: str = ""
    carat: Decimal | None = None
    count: int = 1


@dataclass(frozen=True, slots=True)
class ProductItem:
    """One product with its variants. `handle` is its name in the file it came from, unique per maker.

    `description` is sanitised HTML; `line` is the line of the file where the product starts.
    """

    handle: str
    line: int
    title: str
    variants: tuple[VariantItem, ...]
    subtitle: str = ""
    description: str = ""
    product_type: str = ""
    category: str = ""
    vendor: str = ""
    tags: tuple[str, ...] = ()
    published: bool = True
    one_of_a_kind: bool = False
    stones: tuple[StoneItem, ...] = ()
    images: tuple[ImageItem, ...] = ()
    seo_title: str = ""
    seo_description: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """A row that could not go in: where it is, which column, and why, for the person who mends the file."""

    line: int
    column: str
    reason: str
