"""Payments: the intent at Stripe, and settling, which is the one way an order becomes paid.

Lock order: payment, then order, then stock. Stripe is asked outside every transaction.
"""

from http import HTTPStatus

import structlog
from django.db import IntegrityError, transaction
from django.utils import timezone

from catalog.inventory.services import StockExhausted
from orders.order.models import Order
from orders.order.services import OrderNotInState, lock_order, mark_paid
from orders.order.status import OrderStatus
from orders.payment.models import ENDED, Payment, PaymentStatus, StripeEvent
from orders.payment.rules import is_chargeable
from shop import stripe_gateway
from shop.errors import DomainError, NotFound, Unavailable
from shop.jobs.services import defer
from shop.stripe_gateway import Event, Intent, StripeRefusedError, StripeUnreachableError

log = structlog.get_logger(__name__)

# Stripe's words for an intent, in ours. A decline shows as requires_payment_method with an error beside it.
STATUS = {
    "requires_payment_method": PaymentStatus.PENDING,
    "requires_confirmation": PaymentStatus.PENDING,
    "requires_action": PaymentStatus.REQUIRES_ACTION,
    "processing": PaymentStatus.PROCESSING,
    "requires_capture": PaymentStatus.AUTHORIZED,
    "succeeded": PaymentStatus.PAID,
    "canceled": PaymentStatus.CANCELLED,
}


class PaymentMismatch(DomainError):
    code = "payment_mismatch"
    title = "The payment does not fit the order"
    detail = (
        "Amount, currency or reference differ from the order's. Nothing was changed; "
        "the shop's operator has to look at it."
    )


class TotalNotChargeable(DomainError):
    code = "total_not_chargeable"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    title = "This total cannot be paid by card"
    detail = "A payment may be from 0.50 to 999,999.99. Nothing was ordered; change the basket."


class PaymentUnavailable(Unavailable):
    code = "payment_unavailable"
    title = "The payment provider does not answer"
    detail = "The order stands and its pieces are held. Try again after `Retry-After` seconds."
    retry_after = 5


def new_payment(order: Order) -> Payment:
    """The order's payment, with the key its intent will be created with. Called in the transaction of checkout.

    Raises TotalNotChargeable.
    """
    if not is_chargeable(order.total_incl_tax, order.currency):
        raise TotalNotChargeable
    payment = Payment(order=order, amount=order.total_incl_tax, currency=order.currency)
    payment.intent_key = f"pi:{payment.public_id}:1"
    payment.save()
    return payment


def ensure_intent(payment: Payment) -> Payment:
    """Have the intent at Stripe, made once however often this is called. Raises PaymentUnavailable."""
    if payment.intent_id or payment.status in ENDED:
        return payment
    intent = _created_intent(payment)
    with transaction.atomic():
        locked = lock_payment(payment.pk)
        if not locked.intent_id:
            locked.intent_id, locked.client_secret = intent.id, intent.client_secret
            locked.save(update_fields=["intent_id", "client_secret"])
    if locked.status in ENDED:
        # Cancelled while Stripe was working: nobody has seen the secret, so nobody can pay.
        defer("orders.payment.cancel_intent", payment_id=locked.pk)
    return locked


def _created_intent(payment: Payment) -> Intent:
    metadata = {"payment": payment.public_id, "order": payment.order.number}
    try:
        return stripe_gateway.create_intent(
            amount=payment.amount,
            currency=payment.currency,
            key=str(payment.intent_key),
            metadata=metadata,
            group=payment.order.number,
        )
    except (StripeUnreachableError, StripeRefusedError) as error:
        log.warning("intent_not_created", payment=payment.public_id, error=str(error))
        raise PaymentUnavailable from error


def continue_payment(order: Order) -> Payment:
    """The order's open payment, ready to be paid. Raises OrderNotInState and PaymentUnavailable."""
    payment = order.payments.order_by("-pk").first()
    if payment is None or order.status != OrderStatus.AWAITING_PAYMENT or payment.status in ENDED:
        raise OrderNotInState("Nothing is due on this order.")
    return ensure_intent(payment)


