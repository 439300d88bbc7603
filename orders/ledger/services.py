"""Writing to the ledger, in the transaction of what happened: what is not entered did not happen."""

from collections.abc import Sequence

from orders.ledger.models import LedgerEntry, LedgerTransaction
from orders.ledger.queries import order_promotions
from orders.ledger.rules import Entry, Kind, promotion
from orders.order.events import OrderPaid
from orders.order.models import Order


def post(*, key: str, kind: Kind, order: Order, entries: Sequence[Entry], currency: str = "") -> bool:
    """Enter one posting, in the caller's transaction; returns whether it is new.

    `key` names what happened, such as `charge:pay_...` or `refund:ref_...`: the same key again does nothing, whatever
    it comes with. `entries` are built by `rules`; none at all is no posting. `currency` is the order's where left out.
    Raises ValueError where the entries do not add up to zero; the database would refuse them at the commit.
    """
    if sum(entry.amount for entry in entries) != 0:
        raise ValueError(f"The entries of {key} do not add up to zero")
    if not entries:
        return False
    posting, fresh = LedgerTransaction.objects.get_or_create(
        key=key, defaults={"kind": kind, "order": order, "currency": currency or order.currency}
    )
    if fresh:
        LedgerEntry.objects.bulk_create(
            LedgerEntry(transaction=posting, account=entry.account, maker_id=entry.maker, amount=entry.amount)
            for entry in entries
        )
    return fresh


def add_promotion(event: OrderPaid) -> None:
    """The order stands: the platform adds what it bears of its discounts, also where nothing was to be paid."""
    order = Order.objects.get(pk=event.order_id)
    entries = promotion(order_promotions(order))
    post(key=f"{Kind.PROMOTION}:{order.public_id}", kind=Kind.PROMOTION, order=order, entries=entries)
