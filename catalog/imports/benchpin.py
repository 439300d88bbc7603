"""Reads our own product CSV, which `shapes.py` writes: what was exported goes in again as it was.

A product is one or more rows that stand together and share a handle: what is said of the product as a whole on the
first, a variant on each. A column that is not there says nothing, and what the catalog has stays. When something is
wrong,

- a bad value of a variant leaves that variant out;
- a bad value of the product leaves only that value out, and what the catalog has stays;
- a product without a usable title, or one whose variants are all left out, does not go in at all.
"""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from catalog.catalogue.attributes import PRODUCT_TYPES
from catalog.catalogue.metals import METAL_CODES
from catalog.catalogue.rules import (
    MAX_BARCODE,
    MAX_LEAD_TIME_DAYS,
    MAX_OPTION_NAME,
    MAX_OPTION_VALUE,
    MAX_SEO_DESCRIPTION,
    MAX_SEO_TITLE,
    MAX_SKU,
    MAX_STOCK,
    MAX_TITLE,
    MAX_VARIANTS,
)
from catalog.catalogue.slugs import slug
from catalog.html import sanitised
from catalog.imports import cells, own_cells
from catalog.imports.cells import BadCell
from catalog.imports.csv_text import shown
from catalog.imports.items import Found, ImageItem, Problem, ProductItem, StoneItem, VariantItem
from catalog.imports.sheet import Cells, Format, Sheet, Skus, products_by_handle
from catalog.media.rules import MAX_PICTURES

# A column of the product -> the column of the catalog that stays as it is where the file does not have it.
OF_PRODUCT = {
    "slug": "slug", "title": "title", "subtitle": "subtitle", "description": "description",
    "product_type": "product_type", "status": "is_public", "one_of_a_kind": "one_of_a_kind",
    "final_sale": "final_sale", "tags": "tags", "categories": "categories", "attributes": "facts", "parts": "parts",
    "stones": "stones", "ring_sizes": "ring_sizes", "personalization": "personalization", "images": "images",
    "seo_title": "meta_title", "seo_description": "meta_description",
}  # fmt: skip
OPTIONS = tuple((f"option{number}_name", f"option{number}_value") for number in (1, 2, 3))
OF_VARIANT = {
    "sku": "partner_sku", "variant_title": "title", "variant_position": "position", "variant_status": "is_public",
    **{column: "options" for pair in OPTIONS for column in pair},
    "metal": "metal", "variant_parts": "parts", "price": "price", "compare_at_price": "compare_at_price",
    "currency": "price_currency", "weight_g": "weight_g", "lead_time_days": "lead_time_days", "barcode": "barcode",
    "stock_count": "stock", "stock_policy": "stock", "variant_image": "picture",
}  # fmt: skip
COLUMNS = ("handle", *OF_PRODUCT, *OF_VARIANT)
REQUIRED = ("handle", "title", "sku")

PUBLISHED, DRAFT = STATUSES = ("published", "draft")
ACTIVE, WITHDRAWN = VARIANT_STATUSES = ("active", "withdrawn")
# For a cell that cannot be read; with the catalog's own in its place.
NO_WORDS: tuple[str, ...] = ()
NO_PARTS: tuple[dict[str, Any], ...] = ()
NO_STONES: tuple[StoneItem, ...] = ()
NOTHING_SAID: dict[str, Any] = {}
MAX_HANDLE = 255


class _Cells(Cells):
    """Cells as `escaped` wrote them; `silent` gathers the catalog's columns that a row has no good word of."""

    def __init__(self, sheet: Sheet, row: Any, *, silent_names: Mapping[str, str]) -> None:
        super().__init__(sheet, row)
        self._row = row
        self._names = silent_names
        self.silent = {name for column, name in silent_names.items() if not sheet.has(column)}

    def text(self, ours: str) -> str:
        return own_cells.unescaped(super().text(ours))

    def of_variant(self) -> "_Cells":
        """The same row, for what it says of a variant."""
        return _Cells(self.sheet, self._row, silent_names=OF_VARIANT)

    def refuse(self, ours: str, reason: str) -> None:
        super().refuse(ours, reason)
        if ours in self._names:
            self.silent.add(self._names[ours])


