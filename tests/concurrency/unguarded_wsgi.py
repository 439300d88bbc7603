"""The shop with its guard taken out, for the controls: a test of a race proves nothing unless this twin loses it.

`WITHOUT_GUARD` says how. `read_then_write` reads the counter and writes what it computed from it, as a shop
without guards would; `blind` adds to the counter without looking; `unlocked_settle` settles without row locks.

Each waits between its look and its deed until a few others have looked as well. That makes the moment of the race
longer, as a slow machine would; it does not make the race.
"""

import os
import time
from collections.abc import Callable, Iterable, Mapping

from django.db import connection
from django.db.models import F

from config.wsgi import application  # first: it sets Django up

# isort: split
from catalog.inventory import services as inventory
from catalog.inventory.models import Movement
from catalog.partner.models import StockRecord
from orders.checkout import services as checkout
from orders.order.models import Order
from orders.payment import services as payment
from orders.payment.models import Payment

__all__ = ["application"]

TOGETHER = 3
PATIENCE_SECONDS = 2
MEETING = 710_001
PRESENT = """
    SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
    WHERE locktype = 'advisory' AND objid = %s AND datname = current_database()
"""


def meet_others() -> None:
    """Wait until enough transactions stand here that have not ended; go on alone when nobody comes."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [MEETING])
        while time.monotonic() < deadline:
            cursor.execute(PRESENT, [MEETING])
            if cursor.fetchone()[0] >= TOGETHER:
                return
            time.sleep(0.005)


def no_locks(ids: Iterable[int]) -> dict[int, StockRecord]:
    return StockRecord.objects.in_bulk(set(ids))


def read_then_write(quantities: Mapping[int, int], *, reference: str) -> None:
    for pk, quantity in sorted(quantities.items()):
        record = StockRecord.objects.get(pk=pk)
        if record.num_in_stock - record.num_allocated < quantity:
            raise inventory.StockExhausted
        meet_others()
        StockRecord.objects.filter(pk=pk).update(num_allocated=record.num_allocated + quantity)
    inventory._record(Movement.HOLD, quantities, reference)


def blind(quantities: Mapping[int, int], *, reference: str) -> None:
    meet_others()
    for pk, quantity in sorted(quantities.items()):
        StockRecord.objects.filter(pk=pk).update(num_allocated=F("num_allocated") + quantity)
    inventory._record(Movement.HOLD, quantities, reference)


def read_payment(pk: int) -> Payment:
    found = Payment.objects.get(pk=pk)
    meet_others()
    return found


def sell_without_guard(hold: Callable[..., None]) -> None:
    checkout.lock_records = no_locks
    checkout.hold = hold


def settle_without_locks() -> None:
    payment.lock_payment = read_payment
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
