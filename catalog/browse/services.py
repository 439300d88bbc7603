"""Product documents follow the catalog: written in the transaction of each change, last."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection, transaction

from catalog.browse.asking import SPELLED_FROM, shortened
from catalog.browse.documents import UNLISTED, columns_of
from catalog.browse.models import ProductDocument, Word
from catalog.browse.pieces import whole_pieces
from catalog.catalogue.events import CategoriesChanged, ProductsChanged
from catalog.catalogue.models import Category, Product
from catalog.collections.events import CollectionChanged
from catalog.collections.models import Collection
from catalog.collections.queries import pieces_in
from catalog.partner.events import MakerChanged
from shop.kept.services import drop_everywhere

Change = ProductsChanged | MakerChanged | CategoriesChanged | CollectionChanged

# Pieces written by one statement.
BATCH = 200
# Advisory locks. Whoever renders shares the tree's and the maker's; whoever changes a maker, their collections or the
# tree, and with it pieces that others may just be adding, has it alone.
GATE, TREE = 7_100, 0
COLUMNS = [field.name for field in ProductDocument._meta.concrete_fields if not field.primary_key]


@transaction.atomic(savepoint=False)
def refresh_documents(changes: Sequence[Change]) -> None:
    """Write the documents of all that has changed. The last thing in a transaction, since it waits for others' rows.

    Rows are locked first, in their order, and what they show is read afterwards by new statements: whoever comes
    second sees what the first one did.
    """
    written = [_refresh(ids) for ids in _batches(_pieces_of(changes))]
    # Makers, branches and collections are shown by themselves, too.
    if any(written) or not all(isinstance(change, ProductsChanged) for change in changes):
        drop_everywhere()


def rebuild_documents() -> None:
    """Write every document anew, a batch a transaction: after a change of how pieces are shown or found."""
    for ids in _batches(list(Product.objects.pieces().order_by("pk").values_list("pk", flat=True))):
        with transaction.atomic():
            if _refresh(ids):
                drop_everywhere()


@transaction.atomic
def refresh_vocabulary() -> None:
    """Bring the words that mistyped ones are mended to up to date with what is on sale. Descriptions do not count."""
    with connection.cursor() as cursor:
        # One at a time.
        cursor.execute("LOCK TABLE browse_word IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute(COUNT_WORDS)
        found: dict[str, int] = dict(cursor.fetchall())
    there = dict(Word.objects.values_list("word", "pieces"))
    Word.objects.exclude(word__in=found).delete()
    changed = [Word(word=word, pieces=found[word], shortened=shortened(word)) for word in found
               if there.get(word) != found[word]]  # fmt: skip
    Word.objects.bulk_create(
        changed, batch_size=1000, update_conflicts=True, unique_fields=["word"], update_fields=["pieces", "shortened"]
    )


def stale_documents() -> Iterator[int]:
    """The ids of pieces whose document is not what would be written now."""
    for ids in _batches(list(Product.objects.pieces().order_by("pk").values_list("pk", flat=True))):
        stored = ProductDocument.objects.in_bulk(ids)
        wanted = {piece.pk: columns_of(piece) for piece in whole_pieces(ids)}
        yield from (pk for pk in ids if _differs(stored.get(pk), wanted.get(pk, UNLISTED)))


def _differs(stored: ProductDocument | None, wanted: dict[str, Any]) -> bool:
    # PostgreSQL writes the words in its own order; what they were made of is in the digest.
    names = wanted.keys() - {"words"}
    return stored is None or any(getattr(stored, name) != wanted[name] for name in names)


def _pieces_of(changes: Sequence[Change]) -> list[int]:
    """The ids of all pieces that the changes show in, in their order."""
    ids = {pk for change in changes if isinstance(change, ProductsChanged) for pk in change.ids}
    makers = {change.id for change in changes if isinstance(change, MakerChanged)}
    categories = {pk for change in changes if isinstance(change, CategoriesChanged) for pk in change.ids}
    collections = [change for change in changes if isinstance(change, CollectionChanged)]
    if makers or categories or collections:
        _close_gates(makers | {change.maker for change in collections}, tree=bool(categories))
        ids.update(Product.objects.pieces().filter(maker__in=makers).values_list("pk", flat=True))
    for path in Category.objects.filter(pk__in=categories).values_list("path", flat=True):
        inside = Product.objects.pieces().filter(categories__path__startswith=path)
        ids.update(inside.values_list("pk", flat=True))
    if collections:
        ids.update(_in_collections(collections))
    return sorted(ids)


def _in_collections(changes: Sequence[CollectionChanged]) -> set[int]:
    """The pieces that were in these collections, and those that are."""
    before = ProductDocument.objects.filter(
        is_listed=True, collections__overlap=[change.slug for change in changes if change.slug]
    )
    ids = set(before.values_list("pk", flat=True))
    for row in Collection.objects.filter(pk__in=[change.id for change in changes]):
        ids.update(pieces_in(row).values_list("pk", flat=True))
    return ids


def _close_gates(makers: set[int], *, tree: bool) -> None:
    """Wait until nobody renders what is about to change, and let nobody begin to."""
    with connection.cursor() as cursor:
        way = "pg_advisory_xact_lock" if tree else "pg_advisory_xact_lock_shared"
        cursor.execute(f"SELECT {way}(%s, %s)", [GATE, TREE])
        for maker in sorted(makers):
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [GATE, maker])


def _refresh(ids: Sequence[int]) -> bool:
    """Whether anything had to be written."""
    digests = _lock(ids)
    pieces = whole_pieces(ids)
    found = {piece.pk: columns_of(piece) for piece in pieces}
    changed = [
        ProductDocument(piece_id=pk, **columns) for pk, columns in found.items() if digests[pk] != columns["digest"]
    ]
    if changed:
        ProductDocument.objects.bulk_create(
            changed, update_conflicts=True, unique_fields=["piece"], update_fields=COLUMNS
        )
    if gone := [pk for pk, digest in digests.items() if digest and pk not in found]:
        ProductDocument.objects.filter(pk__in=gone).update(**UNLISTED)
    return bool(changed or gone)


def _lock(ids: Sequence[int]) -> dict[int, str]:
    """The documents' digests by piece, the rows made where they are missing and locked in the order of their ids."""
    ids = list(ids)
    with connection.cursor() as cursor:
        # One way there and back; each statement sees what was committed when it begins.
        cursor.execute(";".join((SHARE_GATES, MAKE_ROWS, LOCK_ROWS)), [GATE, ids, TREE, ids, ids])
        while cursor.nextset():
            pass
        return dict(cursor.fetchall())


COUNT_WORDS = f"""
    SELECT word, ndoc FROM ts_stat('SELECT words FROM browse_productdocument WHERE is_listed', 'abc')
    WHERE length(word) >= {SPELLED_FROM}
"""
SHARE_GATES = """
    SELECT pg_advisory_xact_lock_shared(%s, gate) FROM (
        SELECT DISTINCT maker_id::int AS gate FROM catalogue_product WHERE id = ANY(%s) AND maker_id IS NOT NULL
        UNION SELECT %s ORDER BY gate
    ) AS gates
"""
MAKE_ROWS = """
    INSERT INTO browse_productdocument (piece_id)
    SELECT id FROM catalogue_product AS piece
    WHERE id = ANY(%s) AND parent_id IS NULL
        AND NOT EXISTS (SELECT FROM browse_productdocument WHERE piece_id = piece.id)
    ORDER BY id ON CONFLICT DO NOTHING
"""
LOCK_ROWS = """
    SELECT piece_id, digest FROM browse_productdocument WHERE piece_id = ANY(%s) ORDER BY piece_id FOR NO KEY UPDATE
"""


def _batches(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[start : start + BATCH] for start in range(0, len(ids), BATCH))
