"""Reads the CSV that Etsy gives its sellers (Shop Manager, "Currently for sale listings"): no Django, no database.

A row is a listing. Its variations are lists of words, whose every combination becomes a variant; price, quantity and
SKUs are the listing's as a whole, so that what they are of each variant is for the maker to say. The file has no
type, no category, no status and no number of its listings: a listing comes in as a draft, and is known again by its
first SKU, or by its title where it has none. When something is wrong,

- a bad picture, description, tag or variation's word leaves only that value out;
- a listing without a usable title, price or quantity, in another currency, or of another's SKU does not go in at all.
"""

import hashlib
import html
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import partial
from itertools import product
from math import prod

from django.conf import settings

from catalog.catalogue.metals import METALS
from catalog.catalogue.rules import MAX_OPTION_NAME, MAX_OPTION_VALUE, MAX_SKU, MAX_TAG, MAX_TITLE, MAX_VARIANTS
from catalog.catalogue.slugs import SLUG_PART, slug
from catalog.html import sanitised
from catalog.imports import cells
from catalog.imports.cells import BadCell
from catalog.imports.csv_text import shown
from catalog.imports.items import Found, ImageItem, Problem, ProductItem, VariantItem
from catalog.imports.sheet import Cells, Format, Sheet, Skus, rows_of

IMAGES = tuple(f"image{number}" for number in range(1, 21))
# The columns of a variation are there only where a listing of the shop has that many.
VARIATIONS = tuple(
    (f"variation_{number}_type", f"variation_{number}_name", f"variation_{number}_values") for number in (1, 2, 3)
)
COLUMNS: dict[str, tuple[str, ...]] = {
    "title": ("TITLE",),
    "description": ("DESCRIPTION",),
    "price": ("PRICE",),
    "currency": ("CURRENCY_CODE",),
    "quantity": ("QUANTITY",),
    "tags": ("TAGS",),
    "materials": ("MATERIALS",),
    **{image: (image.upper(),) for image in IMAGES},
    **{name: (name.upper().replace("_", " "),) for names in VARIATIONS for name in names},
    "sku": ("SKU",),
}
REQUIRED = ("title", "price", "currency", "quantity")

# What the file has no word of, and the maker may have said here.
SILENT = frozenset({
    "subtitle", "product_type", "is_public", "one_of_a_kind", "stones", "meta_title", "meta_description",
})  # fmt: skip
SILENT_OF_VARIANT = frozenset({"lead_time_days", "weight_g", "barcode", "picture", "is_public"})
# Of a variation they are the listing's: a new variant begins with them.
OF_LISTING = frozenset({"price", "compare_at_price", "stock"})

# A material with one of these is of some metal, whichever.
METAL_WORDS = re.compile(
    r"gold|silver|platinum|palladium|vermeil|plated?|filled|brass|bronze|steel|titanium|copper|pewter|alumin|metal"
    r"|rhodium|nickel|tungsten|argentium|\b[0-9]{1,2} ?kt?\b|\b(?:925|585|750|375|950)\b",
    re.IGNORECASE,
)
BREAK = "\n"
_PARAGRAPHS = re.compile(r"\n[^\S\n]*\n\s*")
NOTHING = Decimal(0)
NO_SKUS: tuple[str, ...] = ()
MAX_NAME = 40
MAX_SAID = 300


def _read_listings(sheet: Sheet) -> Iterator[Found]:
    """The listings in the order of the file, each after its problems and notices."""
    handles: dict[str, int] = {}
    skus = Skus()
    for row in rows_of(sheet, things="listings"):
        if isinstance(row, Problem):
            yield row
            continue
        listing = Cells(sheet, row)
        item = _read_listing(listing, handles, skus)
        yield from listing.problems
        if item is not None:
            yield from listing.notices
            yield item


