"""Puts items into the catalog: one transaction a product, and nothing is written that did not change.

Items are compared with the catalog a batch at a time, without a lock: what they do not change needs no transaction.
What they do is compared once more under lock, product by product, and written.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, count, islice
from pathlib import Path
from typing import Literal, TypeVar

from django.db import DatabaseError, DataError, IntegrityError, OperationalError, transaction
from django.db.models import QuerySet

from catalog.catalogue.models import Category, Product
from catalog.imports.cells import slug
from catalog.imports.changes import Changes, Differing, NotImported, Row, category_path, changes_of
from catalog.imports.items import Problem, ProductItem
from catalog.imports.queries import Known, category_below, find_category, known_pieces
from catalog.inventory.services import lock_records, open_records, set_stock
from catalog.partner.models import Partner, StockRecord
from shop.jobs.services import defer

Outcome = Literal["created", "changed", "unchanged"]
Entry = TypeVar("Entry")

FILE_NAME_LENGTH = 48
SLUG_PART = 120  # of the 255 letters that a slug may have
BATCH = 50
TRIES = 3
# PostgreSQL's words for: somebody else was there first, and now it looks different.
RACES = {"23505", "40001", "40P01"}


@dataclass(slots=True)
class ImportReport:
    """What became of each product, and every row that did not go in."""

    outcomes: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)


@dataclass(slots=True)
class Run:
    """One import: whose pieces they are, what the stock ledger calls it, and the categories found so far."""

    maker: Partner
    source: str
    dry_run: bool = False
    category_ids: dict[tuple[str, ...], int] = field(default_factory=dict)


def import_items(
    found: Iterable[ProductItem | Problem], *, maker: Partner, source: str, dry_run: bool = False
) -> ImportReport:
    """Import what a reader yields; with `dry_run` each product's transaction is rolled back.

    A product that cannot go in becomes a problem of the report and stops no other.
    """
    report = ImportReport()
    run = Run(maker, source, dry_run)
    for batch in _batches(found):
        known = known_pieces([item for item in batch if isinstance(item, ProductItem)], maker=maker)
        for item in batch:
            # Taken out: what is known of a handle holds only until it is imported.
            result = item if isinstance(item, Problem) else _import_one(item, known.pop(item.handle, None), run)
            if isinstance(result, Problem):
                report.problems.append(result)
            else:
                report.outcomes[result] += 1
    return report


def import_product(item: ProductItem, *, maker: Partner, source: str) -> Outcome:
    """Create or update one product of the maker, found by its handle. Raises NotImported."""
    return _put_in(item, known_pieces([item], maker=maker)[item.handle], Run(maker, source))


def file_reference(path: Path) -> str:
    """How the stock ledger names an import."""
    return f"import:{path.name[:FILE_NAME_LENGTH]}"


def _batches(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    rest = iter(entries)
    while batch := list(islice(rest, BATCH)):
        yield batch


def _import_one(item: ProductItem, known: Known | None, run: Run) -> Outcome | Problem:
    try:
        return _put_in(item, known, run)
    except NotImported as refused:
        return refused.problem
    except (DataError, IntegrityError) as error:
        return Problem(item.line, "", f"The catalog cannot hold this product: {_words(error)}")


def _put_in(item: ProductItem, known: Known | None, run: Run, *, tries: int = TRIES) -> Outcome:
    """Import one product, and again where another import or a sale came between."""
    try:
        return _compare_and_write(item, known, run)
    except (IntegrityError, OperationalError) as error:
        if tries == 1 or _state(error) not in RACES:
            raise
    return _put_in(item, None, run, tries=tries - 1)


def _compare_and_write(item: ProductItem, known: Known | None, run: Run) -> Outcome:
    category_id = _category_id(category_path(item), run)
    if known is not None:
        changes = changes_of(item, known, maker=run.maker, category_id=category_id)
        if not changes.any_row and not changes.to_fetch:
            return "unchanged"
    with transaction.atomic():
        # A new piece has nothing to lock; the unique constraints stand guard.
        if known is None or known.piece is not None:
            known = _locked(item, run.maker)
            changes = changes_of(item, known, maker=run.maker, category_id=category_id)
        _write(item, changes, run)
        if run.dry_run:
            transaction.set_rollback(True)
    if known.piece is None:
        return "created"
    return "changed" if changes.any_row else "unchanged"


def _locked(item: ProductItem, maker: Partner) -> Known:
    """Lock the piece and its stock records, then read them."""
    # Not the key: a basket that takes a piece must not wait for an import.
    pieces = Product.objects.select_for_update(no_key=True).filter(maker=maker, source_handle=item.handle)
    pieces.values_list("pk").first()
    skus = [variant.sku for variant in item.variants]
    lock_records(StockRecord.objects.filter(partner=maker, partner_sku__in=skus).values_list("pk", flat=True))
    return known_pieces([item], maker=maker)[item.handle]


def _write(item: ProductItem, changes: Changes, run: Run) -> None:
    piece = changes.piece
    if piece.pk is None:
        piece.slug = piece.slug or _piece_slug(item, run.maker)
    elif changes.to_category:
        piece.categories.clear()
    _save(changes.pieces)
    if changes.to_category:
        category_id = changes.category_id or make_category(category_path(item)).pk
        Product.categories.through.objects.create(product=piece, category_id=category_id)
    _save(changes.pictures)
    _save(changes.variants)
    _write_stock(changes, run.source)
    if changes.to_fetch:
        defer("catalog.media.fetch_pictures", product_id=piece.pk)


def _save(rows: "Differing[Row]") -> None:
    """New rows by one query, each changed one by its own."""
    new = [row for row, _ in rows if row.pk is None]
    for row, names in rows:
        if row.pk is not None:
            dates = ["date_updated"] if hasattr(row, "date_updated") else []
            row.save(update_fields=[*names, *dates])
    if new:
        type(new[0])._default_manager.bulk_create(new)


def _write_stock(changes: Changes, source: str) -> None:
    open_records(changes.opened, reference=source)
    _save(changes.records)
    for record, variant in changes.counts:
        set_stock(record.pk, count=variant.stock, policy=variant.policy, reference=source)


def _free_slug(rows: "QuerySet[Product] | QuerySet[Category]", base: str, other: str) -> str:
    """`base`, else `other`, else `other-2` and so on: the first that no row has."""
    candidates = chain((base, other), (f"{other}-{number}" for number in count(2)))
    return next(candidate for candidate in candidates if not rows.filter(slug=candidate).exists())


def _piece_slug(item: ProductItem, maker: Partner) -> str:
    """The handle; where another maker has a piece of that name, the maker's name comes behind it."""
    base = slug(item.handle) or "piece"
    return _free_slug(Product.objects.pieces(), base, f"{base[:SLUG_PART]}-{maker.code}")


