"""The demo's makers and their pieces, read from the files in `pieces/`, one per maker.

A file names the maker and lists `[[products]]` and `[[collections]]`, these by a rule or by handles. A piece that comes
in several metals and sizes is written once and spread out here:

    sku = "HB"                      its SKUs are HB-14Y-6: piece, metal, size
    choice = "ring_size"            what a shopper picks besides the metal (left out: nothing)
    values = ["5", "5.5", "6"]
    policy = "made_to_order"        with lead_time_days; left out: "stock"
    metals = [{ metal = "14Y", price = "690.00", weight_g = "2.57", stock = [3, 0, 4] }]

`price` and `weight_g` belong to the first value. Where size matters, `price_per_unit` and
`weight_per_unit` are added for each unit (ring size, inch, millimetre) above it. `stock` is one
number for all values or one number for each. A piece without metal (a loose stone) gives
`price`, `weight_g` and `stock` itself. A piece of a single variant keeps its `sku` as written.

`attributes` are those of its type, `ring_sizes` and `final_sale` as the catalog keeps them; a gilt metal names its
`parts`. `personalization` lists what may be asked of the piece, as `catalog.personalization.rules` describes it.

The tags also tell `drawing` how the piece looks: "hammered", "bezel", "paperclip" and so on.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from catalog.catalogue.attributes import read_attributes
from catalog.catalogue.metals import METALS, plain_parts
from catalog.imports.items import ImageItem, ProductItem, StoneItem, VariantItem
from catalog.personalization.rules import plain_option

FILES = Path(__file__).with_name("pieces")
VIEWS = (1, 2)

METAL_CODES = {
    "SS": "sterling-silver",
    "10Y": "10k-yellow-gold",
    "14Y": "14k-yellow-gold",
    "14W": "14k-white-gold",
    "14R": "14k-rose-gold",
    "18Y": "18k-yellow-gold",
    "PT": "platinum-950",
    "GV": "gold-vermeil",
    "GF": "gold-filled",
    "GP": "gold-plated",
}

# What the two pictures of a product type show, for the alternative text.
SHOWN = {
    "ring": ("standing on paper, seen from the front", "lying on its side, seen from above"),
    "earrings": ("a pair seen from the front", "the pair from an angle"),
    "necklace": ("laid in a loop", "close up"),
    "pendant": ("hanging on its chain, seen from the front", "the pendant close up, turned to the side"),
    "bracelet": ("closed in a circle on paper", "close up"),
    "bangle": ("standing on paper, seen from the front", "lying flat, seen from above"),
    "anklet": ("laid in a loop", "close up"),
    "brooch": ("seen from the front", "from an angle, showing its relief"),
    "cufflinks": ("a pair seen from the front", "the pair from the side, showing the toggles"),
    "charm": ("seen from the front", "turned to the side"),
    "loose_stone": ("seen from above", "seen at an angle"),
    "kit": ("its contents laid out on paper", "its tools close up"),
}

Table = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DemoMaker:
    """A maker who exists only in the demo, with everything they sell."""

    slug: str
    name: str
    tagline: str
    story: str
    city: str
    state: str
    products: tuple[ProductItem, ...]
    # What may be asked of a piece, by its handle.
    options: Mapping[str, Sequence[Table]]
    collections: Sequence[Table]


def load_makers() -> tuple[DemoMaker, ...]:
    """All demo makers, in the order of their names."""
    makers = [_maker(tomllib.loads(path.read_text(encoding="utf-8"))) for path in FILES.glob("*.toml")]
    return tuple(sorted(makers, key=lambda maker: maker.name))


def metal_in_view(variants: tuple[VariantItem, ...], view: int) -> str:
    """The metal a picture shows: the first variant's, and in the second view another one if there is one."""
    return variants[0].metal if view == 1 else variants[-1].metal


def _maker(table: Table) -> DemoMaker:
    town = f"{table['city']}, {table['state']}"
    return DemoMaker(
        slug=table["slug"],
        name=table["name"],
        tagline=table["tagline"],
        story=table["story"],
        city=table["city"],
        state=table["state"],
        products=tuple(_product(piece, table["name"], town) for piece in table["products"]),
        options={
            piece["handle"]: [plain_option(option) for option in piece["personalization"]]
            for piece in table["products"]
            if "personalization" in piece
        },
        collections=table["collections"],
    )


