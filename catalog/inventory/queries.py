"""Reads over stock."""

from collections import Counter

from catalog.catalogue.models import Product
from catalog.inventory.models import Movement, StockMovement
from catalog.partner.models import StockRecord
from shop.errors import NotFound


def find_record(piece: Product, variant: str) -> StockRecord:
    """The stock record of a variant of the piece, by its id. Raises NotFound."""
    record = StockRecord.objects.filter(product__parent=piece, product__public_id=variant).first()
    if record is None:
        raise NotFound
    return record


def orders_short_of(record: StockRecord) -> list[str]:
    """The orders that hold more than there is; none where enough is there."""
    return orders_holding(record.pk) if record.num_missing else []


def orders_holding(record_id: int) -> list[str]:
    """The references whose holds are still open, oldest first."""
    open_holds: Counter[str] = Counter()
    for movement in StockMovement.objects.filter(stockrecord_id=record_id).order_by("pk"):
        sign = {Movement.HOLD: 1, Movement.RELEASE: -1, Movement.CONSUME: -1}.get(Movement(movement.kind), 0)
        open_holds[movement.reference] += sign * movement.quantity
    return [reference for reference, quantity in open_holds.items() if quantity > 0]


def was_ordered(variant: Product) -> bool:
    """Whether an order has ever held any of the variant."""
    return StockMovement.objects.filter(stockrecord__product=variant).exclude(kind=Movement.SET).exists()
