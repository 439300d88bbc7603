"""Engraving, size, choice, date, gift message, upload: what a maker may offer, what a shopper may ask. Pure.

An option is kept with the piece as a mapping:

    {code, label, help, kind, required, limits, choices: [{value, label, price}], price: {kind, amount}, lead_time_days,
    final_sale}

`price` adds to the unit price: `fixed` and `per_character` are amounts in the shop's currency, `per_size_above` is one
for each whole size above `limits.above`, `percent` is of the variant's own price; `choices[].price` is a fixed amount.
Prices are decimal strings or null. A wish of an upload is the id of a file that was sent to the same basket.
"""

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from catalog.catalogue.sizes import US, us_size
from catalog.catalogue.written_sizes import read_number
from shop import money
from shop.errors import FieldError

Option = Mapping[str, Any]

KINDS = TEXT, CHOICE, SIZE, DATE, GIFT_MESSAGE, UPLOAD = ("text", "choice", "size", "date", "gift_message", "upload")
PRICE_KINDS = FIXED, PER_CHARACTER, PER_SIZE_ABOVE, PERCENT = ("fixed", "per_character", "per_size_above", "percent")
# In the shopper's own words or of their own making: theirs to have forgotten.
PERSONAL = (TEXT, DATE, GIFT_MESSAGE, UPLOAD)
CHARACTERS = LETTERS, LETTERS_AND_DIGITS, PRINTABLE = ("letters", "letters_and_digits", "printable")
# Telephones write the ones on the left for those on the right.
STRAIGHT = {"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"'}
# By the first word of a letter's Unicode name.
SCRIPTS = (
    "latin", "greek", "cyrillic", "hebrew", "arabic", "devanagari", "thai", "hangul", "hiragana", "katakana", "cjk",
)  # fmt: skip
UNITS = US_RING, INCH, MILLIMETRE = ("us_ring_size", "inch", "mm")

MAX_OPTIONS = 20
MAX_CHOICES = 200
MAX_TEXT = 500
# The option that follows from a ring's range of sizes; no maker's own is called so.
RING_SIZE_ON_REQUEST = "ring_size_on_request"
# What a maker's limits may say, by kind; all may be left out unless they are needed.
LIMITS: dict[str, frozenset[str]] = {
    TEXT: frozenset({"max_length", "characters", "extra_characters", "scripts", "fonts"}),
    CHOICE: frozenset(),
    SIZE: frozenset({"unit", "from", "to", "step", "above"}),
    DATE: frozenset({"earliest_days", "latest_days"}),
    GIFT_MESSAGE: frozenset({"max_length"}),
    UPLOAD: frozenset(),
}
NEEDED_LIMITS: dict[str, frozenset[str]] = {
    TEXT: frozenset({"max_length"}),
    SIZE: frozenset({"unit", "from", "to", "step"}),
    GIFT_MESSAGE: frozenset({"max_length"}),
}


@dataclass(frozen=True, slots=True)
class Wish:
    """What a shopper asks of one option; `font` for a text that has fonts to choose from."""

    option: str
    value: str
    font: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """What the options do not say: the day, and the files of the basket as `{id: content type}`."""

    today: date
    uploads: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Personalization:
    """What a line's wishes come to: as the line keeps them, and what they do to it."""

    wishes: tuple[dict[str, Any], ...] = ()
    price: Decimal = Decimal(0)
    lead_time_days: int = 0
    final_sale: bool = False


# What a maker may offer


def plain_option(given: Mapping[str, Any]) -> dict[str, Any]:
    """An option as the piece keeps it: nothing left out, numbers as decimal strings."""
    return {
        "code": given["code"],
        "label": given["label"],
        "help": given.get("help", ""),
        "kind": given["kind"],
        "required": given.get("required", False),
        "limits": {name: _limit(value) for name, value in given.get("limits", {}).items()},
        "choices": [{**choice, "price": _amount(choice.get("price"))} for choice in given.get("choices", [])],
        "price": given.get("price"),
        "lead_time_days": given.get("lead_time_days", 0),
        "final_sale": given.get("final_sale", False),
    }


def _limit(value: Any) -> Any:
    return f"{value.normalize():f}" if isinstance(value, Decimal) else value


def _amount(price: Decimal | str | None) -> str | None:
    return None if price is None else f"{Decimal(price):f}"


def with_ring_sizes(
    options: Sequence[Option], ring_sizes: Mapping[str, Any] | None, *, usual_days: int
) -> Sequence[Option]:
    """The options, and other ring sizes where the maker makes them on request, in US quarter sizes.

    `price_per_size_above` is added for each whole size above the range. Where the maker did not say how many days
    another size takes it is `usual_days`: a ship date is a promise by law (16 CFR 435).
    """
    if not ring_sizes or not ring_sizes["made_on_request"]:
        return options
    days, price = ring_sizes["extra_lead_time_days"], ring_sizes["price_per_size_above"]
    smallest, largest = US.numbers
    limits = {"unit": US_RING, "from": smallest, "to": largest, "step": US.step}
    others = {
        "code": RING_SIZE_ON_REQUEST,
        "label": "Ring size on request",
        "help": "Made for you in another US size than those on offer.",
        "kind": SIZE,
        "limits": {**limits, "above": us_size(Decimal(ring_sizes["to_mm"]))} if price else limits,
        "price": {"kind": PER_SIZE_ABOVE, "amount": price["amount"]} if price else None,
        "lead_time_days": usual_days if days is None else days,
    }
    return [*options, plain_option(others)]


def option_problems(options: Sequence[Option]) -> list[FieldError]:
    """What is wrong with a piece's options as a whole; each field names its option by its place."""
    found: list[FieldError] = []
    codes: set[str] = set()
    for number, option in enumerate(options):
        at = f"options.{number}"
        if option["code"] in codes:
            found.append(_error(f"{at}.code", "same_code", f"Another option is called {option['code']}."))
        codes.add(option["code"])
        if option["code"] == RING_SIZE_ON_REQUEST:
            message = "This option follows from the piece's `ring_sizes`; give yours another code."
            found.append(_error(f"{at}.code", "reserved", message))
        found += [{**error, "field": f"{at}.{error['field']}"} for error in _problems_of(option)]
    return found


def _problems_of(option: Option) -> list[FieldError]:
    kind, limits, choices = option["kind"], option["limits"], option["choices"]
    found = [
        _error(f"limits.{name}", "not_of_this_kind", f"A {kind} option has no such limit.")
        for name in sorted(limits.keys() - LIMITS[kind])
    ]
    found += [
        _error(f"limits.{name}", "required", f"A {kind} option needs this limit.")
        for name in sorted(NEEDED_LIMITS.get(kind, frozenset()) - limits.keys())
    ]
    values = [choice["value"] for choice in choices]
    if (kind == CHOICE) != bool(choices):
        found.append(_error("choices", "choices", "A choice option, and no other, has choices."))
    if len(set(values)) < len(values):
        found.append(_error("choices", "same_value", "Two choices have the same value."))
    if option["price"] and option["price"]["kind"] == PER_CHARACTER and kind not in (TEXT, GIFT_MESSAGE):
        found.append(_error("price.kind", "no_characters", "Only what is written can be priced by the character."))
    by_size = bool(option["price"]) and option["price"]["kind"] == PER_SIZE_ABOVE
    if by_size and kind != SIZE:
        found.append(_error("price.kind", "no_sizes", "Only a size can be priced by the size."))
    elif by_size != ("above" in limits):
        found.append(_error("limits.above", "above", "A price by size, and no other, needs the size it counts from."))
    if option["price"] and option["price"]["kind"] == PERCENT and Decimal(option["price"]["amount"]) > 100:
        found.append(_error("price.amount", "over_100_percent", "At most 100 percent of the variant's price."))
    if not found and kind == SIZE and not _sizes_make_sense(limits):
        found.append(_error("limits.to", "empty_range", "The range must hold at least one step."))
    if not found and limits.get("earliest_days", 0) > limits.get("latest_days", 36_500):
        found.append(_error("limits.latest_days", "empty_range", "The latest day is before the earliest."))
    return found


def _sizes_make_sense(limits: Mapping[str, Any]) -> bool:
    low, high, step = (Decimal(limits[name]) for name in ("from", "to", "step"))
    return step > 0 and high >= low


# What a shopper may ask


def read_wishes(
    options: Sequence[Option], wishes: Sequence[Wish], *, variant_price: Decimal, currency: str, known: Known
) -> tuple[Personalization, list[FieldError]]:
    """The wishes tidied, priced per piece, and all that is wrong with them, each named by its option."""
    by_code = {option["code"]: option for option in options}
    found: list[FieldError] = []
    taken: dict[str, dict[str, Any]] = {}
    for wish in wishes:
        option = by_code.get(wish.option)
        if option is None:
            found.append(_error(wish.option, "unknown_option", f"The piece has no option {wish.option}."))
        elif wish.option in taken:
            found.append(_error(wish.option, "given_twice", "Give each option once."))
        else:
            value, problem = _READERS[option["kind"]](option, wish.value, known)
            problem = problem or _font_problem(option, wish.font)
            if problem:
                found.append(_error(wish.option, *problem))
            kept_wish = _kept(option, value, wish.font, variant_price, currency)
            if option["kind"] == UPLOAD:
                kept_wish["content_type"] = known.uploads.get(value, "")
            taken[wish.option] = kept_wish
    found += [
        _error(option["code"], "required", f"{option['label']} is needed.")
        for option in options
        if option["required"] and option["code"] not in taken
    ]
    # In the maker's order, whatever the shopper's.
    chosen = [option for option in options if option["code"] in taken]
    kept = tuple(taken[option["code"]] for option in chosen)
    return (
        Personalization(
            wishes=kept,
            price=sum((Decimal(wish["price"]) for wish in kept), Decimal(0)),
            lead_time_days=sum(option["lead_time_days"] for option in chosen),
            final_sale=any(option["final_sale"] for option in chosen),
        ),
        found,
    )


def as_wishes(kept: Iterable[Mapping[str, Any]]) -> list[Wish]:
    """What a line keeps, asked anew."""
    return [Wish(option=wish["option"], value=wish["value"], font=wish.get("font", "")) for wish in kept]


def asked_uploads(options: Iterable[Option], wishes: Iterable[Wish]) -> set[str]:
    """The ids that the wishes give for options which take a file."""
    codes = {option["code"] for option in options if option["kind"] == UPLOAD}
    return {wish.value for wish in wishes if wish.option in codes}


def kept_uploads(kept: Iterable[Mapping[str, Any]]) -> set[str]:
    """The files that a line's wishes name."""
    return {wish["value"] for wish in kept if wish["kind"] == UPLOAD and wish["value"]}


def without_person(kept: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A line's wishes as the books need them: which options and what they cost, none of the shopper's words."""
    return [{**wish, "value": "", "value_label": ""} if wish["kind"] in PERSONAL else dict(wish) for wish in kept]


def _kept(option: Option, value: str, font: str, variant_price: Decimal, currency: str) -> dict[str, Any]:
    chosen = next((choice for choice in option["choices"] if choice["value"] == value), None)
    kept = {
        "option": option["code"],
        "label": option["label"],
        "kind": option["kind"],
        "value": value,
        "value_label": chosen["label"] if chosen else value,
        "price": f"{_price(option, value, variant_price, currency):f}",
    }
    return {**kept, "font": font} if font else kept


def _price(option: Option, value: str, variant_price: Decimal, currency: str) -> Decimal:
    """What the wish adds to the price of one piece, rounded to the cent."""
    amount = Decimal(0)
    if price := option["price"]:
        amount = Decimal(price["amount"]) * _FACTORS[price["kind"]](option, value, variant_price)
    for choice in option["choices"]:
        if choice["value"] == value and choice["price"] is not None:
            amount += Decimal(choice["price"])
    return money.rounded(amount, currency)


def _sizes_above(option: Option, value: str) -> Decimal:
    """Whole sizes between the one asked for and those that cost nothing more; none where the size is refused."""
    size = read_number(value)
    above = (size or Decimal(0)) - Decimal(option["limits"]["above"])
    return max(above, Decimal(0)).to_integral_value(rounding=ROUND_FLOOR)


_FACTORS: Mapping[str, Callable[[Option, str, Decimal], Decimal]] = {
    FIXED: lambda option, value, variant_price: Decimal(1),
    PER_CHARACTER: lambda option, value, variant_price: Decimal(length(value)),
    PER_SIZE_ABOVE: lambda option, value, variant_price: _sizes_above(option, value),
    PERCENT: lambda option, value, variant_price: variant_price / 100,
}
Read = tuple[str, tuple[str, str] | None]


def _read_text(option: Option, given: str, known: Known) -> Read:
    limits = option["limits"]
    text = _tidy(given, keep=limits.get("extra_characters", ""))
    if length(text, spaces=True) > limits["max_length"]:
        return text, ("too_long", f"At most {limits['max_length']} characters.")
    strange = [character for character in text if not _is_allowed(character, limits)]
    if strange:
        return text, ("character_not_possible", f"Not possible here: {' '.join(dict.fromkeys(strange))}")
    return text, None if text else ("blank", "Write something, or leave the option out.")


def _read_message(option: Option, given: str, known: Known) -> Read:
    text = unicodedata.normalize("NFC", given).strip()
    if len(text) > option["limits"]["max_length"]:
        return text, ("too_long", f"At most {option['limits']['max_length']} characters.")
    return text, None if text else ("blank", "Write something, or leave the option out.")


def _read_choice(option: Option, given: str, known: Known) -> Read:
    values = [choice["value"] for choice in option["choices"]]
    return given, None if given in values else ("not_a_choice", f"Choose one of {', '.join(values)}.")


def _read_size(option: Option, given: str, known: Known) -> Read:
    limits = option["limits"]
    low, high, step = (Decimal(limits[name]) for name in ("from", "to", "step"))
    size = read_number(given)
    if size is None or not low <= size <= high or (size - low) % step:
        return given[:16], ("size_not_made", f"From {low} to {high} {limits['unit']} in steps of {step}.")
    return f"{size.normalize():f}", None


def _read_upload(option: Option, given: str, known: Known) -> Read:
    if given not in known.uploads:
        return "", ("not_uploaded", "Send the file to this basket's `uploads`, and give the id of the answer.")
    return given, None


def _read_date(option: Option, given: str, known: Known) -> Read:
    limits, today = option["limits"], known.today
    try:
        day = date.fromisoformat(given)
    except ValueError:
        return given[:16], ("not_a_date", "Give a day as YYYY-MM-DD.")
    if "earliest_days" in limits and day < today + timedelta(days=limits["earliest_days"]):
        return given, ("too_early", f"Not before {today + timedelta(days=limits['earliest_days'])}.")
    if "latest_days" in limits and day > today + timedelta(days=limits["latest_days"]):
        return given, ("too_late", f"Not after {today + timedelta(days=limits['latest_days'])}.")
    return day.isoformat(), None


_READERS: Mapping[str, Callable[[Option, str, Known], Read]] = {
    TEXT: _read_text, CHOICE: _read_choice, SIZE: _read_size, DATE: _read_date, GIFT_MESSAGE: _read_message,
    UPLOAD: _read_upload,
}  # fmt: skip


def _font_problem(option: Option, font: str) -> tuple[str, str] | None:
    fonts = option["limits"].get("fonts", [])
    if font in fonts or not (font or fonts):
        return None
    return ("font", f"Choose one of {', '.join(fonts)}." if fonts else "There is no choice of fonts here.")


def length(text: str, *, spaces: bool = False) -> int:
    """How many characters are to be cut: an accent belongs to its letter, and a space is no work."""
    return sum(1 for each in text if not unicodedata.combining(each) and (spaces or not each.isspace()))


def _tidy(text: str, *, keep: str) -> str:
    """One line, accents joined to their letters, single spaces; straight quotes, but for those to keep."""
    straight = {ord(curly): plain for curly, plain in STRAIGHT.items() if curly not in keep}
    return " ".join(unicodedata.normalize("NFC", text).translate(straight).split())


def _is_allowed(character: str, limits: Mapping[str, Any]) -> bool:
    if character == " " or character in limits.get("extra_characters", ""):
        return True
    kind, characters = unicodedata.category(character), limits.get("characters", PRINTABLE)
    if kind[0] in "LM":
        scripts = limits.get("scripts") or ["latin"]
        # A mark that is left over after joining goes with whatever letter it stands on.
        return kind[0] == "M" or _script(character) in scripts
    if kind == "Nd":
        return characters != LETTERS and character.isascii()
    return characters == PRINTABLE and character.isascii() and character.isprintable()


def _script(letter: str) -> str:
    return unicodedata.name(letter, "").partition(" ")[0].lower()


def _error(field: str, code: str, message: str) -> FieldError:
    return {"field": field, "code": code, "message": message}
