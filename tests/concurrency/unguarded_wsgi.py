"""The shop with its guard taken out, for the controls: a test of a race proves nothing unless this twin loses it.

`WITHOUT_GUARD` says how. `read_then_write` reads the counter and writes what it computed from it, as a shop
without guards would; `blind` adds to the counter without looking; `unlocked_settle` settles without row locks.
Each waits between its look and its deed until a few others have looked as well. That makes the moment of the race
longer, as a slow machine would; it does not make the race.

`unlocked_basket` checks a basket out without locking it. `unlocked_discounts` asks what limited offers and vouchers
grant without locking them.

`unlocked_documents` writes product documents without locking them, after reading what stands in them;
`slow_documents` waits at the same place under the lock.

`unheld` lets a member in and does not hold their place while they work, `key_unheld` does not hold the key they came
with; `not_asked_again` holds the place, but does not ask whether it is still there.
"""

import os
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.db import connection, transaction
from django.db.models import F

from config.wsgi import application  # first: it sets Django up

# isort: split
from catalog.browse import services as browse
from catalog.browse.models import ProductDocument
from catalog.catalogue.models import Product
from catalog.inventory import services as inventory
from catalog.inventory.models import Movement
from catalog.partner.models import StockRecord
from orders.basket.models import Basket
from orders.basket.queries import BasketView
from orders.checkout import services as checkout
from orders.ledger.queries import shares_due
from orders.order.models import Order
from orders.payment import services as payment
from orders.payment.models import Payment
from shop.doors import Door
from shop.keys import queries as keys
from shop.makers import permissions
from shop.makers.doors import StudioDoor

__all__ = ["application"]

TOGETHER = 3
# A slow machine brings the others late. Once they have met the damage is done, and nobody waits long any more.
PATIENCE_SECONDS, SHORT_SECONDS = 30, 0.5
MEETING, MET = 710_001, 710_002
PRESENT = """
    SELECT count(*) FILTER (WHERE objid = %s), count(*) FILTER (WHERE objid = %s)
    FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
    WHERE locktype = 'advisory' AND datname = current_database()
"""


def meet_others(patience: float = PATIENCE_SECONDS) -> None:
    """Wait until enough transactions stand here that have not ended; go on alone when nobody comes."""
    began = time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [MEETING])
        present = met = 0
        while present < TOGETHER and time.monotonic() - began < (SHORT_SECONDS if met else patience):
            time.sleep(0.005)
            cursor.execute(PRESENT, [MEETING, MET])
            present, met = cursor.fetchone()
        if present >= TOGETHER:
            # Held by the connection, so that the other processes see it after this transaction, too.
            cursor.execute("SELECT pg_advisory_lock_shared(%s)", [MET])


def no_locks(ids: Iterable[int]) -> dict[int, StockRecord]:
    return StockRecord.objects.in_bulk(set(ids))


def read_then_write(records: object, quantities: Mapping[int, int], *, reference: str) -> None:
    for pk, quantity in sorted(quantities.items()):
        record = StockRecord.objects.get(pk=pk)
        if record.num_in_stock - record.num_allocated < quantity:
            raise inventory.StockExhausted
        meet_others()
        StockRecord.objects.filter(pk=pk).update(num_allocated=record.num_allocated + quantity)
    inventory._record(Movement.HOLD, quantities, reference)


def blind(records: object, quantities: Mapping[int, int], *, reference: str) -> None:
    meet_others()
    for pk, quantity in sorted(quantities.items()):
        StockRecord.objects.filter(pk=pk).update(num_allocated=F("num_allocated") + quantity)
    inventory._record(Movement.HOLD, quantities, reference)


def sell_without_guard(hold: Callable[..., None]) -> None:
    checkout.lock_records = no_locks
    checkout.hold_locked = hold


def settle_without_locks() -> None:
    """Payment, order and what is due are as they were at the look, and no longer when they are acted on."""
    seen = threading.local()

    def look(pk: int) -> Payment:
        found = Payment.objects.get(pk=pk)
        seen.order = Order.objects.get(pk=found.order_id)
        seen.due = shares_due(seen.order)
        if found.intent_id:  # else checkout is making it, alone
            meet_others()
        return found

    payment.lock_basket_of = hold_nothing
    payment.lock_payment = look
    payment.lock_order = lambda pk: seen.order
    payment.shares_due = lambda order: seen.due


def check_out_without_lock() -> None:
    """Several find the basket open before one of them has frozen it."""
    find = checkout.get_basket

    def look(basket_id: str, *, lock: bool, **who: Any) -> Basket:
        found = find(basket_id, **who)
        meet_others()
        return found

    checkout.get_basket = look


def discount_without_locks() -> None:
    """Nobody places an order before a few others have seen the same uses. Each has a piece of stock to lock as well:
    without that lock they would not meet.
    """
    look = checkout.view_basket

    def look_and_wait(*of: Any) -> BasketView:
        found = look(*of)
        meet_others()
        return found

    checkout.lock_limited = hold_nothing
    checkout.lock_records = no_locks
    checkout.view_basket = look_and_wait


def read_digests(ids: Sequence[int]) -> dict[int, str]:
    return dict(ProductDocument.objects.filter(pk__in=ids).values_list("pk", "digest"))


def write_slowly(patience: float = PATIENCE_SECONDS) -> None:
    """Nobody writes a document before a few others have read what they will write."""
    read = browse.whole_pieces

    def read_and_wait(ids: Sequence[int]) -> list[Product]:
        found = read(ids)
        meet_others(patience)
        return found

    browse.whole_pieces = read_and_wait


def hold_nothing(held: object, **more: object) -> None:
    """In place of a lock."""


def hold_and_carry_out(door: StudioDoor, *args: Any, **kwargs: Any) -> Any:
    with transaction.atomic():
        permissions.hold(door.membership)
        return Door.carry_out(door, *args, **kwargs)


match os.environ["WITHOUT_GUARD"]:
    case "read_then_write":
        sell_without_guard(read_then_write)
    case "blind":
        sell_without_guard(blind)
    case "unlocked_settle":
        settle_without_locks()
    case "unlocked_basket":
        check_out_without_lock()
    case "unlocked_discounts":
        discount_without_locks()
    case "slow_documents":
        write_slowly(SHORT_SECONDS)  # the lock lets nobody come
    case "unlocked_documents":
        browse._lock = read_digests
        write_slowly()
    case "unheld":
        permissions.hold = hold_nothing
    case "key_unheld":
        keys._hold = hold_nothing
    case "not_asked_again":
        StudioDoor.carry_out = hold_and_carry_out
    case unknown:
        raise ValueError(unknown)
