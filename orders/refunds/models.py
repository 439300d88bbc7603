from django.db import models
from django.db.models import Exists, OuterRef, Q

from orders.payment.models import Payment
from orders.refunds.rules import PartKind, Reason
from orders.refunds.status import COUNTED, OPEN, RefundStatus
from shop.ids import new_id


def new_refund_id() -> str:
    return new_id("rfd")


def choices(names: type[Reason] | type[PartKind]) -> list[tuple[str, str]]:
    return [(name.value, name.value) for name in names]


REASONS = choices(Reason)


class RefundQuerySet(models.QuerySet["Refund"]):
    def for_maker(self, maker_id: int) -> "RefundQuerySet":
        """Those with a part out of the maker's share; what else is in them is not the maker's to see.

        So are those of late money for orders that are the maker's alone, which are out of nobody's.
        """
        parts = RefundPart.objects.filter(refund=OuterRef("pk"), maker=maker_id)
        late = Payment.objects.only_of(maker_id).filter(pk=OuterRef("payment"), late=True)
        return self.filter(Exists(parts) | Exists(late))


class Refund(models.Model):
    """Money on its way back, or there: at Stripe, one refund of one payment.

    `key` is the idempotency key it is asked for with, stored before Stripe is asked; `asked_at` is when that was
    first. `claim` is the request's idempotency claim: a retry after a crash finds it again. Its amount is counted in
    the payment's `refunded` until it fails. Parts say what it is for; money that came too late has none.
    """

    public_id = models.CharField(max_length=32, unique=True, default=new_refund_id, editable=False)
    order = models.ForeignKey("order.Order", models.PROTECT, related_name="refunds")
    payment = models.ForeignKey("payment.Payment", models.PROTECT, related_name="refunds")
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=16, choices=RefundStatus, default=RefundStatus.PENDING)
    reason = models.CharField(max_length=32, choices=REASONS)
    note = models.CharField(max_length=500, blank=True, help_text="The team's own words; the buyer does not see them.")
    key = models.CharField(max_length=64, unique=True)
    claim = models.CharField(max_length=64, null=True, editable=False)
    stripe_id = models.CharField(max_length=64, unique=True, null=True)
    failure = models.CharField(max_length=64, blank=True, help_text="Why it failed, in Stripe's word.")
    created_at = models.DateTimeField(auto_now_add=True)
    asked_at = models.DateTimeField(null=True)
    succeeded_at = models.DateTimeField(null=True)

    objects = RefundQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(amount__gt=0), name="refund_amount_positive"),
            models.UniqueConstraint(fields=["claim", "payment"], name="refund_one_per_claim_and_payment"),
        )
        indexes = (models.Index(fields=["created_at"], condition=Q(status__in=sorted(OPEN)), name="refund_open"),)


class RefundPartQuerySet(models.QuerySet["RefundPart"]):
    def counted(self) -> "RefundPartQuerySet":
        """Of refunds that have not failed."""
        return self.filter(refund__status__in=COUNTED)


class RefundPart(models.Model):
    """What of a refund is for a line's pieces, shipping or goodwill, and out of whose share it is.

    `promotion` goes out of it besides: what the platform has back of a discount that it bore.
    """

    refund = models.ForeignKey(Refund, models.CASCADE, related_name="parts")
    kind = models.CharField(max_length=16, choices=choices(PartKind))
    maker = models.ForeignKey("partner.Partner", models.PROTECT, null=True, related_name="+")
    line = models.ForeignKey("order.Line", models.PROTECT, null=True, related_name="refund_parts")
    quantity = models.PositiveIntegerField(default=0)
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    promotion = models.DecimalField(max_digits=12, decimal_places=2, default=0)

    objects = RefundPartQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(amount__gte=0), name="refund_part_not_negative"),
            models.CheckConstraint(condition=Q(promotion__gte=0), name="refund_part_promotion_not_negative"),
            models.CheckConstraint(
                condition=Q(kind=PartKind.LINE.value, line__isnull=False)
                | (~Q(kind=PartKind.LINE.value) & Q(line__isnull=True, quantity=0)),
                name="refund_part_names_its_line",
            ),
        )
