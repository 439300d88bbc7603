"""A request in words as conditions over product documents, in the ways it may be read."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from catalog.browse.asking import (
    SPELLED_FROM,
    Asked,
    corrected,
    distance,
    loose_query,
    mistakes,
    shortened,
    term_queries,
    understood,
)
from catalog.browse.conditions import ProductFilter, Sql, all_of, given_filters, rows_of
from catalog.browse.models import Word

# Of descriptions, of maker and tags, of metals and stones, of titles; a piece that can be had stands before its equal.
RANK = """
    (1000000 * ts_rank('{0.1, 0.3, 0.6, 1.0}', words, %s::tsquery))::int
    + CASE WHEN in_stock OR made_to_order THEN 2000 ELSE 0 END
"""


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a request: the filters with those found in its words, what matches, and how well.

    Without words left to be found `match` and `rank` are None. `spelled` is the request as it was mended; a loose
    reading is content with any of the words.
    """

    wanted: ProductFilter
    asked: Asked
    is_search: bool = False
    match: Sql | None = None
    rank: Sql | None = None
    spelled: str | None = None
    is_loose: bool = False


def readings(wanted: ProductFilter, q: str | None, *, listed: Sql) -> Iterator[Reading]:
    """The ways to read the request, the closest first; another one only where the one before matches no piece at all.

    Every word; every word with mistyped ones mended; any of the words.
    """
    if q is None:
        yield Reading(wanted, Asked())
        return
    asked = understood(q)
    wanted = _with_filters(wanted, asked)
    if not asked.terms:
        yield Reading(wanted, asked, is_search=True)
        return
    strict = _strict(wanted, asked)
    yield strict
    if _matches(strict, listed):
        return
    if mended := _mended(asked):
        fixed = replace(_strict(wanted, mended), spelled=" ".join(term.written for term in mended.terms))
        yield fixed
        if _matches(fixed, listed):
            return
        asked = mended
    loose = Sql("words @@ %s::tsquery", (loose_query(asked.terms),))
    yield Reading(wanted, asked, True, loose, _rank(asked), is_loose=True)


def _strict(wanted: ProductFilter, asked: Asked) -> Reading:
    # Each word by itself: of one query for all an index works out for every piece of each word whether it matches.
    match = all_of(Sql("words @@ %s::tsquery", (query,)) for query in term_queries(asked.terms))
    return Reading(wanted, asked, True, match, _rank(asked))


def _rank(asked: Asked) -> Sql:
    # By any of the words: for all of them PostgreSQL would weigh how far they stand apart.
    return Sql(RANK, (loose_query(asked.terms),))


def _with_filters(wanted: ProductFilter, asked: Asked) -> ProductFilter:
    """What is chosen counts more than what is written."""
    given = given_filters(wanted)
    if given.keys() & {"metal", "fineness"}:
        asked = replace(asked, filters={k: v for k, v in asked.filters.items() if k not in ("metal", "fineness")})
    return replace(wanted, **{name: value for name, value in asked.filters.items() if name not in given})


def _matches(reading: Reading, listed: Sql) -> bool:
    assert reading.match is not None
    condition = all_of([listed, reading.match])
    found = f"SELECT EXISTS (SELECT FROM browse_productdocument WHERE {condition.text})"
    return bool(rows_of(Sql(found, condition.params))[0][0])


def _mended(asked: Asked) -> Asked | None:
    """With the nearest words of the catalog in place of those it does not have; None where nothing is nearer."""
    words = [term.word for term in asked.terms if len(term.word) >= SPELLED_FROM]
    wanted = {word: set(shortened(word)) for word in words}
    every = sorted({form for forms in wanted.values() for form in forms})
    near = list(Word.objects.filter(shortened__overlap=every).values_list("word", "pieces")) if every else []
    known = {word for word, _ in near}
    found: dict[str, str] = {}
    for word in words:
        if word not in known and (best := _nearest(word, near)):
            found[word] = best
    return corrected(asked, found) if found else None


def _nearest(word: str, near: list[tuple[str, int]]) -> str | None:
    """Of those with the fewest wrong letters the one that most pieces have."""
    ranked: list[tuple[Any, ...]] = [(distance(word, other), -pieces, other) for other, pieces in near]
    fitting = [each for each in ranked if each[0] <= mistakes(word)]
    return min(fitting)[2] if fitting else None
