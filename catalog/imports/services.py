"""Puts items into the catalog: one transaction a product, and nothing is written that did not change.

Items are compared with the catalog a batch at a time, without a lock: what they do not change needs no transaction.
What they do is compared once more under lock, product by product, and written.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from itertools import islice
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Literal, TypeVar

from django.db import DatabaseError, DataError, IntegrityError, OperationalError, transaction

from catalog.catalogue.events import ProductsChanged
from catalog.catalogue.models import Category, Product
from catalog.catalogue.queries import free_slug, free_slug_of_piece
from catalog.catalogue.services import NeededWhilePublished, changing
from catalog.catalogue.slugs import SLUG_PART, slug
from catalog.imports.changes import Changes, Differing, NotImported, Row, category_path, changes_of
from catalog.imports.csv_text import UnreadableFile, shown
from catalog.imports.formats import read_products
from catalog.imports.items import Found, Notice, Problem, ProductItem
from catalog.imports.queries import (
    Known,
    address_wanted,
    categories_by_slug,
    category_below,
    find_category,
    known_pieces,
    pieces_named,
)
from catalog.imports.reports import ImportReport
from catalog.inventory.services import lock_records, open_records, reference_of, set_stock
from catalog.partner.models import Partner, StockRecord
from catalog.slug_history.models import Kind
from shop.actors import Actor
from shop.audit import services as audit
from shop.errors import DomainError
from shop.events.services import atomic, publish
from shop.jobs.services import defer

Outcome = Literal["created", "changed", "unchanged"]
Entry = TypeVar("Entry")

FILE_NAME_LENGTH = 48
BATCH = 50
TRIES = 3
# PostgreSQL's words for: somebody else was there first, and now it looks different.
RACES = {"23505", "40001", "40P01"}

# What is put in while a person waits.
MAX_BYTES = 2 * 1024**2
MAX_PRODUCTS = 500
MAX_FILE_VARIANTS = 5_000
MAX_PROBLEMS = 1_000
BY_COMMAND = "Whoever runs the shop puts a larger file in: manage.py import_products FILE --maker SLUG."


class UnreadableImport(DomainError):
    code = "unreadable_import"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    title = "The file cannot be read"


class ImportTooLarge(DomainError):
    code = "import_too_large"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    title = "The file has too much in it to be put in while you wait"
    detail = f"At most {MAX_PRODUCTS:,} products with {MAX_FILE_VARIANTS:,} variants. {BY_COMMAND}"


@dataclass(frozen=True, slots=True)
class Studio:
    """An import at the maker's door: who it is, and the question whether they still may, asked for each product."""

    actor: Actor
    still_allowed: Callable[[], object]


@dataclass(slots=True)
class Run:
    """One import: whose pieces they are, what the stock ledger calls it, what it reports, the categories found."""

    maker: Partner
    source: str
    dry_run: bool = False
    problems: list[Problem] = field(default_factory=list)
    category_ids: dict[tuple[str, ...], int] = field(default_factory=dict)
    slugs: dict[str, int] = field(default_factory=dict)
    studio: Studio | None = None


def import_items(
    found: Iterable[Found], *, maker: Partner, source: str, dry_run: bool = False, studio: Studio | None = None
) -> ImportReport:
    """Import what a reader yields; with `dry_run` each product's transaction is rolled back.

    A product that cannot go in becomes a problem of the report and stops no other.
    """
    report = ImportReport()
    run = Run(maker, source, dry_run, report.problems, studio=studio)
    for batch in _batches(found):
        known = known_pieces([item for item in batch if isinstance(item, ProductItem)], maker=maker)
        for item in batch:
            if isinstance(item, Notice):
                report.notices.append(item)
                continue
            # Taken out: what is known of a handle holds only until it is imported.
            result = item if isinstance(item, Problem) else _import_one(item, known.pop(item.handle, None), run)
            if isinstance(result, Problem):
                report.problems.append(result)
            else:
                report.outcomes[result] += 1
    return report


def read_upload(body: bytes, *, format_name: str) -> list[Found]:
    """What is in a file that a person sent. Raises UnreadableImport and ImportTooLarge."""
    found: list[Found] = []
    products = variants = problems = 0
    with NamedTemporaryFile(suffix=".csv") as file:
        file.write(body)
        file.flush()
        try:
            for item in read_products(Path(file.name), format_name=format_name):
                found.append(item)
                problems += isinstance(item, Problem)
                products += isinstance(item, ProductItem)
                variants += len(item.variants) if isinstance(item, ProductItem) else 0
                if products > MAX_PRODUCTS or variants > MAX_FILE_VARIANTS:
                    raise ImportTooLarge
                if problems > MAX_PROBLEMS:
                    raise UnreadableImport(_first_of_many(found))
        except UnreadableFile as error:
            raise UnreadableImport(str(error)) from error
    return found


def _first_of_many(found: Sequence[Found]) -> str:
    first = next(item for item in found if isinstance(item, Problem))
    return f"More than {MAX_PROBLEMS:,} things are wrong in it. The first, on line {first.line:,}: {first.reason}"