def refresh_payment(order: Order, payment_id: str) -> Payment:
    """The buyer is back from paying: settle now instead of waiting for the webhook. Raises NotFound."""
    payment = order.payments.filter(public_id=payment_id).first()
    if payment is None:
        raise NotFound
    if not payment.intent_id or payment.status in ENDED:
        return payment
    try:
        return settle(payment.pk, stripe_gateway.retrieve_intent(payment.intent_id))
    except (StripeUnreachableError, StripeRefusedError) as error:
        raise PaymentUnavailable from error


def settle_intent(intent_id: str) -> None:
    """What a webhook asks for: read the intent and settle. An intent that is not ours is none of our business."""
    payment = Payment.objects.filter(intent_id=intent_id).first()
    intent = stripe_gateway.retrieve_intent(intent_id)
    if payment is None:
        # The answer to its creation may have been lost on the way to us.
        payment = Payment.objects.filter(public_id=intent.metadata.get("payment", ""), intent_id=None).first()
    if payment is not None:
        settle(payment.pk, intent)


@transaction.atomic
def settle(payment_pk: int, intent: Intent) -> Payment:
    """Bring payment and order to where the intent stands; called as often as anybody likes.

    Raises PaymentMismatch, and changes nothing, where money of another amount or reference arrived.
    """
    payment = lock_payment(payment_pk)
    if payment.status == PaymentStatus.PAID:
        return payment
    _check_match(payment, intent)
    payment.intent_id = intent.id
    status = STATUS.get(intent.status, PaymentStatus.PENDING)
    if payment.status == PaymentStatus.CANCELLED and status != PaymentStatus.PAID:
        return payment
    if status == PaymentStatus.PENDING and intent.decline_code:
        status = PaymentStatus.FAILED
    payment.failure = intent.decline_code if status == PaymentStatus.FAILED else ""
    payment.status = status
    if status == PaymentStatus.PAID:
        payment.paid_at = timezone.now()
        _give_to_order(payment)
    payment.save()
    return payment


def _check_match(payment: Payment, intent: Intent) -> None:
    same = (
        intent.metadata.get("payment") == payment.public_id
        and intent.currency == payment.currency
        and intent.amount == payment.amount
        and (intent.status != "succeeded" or intent.received == payment.amount)
    )
    if not same:
        log.error("payment_mismatch", payment=payment.public_id, intent=intent.id)
        raise PaymentMismatch


def _give_to_order(payment: Payment) -> None:
    """The order is paid; where it has ended and its pieces are gone, the money goes back.

    So it does where the basket went on to another order: the database lets one of the two live.
    """
    order = lock_order(payment.order_id)
    try:
        with transaction.atomic():
            mark_paid(order)
    except (StockExhausted, OrderNotInState, IntegrityError) as error:
        log.warning("paid_too_late", payment=payment.public_id, reason=type(error).__name__)
        payment.refund_due = True
        defer("orders.payment.refund_late", payment_id=payment.pk)


def refund_late(payment_pk: int) -> None:
    """Give back money that came too late. Repeats with the same key until Stripe has it."""
    payment = Payment.objects.get(pk=payment_pk)
    if payment.refund_due and payment.intent_id:
        refund_id = stripe_gateway.refund_intent(payment.intent_id, key=f"refund:late:{payment.public_id}")
        Payment.objects.filter(pk=payment_pk).update(refund_due=False, refund_id=refund_id)


def cancel_lost_intent(payment_pk: int) -> None:
    """Cancel the intent of a payment that has ended here. One whose id was lost is found by its creation key."""
    payment = Payment.objects.select_related("order").get(pk=payment_pk)
    if payment.status != PaymentStatus.CANCELLED:
        return
    intent_id = payment.intent_id or _created_intent(payment).id
    intent = stripe_gateway.cancel_intent(intent_id)
    if intent.status != "canceled":
        settle(payment.pk, intent)


def receive_event(event: Event) -> None:
    """Keep a verified event and its job in one transaction; one that we have already changes nothing."""
    with transaction.atomic():
        _, fresh = StripeEvent.objects.get_or_create(
            event_id=event.id, defaults={"type": event.type, "object_id": event.object_id}
        )
        if fresh:
            defer("orders.payment.process_event", event_id=event.id)


def lock_payment(payment_pk: int) -> Payment:
    """The payment, locked until the end of the transaction."""
    return Payment.objects.select_for_update(no_key=True).get(pk=payment_pk)
