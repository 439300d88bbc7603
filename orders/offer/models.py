from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from oscar.apps.offer.abstract_models import AbstractBenefit, AbstractConditionalOffer

from orders.offer.rules import MAX_PRIORITY
from shop.ids import new_id


def new_offer_id() -> str:
    return new_id("off")


def new_group_id() -> str:
    return new_id("grp")


class CustomerGroup(models.Model):
    """Customers whom an offer can be for, such as the trade. The platform's operators say who is in it."""

    public_id = models.CharField(max_length=32, unique=True, default=new_group_id, editable=False)
    name = models.CharField(max_length=100, unique=True)
    members: "models.ManyToManyField[Any, Any]" = models.ManyToManyField(
        settings.AUTH_USER_MODEL, blank=True, related_name="customer_groups"
    )

    def __str__(self) -> str:
        return self.name


class OfferQuerySet(models.QuerySet["ConditionalOffer"]):
    def for_maker(self, maker_id: int) -> "OfferQuerySet":
        return self.filter(maker=maker_id)

    def with_parts(self) -> "OfferQuerySet":
        return self.select_related("maker", "group", "condition__range", "benefit")


class ConditionalOffer(AbstractConditionalOffer):
    """A promotion: what it takes off (`benefit`), when (`condition`), of which pieces (the range of both), how often.

    A maker's is of that maker's lines, and the maker bears it; one without a maker is the platform's. How often it has
    been used is counted from what orders keep (`OrderDiscount`); Oscar's own counters and status are not used, nor
    is its list of combinations: what is not `exclusive` is combined with every other that is not.
    """

    public_id = models.CharField(max_length=32, unique=True, default=new_offer_id, editable=False)
    # Several makers may have a summer sale.
    name = models.CharField(max_length=128)
    slug = None
    maker = models.ForeignKey("partner.Partner", models.PROTECT, null=True, blank=True, related_name="offers")
    group = models.ForeignKey(CustomerGroup, models.PROTECT, null=True, blank=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = OfferQuerySet.as_manager()

    class Meta(AbstractConditionalOffer.Meta):
        constraints = (
            models.CheckConstraint(
                condition=Q(start_datetime=None) | Q(end_datetime=None) | Q(end_datetime__gt=F("start_datetime")),
                name="offer_times_in_order",
            ),
            models.CheckConstraint(
                condition=Q(priority__gte=-MAX_PRIORITY, priority__lte=MAX_PRIORITY), name="offer_priority"
            ),
        )
        indexes = (models.Index(fields=["maker"], condition=Q(ended_at=None), name="offer_going_on"),)


class Benefit(AbstractBenefit):
    class Meta(AbstractBenefit.Meta):
        constraints = (
            models.CheckConstraint(
                condition=~Q(type__in=["Percentage", "Shipping percentage"]) | Q(value__lte=100),
                name="benefit_percentage",
            ),
        )


from oscar.apps.offer.models import *  # noqa: E402, F403
from oscar.apps.offer.models import Condition, Range, RangeProduct  # noqa: E402

__all__ = ["Benefit", "Condition", "ConditionalOffer", "CustomerGroup", "Range", "RangeProduct"]
