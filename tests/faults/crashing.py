"""Where a process dies, and which guard it lacks; said from outside, so that our code knows nothing of it.

A point is `before` or `after` and a function by its full name: `after shop.stripe_gateway.create_intent`. The process
kills itself there as kill -9 does, before anything else can happen.
"""

import os
import secrets
import signal
import sys
from collections.abc import Callable
from functools import wraps
from pkgutil import resolve_name
from typing import Any


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def crash_at(point: str) -> None:
    when, _, name = point.partition(" ")
    place, _, function = name.rpartition(".")
    owner = resolve_name(place)
    original = getattr(owner, function)

    @wraps(original)
    def mortal(*args: Any, **kwargs: Any) -> Any:
        if when == "before":
            die()
        result = original(*args, **kwargs)
        die()
        return result

    if isinstance(owner, type):
        setattr(owner, function, mortal)
    else:
        replace(original, mortal)


def replace(original: Callable[..., Any], by: Callable[..., Any]) -> None:
    """Wherever a module of ours knows the function, by whatever name and also in its tables."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] not in ("catalog", "config", "orders", "shop"):
            continue
        for key, value in list(vars(module).items()):
            if value is original:
                setattr(module, key, by)
            elif isinstance(value, dict):
                value.update({inner: by for inner, held in value.items() if held is original})


def without(guard: str) -> None:
    GUARDS[guard]()


def _forgetful_checkout() -> None:
    """The order does not know the claim that placed it."""
    from orders.checkout import services

    place = services.place_order
    replace(place, lambda *args, claim, **kwargs: place(*args, claim=None, **kwargs))


def _new_key_each_time() -> None:
    """A write to Stripe is sent under a key that nobody has stored."""
    from orders.outbox.models import StripeCommand

    StripeCommand.key = property(lambda command: secrets.token_hex(16))  # type: ignore[assignment]


def _job_later() -> None:
    """The event is kept first, and its job enqueued afterwards."""
    from orders.payment import services
    from orders.payment.models import StripeEvent

    def receive(event: Any) -> None:
        values = {"type": event.type, "object_id": event.object_id}
        _, fresh = StripeEvent.objects.get_or_create(event_id=event.id, defaults=values)
        if fresh:
            services.defer("orders.payment.process_event", event_id=event.id)

    replace(services.receive_event, receive)


def _settle_step_by_step() -> None:
    """Payment and order are written one after the other, not in one transaction."""
    from orders.ledger import services as ledger
    from orders.order import services as orders
    from orders.order.models import Order
    from orders.payment import services
    from orders.payment.models import Payment

    replace(services.lock_payment, lambda pk: Payment.objects.get(pk=pk))
    replace(orders.lock_order, lambda pk: Order.objects.get(pk=pk))
    replace(ledger.post, lambda **posting: True)
    replace(services.settle, services.settle.__wrapped__)  # type: ignore[attr-defined]
    services.transaction = _NoTransaction  # type: ignore[assignment]


class _NoTransaction:
    @staticmethod
    def atomic() -> Any:
        from contextlib import nullcontext

        return nullcontext()


def _stripe_last() -> None:
    """The order ends here before Stripe is asked."""
    from orders.checkout import closing
    from orders.paying import services

    stop = services.stop_payment
    end = closing._end

    def end_then_stop(order_pk: int, status: Any, stopped: Any) -> Any:
        ended = end(order_pk, status, stopped)
        stop(services.Payment.objects.get(pk=stopped.payment))
        return ended

    replace(stop, lambda payment: services.Stopped(payment.pk, payment.intent_id))
    replace(end, end_then_stop)


def _answer_afterwards() -> None:
    """What a request has done is committed first, and its answer is kept afterwards."""
    from shop.doors import Door

    run, keep = Door._run, Door._keep

    def run_then_keep(door: Door, *args: Any, **kwargs: Any) -> Any:
        response = run(door, *args, **kwargs)
        keep(door, response)
        return response

    Door._keep = lambda door, response: True  # type: ignore[method-assign]
    Door._run = run_then_keep  # type: ignore[method-assign]


def _forgetful_refund() -> None:
    """The refund does not know the claim that made it."""
    from orders.refunds import services

    request = services.request_refunds
    replace(request, lambda *args, claim, **kwargs: request(*args, claim=None, **kwargs))


def _sent_before_it_is() -> None:
    """A mail is marked as sent, and handed over afterwards."""
    from django.utils import timezone

    from shop.mail import services
    from shop.mail.models import Mail

    def mark(mail_id: int) -> Mail | None:
        waits = Mail.objects.waiting().filter(pk=mail_id).update(sent_at=timezone.now())
        return Mail.objects.get(pk=mail_id) if waits else None

    replace(services._claim, mark)


GUARDS: dict[str, Callable[[], None]] = {
    "placed_by_claim": _forgetful_checkout,
    "stored_key": _new_key_each_time,
    "job_with_event": _job_later,
    "settle_at_once": _settle_step_by_step,
    "stripe_first": _stripe_last,
    "answer_with_deed": _answer_afterwards,
    "refund_by_claim": _forgetful_refund,
    "sent_when_gone": _sent_before_it_is,
}