def _read_listing(row: Cells, handles: dict[str, int], skus: Skus) -> ProductItem | None:
    """The listing, or None where it does not go in."""
    title = row.take("title", _title, "")
    price = row.take("price", partial(cells.price, decimal_comma=row.sheet.decimal_comma), NOTHING)
    row.take("currency", _currency, "")
    quantity = row.take("quantity", _quantity, 0)
    given = row.take("sku", partial(_skus, taken=skus), NO_SKUS)
    handle = row.take("sku" if given else "title", lambda _: _handle(title, given, handles), "") if title else ""
    if row.problems:
        return None
    options = _variations(row)
    if options is None:
        return None
    handles[handle] = row.line
    variants = _variants(row, options, price=price, quantity=quantity, given=given, title=title, skus=skus)
    return ProductItem(
        handle=handle,
        line=row.line,
        title=title,
        variants=variants,
        slug=slug(title)[:SLUG_PART].strip("-"),
        description=row.take("description", _description, ""),
        tags=row.take("tags", _tags, ()),
        published=False,
        images=_images(row),
        silent=SILENT,
    )


def _title(text: str) -> str:
    title = cells.one_line(html.unescape(text), limit=MAX_TITLE)
    if not title:
        raise BadCell("The listing has no title.")
    return title


def _currency(text: str) -> str:
    if text.upper() != settings.CURRENCY:
        raise BadCell(f"The price is in {shown(text)}; this shop sells in {settings.CURRENCY}.")
    return text


def _quantity(text: str) -> int:
    number = cells.whole_number(text)
    if number < 0:
        raise BadCell(f"{shown(text)} is below zero.")
    return number


def _skus(text: str, *, taken: Skus) -> tuple[str, ...]:
    """The listing's SKUs, each once. Etsy lets listings share one; here it names one variant."""
    found = dict.fromkeys(sku for part in text.split(",") if (sku := cells.sku(part, limit=MAX_SKU)))
    return tuple(map(taken.check, found))


def _handle(title: str, given: Sequence[str], handles: dict[str, int]) -> str:
    """What the listing is known by at the next import: its title is rewritten more often than its SKU."""
    handle = f"etsy-sku:{given[0]}" if given else f"etsy-title:{_digest(title)}"
    if handle in handles:
        raise BadCell(f"The listing on line {handles[handle]:,} has the same title. Give each an SKU of its own.")
    return handle


def _digest(title: str) -> str:
    return hashlib.sha256(title.casefold().encode()).hexdigest()[:16]


def _variations(row: Cells) -> dict[str, dict[str, str]] | None:
    """Option codes, each with its words by their case folded; None where they make too many variants."""
    found: dict[str, dict[str, str]] = {}
    for kind_column, name_column, values_column in VARIATIONS:
        name = html.unescape(row.text(name_column) or row.text(kind_column))
        if not name and not row.text(values_column):
            continue
        code = row.take(name_column, partial(_option_code, name=name, taken=found), "")
        values = _values(row, values_column)
        if code and values:
            found[code] = values
        elif code:
            row.refuse(values_column, f"The variation {shown(name)} has no values, so it is left out.")
    count = prod(map(len, found.values()))
    if count > MAX_VARIANTS:
        reason = f"The variations make {count:,} variants; a product has at most {MAX_VARIANTS:,}. It is left out."
        row.refuse(VARIATIONS[0][2], reason)
        return None
    return found


def _option_code(_: str, *, name: str, taken: dict[str, dict[str, str]]) -> str:
    code = slug(cells.one_line(name, limit=MAX_OPTION_NAME), joint="_")
    if not code:
        raise BadCell(f"{shown(name)} has neither letters nor digits to name a variation with, so it is left out.")
    if code in taken:
        raise BadCell(f"The listing has two variations {shown(name)}; the second is left out.")
    return code


def _values(row: Cells, column: str) -> dict[str, str]:
    values: dict[str, str] = {}
    for part in html.unescape(row.text(column)).split(","):
        value = row.take(column, partial(_value, part=part), "")
        if value.casefold() in values:
            row.note(column, f"{shown(value)} stands twice in the list; it is one variant.")
        elif value:
            values[value.casefold()] = value
    return values


def _value(_: str, *, part: str) -> str:
    return cells.one_line(part, limit=MAX_OPTION_VALUE)


