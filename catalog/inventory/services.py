"""The only place that changes stock counters. Every service locks stock records in primary-key order."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Case, F, Value, When
from django.db.models.functions import Least
from django.utils import timezone

from catalog.catalogue.events import ProductsChanged
from catalog.catalogue.queries import find_piece
from catalog.catalogue.services import changing
from catalog.inventory import shapes
from catalog.inventory.models import Movement, StockMovement, StockShortfall
from catalog.inventory.queries import find_record, orders_holding, orders_short_of
from catalog.partner.models import Partner, StockPolicy, StockRecord
from shop import versions
from shop.actors import Actor
from shop.audit import services as audit
from shop.errors import DomainError, FieldError
from shop.events.services import atomic, publish
from shop.prepared import Part, fetch


class StockExhausted(DomainError):
    """There is not enough left of a piece; `errors` names each SKU and what is left."""

    code = "out_of_stock"
    title = "Not enough left"
    detail = "Lower the quantity, or take out what `errors` names; nothing was ordered or charged."


RECORD = Part(StockRecord, "record")
LOCK = f"SELECT {RECORD.columns} FROM partner_stockrecord AS record WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"
# No counter changes without a row in the ledger.
HOLD = f"""
    WITH held AS (
        UPDATE partner_stockrecord AS record SET num_allocated = num_allocated + wanted.quantity
        FROM unnest(%(records)s::bigint[], %(quantities)s::int[]) AS wanted (id, quantity)
        WHERE record.id = wanted.id
            AND (policy <> '{StockPolicy.STOCK}' OR num_in_stock >= num_allocated + wanted.quantity)
        RETURNING record.id, wanted.quantity
    )
    INSERT INTO inventory_stockmovement (stockrecord_id, kind, quantity, reference, created_at)
    SELECT id, '{Movement.HOLD}', quantity, %(reference)s, %(now)s FROM held ORDER BY id
    RETURNING stockrecord_id
"""


def lock_records(ids: Iterable[int]) -> dict[int, StockRecord]:
    """The stock records, locked until the end of the transaction, in the order everybody locks them."""
    records = [RECORD.read(iter(row)) for row in fetch(LOCK, [list(set(ids))])]
    return {record.pk: record for record in records}


@atomic()
def hold(quantities: Mapping[int, int], *, reference: str) -> None:
    """Hold stock, `{stock record id: quantity}`, all or nothing. Raises StockExhausted."""
    hold_locked(lock_records(quantities), quantities, reference=reference)


def hold_locked(records: Mapping[int, StockRecord], quantities: Mapping[int, int], *, reference: str) -> None:
    """The same of records as `lock_records` found them in the caller's transaction, which ends where this raises."""
    asked = {"records": list(quantities), "quantities": list(quantities.values()), "reference": reference}
    held = fetch(HOLD, asked | {"now": timezone.now()})
    if len(held) < len(quantities):
        raise StockExhausted(errors=_what_is_left(records, quantities))
    before = {pk: records[pk].shown_quantity for pk in quantities}
    for pk, quantity in quantities.items():
        records[pk].num_allocated += quantity
    _tell(_seen(before, records))


def _seen(before: Mapping[int, int | None], records: Mapping[int, StockRecord]) -> list[int]:
    """The records whose stock looks different to a shopper now. Of a full drawer nobody sees that one has gone.

    The records are locked: what is shown of them is the same whichever of the two any other transaction reads.
    """
    return [pk for pk, shown in before.items() if records[pk].shown_quantity != shown]


def _what_is_left(records: Mapping[int, StockRecord], quantities: Mapping[int, int]) -> list[FieldError]:
    return [
        {"field": record.partner_sku, "code": "out_of_stock", "message": record.left_in_words}
        for pk, record in records.items()
        if record.policy == StockPolicy.STOCK and record.on_shelf < quantities.get(pk, 0)
    ]


@atomic()
def release(quantities: Mapping[int, int], *, reference: str) -> None:
    """Give held stock back, as the order under `reference` held it. What was missing is not sold again."""
    records = lock_records(quantities)
    given = _each(quantities)
    covered = Least(given, F("num_missing"))
    StockRecord.objects.filter(pk__in=records).update(
        num_allocated=F("num_allocated") - given,
        num_in_stock=F("num_in_stock") - covered,
        num_missing=F("num_missing") - covered,
    )
    before = {pk: record.shown_quantity for pk, record in records.items()}
    for pk, record in records.items():
        missing = min(quantities[pk], record.num_missing)
        record.num_allocated -= quantities[pk]
        record.num_in_stock -= missing
    _record(Movement.RELEASE, quantities, reference, seen=_seen(before, records))


