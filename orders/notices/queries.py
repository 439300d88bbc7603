"""Who is to be reminded."""

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.utils import timezone

from orders.notices.models import SentNotice
from orders.notices.rules import Notice, remind_at
from orders.order.models import Order
from orders.order.status import OrderStatus
from orders.payment.models import PAYABLE, Payment, PaymentStatus


def orders_to_remind() -> list[int]:
    """Unpaid orders most of whose time is over, oldest first; none whose money is on its way, none twice."""
    now = timezone.now()
    reminded = SentNotice.objects.filter(order=OuterRef("pk"), notice=Notice.REMINDER)
    payments = Payment.objects.filter(order=OuterRef("pk"))
    on_its_way = payments.exclude(status__in=[*PAYABLE, PaymentStatus.CANCELLED])
    unpaid = Order.objects.filter(status=OrderStatus.AWAITING_PAYMENT, hold_expires_at__gt=now)
    waiting = unpaid.filter(~Exists(reminded), ~Exists(on_its_way), erase_when_done=False).order_by("pk")
    percent = settings.PAYMENT_REMINDER_PERCENT
    return [
        pk
        for pk, placed_at, hold_ends_at in waiting.values_list("pk", "date_placed", "hold_expires_at")
        if remind_at(placed_at=placed_at, hold_ends_at=hold_ends_at, percent=percent) <= now
    ]
