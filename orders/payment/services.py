"""Payments: the intent at Stripe, and settling, which is the one way an order becomes paid.

Lock order: basket, payment, order, stock. Stripe is asked outside every transaction.
"""

from decimal import Decimal
from http import HTTPStatus

import structlog
from django.db import IntegrityError, transaction
from django.utils import timezone

from catalog.inventory.services import StockExhausted
from orders.ledger.queries import shares_due
from orders.ledger.rules import PLACE, Kind, charge, late_charge, part, provider_fee
from orders.ledger.services import post
from orders.order.models import Order
from orders.order.services import OrderNotInState, lock_basket_of, lock_order, mark_paid, wait_for_balance
from orders.order.status import ENDED as ORDER_ENDED
from orders.outbox import services as outbox
from orders.payment.events import PaidTooLate
from orders.payment.models import ENDED, Payment, PaymentStatus, Provider, StripeEvent
from orders.payment.rules import is_chargeable
from shop import stripe_gateway
from shop.errors import DomainError, NotFound, Unavailable
from shop.events.services import atomic, publish
from shop.jobs.services import defer
from shop.prepared import insert
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


class FeeNotBookedError(Exception):
    """Stripe has not booked the charge yet; the job comes again."""


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


def new_payment(order: Order, *, provider: str, amount: Decimal, instructions: str = "") -> Payment:
    """A payment of the order, in the caller's transaction.

    `amount` is all that is due, or a deposit; `instructions` tell the buyer what to do where it is paid by hand.
    Raises TotalNotChargeable.
    """
    at_stripe = provider == Provider.STRIPE
    if at_stripe and not is_chargeable(amount, order.currency):
        raise TotalNotChargeable
    payment = Payment(
        order=order, provider=provider, amount=amount, currency=order.currency,
        instructions="" if at_stripe else instructions,
    )  # fmt: skip
    return insert(payment)


def ensure_intent(payment: Payment) -> Payment:
    """Have the intent at Stripe, made once however often this is called. Raises PaymentUnavailable."""
    if payment.provider != Provider.STRIPE or payment.intent_id or payment.status in ENDED:
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
    number = payment.order.number
    try:
        return outbox.create_intent(
            payment=payment.public_id, amount=payment.amount, currency=payment.currency, order=number
        )
    except (StripeUnreachableError, StripeRefusedError) as error:
        log.warning("intent_not_created", payment=payment.public_id, error=str(error))
        raise PaymentUnavailable from error


def refresh_payment(order: Order, payment_id: str) -> Payment:
    """The buyer is back from paying: settle now instead of waiting for the webhook. Raises NotFound."""
    payment = order.payments.filter(public_id=payment_id).first()
    if payment is None:
        raise NotFound
    return refreshed(payment)


def refreshed(payment: Payment) -> Payment:
    """The payment as it stands at Stripe, settled. Raises PaymentUnavailable and PaymentMismatch."""
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


def paid_by(intent_id: str) -> Payment | None:
    """The payment that this intent has paid, settled now if that news had not come yet; None for a stranger's."""
    paid = Payment.objects.filter(intent_id=intent_id, status=PaymentStatus.PAID)
    if intent_id and not paid.exists():
        settle_intent(intent_id)
    return paid.first()


@atomic()
def settle(payment_pk: int, intent: Intent) -> Payment:
    """Bring payment and order to where the intent stands; called as often as anybody likes.

    Raises PaymentMismatch, and changes nothing, where money of another amount or reference arrived.
    """
    payment = lock_for_money(payment_pk)
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
    payment.risk_level = intent.risk_level
    if status != PaymentStatus.PAID:
        payment.save()
        return payment
    payment.paid_at = timezone.now()
    # Who reacts to the paid order reads the payment as it is now.
    payment.save()
    give_to_order(payment)
    _enter_fee(payment, intent)
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


def give_to_order(payment: Payment) -> None:
    """The order has the money of a payment, locked by `lock_for_money`; where it has ended and its pieces are gone, or
    nothing is due, it goes back.

    So it does where the basket went on to another order: the database lets one of the two live.
    """
    order = lock_order(payment.order_id)
    try:
        with transaction.atomic():
            take(payment, order)
    except (StockExhausted, OrderNotInState, IntegrityError) as error:
        log.warning("paid_too_late", payment=payment.public_id, reason=type(error).__name__)
        entries = late_charge(PLACE[payment.provider], payment.amount)
        post(key=f"charge:{payment.public_id}", kind=Kind.LATE_CHARGE, order=order, entries=entries)
        payment.late = True
        payment.save(update_fields=["late"])
        publish(PaidTooLate(payment.pk))


def take(payment: Payment, order: Order) -> None:
    """Enter the money of a locked payment for its locked order, which is paid when nothing is due any more.

    A deposit lets the order wait without an end, since somebody's money is in it. Raises OrderNotInState where less
    is due than that, where the order has ended (and its deposit has gone back), and what `mark_paid` raises.
    """
    due = shares_due(order)
    left = sum(due.values()) - payment.amount
    if left < 0 or (order.status in ORDER_ENDED and payment.amount < order.total_incl_tax):
        raise OrderNotInState("That much is not due on this order.")
    shares = part(payment.amount, due, payment.currency)
    entries = charge(PLACE[payment.provider], shares)
    post(key=f"charge:{payment.public_id}", kind=Kind.CHARGE, order=order, entries=entries)
    if left == 0:
        mark_paid(order)
    else:
        wait_for_balance(order)
    if Payment.objects.filter(order=order).open().exclude(pk=payment.pk).exists():
        defer("orders.paying.end_open", order_id=order.pk)


def _enter_fee(payment: Payment, intent: Intent) -> None:
    """What Stripe keeps of it, now where Stripe says so, else by a job."""
    if intent.fee is None:
        defer("orders.payment.enter_fee", payment_id=payment.pk)
        return
    post(
        key=f"fee:{payment.public_id}",
        kind=Kind.PROVIDER_FEE,
        order=payment.order,
        entries=provider_fee(intent.fee.amount),
        currency=intent.fee.currency,
    )


def enter_fee(payment_pk: int) -> None:
    """Ask Stripe for the fee of a payment and enter it. Raises FeeNotBookedError while Stripe has not booked it."""
    payment = Payment.objects.select_related("order").get(pk=payment_pk)
    intent = stripe_gateway.retrieve_intent(str(payment.intent_id))
    if intent.fee is None:
        raise FeeNotBookedError(payment.public_id)
    with transaction.atomic():
        _enter_fee(payment, intent)


def cancel_lost_intent(payment_pk: int) -> None:
    """Cancel the intent of a payment that has ended here. One whose id was lost is found by its creation key."""
    payment = Payment.objects.select_related("order").get(pk=payment_pk)
    if payment.status != PaymentStatus.CANCELLED:
        return
    intent_id = payment.intent_id or _created_intent(payment).id
    intent = outbox.cancel_intent(intent_id, payment=payment.public_id)
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


def lock_for_money(payment_pk: int) -> Payment:
    """The payment, locked after the basket of its order, which may live again by what it brings."""
    lock_basket_of(Payment.objects.values_list("order_id", flat=True).get(pk=payment_pk))
    return lock_payment(payment_pk)


def lock_payments_of(order_pk: int) -> list[Payment]:
    """All payments of an order, oldest first, locked until the end of the transaction."""
    return list(Payment.objects.select_for_update(no_key=True).filter(order=order_pk).order_by("pk"))
