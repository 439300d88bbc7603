"""Telling a buyer by mail what has become of their order: at least once after a crash, else once.

What happened enqueues a job in its own transaction. The job writes the mail and that it was written in one more, so
that whoever dies between leaves a job that is done again, and a job that is done again finds its mail there.
"""

from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from orders.checkout.queries import read_order
from orders.checkout.shapes import order as order_shape
from orders.notices.models import SentNotice
from orders.notices.queries import orders_to_remind
from orders.notices.rules import Notice, is_still_true, template_of
from orders.notices.shapes import context, money_back
from orders.order import tokens
from orders.order.events import OrderCancelled, OrderLapsed, OrderPaid, OrderPlaced, OrderShipped
from orders.order.models import Order
from orders.order.services import lock_order
from orders.refunds.events import RefundSucceeded
from orders.refunds.models import Refund
from shop.jobs.services import defer, each
from shop.mail import services as mail
from shop.mail.addresses import is_mail_address
from shop.mail.models import Mail
from shop.storefronts.models import Storefront
from shop.storefronts.queries import default_storefront

NOTICE_OF = {
    OrderPlaced: Notice.PLACED,
    OrderPaid: Notice.PAID,
    OrderLapsed: Notice.LAPSED,
    OrderCancelled: Notice.CANCELLED,
    OrderShipped: Notice.SHIPPED,
}
# A lapsed or cancelled order whose money came after all can be cancelled once more, and then there is money.
AFTER_PAYMENT = "after payment"
TO_PAY = frozenset({Notice.PLACED, Notice.REMINDER})


def tell(event: OrderPlaced | OrderPaid | OrderLapsed | OrderCancelled | OrderShipped) -> None:
    """Reacts to what happened, in its transaction."""
    about = AFTER_PAYMENT if isinstance(event, OrderCancelled) and event.was_paid else ""
    defer("orders.notices.send", order_id=event.order_id, notice=NOTICE_OF[type(event)], about=about)


def tell_refunded(event: RefundSucceeded) -> None:
    """Reacts to money that has gone back, in its transaction; an order may have several refunds."""
    refund = Refund.objects.get(pk=event.refund)
    defer("orders.notices.send", order_id=refund.order_id, notice=Notice.REFUNDED, about=refund.public_id)


@transaction.atomic
def send_notice(order_pk: int, notice: Notice, *, about: str = "") -> None:
    """Write the mail, unless it was written before, has been overtaken, or its reader has asked to be forgotten."""
    order = lock_order(order_pk)
    if not _has_reader(order) or not is_still_true(notice, order.status):
        return
    sent, fresh = SentNotice.objects.get_or_create(order=order, notice=notice, about=about)
    if fresh:
        sent.mail = _write(order, notice, about)
        sent.save(update_fields=["mail"])


def _has_reader(order: Order) -> bool:
    return not order.erase_when_done and order.erased_at is None and is_mail_address(order.guest_email)


def _write(order: Order, notice: Notice, about: str) -> Mail:
    storefront = order.storefront or default_storefront()
    told = context(notice, order_shape(read_order(order.number)))
    if notice == Notice.REFUNDED:
        told |= _money_back(order, refund=about)
    way = _way_back(order, storefront, to_pay=notice in TO_PAY)
    return mail.send(template_of(notice), to=order.guest_email, context=told | way, storefront=storefront)


def _money_back(order: Order, *, refund: str) -> dict[str, Any]:
    row = Refund.objects.prefetch_related("parts__line").get(order=order, public_id=refund)
    return money_back(row)


def _way_back(order: Order, storefront: Storefront, *, to_pay: bool) -> dict[str, Any]:
    """The page to pay or to see the order, "" where the storefront has none, and the token that opens it."""
    now = timezone.now()
    token = tokens.issue(order.number, now)
    kinds = ("pay", "order") if to_pay else ("order",)
    links = (storefront.link(kind, number=order.number, token=token) for kind in kinds)
    return {"link": next(filter(None, links), ""), "token": token, "good_until": tokens.good_until(now)}


def remind_of_payments() -> int:
    """Remind everybody whose time to pay is running out, once; returns how many. One that fails stops no other."""
    if not 0 < settings.PAYMENT_REMINDER_PERCENT < 100:
        return 0
    return each(orders_to_remind(), lambda pk: send_notice(pk, Notice.REMINDER), what="payment_reminder")


def forget_mails(order: Order) -> None:
    """Delete what was written to the order's buyer, who has asked to be forgotten."""
    Mail.objects.filter(pk__in=SentNotice.objects.filter(order=order).values("mail")).delete()
