"""Reads and writes one cell of our own file: just what it says, as a studio's door would take it.

Each reader takes the text of a cell and returns its value, or raises BadCell with a sentence that says what is wrong.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeVar

import orjson
from django.conf import settings
from rest_framework import serializers

from catalog.catalogue.attributes import read_attributes
from catalog.catalogue.inputs import MAX_STONES, PartInput, SizeRangeInput, StoneInput
from catalog.catalogue.metals import MAX_PARTS, part_errors, plain_parts
from catalog.catalogue.rules import MAX_ALT, MAX_STOCK, MAX_TAG, MAX_TITLE
from catalog.catalogue.sizes import plain_range, range_errors
from catalog.catalogue.slugs import MAX_SLUG, slug
from catalog.catalogue.stones import stone_errors
from catalog.imports import cells
from catalog.imports.cells import BadCell
from catalog.imports.csv_text import shown
from catalog.imports.items import ImageItem, StockPolicy, StoneItem
from catalog.personalization.inputs import OptionInput
from catalog.personalization.rules import MAX_OPTIONS, option_problems, plain_option
from shop.errors import FieldError, as_domain_error
from shop.inputs import CONTROLS, Line, StrictSerializer, Text, WholeNumber

Value = TypeVar("Value")

# A spreadsheet takes what begins like this for a formula (CWE-1236), or drops the apostrophe.
FORMULA = ("=", "+", "-", "@", "'")
POLICIES: dict[str, StockPolicy] = {
    "": "stock", "stock": "stock", "made_to_order": "made_to_order",
    "stock_then_made_to_order": "stock_then_made_to_order",
}  # fmt: skip
NEEDS_TYPE = "What goes here depends on the type of the piece: give a good `product_type` in the same row."

_COUNT = re.compile(r"[0-9]{1,10}")


class ImageShape(StrictSerializer):
    url = Text()
    alt = Line(max_length=MAX_ALT, default="", allow_blank=True)
    position = WholeNumber(min_value=0, max_value=MAX_STOCK, default=None, allow_null=True)


def escaped(text: str) -> str:
    """The text as no spreadsheet runs it: an apostrophe before what would be a formula. `unescaped` takes it off."""
    return f"'{text}" if text.startswith(FORMULA) else text


def unescaped(text: str) -> str:
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA) else text


def needed(text: str, *, limit: int, what: str) -> str:
    if not text:
        raise BadCell(f"The option has {what}.")
    return line(text, limit=limit)


def title(text: str) -> str:
    if not text:
        raise BadCell("The product has no title.")
    return line(text, limit=MAX_TITLE)


def line(text: str, *, limit: int) -> str:
    """The text just as it is, which must be one line as the studio takes it."""
    if CONTROLS.search(text):
        raise BadCell(f"{shown(text)} has line breaks, control characters or invisible marks in it.")
    if len(text) > limit:
        raise BadCell(f"{shown(text)} has {len(text):,} characters; at most {limit:,} are kept.")
    return text


def number(text: str, *, limit: int) -> str:
    """A SKU or barcode, which a spreadsheet may have taken for a number."""
    return cells.in_full(line(text, limit=limit))


def address(text: str) -> str:
    if slug(text) != text or len(text) > MAX_SLUG:
        raise BadCell(f"{shown(text)} is no address: give lower case letters and digits with hyphens between them.")
    return text


def one_of(text: str, *, words: tuple[str, ...]) -> str:
    if text not in words:
        raise BadCell(f"{shown(text)} is none of {', '.join(filter(None, words))}.")
    return text


def price(text: str, *, decimal_comma: bool) -> Decimal | None:
    return cells.price(text, decimal_comma=decimal_comma) if text else None


def currency(text: str) -> str:
    if text not in ("", settings.CURRENCY):
        raise BadCell(f"{shown(text)} is not the currency of this shop, which is {settings.CURRENCY}.")
    return text


def whole(text: str, *, most: int) -> int | None:
    if not text:
        return None
    if not _COUNT.fullmatch(text) or int(text) > most:
        raise BadCell(f"{shown(text)} is not a whole number from 0 to {most:,}.")
    return int(text)


def count(text: str) -> int:
    return whole(text, most=MAX_STOCK) or 0


def read_tags(text: str) -> tuple[str, ...]:
    """Tags between commas, or as a JSON list where a tag has a comma in it."""
    if text.startswith("["):
        tags = json_of(text, kind=list)
        if not all(isinstance(tag, str) and tag for tag in tags):
            raise BadCell("Give the tags as texts.")
        return tuple(line(tag, limit=MAX_TAG) for tag in tags)
    return tuple(line(tag, limit=MAX_TAG) for tag in words(text))


def words(text: str) -> tuple[str, ...]:
    """Words between commas, each once."""
    return tuple(dict.fromkeys(word for part in text.split(",") if (word := part.strip())))


def json_of(text: str, *, kind: type[Value]) -> Value:
    """The list or object in the cell; an empty one where it is blank."""
    if not text:
        return kind()
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise BadCell(f"{shown(text)} is not JSON: {error}.") from error
    if not isinstance(value, kind):
        raise BadCell(f"{shown(text)} is not a JSON {'list' if kind is list else 'object'}.")
    return value


def shaped(shape: Callable[..., Any], data: Any, **options: Any) -> Any:
    """The data as a studio's door would take them. Raises BadCell with all that is wrong."""
    checked = shape(data=data, **options)
    if not checked.is_valid():
        refused = as_domain_error(serializers.ValidationError(checked.errors))
        refuse(refused.errors if refused else [])
    return checked.validated_data


def refuse(errors: list[FieldError]) -> None:
    if errors:
        raise BadCell(" ".join(f"{error['field']}: {error['message']}" for error in errors))


def image(_: str, *, given: Any, number: int) -> ImageItem:
    image = shaped(ImageShape, given)
    position = image["position"]
    return ImageItem(cells.address(image["url"]), number if position is None else position, image["alt"])


def attributes(text: str, *, product_type: str | None) -> dict[str, Any]:
    given = json_of(text, kind=dict)
    if given and product_type is None:
        raise BadCell(NEEDS_TYPE)
    values, errors = read_attributes(product_type or "other", given)
    refuse(errors)
    return values


def parts(text: str) -> tuple[dict[str, Any], ...]:
    parts = shaped(PartInput, json_of(text, kind=list), many=True, max_length=MAX_PARTS)
    refuse(part_errors(parts))
    return tuple(plain_parts(parts))


def stones(text: str) -> tuple[StoneItem, ...]:
    stones = shaped(StoneInput, json_of(text, kind=list), many=True, max_length=MAX_STONES)
    refuse(stone_errors(stones))
    return tuple(StoneItem(**stone) for stone in stones)


def ring_sizes(text: str, *, product_type: str | None) -> dict[str, Any]:
    if not text:
        return {}
    if product_type is None:
        raise BadCell(NEEDS_TYPE)
    sizes = shaped(SizeRangeInput, json_of(text, kind=dict))
    refuse(range_errors(sizes, product_type=product_type))
    return plain_range(sizes, settings.CURRENCY)


def personalization(text: str) -> tuple[dict[str, Any], ...]:
    given = shaped(OptionInput, json_of(text, kind=list), many=True, max_length=MAX_OPTIONS)
    options = tuple(plain_option(option) for option in given)
    refuse(option_problems(options))
    return options


def policy(text: str) -> StockPolicy:
    return POLICIES[one_of(text, words=tuple(POLICIES))]