def counts_stock(found: Iterable[Found]) -> bool:
    """Whether a file says how many there are of anything."""
    items = (item for item in found if isinstance(item, ProductItem))
    return any("stock" not in variant.silent for item in items for variant in item.variants)


def import_upload(
    found: Iterable[Found], *, maker: Partner, actor: Actor, still_allowed: Callable[[], object], dry_run: bool
) -> ImportReport:
    """Put in what a person of the maker's sent: new pieces as drafts, the others as they are shown.

    `still_allowed` raises where the person may not do this any more; what went in before stays.
    """
    drafts = (
        replace(item, published=False, silent=item.silent | {"is_public"}) if isinstance(item, ProductItem) else item
        for item in found
    )
    studio = Studio(actor, still_allowed)
    return import_items(drafts, maker=maker, source=reference_of(actor), dry_run=dry_run, studio=studio)


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
    category_ids = _category_ids(item, run)
    if known is not None:
        changes = changes_of(item, known, maker=run.maker, category_ids=category_ids)
        if not changes.any_row and not changes.to_fetch:
            run.problems += _kept_back(item, changes)
            return "unchanged"
    with atomic():
        # A new piece has nothing to lock; the unique constraints stand guard.
        if known is None or known.piece is not None:
            known = _locked(item, run.maker)
            changes = changes_of(item, known, maker=run.maker, category_ids=category_ids)
        _write_as(item, changes, run)
        if run.dry_run:
            transaction.set_rollback(True)
    run.problems += _kept_back(item, changes)
    if known.piece is None:
        return "created"
    return "changed" if changes.any_row else "unchanged"


def _kept_back(item: ProductItem, changes: Changes) -> list[Problem]:
    """Why a product that the file shows went in as a draft."""
    if not item.published:
        return []
    said = changes.contradictions
    return [
        Problem(item.line, "", f"The product is kept as a draft. In its {one['field']}: {one['message']}")
        for one in said
    ]


def _locked(item: ProductItem, maker: Partner) -> Known:
    """Lock the piece and its stock records, then read them."""
    # Not the key: a basket that takes a piece must not wait for an import.
    pieces_named([item.handle], maker).select_for_update(no_key=True).values_list("pk").first()
    skus = [variant.sku for variant in item.variants]
    lock_records(StockRecord.objects.filter(partner=maker, partner_sku__in=skus).values_list("pk", flat=True))
    return known_pieces([item], maker=maker)[item.handle]


def _write(item: ProductItem, changes: Changes, run: Run) -> None:
    piece = changes.piece
    if piece.pk is None:
        piece.slug = piece.slug or free_slug_of_piece(address_wanted(item), maker_slug=run.maker.code)
    elif changes.to_category:
        piece.categories.clear()
    _save(changes.pieces)
    if changes.to_category:
        ids = changes.category_ids
        piece.categories.add(*([make_category(category_path(item)).pk] if ids is None else ids))
    _save(changes.pictures)
    _save(changes.variants)
    _write_stock(changes, run.source)
    if changes.any_row:
        publish(ProductsChanged((piece.pk,)))
    if changes.to_fetch:
        defer("catalog.media.fetch_pictures", product_id=piece.pk)


def _write_as(item: ProductItem, changes: Changes, run: Run) -> None:
    """Write, held to what a published piece must keep where the item does not say whether it is shown.

    At the maker's door the caller is asked for again, and the change is written down. Raises NotImported.
    """
    if run.studio:
        run.studio.still_allowed()
    is_new = changes.piece.pk is None
    try:
        with nullcontext() if is_new or "is_public" not in item.silent else _changing(changes.piece):
            _write(item, changes, run)
    except NeededWhilePublished as refused:
        reason = " ".join(error["message"] for error in refused.errors)
        raise NotImported(Problem(item.line, "", f"A published piece needs this: {reason}")) from refused
    if run.studio and (is_new or changes.any_row):
        facts = {"handle": item.handle, "outcome": "created" if is_new else "changed"}
        maker = run.maker.public_id
        audit.record(run.studio.actor, "product.imported", maker=maker, object=changes.piece.public_id, after=facts)


@contextmanager
def _changing(piece: Product) -> Iterator[None]:
    # As it stands in the database: the piece at hand has the new values already.
    there = Product.objects.get(pk=piece.pk)
    with changing(there):
        yield
        there.refresh_from_db()


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


def _category_ids(item: ProductItem, run: Run) -> list[int] | None:
    """The categories of the item, by slug or by path; None where there is none at that path yet, or no path.

    Raises NotImported for a slug that no category has.
    """
    if item.categories is None:
        found = _category_id(category_path(item), run)
        return None if found is None else [found]
    if new := [name for name in item.categories if name not in run.slugs]:
        run.slugs |= categories_by_slug(new)
    if unknown := [name for name in item.categories if name not in run.slugs]:
        reason = f"There is no category {', '.join(map(shown, unknown))}. Name one by its slug, or take it out."
        raise NotImported(Problem(item.line, "categories", reason))
    return [run.slugs[name] for name in item.categories]


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
    values = {"name": name, "slug": free_slug(Category.objects.all(), Kind.CATEGORY, base, other)}
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
