from django.db import models
from django.db.models import Q

from shop.ids import new_id


def new_payment_id() -> str:
    return new_id("pay")


class PaymentStatus(models.TextChoices):
    """Where a payment stands; `failed` may be tried again with another card."""

    PENDING = "pending"
    PROCESSING = "processing"
    REQUIRES_ACTION = "requires_action"
    AUTHORIZED = "authorized"
    PAID = "paid"
    FAILED = "failed"
    CANCELLED = "cancelled"


PAYABLE = frozenset({PaymentStatus.PENDING, PaymentStatus.REQUIRES_ACTION, PaymentStatus.FAILED})
ENDED = frozenset({PaymentStatus.PAID, PaymentStatus.CANCELLED})


class Payment(models.Model):
    """One way an order is to be paid: at Stripe, one PaymentIntent.

    `intent_key` is the idempotency key its creation is sent with, stored before it is sent.
    `refund_due` marks money that arrived for an order that could no longer be kept.
    """

    public_id = models.CharField(max_length=32, unique=True, default=new_payment_id, editable=False)
    order = models.ForeignKey("order.Order", models.PROTECT, related_name="payments")
    provider = models.CharField(max_length=16, default="stripe")
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=16, choices=PaymentStatus, default=PaymentStatus.PENDING)
    intent_key = models.CharField(max_length=64, unique=True, null=True)
    intent_id = models.CharField(max_length=64, unique=True, null=True)
    client_secret = models.CharField(max_length=255, blank=True)
    failure = models.CharField(max_length=64, blank=True, help_text="Stripe's decline code of the last try.")
    refund_due = models.BooleanField(default=False)
    refund_id = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    paid_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_amount_positive"),
            models.CheckConstraint(
                condition=~Q(status=PaymentStatus.PAID) | Q(paid_at__isnull=False), name="payment_paid_has_time"
            ),
        )


class StripeEvent(models.Model):
    """The inbox: each event of Stripe's once, whatever is delivered twice or out of order."""

    event_id = models.CharField(max_length=255, unique=True)
    type = models.CharField(max_length=255)
    object_id = models.CharField(max_length=255, blank=True)
    received_at = models.DateTimeField(auto_now_add=True)
    processed_at = models.DateTimeField(null=True)


from oscar.apps.payment.models import *  # noqa: E402, F403
