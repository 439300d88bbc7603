"""What a shopper sees, read from the product documents."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import models
from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce

from catalog.browse.conditions import (
    EVERYTHING,
    ProductFilter,
    Sql,
    all_of,
    filtered,
    given_filters,
    listed_in,
    rows_of,
)
from catalog.browse.facets import SHOWN, Count, count_facets, counting, in_order
from catalog.browse.models import ProductDocument
from catalog.browse.search import Reading, readings
from catalog.catalogue.models import Category
from catalog.catalogue.queries import present_slug_of_category
from catalog.collections.queries import present_slug_of_collection
from catalog.partner.models import Partner
from shop.errors import NotFound
from shop.pagination import Order, Page, Walk, paginate, read_walk
from shop.storefronts.models import Storefront

SORTS = {
    "newest": Order("newest", "created_at", descending=True),
    "price": Order("price", "price_from"),
    "-price": Order("-price", "price_from", descending=True),
    "name": Order("name", "title"),
}
# How many documents of an order are looked through for what is asked for.
NEAR = 1_000
RELEVANCE = Order("relevance", "rank", descending=True)


@dataclass(frozen=True, slots=True)
class Item:
    """A list item as JSON text, with the tag of its bytes."""

    text: str
    tag: str


@dataclass(frozen=True, slots=True)
class Found:
    """One page of `Item`s, how the request was read, and the facets where they were asked for."""

    page: Page[Any]
    reading: Reading
    facets: list[Count] | None


def list_products(
    wanted: ProductFilter, *, storefront: Storefront, q: str | None = None, sort: str | None = None, limit: int,
    cursor: str | None, with_facets: bool = False,
) -> Found:  # fmt: skip
    """One page on sale in the storefront, newest or most relevant first. Raises InvalidCursor.

    One query, and one more for facets; where no piece has all words of `q`, up to four to find out what was meant.
    A category or collection that has nothing is asked for by its old slugs, too.
    """
    walk: dict[str, Any] = {"sort": sort, "limit": limit, "cursor": cursor, "with_facets": with_facets}
    found = _found(wanted, storefront, q, **walk)
    if found.page.rows:
        return found
    renamed = _by_present_slugs(wanted, storefront)
    return found if renamed == wanted else _found(renamed, storefront, q, **walk)


def _by_present_slugs(wanted: ProductFilter, storefront: Storefront) -> ProductFilter:
    category = wanted.category and present_slug_of_category(wanted.category)
    collection = wanted.collection and present_slug_of_collection(wanted.collection, storefront=storefront)
    return replace(wanted, category=category or wanted.category, collection=collection or wanted.collection)


def _found(
    wanted: ProductFilter, storefront: Storefront, q: str | None, *, sort: str | None, limit: int, cursor: str | None,
    with_facets: bool,
) -> Found:  # fmt: skip
    listed = listed_in(storefront)
    for reading in readings(wanted, q, listed=listed):
        walk = read_walk(order=_order(sort, reading), limit=limit, cursor=cursor)
        matching = all_of([listed, reading.match]) if reading.match else listed
        rows, facets = _read(walk, reading, matching, with_facets=with_facets)
        if rows:
            break
    page = walk.page(rows, lambda row: (row[2], row[3]))
    items = Page([Item(text, tag) for text, tag, _, _ in page.rows], page.next, page.previous)
    return Found(items, reading, facets)


def _read(walk: Walk, reading: Reading, matching: Sql, *, with_facets: bool) -> tuple[list[Any], list[Count] | None]:
    """The rows of a page, and facets where they are asked for."""
    if with_facets and walk.order == RELEVANCE:
        return _page_and_facets(walk, reading, matching)
    holding = all_of([matching, filtered(reading.wanted)]) if given_filters(reading.wanted) else matching
    rows = rows_of(_walked(walk, reading, holding))
    return rows, count_facets(reading.wanted, matching=matching) if with_facets else None


def _order(sort: str | None, reading: Reading) -> Order:
    """Relevance says nothing where no words were asked for."""
    if reading.rank and sort in (None, RELEVANCE.name):
        return RELEVANCE
    return SORTS["newest"] if sort in (None, RELEVANCE.name) else SORTS[str(sort)]


def _walked(walk: Walk, reading: Reading, conditions: Sql) -> Sql:
    """Documents in the order of the walk, from where it begins: `item, item_tag, <sort value>, piece_id`."""
    if reading.rank and walk.order == RELEVANCE:
        columns = f"item, item_tag, {reading.rank.text} AS rank, piece_id"
        ranked = f"(SELECT {columns} FROM browse_productdocument WHERE {conditions.text}) AS ranked"
        return _ordered(ranked, (*reading.rank.params, *conditions.params), [], walk)
    if conditions.text == EVERYTHING:
        return _ordered("browse_productdocument", (), [conditions], walk)
    return _near_or_far(walk, conditions)


def _page_and_facets(walk: Walk, reading: Reading, matching: Sql) -> tuple[list[Any], list[Count]]:
    """In one statement: to find what words match costs more than anything that is asked of it then."""
    assert reading.rank is not None
    count, rank, way = counting(reading.wanted), reading.rank, "DESC" if walk.descending else "ASC"
    held = all_of(_after(walk, Sql(count.holding)))
    text = f"""
        WITH matching AS MATERIALIZED (
            SELECT {count.noted.text}, {rank.text} AS rank, piece_id FROM browse_productdocument WHERE {matching.text}
        ), page AS (
            SELECT rank, piece_id FROM matching WHERE {held.text} ORDER BY rank {way}, piece_id {way} LIMIT %s
        ), {count.tables.text}
        SELECT NULL, item, item_tag, rank, piece_id FROM page JOIN browse_productdocument USING (piece_id)
        UNION ALL SELECT shown.*, NULL FROM ({SHOWN}) AS shown
    """
    params = (*count.noted.params, *rank.params, *matching.params, *held.params, walk.limit + 1, *count.tables.params)
    found = rows_of(Sql(text, params))
    rows = [row[1:] for row in found if row[0] is None]
    rows.sort(key=lambda row: (row[2], row[3]), reverse=walk.descending)
    return rows, in_order(row[:4] for row in found if row[0] is not None)


def _ordered(source: str, params: tuple[Any, ...], conditions: list[Sql], walk: Walk) -> Sql:
    """Compared as rows, so that an index in this order is entered at the cursor and left after the page."""
    field, way = walk.order.field, "DESC" if walk.descending else "ASC"
    where = all_of(_after(walk, *conditions))
    return Sql(
        f"SELECT item, item_tag, {field}, piece_id FROM {source} WHERE {where.text}"
        f" ORDER BY {field} {way}, piece_id {way} LIMIT %s",
        (*params, *where.params, walk.limit + 1),
    )


def _near_or_far(walk: Walk, conditions: Sql) -> Sql:
    """In one statement: the page among the first `NEAR` documents of the order, or else what holds, sorted.

    Left to itself PostgreSQL walks the order through the whole shop where what is asked for lies at its end: it takes
    the dear pieces of a category for as likely among the cheap ones as elsewhere.
    """
    field, way, wanted = walk.order.field, "DESC" if walk.descending else "ASC", walk.limit + 1
    begin, hold = all_of(_after(walk, Sql(EVERYTHING))), all_of(_after(walk, conditions))
    text = f"""
        WITH near AS MATERIALIZED (
            SELECT item, item_tag, {field}, piece_id FROM (
                SELECT * FROM browse_productdocument WHERE {begin.text}
                ORDER BY {field} {way}, piece_id {way} LIMIT {NEAR}
            ) AS first WHERE {conditions.text} ORDER BY {field} {way}, piece_id {way} LIMIT %s
        )
        SELECT * FROM near WHERE (SELECT count(*) FROM near) = %s
        UNION ALL
        SELECT item, item_tag, document.{field}, piece_id FROM (
            SELECT piece_id FROM (
                SELECT {field}, piece_id FROM browse_productdocument WHERE {hold.text} OFFSET 0
            ) AS found ORDER BY {field} {way}, piece_id {way} LIMIT %s
        ) AS far JOIN browse_productdocument AS document USING (piece_id) WHERE (SELECT count(*) FROM near) < %s
        ORDER BY 3 {way}, 4 {way}
    """
    return Sql(text, (*begin.params, *conditions.params, wanted, wanted, *hold.params, wanted, wanted))


def items_of(ids: Sequence[int], *, storefront: Storefront) -> list[Item]:
    """List items of these pieces in this order, without those that are not on sale here: one query."""
    listed = listed_in(storefront)
    query = f"SELECT piece_id, item, item_tag FROM browse_productdocument WHERE {listed.text} AND piece_id = ANY(%s)"
    found = {pk: Item(text, tag) for pk, text, tag in rows_of(Sql(query, (*listed.params, list(ids))))}
    return [found[pk] for pk in ids if pk in found]


def _after(walk: Walk, *conditions: Sql) -> list[Sql]:
    """The conditions, and that a document stands behind the cursor."""
    if not walk.after:
        return list(conditions)
    sign = "<" if walk.descending else ">"
    return [*conditions, Sql(f"({walk.order.field}, piece_id) {sign} (%s, %s)", walk.after)]


def get_product(slug: str, *, storefront: Storefront) -> Item:
    """The page of a piece on sale in the storefront: one query. Raises NotFound."""
    listed = listed_in(storefront)
    query = f"SELECT detail, detail_tag FROM browse_productdocument WHERE {listed.text} AND slug = %s"
    found = rows_of(Sql(query, (*listed.params, slug)))
    if not found:
        raise NotFound
    return Item(*found[0])


def category_tree(*, storefront: Storefront) -> list[tuple[Category, int]]:
    """Public categories in tree order, each with how many pieces on sale are in it or below it.

    Where not all makers are shown, only those with a piece: what the others call their branches is not told.
    """
    listed = listed_in(storefront)
    counted = f"""
        SELECT branch, count(*) FROM browse_productdocument, unnest(categories) AS branch
        WHERE {listed.text} GROUP BY branch
    """
    pieces = dict(rows_of(Sql(counted, listed.params)))
    public = Category.objects.filter(is_public=True, ancestors_are_public=True).order_by("path")
    counts = [(category, pieces.get(category.slug, 0)) for category in public]
    return [(category, count) for category, count in counts if count or storefront.all_makers]


def list_makers(*, storefront: Storefront, limit: int, cursor: str | None) -> Page[Partner]:
    """One page of the makers whom the storefront shows, by name."""
    return paginate(_makers(storefront), order=Order("makers", "name"), limit=limit, cursor=cursor)


def get_maker(slug: str, *, storefront: Storefront) -> Partner:
    """A maker whom the storefront shows, with `pieces`, the number on sale. Raises NotFound."""
    maker = _makers(storefront).filter(code=slug).first()
    if maker is None:
        raise NotFound
    return maker


def _makers(storefront: Storefront) -> Any:
    listed = ProductDocument.objects.filter(is_listed=True, maker=OuterRef("pk")).order_by().values("maker")
    pieces = Coalesce(Subquery(listed.annotate(pieces=models.Count("pk")).values("pieces")), 0)
    return Partner.objects.filter(storefront.shows("pk"), is_public=True).annotate(pieces=pieces)
