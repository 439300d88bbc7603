"""Reads over offers to hand a maker over."""

from shop.errors import NotFound
from shop.makers.models import OwnershipTransfer


def open_transfer(maker_id: int, *, lock: bool = False) -> OwnershipTransfer:
    """The maker's open offer with giver and taker, expired or not. Raises NotFound."""
    pending = OwnershipTransfer.objects.pending().select_related("giver", "taker", "maker")
    rows = pending.select_for_update(of=("self",)) if lock else pending
    transfer = rows.filter(maker=maker_id).first()
    if transfer is None:
        raise NotFound
    return transfer
