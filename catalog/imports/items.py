"""What every import format is read into, before anything touches the database."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

# Parts as the catalog keeps them; None where the file does not tell them apart.
Declared = tuple[Mapping[str, Any], ...] | None
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

    Prices are in the maker's currency, weights in grams; without a price it is not for sale. `title` is what it is
    called where that is not its options, `position` its place where that is not the one in `variants`.

    `silent` names what the file has no word of: columns of the catalog, and `stock`. A new variant takes what stands
    here, one that is there keeps its own.
    """

    line: int
    sku: str
    price: Decimal | None
    options: Mapping[str, str] = field(default_factory=dict)
    compare_at_price: Decimal | None = None
    stock: int = 0
    policy: StockPolicy = "stock"
    weight_g: Decimal | None = None
    barcode: str = ""
    image_url: str = ""
    metal: str = ""
    lead_time_days: int | None = None
    parts: Declared = None
    title: str = ""
    position: int | None = None
    active: bool = True
    silent: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class StoneItem:
    """A stone as the maker declares it (16 CFR 23.24, 23.25: kind, origin and treatment are said)."""

    kind: str
    origin: Literal["natural", "lab_grown", "simulated"]
    treatment: str = "none"
    cut: str = ""
    carat: Decimal | None = None
    count: int = 1
    name: str = ""
    carat_is: Literal["total", "exact"] = "total"
    colour: str = ""
    clarity: str = ""
    country: str = ""
    mine: str = ""
    report: Mapping[str, str] | None = None
    setting: str = ""
    position: str = ""


@dataclass(frozen=True, slots=True)
class ProductItem:
    """One product with its variants. `handle` is its name in the file it came from, unique per maker.

    `description` is sanitised HTML; `line` is the line of the file where the product starts. Attributes, parts, ring
    sizes, personalization and final sale are as the catalog keeps them; None where the file has no word of them, and
    they stay. Ring sizes are empty where the file says that there are none.

    `categories` are slugs, and stand instead of the path in `category`. `slug` is the address a new piece would have.
    `silent` names columns of the catalog as a variant's does.
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
    attributes: Mapping[str, Any] | None = None
    parts: Declared = None
    ring_sizes: Mapping[str, Any] | None = None
    personalization: Declared = None
    final_sale: bool | None = None
    slug: str = ""
    categories: tuple[str, ...] | None = None
    silent: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that went in and that the maker should look at: where it is, which column, and what was made of it."""

    line: int
    column: str
    reason: str


@dataclass(frozen=True, slots=True)
class Problem:
    """A row that could not go in: where it is, which column, and why, for the person who mends the file."""

    line: int
    column: str
    reason: str


# What a reader yields: a product, what of it did not go in, and what to look at.
Found = ProductItem | Problem | Notice
