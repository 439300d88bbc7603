"""How many pieces each further choice would leave: one query for all facets.

Each facet is counted with the other filters applied and its own left out. What is said of a variant must hold on one
and the same: "14k" under a price counts pieces that have a 14k variant under it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from catalog.browse.conditions import (
    OF_PIECE,
    OF_VARIANT,
    TOGETHER,
    ProductFilter,
    Sql,
    filtered,
    given_filters,
    rows_of,
    variants_with,
)

# Facets of the piece, and of the variant, which are counted on those variants that hold the filters that speak of one;
# each with the column that has its values.
PIECE_FACETS = {
    "category": "categories",
    "collection": "collections",
    "maker": "ARRAY[maker_id::text]",
    "product_type": "ARRAY[product_type]",
    "stone": "stones",
    "one_of_a_kind": "CASE WHEN one_of_a_kind THEN ARRAY['true'] END",
}
VARIANT_FACETS = {
    "metal": "metals",
    "fineness": "finenesses",
    "ring_size": "ring_sizes",
    "in_stock": "CASE WHEN in_stock THEN ARRAY['true'] END",
    "made_to_order": "CASE WHEN made_to_order THEN ARRAY['true'] END",
}
PRICE = "price"
FACETS = (*PIECE_FACETS, *VARIANT_FACETS, PRICE)
COLUMNS = PIECE_FACETS | VARIANT_FACETS
VALUES_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Count:
    """How many pieces have the value; of a price, the bound in hundredths."""

    facet: str
    value: str
    label: str
    pieces: int


@dataclass(frozen=True, slots=True)
class Counting:
    """How facets are counted over a table `matching` of documents, which has the columns `noted`.

    `tables` are what a WITH needs behind it; `holding` says of a row that all filters hold.
    """

    noted: Sql
    tables: Sql
    holding: str


@lru_cache(maxsize=1_024)
def counting(wanted: ProductFilter) -> Counting:
    """Facets whose own filters are not given ask for the same documents and are counted together; each of the others
    for itself.
    """
    groups = sorted({TOGETHER.get(name, name) for name in given_filters(wanted)})
    own = [f"{COLUMNS[group]} AS of_{group}" for group in groups if group != PRICE]
    flags = [Sql(f"({each.text}) AS {name}", each.params) for name, each in _flags(wanted, groups)]
    noted = _joined(", ", [Sql(", ".join(["facets, variants, price_from, price_to", *own])), *flags])
    counted = _joined(" UNION ALL ", _parts(wanted, groups))
    tables = f"base AS (SELECT * FROM matching WHERE {_missed(groups)} <= 1), counted AS ({counted.text})"
    return Counting(noted, Sql(tables, counted.params), _holding("", groups))


# The most frequent values of each facet, with the names of what has one.
SHOWN = f"""
    SELECT facet, coalesce(maker.code, value) AS value,
        coalesce(maker.name, category.name, collection.title, '') AS label, pieces
    FROM (
        SELECT *, row_number() OVER (PARTITION BY facet ORDER BY pieces DESC, value) AS place FROM counted
    ) AS ranked
    LEFT JOIN partner_partner AS maker ON facet = 'maker' AND maker.id::text = value
    LEFT JOIN catalogue_category AS category ON facet = 'category' AND category.slug = value
    LEFT JOIN collections_collection AS collection ON facet = 'collection' AND collection.slug = value
    WHERE place <= {VALUES_SHOWN}