def _read_products(sheet: Sheet) -> Iterator[Found]:
    skus = Skus()
    return products_by_handle(
        sheet,
        read_row=lambda row: _Cells(sheet, row, silent_names=OF_PRODUCT),
        read_handle=partial(own_cells.line, limit=MAX_HANDLE),
        begin=lambda first, handle: _Product(first, handle=handle, skus=skus),
    )


class _Product:
    """The product whose rows are being read."""

    def __init__(self, row: _Cells, *, handle: str, skus: Skus) -> None:
        self._handle = handle
        self._first = row
        self._skus = skus
        self._words = {column: row.text(column) for column in OF_PRODUCT}
        self._variants: list[VariantItem] = []
        self._has_rows = False
        self._names: tuple[int, set[str]] | None = None
        self._choices: dict[tuple[str, ...], int] = {}
        self._item = self._read(row) if row.take("title", own_cells.title, "") else None

    def has(self, row: _Cells) -> bool:
        return row.text("handle") == self._handle

    def add(self, row: _Cells) -> None:
        if row is not self._first:
            self._check_words(row)
        variant = row.of_variant()
        if any(map(variant.text, OF_VARIANT)):
            self._add_variant(variant)
        row.problems += variant.problems

    def _check_words(self, row: _Cells) -> None:
        """A row below the first has the words of the first, or none."""
        for column, said in self._words.items():
            if row.text(column) not in ("", said):
                row.refuse(column, f"This is said of the product on line {self._first.line:,}; say it there.")

    def finished(self) -> Iterator[Found]:
        if self._item is None:
            return
        if self._has_rows and not self._variants:
            reason = f"The product {shown(self._handle)} has no variant that can go in, so it is left out."
            yield Problem(self._first.line, self._first.sheet.label("sku"), reason)
            return
        yield ProductItem(**self._item, variants=tuple(self._variants))

    def _read(self, row: _Cells) -> dict[str, Any]:
        """What the first row says of the product, by the names of an item. A blank status says nothing."""
        kind = row.take("product_type", partial(own_cells.one_of, words=("", *PRODUCT_TYPES)), "") or "other"
        known = None if "product_type" in row.silent else kind
        status = row.take("status", partial(own_cells.one_of, words=("", *STATUSES)), "")
        if not status:
            row.silent.add("is_public")
        values = {
            "handle": self._handle,
            "line": row.line,
            "title": row.take("title", own_cells.title, ""),
            "slug": row.take("slug", own_cells.address, ""),
            "subtitle": row.take("subtitle", partial(own_cells.line, limit=MAX_TITLE), ""),
            "description": row.take("description", sanitised, ""),
            "product_type": kind,
            "published": status == PUBLISHED,
            "one_of_a_kind": row.take("one_of_a_kind", partial(cells.yes_no, blank=False), False),
            "final_sale": row.take("final_sale", partial(cells.yes_no, blank=False), False),
            "tags": row.take("tags", own_cells.read_tags, NO_WORDS),
            "categories": row.take("categories", own_cells.words, NO_WORDS) if row.sheet.has("categories") else None,
            "attributes": row.take("attributes", partial(own_cells.attributes, product_type=known), NOTHING_SAID),
            "parts": row.take("parts", own_cells.parts, NO_PARTS),
            "stones": row.take("stones", own_cells.stones, NO_STONES),
            "ring_sizes": row.take("ring_sizes", partial(own_cells.ring_sizes, product_type=known), NOTHING_SAID),
            "personalization": row.take("personalization", own_cells.personalization, NO_PARTS),
            "images": self._images(row),
            "seo_title": row.take("seo_title", partial(own_cells.line, limit=MAX_SEO_TITLE), ""),
            "seo_description": row.take("seo_description", partial(own_cells.line, limit=MAX_SEO_DESCRIPTION), ""),
        }
        return {**values, "silent": frozenset(row.silent)}

    def _images(self, row: _Cells) -> tuple[ImageItem, ...]:
        """The pictures that are good, each once; a bad one is left out alone."""
        found: dict[str, ImageItem] = {}
        listed: list[Any] = row.take("images", partial(own_cells.json_of, kind=list), [])
        for number, given in enumerate(listed, start=1):
            image = row.take("images", partial(own_cells.image, given=given, number=number), None)
            if image is None or image.url in found:
                continue
            if len(found) >= MAX_PICTURES:
                rest = f"{shown(image.url)} and those after it are left out."
                row.refuse("images", f"A product has at most {MAX_PICTURES} pictures; {rest}")
                break
            found[image.url] = image
        return tuple(found.values())

    def _add_variant(self, row: _Cells) -> None:
        """Take in the variant of the row if all of it is good; else its problems say why not."""
        self._has_rows = True
        decimal_comma = row.sheet.decimal_comma
        sku = row.take("sku", self._sku, "")
        options = _options(row)
        active = row.take("variant_status", partial(own_cells.one_of, words=("", *VARIANT_STATUSES)), "") != WITHDRAWN
        price = row.take("price", partial(own_cells.price, decimal_comma=decimal_comma), None)
        before = row.take("compare_at_price", partial(own_cells.price, decimal_comma=decimal_comma), None)
        if before is not None and (price is None or before <= price):
            row.refuse("compare_at_price", "The price crossed out must be above the price.")
        row.take("currency", own_cells.currency, "")
        variant = VariantItem(
            line=row.line,
            sku=sku,
            price=price,
            options=options,
            compare_at_price=before,
            stock=row.take("stock_count", own_cells.count, 0),
            policy=row.take("stock_policy", own_cells.policy, "stock"),
            weight_g=row.take("weight_g", partial(cells.weight_g, unit="g", decimal_comma=decimal_comma), None),
            barcode=row.take("barcode", partial(own_cells.number, limit=MAX_BARCODE), ""),
            image_url=row.take("variant_image", cells.address, "") if row.text("variant_image") else "",
            metal=row.take("metal", partial(own_cells.one_of, words=("", *METAL_CODES)), ""),
            lead_time_days=row.take("lead_time_days", partial(own_cells.whole, most=MAX_LEAD_TIME_DAYS), None),
            parts=row.take("variant_parts", own_cells.parts, NO_PARTS),
            title=row.take("variant_title", partial(own_cells.line, limit=MAX_TITLE), ""),
            position=row.take("variant_position", partial(own_cells.whole, most=MAX_STOCK), None),
            active=active,
            silent=frozenset(row.silent),
        )
        if active:
            self._check_place(row, options)
        if len(self._variants) >= MAX_VARIANTS:
            row.refuse("handle", f"The product already has {MAX_VARIANTS:,} variants; this one is left out.")
        if row.problems:
            return
        self._skus.keep(sku, row.line)
        if active:
            self._names = self._names or (row.line, set(options))
            self._choices[_choice(options)] = row.line
        self._variants.append(variant)

    def _sku(self, text: str) -> str:
        if not text:
            raise BadCell("The SKU is missing; it says which variant the row is.")
        return self._skus.check(own_cells.number(text, limit=MAX_SKU))

    def _check_place(self, row: _Cells, options: Mapping[str, str]) -> None:
        """Whether a variant on sale with these options can stand beside the others on sale."""
        choice = _choice(options)
        if self._names and self._names[1] != set(options):
            row.refuse(OPTIONS[0][0], f"The variant has other options than the one on line {self._names[0]:,}.")
        elif choice in self._choices:
            chosen = shown(" / ".join(options.values())) if options else "A variant without options"
            row.refuse(OPTIONS[0][1], f"{chosen} is already on line {self._choices[choice]:,}.")


def _choice(options: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(f"{name}={value.casefold()}" for name, value in sorted(options.items()))


def _options(row: _Cells) -> dict[str, str]:
    options: dict[str, str] = {}
    for name_column, value_column in OPTIONS:
        if row.text(name_column) or row.text(value_column):
            value = row.take(value_column, partial(own_cells.needed, limit=MAX_OPTION_VALUE, what="no value"), "")
            code = row.take(name_column, partial(_option_code, taken=options), "")
            options[code] = value
    return options


def _option_code(text: str, *, taken: Mapping[str, str]) -> str:
    """The option's name as a code: "Ring Size" is `ring_size`."""
    code = slug(own_cells.needed(text, limit=MAX_OPTION_NAME, what="no name"), joint="_")
    if not code or len(code) > MAX_OPTION_NAME:
        raise BadCell(f"{shown(text)} cannot name an option: give it letters or digits, and not too many.")
    if code in taken:
        raise BadCell(f"The variant has two options {shown(text)}.")
    return code


FORMAT = Format("benchpin", {name: (name,) for name in COLUMNS}, REQUIRED, _read_products)