def _product(piece: Table, maker_name: str, town: str) -> ProductItem:
    variants = _variants(piece)
    return ProductItem(
        handle=piece["handle"],
        line=0,
        title=piece["title"],
        subtitle=piece["subtitle"],
        variants=variants,
        description=piece["description"].strip(),
        product_type=piece["type"],
        category=piece["category"],
        vendor=maker_name,
        tags=tuple(piece["tags"]),
        one_of_a_kind=piece.get("one_of_a_kind", False),
        attributes=read_attributes(piece["type"], piece.get("attributes", {}))[0],
        ring_sizes=_ring_sizes(piece),
        final_sale=piece.get("final_sale", False),
        stones=tuple(_stone(stone) for stone in piece.get("stones", [])),
        images=tuple(_image(piece, variants, view) for view in VIEWS),
        seo_title=f"{piece['title']} | {maker_name}",
        seo_description=f"{piece['subtitle']}. Made by {maker_name} in {town}.",
    )


def _variants(piece: Table) -> tuple[VariantItem, ...]:
    metals = piece.get("metals", [piece])
    values = piece.get("values", [""])
    single = len(metals) == len(values) == 1
    return tuple(
        _variant(piece, metal, values, index, single=single) for metal in metals for index in range(len(values))
    )


def _variant(piece: Table, metal: Table, values: list[str], index: int, *, single: bool) -> VariantItem:
    value = values[index]
    code = METAL_CODES.get(metal.get("metal", ""), "")
    stock = metal["stock"]
    compare_at = metal.get("compare_at")
    added = _grown(metal, "price", values, index) - Decimal(metal["price"])
    return VariantItem(
        line=0,
        sku=piece["sku"] if single else "-".join(_sku_parts(piece["sku"], metal["metal"], value)),
        price=_grown(metal, "price", values, index),
        compare_at_price=Decimal(compare_at) + added if compare_at else None,
        options=_options(piece, code, value),
        stock=stock[index] if isinstance(stock, list) else stock,
        policy=piece.get("policy", "stock"),
        weight_g=_grown(metal, "weight_g", values, index),
        image_url=_image_of_metal(piece, metal),
        metal=code,
        lead_time_days=piece.get("lead_time_days"),
        parts=_parts(metal),
    )


def _parts(metal: Table) -> tuple[Table, ...] | None:
    """Of gilt metal: what lies below the gold, and how thick it is."""
    return tuple(plain_parts(metal["parts"])) if "parts" in metal else None


def _ring_sizes(piece: Table) -> Table | None:
    sizes = piece.get("ring_sizes")
    return {"extra_lead_time_days": None, "price_per_size_above": None, **sizes} if sizes else None


def _sku_parts(sku: str, metal: str, value: str) -> Iterator[str]:
    yield sku
    yield metal
    if value:
        yield value.upper()


def _grown(metal: Table, column: str, values: list[str], index: int) -> Decimal:
    """The price or weight at one value: the first value's, plus so much for each unit above it."""
    first = Decimal(metal[column])
    per_unit = metal.get(f"{column.removesuffix('_g')}_per_unit")
    if per_unit is None:
        return first
    units = Decimal(values[index]) - Decimal(values[0])
    return (first + units * Decimal(per_unit)).quantize(Decimal("0.01"))


def _options(piece: Table, code: str, value: str) -> dict[str, str]:
    options = {}
    if len(piece.get("metals", [])) > 1:
        options["metal"] = METALS[code].label
    if value:
        options[piece["choice"]] = value
    return options


def _stone(stone: Table) -> StoneItem:
    carat = stone.get("carat")
    return StoneItem(**{**stone, "carat": Decimal(carat) if carat else None})


def _image_url(piece: Table, view: int) -> str:
    return f"demo:{piece['handle']}/{view}"


def _image_of_metal(piece: Table, metal: Table) -> str:
    """The picture that shows this metal, or nothing where no picture does or all do."""
    metals = piece.get("metals", [])
    if len(metals) < 2:
        return ""
    if metal is metals[0]:
        return _image_url(piece, 1)
    return _image_url(piece, 2) if metal is metals[-1] else ""


def _image(piece: Table, variants: tuple[VariantItem, ...], view: int) -> ImageItem:
    label = METALS[metal].label if (metal := metal_in_view(variants, view)) else ""
    title = piece["title"]
    said = not label or label.split()[-1] in title.lower() or piece["type"] == "kit"
    name = title if said else f"{title} in {label}"
    return ImageItem(url=_image_url(piece, view), position=view, alt=f"{name}: {SHOWN[piece['type']][view - 1]}")
