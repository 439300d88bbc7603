"""The shop with its guard taken out, for the controls: a test of a race proves nothing unless this twin loses it.

`WITHOUT_GUARD` says how: `read_then_write` reads the counter and writes what it computed from it, as a shop
without guards would; `blind` adds to the counter without looking; `unlocked_settle` settles without row locks.
"""

import os
from collections.abc import Callable, Iterable, Mapping

from django.db.models import F

from config.wsgi import application
from catalog.inventory import services as inventory  # noqa: E402  Django must be set up first
from catalog.inventory.models import Movement
from catalog.partner.models import StockRecord
from orders.checkout import services as checkout
from orders.order.models import Order
from orders.payment import services as payment
from orders.payment.models import Payment

__all__ = ["application"]


def no_locks(ids: Iterable[int]) -> dict[int, StockRecord]:
    return StockRecord.objects.in_bulk(set(ids))


def read_then_write(quantities: Mapping[int, int], *, reference: str) -> None:
    for pk, quantity in sorted(quantities.items()):
        record = StockRecord.objects.get(pk=pk)
        if record.num_in_stock - record.num_allocated < quantity:
            raise inventory.StockExhausted
        StockRecord.objects.filter(pk=pk).update(num_allocated=record.num_allocated + quantity)
    inventory._record(Movement.HOLD, quantities, reference)


def blind(quantities: Mapping[int, int], *, reference: str) -> None:
    for pk, quantity in sorted(quantities.items()):
        StockRecord.objects.filter(pk=pk).update(num_allocated=F("num_allocated") + quantity)
    inventory._record(Movement.HOLD, quantities, reference)


def sell_without_guard(hold: Callable[..., None]) -> None:
    checkout.lock_records = no_locks
    checkout.hold = hold


def settle_without_locks() -> None:
    payment.lock_payment = lambda pk: Payment.objects.get(pk=pk)
    payment.lock_order = lambda pk: Order.objects.get(pk=pk)


match os.environ["WITHOUT_GUARD"]:
    case "read_then_write":
        sell_without_guard(read_then_write)
    case "blind":
        sell_without_guard(blind)
    case "unlocked_settle":
        settle_without_locks()
    case unknown:
        raise ValueError(unknown)
