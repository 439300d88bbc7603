from django.db import models
from django.db.models import Exists, OuterRef, Q

from orders.disputes.status import FREEZING, DisputeStatus
from orders.order.models import Line
from shop.ids import new_id


def new_dispute_id() -> str:
    return new_id("dsp")


class DisputeQuerySet(models.QuerySet["Dispute"]):
    def for_maker(self, maker_id: int) -> "DisputeQuerySet":
        """Of orders with a line of the maker's."""
        lines = Line.objects.for_maker(maker_id).filter(order=OuterRef("payment__order"))
        return self.filter(Exists(lines))

    def freezing(self) -> "DisputeQuerySet":
        """Those that keep their payments from being refunded."""
        return self.filter(status__in=FREEZING)


class Dispute(models.Model):
    """A buyer's bank wants a payment back. `status` and `reason` are Stripe's."""

    public_id = models.CharField(max_length=32, unique=True, default=new_dispute_id, editable=False)
    payment = models.ForeignKey("payment.Payment", models.PROTECT, related_name="disputes")
    stripe_id = models.CharField(max_length=64, unique=True)
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=32, choices=DisputeStatus)
    reason = models.CharField(max_length=64, blank=True)
    opened_at = models.DateTimeField()
    evidence_due_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    objects = DisputeQuerySet.as_manager()

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(amount__gte=0), name="dispute_amount_not_negative"),)
