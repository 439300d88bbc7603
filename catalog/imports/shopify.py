"""Reads Shopify's product CSV into items: no Django, no database.

A product is one or more rows that stand together and share a handle. Its first row has the title and what else is
said once; each row may have a variant, a picture, or both. When something is wrong,

- a bad value of a variant (price, stock, weight, SKU, barcode, option) leaves that variant out;
- a bad picture, text, tag or position leaves only that value out, and a bad `Published` hides the product;
- a product without a usable title, a gift card, or a product left without a variant does not go in at all.
"""

from collections.abc import Iterator
from decimal import Decimal
from functools import partial

from catalog.catalogue.rules import (
    MAX_ALT,
    MAX_BARCODE,
    MAX_OPTION_NAME,
    MAX_OPTION_VALUE,
    MAX_SEO_DESCRIPTION,
    MAX_SEO_TITLE,
    MAX_SKU,
    MAX_TAG,
    MAX_TITLE,
    MAX_VARIANTS,
)
from catalog.catalogue.slugs import slug
from catalog.html import sanitised
from catalog.imports import cells
from catalog.imports.cells import BadCell
from catalog.imports.csv_text import shown
from catalog.imports.items import Found, ImageItem, Problem, ProductItem, StockPolicy, VariantItem
from catalog.imports.sheet import Cells, Format, Sheet, Skus, products_by_handle
from catalog.media.rules import MAX_PICTURES

# Our name for a column -> its names in Shopify's exports; the template of 2024 dropped the word "Variant".
COLUMNS: dict[str, tuple[str, ...]] = {
    "handle": ("Handle", "URL handle"),
    "title": ("Title",),
    "description": ("Body (HTML)", "Body HTML", "Description"),
    "vendor": ("Vendor",),
    "type": ("Type", "Product Type"),
    "category": ("Product Category",),
    "tags": ("Tags",),
    "published": ("Published", "Published on online store"),
    "status": ("Status",),
    "option1_name": ("Option1 Name",),
    "option1_value": ("Option1 Value",),
    "option2_name": ("Option2 Name",),
    "option2_value": ("Option2 Value",),
    "option3_name": ("Option3 Name",),
    "option3_value": ("Option3 Value",),
    "sku": ("Variant SKU", "SKU"),
    "barcode": ("Variant Barcode", "Barcode", "Variant Barcodes", "Barcodes"),
    "price": ("Variant Price", "Price"),
    "compare_at_price": ("Variant Compare At Price", "Compare-at price", "Compare At Price"),
    "tracker": ("Variant Inventory Tracker", "Inventory tracker"),
    "quantity": ("Variant Inventory Qty", "Inventory quantity"),
    "when_sold_out": ("Variant Inventory Policy", "Continue selling when out of stock"),
    "grams": ("Variant Grams", "Weight value (grams)"),
    "weight": ("Variant Weight", "Weight"),
    "weight_unit": ("Variant Weight Unit", "Weight unit for display", "Weight Unit"),
    "image": ("Image Src", "Product image URL"),
    "image_position": ("Image Position",),
    "image_alt": ("Image Alt Text",),
    "variant_image": ("Variant Image", "Variant image URL"),
    "gift_card": ("Gift Card",),
    "seo_title": ("SEO Title",),
    "seo_description": ("SEO Description",),
}
REQUIRED = ("handle", "title", "price")
OPTIONS = tuple((f"option{number}_name", f"option{number}_value") for number in (1, 2, 3))

# A row with one of these is meant to be a variant. Others, such as the weight's unit, say nothing alone.
VARIANT_COLUMNS = (
    *(value for _, value in OPTIONS),
    *("sku", "barcode", "price", "compare_at_price", "quantity"),
)

# The product's words that are said once, and how long each may be.
WORDS = {"vendor": 255, "type": 255, "seo_title": MAX_SEO_TITLE, "seo_description": MAX_SEO_DESCRIPTION}

MAX_HANDLE = MAX_CATEGORY = 255

