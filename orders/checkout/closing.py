"""Ending an unpaid order: by its buyer, or because its hold has run out. Stripe is asked first."""

from dataclasses import dataclass
from datetime import timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from orders.basket.models import Basket
from orders.basket.services import reopen
from orders.order.models import Order
from orders.order.services import OrderNotInState, end_unpaid, lock_order
from orders.order.status import OrderStatus
from orders.payment.models import Payment, PaymentStatus
from orders.payment.services import PaymentUnavailable, lock_payment, settle
from shop import stripe_gateway
from shop.jobs.services import defer
from shop.stripe_gateway import StripeRefusedError, StripeUnreachableError

log = structlog.get_logger(__name__)
GIVE_UP_AFTER = 3
UNKNOWN_INTENT = "resource_missing"


def cancel_order(order: Order) -> Order:
    """The buyer's own cancel, while unpaid: stock goes back and the basket opens again.

    Raises OrderNotInState where money is there or on its way, PaymentUnavailable where Stripe does not answer.
    """
    if order.status == OrderStatus.CANCELLED:
        return order  # a repeated request, whose first answer was lost
    if order.status != OrderStatus.AWAITING_PAYMENT:
        raise OrderNotInState("Only an order that is not paid yet can be cancelled here.")
    stopped = _stop_payment(order)
    if not stopped:
        raise OrderNotInState("Its payment has gone through or is on its way; ask the maker to cancel and refund.")
    return _end(order.pk, OrderStatus.CANCELLED, stopped)


def lapse_order(order_pk: int) -> None:
    """End an order whose hold has run out; extend the hold while its payment is processing."""
    order = Order.objects.get(pk=order_pk)
    now = timezone.now()
    if order.status != OrderStatus.AWAITING_PAYMENT or order.hold_expires_at is None or order.hold_expires_at > now:
        return
    if stopped := _stop_payment(order):
        _end(order_pk, OrderStatus.LAPSED, stopped)
        return
    longer = now + timedelta(minutes=settings.HOLD_MINUTES)
    Order.objects.filter(pk=order_pk, status=OrderStatus.AWAITING_PAYMENT).update(hold_expires_at=longer)


def lapse_overdue_orders() -> None:
    """End what is overdue, longest first. One that fails does not stop the others.

    Where Stripe is away the orders it must be asked for wait for the next run, a minute later: each call may take
    a minute to fail. Those whose payment never left us need nobody's answer and go first.
    """
    unreachable = 0
    for pk in overdue_orders():
        try:
            lapse_order(pk)
        except PaymentUnavailable:
            unreachable += 1
            if unreachable == GIVE_UP_AFTER:
                return
        except Exception:
            log.exception("lapse_failed", order=pk)


def overdue_orders(*, limit: int = 500) -> list[int]:
    """Unpaid orders whose hold has run out: those that Stripe knows nothing of first, then the longest overdue."""
    overdue = Order.objects.filter(status=OrderStatus.AWAITING_PAYMENT, hold_expires_at__lte=timezone.now())
    at_stripe = Payment.objects.filter(order=OuterRef("pk"), intent_id__isnull=False)
    ordered = overdue.annotate(asks_stripe=Exists(at_stripe)).order_by("asks_stripe", "hold_expires_at")
    return list(ordered.values_list("pk", flat=True)[:limit])


@dataclass(frozen=True, slots=True)
class Stopped:
    """What nobody can pay any more: the intent, or none where its secret never left us."""

    intent_id: str | None


def _stop_payment(order: Order) -> Stopped | None:
    """Make sure nobody can pay any more; None where the money is there or on its way."""
    payment = order.payments.order_by("-pk").first()
    if payment is None or payment.intent_id is None:
        return Stopped(None)
    try:
        intent = stripe_gateway.cancel_intent(payment.intent_id)
    except StripeUnreachableError as error:
        log.warning("intent_not_cancelled", payment=payment.public_id, error=str(error))
        raise PaymentUnavailable from error
    except StripeRefusedError as error:
        if error.code != UNKNOWN_INTENT:
            raise
        # Stripe does not know it, so nobody can pay it: another account's key, or a test account that was emptied.
        log.error("intent_unknown", payment=payment.public_id, intent=payment.intent_id)
        return Stopped(payment.intent_id)
    if intent.status != "canceled":
        settle(payment.pk, intent)
        return None
    return Stopped(intent.id)


@transaction.atomic
def _end(order_pk: int, status: OrderStatus, stopped: Stopped) -> Order:
    """Basket, payment, order, stock, in this order. Raises OrderNotInState where somebody else moved it meanwhile."""
    basket_id = Order.objects.values_list("basket_id", flat=True).get(pk=order_pk)
    basket = Basket.objects.select_for_update(no_key=True).filter(pk=basket_id).first()
    payment_pk = Payment.objects.filter(order_id=order_pk).order_by("-pk").values_list("pk", flat=True).first()
    payment = lock_payment(payment_pk) if payment_pk else None
    order = lock_order(order_pk)
    if order.status != OrderStatus.AWAITING_PAYMENT or (payment and payment.intent_id != stopped.intent_id):
        raise OrderNotInState
    if payment:
        payment.status = PaymentStatus.CANCELLED
        payment.save(update_fields=["status"])
        if payment.intent_id is None:
            defer("orders.payment.cancel_intent", payment_id=payment.pk)
    end_unpaid(order, status)
    if basket:
        reopen(basket)
    return order
