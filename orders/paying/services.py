"""Paying what is due on an order: another card, another way to pay, and money that came by hand.

One payment is open at a time: before another begins, nobody can pay the first any more, at Stripe first.
"""

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from orders.order.models import Order
from orders.order.services import OrderNotInState, lock_order
from orders.order.status import OrderStatus
from orders.outbox import services as outbox
from orders.paying.queries import amount_due, open_payment
from orders.paying.rules import hold_until
from orders.payment.models import ENDED, Payment, PaymentStatus, Provider
from orders.payment.services import (
    PaymentUnavailable,
    ensure_intent,
    give_to_order,
    lock_for_money,
    lock_payment,
    new_payment,
    refreshed,
    settle,
)
from shop.actors import Actor
from shop.audit.services import record
from shop.errors import DomainError
from shop.events.services import atomic
from shop.jobs.services import defer
from shop.storefronts.models import Storefront
from shop.stripe_gateway import StripeRefusedError, StripeUnreachableError

log = structlog.get_logger(__name__)
UNKNOWN_INTENT = "resource_missing"


class ProviderOff(DomainError):
    code = "provider_off"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    title = "This storefront does not take this way of paying"
    detail = "Choose one of `providers` at /v1/store/storefront."


class PaymentNotManual(DomainError):
    code = "payment_not_manual"
    title = "This payment is not paid by hand"
    detail = "Its provider says when it is paid; only a `manual` payment is marked as received."


def hold_ends(provider: str, placed_at: datetime) -> datetime:
    """When an order's hold ends that is to be paid so, from now."""
    return hold_until(
        provider,
        placed_at=placed_at,
        now=timezone.now(),
        minutes=settings.HOLD_MINUTES,
        manual_days=settings.MANUAL_HOLD_DAYS,
    )


def pay_due(order: Order, *, provider: str | None, storefront: Storefront) -> Payment:
    """The order's open payment, ready to be paid: the one there is, or a new one of what is due.

    After a decline the same one takes another card. `provider` is the last one's where left out; another one than the
    open payment's ends that first. Raises OrderNotInState, ProviderOff, TotalNotChargeable, PaymentUnavailable and
    PaymentMismatch.
    """
    last = order.payments.order_by("-pk").first()
    if last is None or order.status != OrderStatus.AWAITING_PAYMENT:
        raise OrderNotInState("Nothing is due on this order.")
    was_open = last.status not in ENDED
    last = refreshed(last)
    if was_open and last.status == PaymentStatus.PAID:
        return last  # it was paid before the buyer asked
    provider = provider or last.provider
    if last.status not in ENDED:
        if last.provider == provider:
            return ensure_intent(last)
        _check_on(provider, storefront)
        end_payment(last)
    _check_on(provider, storefront)
    return ensure_intent(_add_payment(order.pk, provider, storefront))


def _check_on(provider: str, storefront: Storefront) -> None:
    if provider not in storefront.providers:
        raise ProviderOff


@transaction.atomic
def _add_payment(order_pk: int, provider: str, storefront: Storefront) -> Payment:
    """A payment of all that is due; the open one, where another request was first."""
    order = lock_order(order_pk)
    if order.status != OrderStatus.AWAITING_PAYMENT:
        raise OrderNotInState("Nothing is due on this order.")
    if payment := open_payment(order_pk):
        if payment.provider != provider:
            raise OrderNotInState("It is about to be paid in another way; read it again.")
        return payment
    if order.hold_expires_at is not None:
        order.hold_expires_at = hold_ends(provider, order.date_placed)
        order.save(update_fields=["hold_expires_at"])
    instructions = storefront.payment_instructions
    return new_payment(order, provider=provider, amount=amount_due(order), instructions=instructions)


@dataclass(frozen=True, slots=True)
class Stopped:
    """What nobody can pay any more: the payment, and its intent, or none where its secret never left us."""

    payment: int | None
    intent_id: str | None = None


def stop_payment(payment: Payment | None) -> Stopped | None:
    """Make sure nobody can pay any more; None where the money is there or on its way. Outside any transaction.

    Raises PaymentUnavailable and PaymentMismatch.
    """
    if payment is None:
        return Stopped(None)
    if payment.intent_id is None:
        return Stopped(payment.pk)
    try:
        intent = outbox.cancel_intent(payment.intent_id, payment=payment.public_id)
    except StripeUnreachableError as error:
        log.warning("intent_not_cancelled", payment=payment.public_id, error=str(error))
        raise PaymentUnavailable from error
    except StripeRefusedError as error:
        if error.code != UNKNOWN_INTENT:
            raise
        # Stripe does not know it, so nobody can pay it: another account's key, or a test account that was emptied.
        log.error("intent_unknown", payment=payment.public_id, intent=payment.intent_id)
        return Stopped(payment.pk, payment.intent_id)
    if intent.status != "canceled":
        settle(payment.pk, intent)
        return None
    return Stopped(payment.pk, intent.id)


def mark_ended(stopped: Stopped) -> None:
    """The stopped payment has ended here too; in the caller's transaction, before it locks the order.

    Raises OrderNotInState where somebody else moved it meanwhile.
    """
    if stopped.payment is None:
        return
    payment = lock_payment(stopped.payment)
    if payment.status == PaymentStatus.PAID or payment.intent_id != stopped.intent_id:
        raise OrderNotInState
    payment.status = PaymentStatus.CANCELLED
    payment.save(update_fields=["status"])
    if payment.provider == Provider.STRIPE and payment.intent_id is None:
        defer("orders.payment.cancel_intent", payment_id=payment.pk)


def end_payment(payment: Payment) -> None:
    """Nobody can pay this any more. Raises OrderNotInState where it is paid or on its way, PaymentUnavailable."""
    stopped = stop_payment(payment)
    if stopped is None:
        raise OrderNotInState("Its payment has gone through or is on its way.")
    with transaction.atomic():
        mark_ended(stopped)


def end_open(order_pk: int) -> None:
    """The order has money by another way than its open payment: that one ends, or what it brings goes back."""
    if payment := open_payment(order_pk):
        stopped = stop_payment(payment)
        if stopped:
            with transaction.atomic():
                mark_ended(stopped)


@atomic()
def receive_payment(payment_pk: int, *, actor: Actor) -> Payment:
    """The money of a manual payment is at hand; one that is paid already stays as it is.

    It may come after the order has ended, or after the buyer has turned to another way of paying: while the pieces
    are there and it is still due, the order lives. Else it is `late`, and a refund waits until whoever has the money
    has given it back. Raises PaymentNotManual.
    """
    payment = lock_for_money(payment_pk)
    if payment.provider != Provider.MANUAL:
        raise PaymentNotManual
    if payment.status == PaymentStatus.PAID:
        return payment
    before = payment.status
    payment.status, payment.paid_at = PaymentStatus.PAID, timezone.now()
    payment.save(update_fields=["status", "paid_at"])
    give_to_order(payment)
    order = payment.order
    makers = order.lines.values_list("partner__public_id", flat=True).order_by().distinct()
    record(
        actor, "payment.received", maker=makers[0] or "" if len(makers) == 1 else "", object=payment.public_id,
        before={"status": before},
        after={
            "status": payment.status, "late": payment.late, "order": order.number, "amount": payment.amount,
            "currency": payment.currency,
        },
    )  # fmt: skip
    return payment
