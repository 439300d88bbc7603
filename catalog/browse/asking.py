"""What a shopper's words ask for: the words to be found, and what of them are filters. Pure."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any

from catalog.browse.rules import ring_size
from catalog.browse.vocabulary import ALSO, IDLE, IMPLIES, PHRASES, STONES
from catalog.browse.words import folded, spelled, stem
from catalog.catalogue.attributes import PRODUCT_TYPES
from catalog.catalogue.metals import METALS
from catalog.catalogue.ring_sizes import BY_COUNTRY, SYSTEMS, parse
from catalog.catalogue.shapes import decimal

MAX_TERMS = 24
_AMOUNT = (
    r"(?:usd|us\$|\$|€|£)?\s*(\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?|\d{1,7}(?:\.\d{1,2})?)\s*(?:usd|dollars?|bucks|\$|€|£)?"
)
_MONEY = r"(?:usd|us\$|\$|€|£)\s*(\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?|\d{1,7}(?:\.\d{1,2})?)"
_NUMBER = r"\d{1,2}(?:\.\d{1,2})?(?:\s*[½¼¾]|\s+[123]/[24](?!\d))?"
# British sizes are letters; "a uk ring" names none, and A would fit a baby.
_SIZE = rf"({_NUMBER}|[b-z](?:\s*½|\s+1/2)?)"
# Of the systems those whose names are not words of another meaning, as "it" is.
_SYSTEM = r"(us(?!\s*\$)|uk|eu|jp)"
US = SYSTEMS["US"]


@dataclass(frozen=True, slots=True)
class Term:
    """A word to be found: in any of its forms, and `also` is found after it. `prefix`: it may be only begun."""

    word: str
    written: str
    also: tuple[str, ...] = ()
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request understood: `filters` by the names of `ProductFilter`, and the terms that are left."""

    terms: tuple[Term, ...] = ()
    filters: dict[str, Any] = field(default_factory=dict)


def _least(text: str) -> dict[str, Any]:
    return {"price_min": _decimal(text)}


def _most(text: str) -> dict[str, Any]:
    return {"price_max": _decimal(text)}


def _between(low: str, high: str) -> dict[str, Any]:
    bounds = sorted([_decimal(low), _decimal(high)])
    return {"price_min": bounds[0], "price_max": bounds[1]}


def _size_of(system: str, text: str) -> dict[str, Any]:
    """A size of a system as an American one, the nearest half, as most rings are made in; nothing where it is none."""
    circumference = parse(text, BY_COUNTRY[system.upper()])
    if circumference is None:
        return {}
    if system == "us":
        return {"ring_size": ring_size(text)}
    halves = (US.number(circumference) * 2).to_integral_value(rounding=ROUND_HALF_UP)
    return {"ring_size": ring_size(f"{halves / 2}")}


def _decimal(text: str) -> Decimal:
    return Decimal(text.replace(",", ""))


# Phrases that are filters: taken out of the request, unless they turn out to mean none. Money needs its sign or a word
# such as "under".
_PHRASES: list[tuple[str, Callable[..., dict[str, Any]]]] = [
    (rf"(?:between|from)\s+{_AMOUNT}\s*(?:and|to|-|–)\s*{_AMOUNT}", _between),
    (rf"{_MONEY}\s*(?:to|-|–)\s*{_AMOUNT}", _between),
    (rf"(?:under|below|less than|no more than|up to|at most|max(?:imum)?|cheaper than|<=?)\s*{_AMOUNT}", _most),
    (rf"{_MONEY}\s*(?:or less|or under|max(?:imum)?|and under)", _most),
    (rf"(?:over|above|more than|at least|min(?:imum)?|>=?)\s*{_AMOUNT}", _least),
    (rf"{_MONEY}\s*(?:or more|and up|\+)", _least),
    (rf"(?:(?:ring )?size\s*)?{_SYSTEM}\s*(?:(?:ring )?size\s*)?{_SIZE}", _size_of),
    (rf"(?:(?:ring )?size\s*)?{_SIZE}\s*{_SYSTEM}", lambda text, system: _size_of(system, text)),
    (rf"(?:ring )?size\s*({_NUMBER})", lambda text: {"ring_size": ring_size(text)}),
    (r"(?:ready to ship|in[ -]stock|ships? (?:today|now|immediately)|available now)", lambda: {"in_stock": True}),
    (r"(?:made[ -]to[ -]order|custom[ -]made|made for me)", lambda: {"made_to_order": True}),
    (r"(?:one[ -]of[ -]a[ -]kind|ooak)", lambda: {"one_of_a_kind": True}),
]
FILTERS = [(re.compile(rf"(?<!\w){pattern}(?!\w)"), read) for pattern, read in _PHRASES]