SOLD_ON = {"": False, "deny": False, "false": False, "continue": True, "true": True}
STATUSES = {"": True, "active": True, "draft": False, "archived": False, "unlisted": False}
# What Shopify's file has no column for, and the maker may have said here.
SILENT = frozenset({"subtitle", "one_of_a_kind", "stones"})
SILENT_OF_VARIANT = frozenset({"lead_time_days", "is_public"})
NOTHING = Decimal(0)


def stock_of(*, tracked: bool, sold_on: bool, quantity: int) -> tuple[StockPolicy, int]:
    """Our stock policy and the pieces on the shelf, for what Shopify says of a variant.

    | tracked | when sold out | policy                   | stock    |
    |---------|---------------|--------------------------|----------|
    | no      | either        | made_to_order            | 0        |
    | yes     | deny          | stock                    | quantity |
    | yes     | continue      | stock_then_made_to_order | quantity |

    Shopify sells without end what it does not track; a count left over in the file is kept by nobody and must not
    stop the sale. A negative quantity means sold beyond the shelf, so nothing is on it.
    """
    if not tracked:
        return "made_to_order", 0
    return ("stock_then_made_to_order" if sold_on else "stock"), max(0, quantity)


def _read_products(sheet: Sheet) -> Iterator[Found]:
    skus = Skus()
    return products_by_handle(
        sheet,
        read_row=partial(Cells, sheet),
        read_handle=_handle,
        begin=lambda first, handle: _Product(first, handle=handle, skus=skus),
    )


def _handle(text: str) -> str:
    handle = slug(text)
    if not handle:
        raise BadCell(f"{shown(text)} has neither letters nor digits to make a handle of.")
    return cells.one_line(handle, limit=MAX_HANDLE)


