from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from orders.order.models import Line
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


class Provider(models.TextChoices):
    """Through whom it is paid: by Stripe, or by hand (bank transfer, cash at a fair, invoice)."""

    STRIPE = "stripe"
    MANUAL = "manual"


PAYABLE = frozenset({PaymentStatus.PENDING, PaymentStatus.REQUIRES_ACTION, PaymentStatus.FAILED})
ENDED = frozenset({PaymentStatus.PAID, PaymentStatus.CANCELLED})


class PaymentQuerySet(models.QuerySet["Payment"]):
    def open(self) -> "PaymentQuerySet":
        """Those that may still bring money."""
        return self.exclude(status__in=ENDED)

    def only_of(self, maker_id: int) -> "PaymentQuerySet":
        """Those of orders whose lines are all the maker's."""
        lines = Line.objects.filter(order=OuterRef("order"))
        of_others = lines.exclude(partner=maker_id)
        return self.filter(Exists(lines), ~Exists(of_others))


class Payment(models.Model):
    """One way an order is to be paid: at Stripe, one PaymentIntent. An order has one at a time that is open.

    `late` money came when the order could not be kept or nothing was due: it is the buyer's and goes back.
    `instructions` is what the buyer was told to do, where no browser pays.
    """

    public_id = models.CharField(max_length=32, unique=True, default=new_payment_id, editable=False)
    order = models.ForeignKey("order.Order", models.PROTECT, related_name="payments")
    provider = models.CharField(max_length=16, choices=Provider, default=Provider.STRIPE)
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=16, choices=PaymentStatus, default=PaymentStatus.PENDING)
    intent_id = models.CharField(max_length=64, unique=True, null=True)
    client_secret = models.CharField(max_length=255, blank=True)
    instructions = models.CharField(max_length=1000, blank=True)
    failure = models.CharField(max_length=64, blank=True, help_text="Stripe's decline code of the last try.")
    risk_level = models.CharField(max_length=16, blank=True, help_text="In Stripe's word, of the charge that paid.")
    # Of the amount, what has gone back or is on its way back: the sum of its refunds that have not failed.
    refunded = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    late = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    paid_at = models.DateTimeField(null=True)

    objects = PaymentQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["order"], condition=~Q(status__in=sorted(ENDED)), name="payment_one_open_per_order"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_amount_positive"),
            models.CheckConstraint(
                condition=Q(refunded__gte=0, refunded__lte=F("amount")), name="payment_refunded_within_amount"
            ),
            models.CheckConstraint(
                condition=Q(refunded=0) | Q(status=PaymentStatus.PAID), name="payment_refunded_was_paid"
            ),
            models.CheckConstraint(
                condition=~Q(status=PaymentStatus.PAID) | Q(paid_at__isnull=False), name="payment_paid_has_time"
            ),
            models.CheckConstraint(condition=Q(late=False) | Q(status=PaymentStatus.PAID), name="payment_late_is_paid"),
        )

    @property
    def is_kept(self) -> bool:
        """Whether its money is there and the order has it."""
        return self.status == PaymentStatus.PAID and not self.late


# The event that tells of each card or account that was refused, for the intent it names.
DECLINE = "payment_intent.payment_failed"


class StripeEvent(models.Model):
    """The inbox: each event of Stripe's once, whatever is delivered twice or out of order."""

    event_id = models.CharField(max_length=255, unique=True)
    type = models.CharField(max_length=255)
    object_id = models.CharField(max_length=255, blank=True)
    received_at = models.DateTimeField(auto_now_add=True)
    processed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=["object_id"], condition=Q(type=DECLINE), name="stripe_event_declines"),)


from oscar.apps.payment.models import *  # noqa: E402, F403