"""


def count_facets(wanted: ProductFilter, *, matching: Sql) -> list[Count]:
    """The values of all facets among the documents that match, the most frequent first."""
    count = counting(wanted)
    noted = f"SELECT {count.noted.text} FROM browse_productdocument WHERE {matching.text}"
    query = f"WITH matching AS MATERIALIZED ({noted}), {count.tables.text} {SHOWN}"
    return in_order(rows_of(Sql(query, (*count.noted.params, *matching.params, *count.tables.params))))


def in_order(rows: Iterable[Any]) -> list[Count]:
    """The rows of `SHOWN`, the most frequent value of each facet first."""
    return sorted((Count(*row) for row in rows), key=lambda count: (count.facet, -count.pieces, count.value))


def _flags(wanted: ProductFilter, groups: list[str]) -> Iterator[tuple[str, Sql]]:
    """What is noted of each document: the filters of the piece that it holds, each as `holds_<filter>`; those of one
    variant all together as `holds_variant`, and all but one as `holds_but_<filter>`.
    """
    given = given_filters(wanted)
    of_piece = [name for name in given if name in OF_PIECE]
    for group in groups:
        if group in OF_PIECE:
            yield f"holds_{group}", filtered(wanted, but=[name for name in given if name != group])
        else:
            yield f"holds_but_{group}", filtered(wanted, but=[*of_piece, *_names(group)])
    yield "holds_variant", filtered(wanted, but=of_piece)


def _missed(groups: list[str]) -> str:
    """How many filters a document does not hold: one that misses two is counted by no facet."""
    missed = [f"(NOT holds_{group})::int" for group in groups if group in OF_PIECE]
    nearly = " OR ".join(f"holds_but_{group}" for group in groups if group not in OF_PIECE) or "FALSE"
    return " + ".join([*missed, f"CASE WHEN holds_variant THEN 0 WHEN {nearly} THEN 1 ELSE 2 END"])


def _parts(wanted: ProductFilter, groups: list[str]) -> Iterator[Sql]:
    everywhere = _holding("", groups)
    on_variants = _on_variants(wanted, "")
    of_variant = [facet for facet in VARIANT_FACETS if facet not in groups and on_variants]
    yield _together([facet for facet in COLUMNS if facet not in (*groups, *of_variant)], everywhere)
    if of_variant:
        yield _of_variants(of_variant, on_variants, everywhere)
    for facet in groups:
        where, others = _holding(facet, groups), _on_variants(wanted, facet)
        if facet in VARIANT_FACETS and others:
            yield _of_variants([facet], others, where)
        elif facet != PRICE:
            yield _alone(facet, where)
    yield _price(_on_variants(wanted, PRICE), _holding(PRICE, groups))


def _holding(facet: str, groups: list[str]) -> str:
    """That a document holds all filters but the facet's own."""
    flags = [f"holds_{group}" for group in groups if group in OF_PIECE and group != facet]
    flags.append(f"holds_but_{facet}" if facet in groups and facet not in OF_PIECE else "holds_variant")
    return " AND ".join(flags)


def _on_variants(wanted: ProductFilter, facet: str) -> dict[str, Any]:
    """The filters that a variant must hold to count for the facet."""
    return given_filters(wanted, but=[*OF_PIECE, *_names(facet)])


def _together(facets: list[str], where: str) -> Sql:
    """Of all that a document is counted under; told apart when it is counted, for values are far fewer than pieces."""
    names = ", ".join(f"'{facet}'" for facet in facets)
    counted = f"SELECT known, count(*) AS pieces FROM base, unnest(facets) AS one (known) WHERE {where} GROUP BY known"
    return Sql(
        "SELECT facet, substr(known, length(facet) + 2) AS value, pieces FROM ("
        f"SELECT split_part(known, '=', 1) AS facet, known, pieces FROM ({counted} OFFSET 0) AS counted_together"
        f") AS told_apart WHERE facet IN ({names})"
    )


def _alone(facet: str, where: str) -> Sql:
    return Sql(
        f"SELECT '{facet}' AS facet, value, count(*) AS pieces FROM base, unnest(of_{facet}) AS one (value)"
        f" WHERE {where} AND value <> '' GROUP BY value"
    )


def _of_variants(facets: list[str], given: dict[str, Any], where: str) -> Sql:
    found = variants_with(given)
    values = ", ".join(f"('{facet}', variant ->> '{facet}')" for facet in facets)
    return Sql(
        "SELECT facet, value, count(*) AS pieces FROM base, LATERAL ("
        f"SELECT DISTINCT facet, value FROM {found.text} AS variant, LATERAL (VALUES {values}) AS one (facet, value)"
        f") AS of_variants WHERE {where} AND value <> ALL('{{\"\",false}}') GROUP BY facet, value",
        found.params,
    )


def _price(on_variant: dict[str, Any], where: str) -> Sql:
    """The lowest and the highest price, in hundredths, as the counts of two values."""
    if on_variant:
        found = variants_with(on_variant)
        source = Sql(f"base, {found.text} AS variant", found.params)
        low = high = "(variant ->> 'price')::bigint"
    else:
        source, low, high = Sql("base"), "(price_from * 100)::bigint", "(price_to * 100)::bigint"
    return Sql(
        f"SELECT '{PRICE}', bound.value, bound.pieces FROM (SELECT min({low}) AS low, max({high}) AS high"
        f" FROM {source.text} WHERE {where}) AS prices,"
        " LATERAL (VALUES ('min', low), ('max', high)) AS bound (value, pieces) WHERE low IS NOT NULL",
        source.params,
    )


def _names(group: str) -> list[str]:
    """The filters that a facet stands for."""
    return [name for name in (*OF_PIECE, *OF_VARIANT) if TOGETHER.get(name, name) == group]


def _joined(by: str, parts: Iterable[Sql]) -> Sql:
    found = list(parts)
    return Sql(by.join(each.text for each in found), tuple(value for each in found for value in each.params))