class _Product:
    """The product whose rows are being read."""

    def __init__(self, first: Cells, *, handle: str, skus: Skus) -> None:
        self._key = _key(first)
        self._sheet = first.sheet
        self._handle = handle
        self._line = first.line
        self._skus = skus
        self._is_out = False  # and a problem has said why
        self._is_gift_card = False
        self._title = ""
        self._description = ""
        self._words = dict.fromkeys(WORDS, "")
        self._category = ""
        self._tags: tuple[str, ...] = ()
        self._published = True
        self._images: dict[str, tuple[int, str]] = {}
        self._option_names = dict.fromkeys((name for name, _ in OPTIONS), "")
        self._choices: dict[tuple[str, ...], int] = {}
        self._variants: list[VariantItem] = []

    def has(self, row: Cells) -> bool:
        return _key(row) == self._key

    def add(self, row: Cells) -> None:
        if self._is_gift_card:
            return
        if row.take("gift_card", partial(cells.yes_no, blank=False), False):
            row.refuse("gift_card", "Gift cards are not imported.")
            self._is_gift_card = self._is_out = True
            return
        if self._is_another(row):
            reason = f"{shown(row.text('title'))} has the same handle as {shown(self._title)} on line {self._line:,}."
            row.refuse("title", reason)
            return
        self._add_words(row)
        self._add_image(row)
        if any(map(row.text, VARIANT_COLUMNS)):
            self._add_variant(row)

    def finished(self) -> Iterator[Found]:
        if self._is_out:
            return
        if not self._title:
            reason = f"The product {shown(self._handle)} has no title."
            yield Problem(self._line, self._sheet.label("title"), reason)
        elif not self._variants:
            reason = f"The product {shown(self._handle)} has no variant that can go in, so it is left out."
            yield Problem(self._line, self._sheet.label("price"), reason)
        else:
            yield self._item()

    def _item(self) -> ProductItem:
        words = self._words
        return ProductItem(
            handle=self._handle,
            line=self._line,
            title=self._title,
            variants=tuple(self._variants),
            description=self._description,
            product_type=cells.product_type(words["type"], self._category),
            category=words["type"] or self._category,
            vendor=words["vendor"],
            tags=self._tags,
            published=self._published,
            images=self._ordered_images(),
            seo_title=words["seo_title"],
            seo_description=words["seo_description"],
            silent=SILENT,
        )

    def _is_another(self, row: Cells) -> bool:
        title = " ".join(row.text("title").split())
        return bool(self._title and title and title != self._title)

    def _add_words(self, row: Cells) -> None:
        """What is said once for the product; the first row that says it counts."""
        if not self._title and not self._is_out and row.text("title"):
            self._title = row.take("title", partial(cells.one_line, limit=MAX_TITLE), "")
            self._is_out = not self._title
        for word, limit in WORDS.items():
            self._words[word] = self._words[word] or row.take(word, partial(cells.one_line, limit=limit), "")
        self._category = self._category or row.take("category", _last_part, "")
        self._description = self._description or row.take("description", sanitised, "")
        self._tags = self._tags or row.take("tags", partial(cells.tags, limit=MAX_TAG), ())
        is_published = row.take("published", partial(cells.yes_no, blank=True), False)
        is_active = row.take("status", partial(_one_of, meanings=STATUSES), False)
        self._published = self._published and is_published and is_active

    def _add_image(self, row: Cells) -> None:
        if not row.text("image"):
            return
        address = row.take("image", cells.address, "")
        position = row.take("image_position", cells.position, 0)
        alt = row.take("image_alt", partial(cells.one_line, limit=MAX_ALT), "")
        if not address or address in self._images:
            return
        if len(self._images) >= MAX_PICTURES:
            row.refuse("image", f"The product already has {MAX_PICTURES} pictures; this one is left out.")
            return
        self._images[address] = (position, alt)

    def _ordered_images(self) -> tuple[ImageItem, ...]:
        """Pictures by position, those without one last; counted anew, for dropped ones leave gaps."""
        last = max((position for position, _ in self._images.values()), default=0) + 1
        ordered = sorted(self._images.items(), key=lambda image: image[1][0] or last)
        return tuple(ImageItem(url, number, alt) for number, (url, (_, alt)) in enumerate(ordered, start=1))

    def _add_variant(self, row: Cells) -> None:
        problems_before = len(row.problems)
        options = self._options(row)
        price, compare_at_price = _prices(row)
        policy, stock = _stock(row)
        weight = _weight(row)
        barcode = row.take("barcode", partial(cells.barcode, limit=MAX_BARCODE), "")
        sku = row.take("sku", self._given_sku, "")
        choice = tuple(value.casefold() for value in options.values())
        self._check_place(row, options, choice)
        is_good = len(row.problems) == problems_before
        # After the count: a variant goes in without its picture.
        image_url = row.take("variant_image", cells.address, "") if row.text("variant_image") else ""
        if not is_good:
            return
        sku = sku or self._skus.derived(_sku_base(self._handle, options))
        self._skus.keep(sku, row.line)
        self._choices[choice] = row.line
        metal = cells.metal_of_options(options)
        self._variants.append(
            VariantItem(
                line=row.line,
                sku=sku,
                price=price,
                options=options,
                compare_at_price=compare_at_price,
                stock=stock,
                policy=policy,
                weight_g=weight,
                barcode=barcode,
                image_url=image_url,
                metal=metal,
                silent=SILENT_OF_VARIANT if metal else SILENT_OF_VARIANT | {"metal"},
            )
        )

    def _given_sku(self, text: str) -> str:
        return self._skus.check(cells.sku(text, limit=MAX_SKU))

    def _options(self, row: Cells) -> dict[str, str]:
        """Option codes to values; empty for Shopify's "Title: Default Title", which means there is no choice."""
        options: dict[str, str] = {}
        for name_column, value_column in OPTIONS:
            name = self._option_name(row, name_column)
            if name.casefold() == "title" and row.text(value_column).casefold() in ("default title", ""):
                continue
            if not name and (row.text(name_column) or not row.text(value_column)):
                continue  # no such option, or a name that was just refused
            value = row.take(value_column, partial(_option_value, name=name), "")
            code = row.take(name_column, partial(_option_code, name=name, value=value, taken=options), "")
            options[code] = value
        return options

    def _option_name(self, row: Cells, column: str) -> str:
        """The option's name, which Shopify writes on the product's first row only."""
        given = row.take(column, partial(cells.one_line, limit=MAX_OPTION_NAME), "")
        name = self._option_names[column] = self._option_names[column] or given
        if given and given.casefold() != name.casefold():
            row.refuse(column, f"The option is {shown(given)} here and {shown(name)} above. Name it the same.")
        return name

    def _check_place(self, row: Cells, options: dict[str, str], choice: tuple[str, ...]) -> None:
        """Whether the product has room for a variant with these options."""
        value_column = OPTIONS[0][1]
        if self._variants and options.keys() != self._variants[0].options.keys():
            row.refuse(
                value_column,
                f"The variant has other options than the one on line {self._variants[0].line:,}.",
            )
        elif choice in self._choices:
            chosen = shown(" / ".join(options.values())) if options else "A variant without options"
            row.refuse(value_column, f"{chosen} is already on line {self._choices[choice]:,}.")
        if len(self._variants) >= MAX_VARIANTS:
            row.refuse("handle", f"The product already has {MAX_VARIANTS:,} variants; this one is left out.")