@lru_cache(maxsize=2_000)
def understood(text: str) -> Asked:
    """What the request asks for. A word that cannot be read otherwise is a word to be found."""
    rest, filters = text.lower(), {}
    for pattern, read in FILTERS:
        if (found := pattern.search(rest)) and (meant := read(*found.groups())):
            filters.update(meant)
            rest = f"{rest[: found.start()]} , {rest[found.end() :]}"
    words = folded(rest)
    is_begun = bool(words) and rest[-1:].isalnum()
    terms = [term for token, written in spelled(words) if (term := _term(token, written))]
    if is_begun and terms and terms[-1].written == words[-1] and terms[-1].word not in WHOLE:
        last = terms[-1]
        terms[-1] = Term(last.word, last.written, last.also, prefix=words[-1])
    words_left = tuple({term.word: term for term in terms[:MAX_TERMS]}.values())
    return Asked(words_left, {**_alloy(words_left, filters), **filters})


def _alloy(terms: Sequence[Term], filters: dict[str, Any]) -> dict[str, Any]:
    """The alloy as a filter where others speak of a variant, too: the price asked for is that of the gold one."""
    if not filters.keys() & VARIANT_FILTERS or any(term.word in LAYERS for term in terms):
        return {}
    return next((ALLOYS[term.word] for term in terms if term.word in ALLOYS), {})


def _term(token: str, written: str) -> Term | None:
    return None if written in IDLE else Term(token, written, ALSO.get(token, ()))


def corrected(asked: Asked, corrections: dict[str, str]) -> Asked:
    """With other words in place of some; `corrections` by the word."""
    terms = [
        Term(found, found, ALSO.get(found, ())) if (found := corrections.get(term.word)) else term
        for term in asked.terms
    ]
    return Asked(tuple(terms), asked.filters)


def term_queries(terms: Sequence[Term]) -> list[str]:
    """Of each word a tsquery: the word, or what else stands for it."""
    return [f"({' | '.join(_ways(term))})" for term in terms]


def strict_query(terms: Sequence[Term]) -> str:
    """As a tsquery: every word, or what else stands for it."""
    return " & ".join(term_queries(terms))


def loose_query(terms: Sequence[Term]) -> str:
    """As a tsquery: any of the words, not what else stands for them."""
    return " | ".join(_own(term) for term in terms)


def _own(term: Term) -> str:
    # A word is nothing but letters and digits, so that its quotes hold.
    return f"'{term.word}' | '{term.prefix}':*" if len(term.prefix) > 1 else f"'{term.word}'"


def _ways(term: Term) -> list[str]:
    return [_own(term), *(f"'{word}'" for word in term.also)]


# Words of the trade are no beginnings of others: "pin" is not "pink".
WHOLE = {*ALSO, *IMPLIES, *PHRASES.values(), *STONES, *(stem(name) for name in PRODUCT_TYPES)}
VARIANT_FILTERS = {"price_min", "price_max", "ring_size", "in_stock", "made_to_order"}
# What one word says of the metal for certain; platinum and plain gold are several alloys.
_GOLDS = {code: metal.fineness for code, metal in METALS.items() if code.endswith("-gold") and metal.fineness}
ALLOYS: dict[str, dict[str, Any]] = {
    **{code.partition("-")[0]: {"fineness": str(decimal(fineness))} for code, fineness in _GOLDS.items()},
    **{code.replace("-", ""): {"metal": code} for code in _GOLDS},
    "sterling": {"metal": "sterling-silver"},
}
# Gold on something else is no alloy.
LAYERS = {"vermeil", "goldfilled", "goldplated"}

# Spelling. Two words that differ by one letter have a common word that is one letter shorter: all such shorter ones of
# the catalog's words are kept, so that a mistyped word is looked up instead of compared with each
# (symmetric deletion, W. Garbe's SymSpell).
SPELLED_FROM = 4
MAX_DELETED = 12


def shortened(word: str) -> list[str]:
    """The word itself and every form of it with a letter left out, two for long ones."""
    start = word[:MAX_DELETED]
    once = {start[:place] + start[place + 1 :] for place in range(len(start))}
    twice = {short[:place] + short[place + 1 :] for short in once for place in range(len(short))}
    return sorted({start} | once | (twice if mistakes(word) > 1 else set()))


def mistakes(word: str) -> int:
    """How many letters may be wrong in it."""
    return 2 if len(word) > 7 else 1


def distance(one: str, other: str) -> int:
    """Letters added, left out, changed or swapped with the next (Damerau and Levenshtein, optimal alignment)."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        above, row, two_above = row, [i], before
        for j, against in enumerate(other, start=1):
            cost = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (letter != against))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == against:
                cost = min(cost, two_above[j - 2] + 1)
            row.append(cost)
        before = above
    return row[-1]
