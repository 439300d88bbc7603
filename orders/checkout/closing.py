"""Ending an unpaid order: by its buyer or the shop, or because its hold has run out. Stripe is asked first.

And its basket, which has opened again, where the order lives after all.
"""

from datetime import timedelta

import structlog
from django.conf import settings
from django.db.models import Exists, OuterRef
from django.utils import timezone

from catalog.personalization.rules import as_wishes
from orders.basket.models import Basket
from orders.basket.rules import line_reference
from orders.basket.services import Bought, give_up, reopen
from orders.order.events import OrderLivesAgain
from orders.order.models import Line, Order
from orders.order.services import OrderNotInState, end_unpaid, lock_basket_of, lock_order
from orders.order.status import OrderStatus
from orders.paying.queries import open_payment
from orders.paying.services import Stopped, mark_ended, stop_payment
from orders.payment.models import Payment, PaymentStatus
from orders.payment.services import PaymentUnavailable, lock_payments_of
from orders.refunds.closing import cancel_paid_order
from shop.actors import Actor
from shop.events.services import atomic

log = structlog.get_logger(__name__)
GIVE_UP_AFTER = 3


def cancel_order(order: Order) -> Order:
    """The buyer's own cancel, while unpaid: stock goes back and the basket opens again.

    Raises OrderNotInState where money is there or on its way, PaymentUnavailable where Stripe does not answer.
    """
    if order.status == OrderStatus.CANCELLED:
        return order  # a repeated request, whose first answer was lost
    if order.status != OrderStatus.AWAITING_PAYMENT:
        raise OrderNotInState("Only an order that is not paid yet can be cancelled here.")
    stopped = stop_payment(_open_payment(order))
    if not stopped:
        raise OrderNotInState("Its payment has gone through or is on its way; ask the maker to cancel and refund.")
    return _end(order.pk, OrderStatus.CANCELLED, stopped)


def call_off(order: Order, *, actor: Actor) -> Order:
    """The shop's operator ends an order that is not sent, paid or not: what has been paid of it goes back.

    Raises OrderNotInState where money is on its way or it is sent, PaymentUnavailable, PaymentMismatch and
    PaymentDisputed.
    """
    if order.status != OrderStatus.AWAITING_PAYMENT:
        return cancel_paid_order(order=order, actor=actor)
    stopped = stop_payment(open_payment(order.pk))
    if not stopped:
        raise OrderNotInState("Its payment has gone through or is on its way.")
    return _call_off(order, stopped, actor)


@atomic()
def _call_off(order: Order, stopped: Stopped, actor: Actor) -> Order:
    lock_basket_of(order.pk)
    lock_payments_of(order.pk)
    mark_ended(stopped)
    return cancel_paid_order(order=order, actor=actor)


def lapse_order(order_pk: int) -> None:
    """End an order whose hold has run out; extend the hold while its payment is processing."""
    order = Order.objects.get(pk=order_pk)
    now = timezone.now()
    if order.status != OrderStatus.AWAITING_PAYMENT or order.hold_expires_at is None or order.hold_expires_at > now:
        return
    if stopped := stop_payment(_open_payment(order)):
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
    at_stripe = Payment.objects.filter(order=OuterRef("pk"), intent_id__isnull=False).open()
    ordered = overdue.annotate(asks_stripe=Exists(at_stripe)).order_by("asks_stripe", "hold_expires_at")
    return list(ordered.values_list("pk", flat=True)[:limit])


def _open_payment(order: Order) -> Payment | None:
    """The payment to be stopped. Raises OrderNotInState where somebody's money is in the order already."""
    payments = list(order.payments.exclude(status=PaymentStatus.CANCELLED))
    if any(payment.status == PaymentStatus.PAID for payment in payments):
        raise OrderNotInState("A part of it is paid; ask the maker to cancel and refund.")
    return payments[0] if payments else None


@atomic()
def _end(order_pk: int, status: OrderStatus, stopped: Stopped) -> Order:
    """Basket, payment, order, stock, in this order. Raises OrderNotInState where somebody else moved it meanwhile."""
    basket_id = Order.objects.values_list("basket_id", flat=True).get(pk=order_pk)
    basket = Basket.objects.select_for_update(no_key=True).filter(pk=basket_id).first()
    mark_ended(stopped)
    order = lock_order(order_pk)
    if order.status != OrderStatus.AWAITING_PAYMENT or order.payments.exclude(status=PaymentStatus.CANCELLED).exists():
        raise OrderNotInState
    end_unpaid(order, status)
    if basket:
        reopen(basket)
    return order


def take_basket(event: OrderLivesAgain) -> None:
    """Its basket sells the same pieces no second time: it is the order's again, or has gone on without them.

    What the shopper has put in since is theirs to buy, so a basket that they have changed is parted from the order.
    """
    order = Order.objects.select_related("basket").get(pk=event.order_id)
    bought = [_bought(line) for line in order.lines.select_related("product").order_by("pk") if line.product]
    if order.basket and not give_up(order.basket, bought):
        Order.objects.filter(pk=order.pk).update(basket=None)


def _bought(line: Line) -> Bought:
    reference = line_reference(line.product.public_id, as_wishes(line.personalization))
    return Bought(reference, line.quantity, line.unit_price_incl_tax)