def _variants(
    row: Cells, options: dict[str, dict[str, str]], *, price: Decimal, quantity: int, given: Sequence[str], title: str,
    skus: Skus,
) -> tuple[VariantItem, ...]:  # fmt: skip
    words = [list(values.values()) for values in options.values()]
    choices = [dict(zip(options, chosen, strict=True)) for chosen in product(*words)]
    metal = _metal(row, choices)
    silent = SILENT_OF_VARIANT | (OF_LISTING if options else set())
    if options:
        row.note(
            "quantity",
            f"The file has one price and one quantity for {len(choices):,} variants. New ones get the price {price} "
            "and no stock: count them, and see to their prices.",
        )
    for sku in given:
        skus.keep(sku, row.line)
    found = []
    for choice, sku in zip(choices, _skus_of(row, choices, given, title, skus), strict=True):
        skus.keep(sku, row.line)
        own = cells.metal_of_options(choice)
        found.append(
            VariantItem(
                line=row.line,
                sku=sku,
                price=price,
                options=choice,
                stock=0 if options else quantity,
                metal=own or metal,
                # What the materials seem to say is no more than a beginning.
                silent=frozenset(silent if own else silent | {"metal"}),
            )
        )
    return tuple(found)


def _skus_of(
    row: Cells, choices: Sequence[dict[str, str]], given: Sequence[str], title: str, skus: Skus
) -> Iterator[str]:
    """An SKU for each variant, one at a time as they are kept."""
    if len(choices) == len(given):
        if len(given) > 1:
            row.note("sku", "The SKUs were given to the variants in the order of both lists: see whether they fit.")
        yield from given
        return
    if given:
        row.note("sku", f"The variants are {len(choices):,}, the SKUs {len(given):,}: theirs are made of the first.")
    base = given[0] if given else f"{slug(title)[:MAX_NAME].strip('-')}-{_digest(title)[:6]}"
    for choice in choices:
        parts = (base, *map(slug, choice.values()))
        yield skus.derived("-".join(filter(None, parts))[: MAX_SKU - len("-9999")])


def _metal(row: Cells, choices: Sequence[dict[str, str]]) -> str:
    """The one metal that the materials name, if they name no other; what else they say has no place here."""
    text = " ".join(html.unescape(row.text("materials")).replace("_", " ").split())
    materials = [word for part in text.split(",") if (word := part.strip())]
    if not materials:
        return ""
    named = {code for word in materials if (code := cells.metal(word))}
    unclear = [word for word in materials if not cells.metal(word) and METAL_WORDS.search(word)]
    by_option = any(map(cells.metal_of_options, choices))
    code = named.pop() if len(named) == 1 and not unclear and not by_option else ""
    rest = ", ".join(word for word in materials if not code or cells.metal(word) != code)
    taken = f"The metal is taken to be {METALS[code].label}. " if code else ""
    left = f"Not taken over: {rest[:MAX_SAID]}; declare metals and stones of the piece." if rest else ""
    row.note("materials", f"{taken}{left}".strip())
    return code


def _description(text: str) -> str:
    """Plain text as paragraphs; what looks like markup in it is text."""
    plain = html.escape(html.unescape(text).replace("\r\n", "\n").replace("\r", "\n"), quote=False)
    paragraphs = (paragraph.strip() for paragraph in _PARAGRAPHS.split(plain))
    return sanitised("\n".join(f"<p>{part.replace(BREAK, '<br>')}</p>" for part in paragraphs if part))


def _tags(text: str) -> tuple[str, ...]:
    """Etsy writes the spaces within a tag as underscores."""
    return cells.tags(html.unescape(text).replace("_", " "), limit=MAX_TAG)


def _images(row: Cells) -> tuple[ImageItem, ...]:
    found: dict[str, ImageItem] = {}
    for column in IMAGES:
        if row.text(column):
            url = row.take(column, cells.address, "")
            if url and url not in found:
                found[url] = ImageItem(url, len(found) + 1)
    return tuple(found.values())


FORMAT = Format("etsy", COLUMNS, REQUIRED, _read_listings)