def _category_id(names: tuple[str, ...], run: Run) -> int | None:
    """The category at this path; None where there is no such category yet, or no path."""
    if names and names not in run.category_ids:
        category = find_category(names)
        if category is None:
            return None
        run.category_ids[names] = category.pk
    return run.category_ids.get(names)


def make_category(names: Iterable[str]) -> Category:
    """The category at this path, made where it is missing."""
    node: Category | None = None
    for name in names:
        node = category_below(node, name) or _add_category(node, name)
    assert node is not None
    return node


def _add_category(parent: Category | None, name: str) -> Category:
    """Its slug is its name; where that is taken, its parent's slug comes before it."""
    base = slug(name) or "category"
    other = f"{parent.slug[:SLUG_PART]}-{base}" if parent else base
    values = {"name": name, "slug": _free_slug(Category.objects.all(), base, other)}
    if parent is None:
        return Category.objects.add_root(values)
    # What is made below a hidden branch is hidden with it.
    hidden = not (parent.is_public and parent.ancestors_are_public)
    return Category.objects.add_child(parent, {**values, "ancestors_are_public": not hidden})


def _state(error: DatabaseError) -> str | None:
    """PostgreSQL's code for what went wrong; None where the server never saw it."""
    return getattr(error.__cause__, "sqlstate", None)


def _words(error: DatabaseError) -> str:
    diagnosis = getattr(error.__cause__, "diag", None)
    return getattr(diagnosis, "message_primary", None) or str(error)
