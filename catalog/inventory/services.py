"""The only place that changes stock counters. Every service locks stock records in primary-key order."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Least

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


class StockExhausted(DomainError):
    """There is not enough left of a piece; `errors` names each SKU and what is left."""

    code = "out_of_stock"
    title = "Not enough left"
    detail = "Lower the quantity, or take out what `errors` names; nothing was ordered or charged."


def lock_records(ids: Iterable[int]) -> dict[int, StockRecord]:
    """The stock records, locked until the end of the transaction, in the order everybody locks them."""
    locked = StockRecord.objects.select_for_update(no_key=True).filter(pk__in=set(ids)).order_by("pk")
    return {record.pk: record for record in locked}


@atomic()
def hold(quantities: Mapping[int, int], *, reference: str) -> None:
    """Hold stock, `{stock record id: quantity}`, all or nothing. Raises StockExhausted."""
    records = lock_records(quantities)
    wanted = _each(quantities)
    enough = ~Q(policy=StockPolicy.STOCK) | Q(num_in_stock__gte=F("num_allocated") + wanted)
    held = StockRecord.objects.filter(enough, pk__in=records).update(num_allocated=F("num_allocated") + wanted)
    if held < len(quantities):
        raise StockExhausted(errors=_what_is_left(records.values(), quantities))
    _record(Movement.HOLD, quantities, reference)


def _what_is_left(records: Iterable[StockRecord], quantities: Mapping[int, int]) -> list[FieldError]:
    return [
        {"field": record.partner_sku, "code": "out_of_stock", "message": record.left_in_words}
        for record in records
        if record.policy == StockPolicy.STOCK and record.on_shelf < quantities[record.pk]
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
    _record(Movement.RELEASE, quantities, reference)


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


def _record(kind: Movement, quantities: Mapping[int, int], reference: str) -> None:
    """Write the moves down and tell whoever shows the stock: no counter changes without."""
    StockMovement.objects.bulk_create(
        StockMovement(stockrecord_id=pk, kind=kind, quantity=quantities[pk], reference=reference)
        for pk in sorted(quantities)
    )
    pieces = StockRecord.objects.filter(pk__in=quantities).values_list("product__parent", flat=True)
    publish(ProductsChanged(tuple(pieces)))