def _key(row: Cells) -> str:
    """What rows of one product share: the handle as it is written, in any case."""
    return row.text("handle").casefold()


def _prices(row: Cells) -> tuple[Decimal, Decimal | None]:
    """The price, and the one it was if that was higher."""
    decimal_comma = row.sheet.decimal_comma
    price = row.take("price", partial(cells.price, decimal_comma=decimal_comma), NOTHING)
    before = row.take("compare_at_price", partial(cells.price_or_zero, decimal_comma=decimal_comma), NOTHING)
    return price, before if before > price else None


def _stock(row: Cells) -> tuple[StockPolicy, int]:
    quantity = row.take("quantity", cells.whole_number, 0)
    sold_on = row.take("when_sold_out", partial(_one_of, meanings=SOLD_ON), False)
    # A blank tracker says "not tracked". A file without that column says nothing, so a count in it is believed:
    # better a piece too few for sale than one sold that nobody has.
    has_tracker = row.sheet.has("tracker")
    tracked = bool(row.text("tracker") if has_tracker else row.text("quantity"))
    return stock_of(tracked=tracked, sold_on=sold_on, quantity=quantity)


def _weight(row: Cells) -> Decimal | None:
    """Grams. "Variant Grams" is in grams whatever the unit says, which is only how Shopify shows it."""
    read = partial(cells.weight_g, decimal_comma=row.sheet.decimal_comma)
    grams = row.take("grams", partial(read, unit="g"), None)
    return grams or row.take("weight", partial(read, unit=row.text("weight_unit")), None)


def _option_value(text: str, *, name: str) -> str:
    if not text:
        raise BadCell(f"The option {shown(name)} has no value.")
    return cells.one_line(text, limit=MAX_OPTION_VALUE)


def _option_code(_: str, *, name: str, value: str, taken: dict[str, str]) -> str:
    """The option's name as a code: "Ring Size" is `ring_size`."""
    code = slug(name, joint="_")
    if not name:
        raise BadCell(f"The option with the value {shown(value)} has no name.")
    if not code:
        raise BadCell(f"{shown(name)} has neither letters nor digits to name an option with.")
    if code in taken:
        raise BadCell(f"The product has two options {shown(name)}.")
    return code


def _sku_base(handle: str, options: dict[str, str]) -> str:
    """Handle and options: `chain-bracelet-blue`, with room for a number behind it."""
    parts = (handle, *map(slug, options.values()))
    return "-".join(filter(None, parts))[: MAX_SKU - len("-99999")]


def _last_part(text: str) -> str:
    """What a path ends with: "Apparel & Accessories > Jewelry > Rings" gives "Rings"."""
    return cells.one_line(text.rpartition(">")[2], limit=MAX_CATEGORY)


def _one_of(text: str, *, meanings: dict[str, bool]) -> bool:
    if text.casefold() not in meanings:
        known = ", ".join(filter(None, meanings))
        raise BadCell(f"{shown(text)} is none of {known}.")
    return meanings[text.casefold()]


FORMAT = Format("shopify", COLUMNS, REQUIRED, _read_products)
