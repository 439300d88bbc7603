"""Asking Stripe again for what we may have missed: payments, events, and the balance."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import structlog
from django.utils import timezone

from orders.outbox import services as outbox
from orders.outbox.models import CommandKind
from orders.payment.models import ENDED, Payment
from orders.payment.services import PaymentUnavailable, cancel_lost_intent, ensure_intent, receive_event, settle
from orders.payment.stripe_events import HANDLERS
from orders.reconcile.models import Reading, StripeMovement
from orders.reconcile.queries import Difference, differences, payments_to_read
from shop import stripe_gateway
from shop.stripe_gateway import StripeUnreachableError

log = structlog.get_logger(__name__)
# Who has just checked out is about to have their answer.
YOUNG = timedelta(minutes=2)
GIVE_UP_AFTER = 3
# Stripe may list an entry a little later than one that is younger.
OVERLAP = timedelta(hours=1)
EVENTS, MOVEMENTS = "events", "movements"
BEGINNING = datetime(2011, 1, 1, tzinfo=UTC)  # Stripe's own
# What happens at Stripe is entered here by webhooks and jobs, which take their time.
SETTLED_AFTER = timedelta(hours=6)

Entry = TypeVar("Entry", stripe_gateway.Event, stripe_gateway.Movement)


def read_payments() -> int:
    """Read at Stripe what is open here, or unknown; returns how many were read.

    One that fails does not stop the others; where Stripe is away they wait for the next run.
    """
    read = unreachable = 0
    for payment in payments_to_read(before=timezone.now() - YOUNG).select_related("order").iterator():
        try:
            read_payment(payment)
            read += 1
        except (PaymentUnavailable, StripeUnreachableError):
            unreachable += 1
            if unreachable == GIVE_UP_AFTER:
                break
        except Exception:
            log.exception("payment_not_read", payment=payment.public_id)
    return read


def read_payment(payment: Payment) -> None:
    """Bring payment and order to where the intent stands, and learn what came of commands about it.

    An intent whose creation had no answer is asked for again, under the same key.
    """
    if payment.intent_id is None:
        if payment.status in ENDED:
            cancel_lost_intent(payment.pk)
            return
        payment = ensure_intent(payment)
    intent = stripe_gateway.retrieve_intent(str(payment.intent_id))
    outbox.learn(CommandKind.CREATE_INTENT, payment.public_id, intent.id)
    if intent.status == "canceled":
        outbox.learn(CommandKind.CANCEL_INTENT, payment.public_id, intent.id)
    settle(payment.pk, intent)


def read_events() -> int:
    """Put into the inbox what Stripe has told since the last run and we have not heard; returns how many were read."""

    def receive(events: Iterable[stripe_gateway.Event]) -> None:
        for event in events:
            if event.type in HANDLERS:
                receive_event(event)

    return _read(EVENTS, stripe_gateway.list_events, receive)


def read_movements() -> int:
    """Write down what has moved in our balance at Stripe since the last run; returns how many were read."""

    def keep(movements: Iterable[stripe_gateway.Movement]) -> None:
        StripeMovement.objects.bulk_create(
            (
                StripeMovement(
                    movement_id=each.id,
                    kind=each.kind,
                    net=each.net,
                    currency=each.currency,
                    intent_id=each.intent_id,
                    created_at=each.created,
                )
                for each in movements
            ),
            ignore_conflicts=True,
            batch_size=1000,
        )

    return _read(MOVEMENTS, stripe_gateway.list_movements, keep)


def compare_balance() -> list[Difference]:
    """What differs between Stripe's balance and the ledger, each order on the log; nothing is changed."""
    found = differences(before=timezone.now() - SETTLED_AFTER)
    for each in found:
        log.error(
            "balance_differs",
            order=each.order,
            currency=each.currency,
            at_stripe=str(each.at_stripe),
            in_ledger=str(each.in_ledger),
        )
    return found


def _read(name: str, listed: Callable[..., Iterable[Entry]], keep: Callable[[Iterable[Entry]], None]) -> int:
    """Keep what a list at Stripe has since its last reading, the oldest first, and only then say how far it was read.

    What was read before and is listed again is kept once.
    """
    last = Reading.objects.filter(name=name).first()
    entries = list(listed(since=last.until - OVERLAP if last else BEGINNING))
    if not entries:
        return 0
    keep(reversed(entries))
    newest = max(entry.created for entry in entries)
    Reading.objects.update_or_create(name=name, defaults={"until": newest})
    return len(entries)
