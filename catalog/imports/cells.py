"""Reads one cell of a maker's file: numbers, prices, weights, yes or no, addresses.

Each function takes the text of a cell and returns its value, or raises BadCell with a sentence that says what is
wrong and what would be right. Nothing is guessed: what can be read in two ways is refused.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from urllib.parse import urlsplit

from catalog.catalogue.attributes import PRODUCT_TYPES
from catalog.catalogue.metals import METALS
from catalog.catalogue.rules import MAX_PRICE, MAX_STOCK, MAX_WEIGHT_G
from catalog.imports.csv_text import shown

MAX_ADDRESS = 2_000
CENT = Decimal("0.01")
MILLIGRAM = Decimal("0.001")

# Exact by definition: the international avoirdupois pound of 1959 and its sixteenth part.
GRAMS = {"g": Decimal(1), "kg": Decimal(1000), "oz": Decimal("28.349523125"), "lb": Decimal("453.59237")}
UNITS = {
    **dict.fromkeys(("g", "gr", "gram", "grams"), "g"),
    **dict.fromkeys(("kg", "kgs", "kilogram", "kilograms"), "kg"),
    **dict.fromkeys(("oz", "ounce", "ounces"), "oz"),
    **dict.fromkeys(("lb", "lbs", "pound", "pounds"), "lb"),
}

YES_NO = {
    **dict.fromkeys(("true", "yes", "y", "1"), True),
    **dict.fromkeys(("false", "no", "n", "0"), False),
}

# Makers write the plural, or the neighbour's word, for what the catalog calls by one name.
TYPE_WORDS = {
    **{name.replace("_", " "): name for name in PRODUCT_TYPES},
    **{f"{name}s".replace("_", " "): name for name in PRODUCT_TYPES if not name.endswith("s")},
    "earring": "earrings",
    "brooches": "brooch",
    "brooches & lapel pins": "brooch",
    "cufflink": "cufflinks",
    "cuff links": "cufflinks",
    "choker": "necklace",
    "chokers": "necklace",
    "charms & pendants": "charm",
    "loose gemstone": "loose_stone",
    "loose gemstones": "loose_stone",
    "jewelry making kits": "kit",
}

METAL_CODES = {
    **{metal.label.casefold(): code for code, metal in METALS.items()},
    **{code: code for code in METALS},
}

# Options that say of what a variant is.
METAL_OPTIONS = ("metal", "material")

_CURRENCY = re.compile(r"^[$£€¥]\s*|\s*[$£€¥]$")
_POINT = re.compile(r"[0-9]+(\.[0-9]+)?|[0-9]{1,3}(,[0-9]{3})+\.[0-9]+")
_COMMA = re.compile(r"[0-9]+,[0-9]+|[0-9]{1,3}(\.[0-9]{3})+,[0-9]+")
# One mark and three digits behind it: in a file from a country of decimal commas, a thousand or a fraction?
_EITHER = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}")
_WHOLE = re.compile(r"-?[0-9]{1,15}(\.0+)?")
_SPREADSHEET_NUMBER = re.compile(r"[0-9]([.,][0-9]+)?E\+[0-9]+", re.IGNORECASE)


class BadCell(ValueError):
    """The text of a cell cannot be what its column says; the message is for the person who mends the file."""


def one_line(text: str, *, limit: int) -> str:
    """The text with its white space evened out, at most `limit` characters."""
    line = " ".join(text.split())
    if len(line) > limit:
        raise BadCell(f"{shown(line)} has {len(line):,} characters; at most {limit:,} are kept.")
    return line


def price(text: str, *, decimal_comma: bool) -> Decimal:
    """A price above zero with two decimals: "42.99", "$42.99", "1,250.00"; "12,50" where `decimal_comma`."""
    if not text.strip():
        raise BadCell("The price is missing.")
    amount = price_or_zero(text, decimal_comma=decimal_comma)
    if not amount:
        raise BadCell(f"{shown(text)} is no price to sell at; it must be above zero.")
    return amount


def price_or_zero(text: str, *, decimal_comma: bool) -> Decimal:
    """Like price, and zero where the cell is blank or says zero."""
    bare = _CURRENCY.sub("", text.strip())
    if not bare:
        return Decimal(0)
    amount = _number(bare, decimal_comma=decimal_comma)
    if amount is None:
        raise BadCell(f"{shown(text)} is not a price. Write it like 1250.00.")
    if amount > MAX_PRICE:
        raise BadCell(f"{shown(text)} is too high a price; the highest is {MAX_PRICE:,}.")
    if amount != amount.quantize(CENT):
        raise BadCell(f"{shown(text)} has more than two decimals. Write it like 1250.00.")
    return amount.quantize(CENT)


def whole_number(text: str) -> int:
    """A count such as "5", "-2" or "5.0"; 0 where the cell is blank."""
    bare = text.strip()
    if not bare:
        return 0
    if not _WHOLE.fullmatch(bare):
        raise BadCell(f"{shown(text)} is not a whole number. Write it like 5.")
    number = int(bare.partition(".")[0])
    if abs(number) > MAX_STOCK:
        raise BadCell(f"{shown(text)} is too large; the largest number is {MAX_STOCK:,}.")
    return number


def position(text: str) -> int:
    """A place in a list, from 1; 0 where the cell is blank or says 0."""
    number = whole_number(text)
    if number < 0:
        raise BadCell(f"{shown(text)} is no position; the first is 1.")
    return number


def weight_g(text: str, unit: str, *, decimal_comma: bool) -> Decimal | None:
    """Grams from a weight in g, kg, oz or lb, to the milligram; None where the cell is blank or zero."""
    bare = text.strip()
    if not bare:
        return None
    amount = _number(bare, decimal_comma=decimal_comma)
    if amount is None:
        raise BadCell(f"{shown(text)} is not a weight. Write it like 12.5.")
    if not amount:  # zero is how an export says that nobody weighed the piece, and it comes without a unit
        return None
    known = UNITS.get(unit.strip().casefold())
    if known is None:
        raise BadCell(f"The weight {shown(text)} has the unit {shown(unit)}; it must be g, kg, oz or lb.")
    grams = amount * GRAMS[known]
    if grams > MAX_WEIGHT_G:
        raise BadCell(f"{shown(text)} {known} is too heavy; the most is {MAX_WEIGHT_G:,} g.")
    return grams.quantize(MILLIGRAM) or None


def yes_no(text: str, *, blank: bool) -> bool:
    """True or false; `blank` where the cell is blank."""
    bare = text.strip().casefold()
    if bare and bare not in YES_NO:
        raise BadCell(f"{shown(text)} is neither TRUE nor FALSE.")
    return YES_NO.get(bare, blank)


def address(text: str) -> str:
    """The web address of a picture, http or https."""
    bare = text.strip()
    if not _is_web_address(bare):
        raise BadCell(f"{shown(text)} is not the address of a picture; it must begin with https:// or http://.")
    if len(bare) > MAX_ADDRESS:
        raise BadCell(f"{shown(text)} has {len(bare):,} characters; an address has at most {MAX_ADDRESS:,}.")
    return bare


def barcode(text: str, *, limit: int) -> str:
    """A barcode as printed. Raises BadCell for one that a spreadsheet has cut short to 4.00638E+12."""
    return in_full(one_line(_without_apostrophe(text), limit=limit))


def in_full(text: str) -> str:
    """The text. Raises BadCell for a number that a spreadsheet has cut short."""
    if _SPREADSHEET_NUMBER.fullmatch(text):
        raise BadCell(f"{shown(text)} lost digits in a spreadsheet. Format the column as text and enter it again.")
    return text


def sku(text: str, *, limit: int) -> str:
    """A SKU as given, or blank."""
    return one_line(_without_apostrophe(text), limit=limit)


def tags(text: str, *, limit: int) -> tuple[str, ...]:
    """Words between commas, each once, in the order given."""
    found: dict[str, str] = {}
    for word in text.split(","):
        tag = one_line(word, limit=limit)
        if tag:
            found.setdefault(tag.casefold(), tag)
    return tuple(found.values())


def product_type(*names: str) -> str:
    """The catalog's type for the first of a maker's words that says one, else "other"."""
    for name in names:
        known = TYPE_WORDS.get(" ".join(name.casefold().replace("-", " ").split()))
        if known:
            return known
    return "other"


def metal(name: str) -> str:
    """The code of a metal written just as the catalog writes it, in any case; blank for anything else."""
    return METAL_CODES.get(name.casefold(), "")


def metal_of_options(options: Mapping[str, str]) -> str:
    """The metal, where an option says just that. Never taken from prose: "gold" there may be a colour."""
    return next(filter(None, (metal(options.get(code, "")) for code in METAL_OPTIONS)), "")


def _number(text: str, *, decimal_comma: bool) -> Decimal | None:
    """A number with or without thousands marks; None for what is no number or could be read in two ways."""
    if text.startswith(("-", "−", "(")):
        raise BadCell(f"{shown(text)} is below zero.")
    if len(text) > 64 or (decimal_comma and _EITHER.fullmatch(text)):
        return None
    if _POINT.fullmatch(text):
        return Decimal(text.replace(",", ""))
    # With both marks in it a number says itself which is which; with one comma only the file can say.
    if _COMMA.fullmatch(text) and (decimal_comma or "." in text):
        return Decimal(text.replace(".", "").replace(",", "."))
    return None


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and len(text.split()) == 1
    except ValueError:
        return False


def _without_apostrophe(text: str) -> str:
    """Programs put an apostrophe before digits so that a spreadsheet keeps their leading zeros."""
    bare = text.strip()
    return bare[1:] if bare.startswith("'") and bare[1:].isdecimal() else bare