def _each(quantities: Mapping[int, int]) -> Case:
    """Each record's own quantity, so that one UPDATE serves all of them."""
    return Case(*(When(pk=pk, then=Value(quantity)) for pk, quantity in quantities.items()))


@atomic()
def open_records(records: Sequence[StockRecord], *, reference: str) -> None:
    """Create the stock records of new variants, with the count and the policy that they carry."""
    StockRecord.objects.bulk_create(records)
    counted = {record.pk: record.num_in_stock for record in records if record.num_in_stock}
    _record(Movement.SET, counted, reference)


def changes_stock(record: StockRecord, *, count: int, policy: str) -> bool:
    """Whether this is news to `set_stock`, as far as the record knows."""
    return (record.num_in_stock - record.num_missing, record.policy) != (count, policy)


@atomic()
def count_stock(
    *,
    maker: Partner,
    product: str,
    variant: str,
    count: int,
    policy: str,
    actor: Actor,
    if_match: str | None,
) -> dict[str, Any]:
    """Set what a person of the maker's counted, and how the variant is sold; returns `shapes.stock`.

    Raises NotFound, StaleVersion, and NeededWhilePublished where a one-of-a-kind piece would be sold more than once.
    """
    piece = find_piece(maker.pk, product, lock=True)
    record = lock_records([find_record(piece, variant).pk]).popitem()[1]
    before = shapes.level(record)
    if if_match is not None:
        versions.check_shape(if_match, shapes.stock(record, orders_short_of(record)))
    with changing(piece):
        set_stock(record.pk, count=count, policy=policy, reference=reference_of(actor))
    record.refresh_from_db()
    counted = {"before": before, "after": shapes.level(record)}
    audit.record(actor, "stock.counted", maker=maker.public_id, object=variant, **counted)
    return shapes.stock(record, orders_short_of(record))


def reference_of(actor: Actor) -> str:
    """How the stock ledger names what somebody did in the studio."""
    return f"studio:{actor.id}"


@atomic()
def set_stock(record_id: int, *, count: int, policy: str, reference: str) -> StockShortfall | None:
    """Set how many are there and how it is sold; returns the shortfall if more are already held.

    Then the count stays at what is held, so that nothing more is sold, and the shortfall names the orders.
    """
    record = StockRecord.objects.select_for_update(no_key=True).get(pk=record_id)
    counted = _counted(record, count, policy)
    missing = counted - count
    if (record.num_in_stock, record.num_missing, record.policy) != (counted, missing, policy):
        StockRecord.objects.filter(pk=record_id).update(num_in_stock=counted, num_missing=missing, policy=policy)
        _record(Movement.SET, {record_id: counted}, reference)
    if not missing:
        return None
    # The same count over the same orders, as a repeated import brings it, is the same shortfall.
    orders = orders_holding(record_id)
    return StockShortfall.objects.get_or_create(stockrecord=record, missing=missing, references=orders)[0]


def _counted(record: StockRecord, count: int, policy: str) -> int:
    """The count to keep: where nothing is sold beyond it, never less than what is held."""
    return max(count, record.num_allocated) if policy == StockPolicy.STOCK else count


def _record(
    kind: Movement, quantities: Mapping[int, int], reference: str, *, seen: Collection[int] | None = None
) -> None:
    """Write the moves down and tell whoever shows the stock: no counter changes without.

    `seen` are the records whose stock looks different to shoppers; all where left out.
    """
    StockMovement.objects.bulk_create(
        StockMovement(stockrecord_id=pk, kind=kind, quantity=quantities[pk], reference=reference)
        for pk in sorted(quantities)
    )
    _tell(quantities if seen is None else seen)


def _tell(seen: Collection[int]) -> None:
    if seen:
        pieces = StockRecord.objects.filter(pk__in=seen).values_list("product__parent", flat=True)
        publish(ProductsChanged(tuple(pieces)))
