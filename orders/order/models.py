from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Lower
from oscar.apps.order.abstract_models import AbstractLine, AbstractOrder, AbstractOrderDiscount

from orders.order.status import OrderStatus, ReviewStatus
from shop.ids import new_id


def new_order_id() -> str:
    return new_id("ord")


def new_order_line_id() -> str:
    return new_id("oln")


class OrderQuerySet(models.QuerySet["Order"]):
    """Scoped reads over orders."""

    def for_maker(self, maker_id: int) -> "OrderQuerySet":
        """Those with a line of the maker's; what of them is the maker's to see, `LineQuerySet.for_maker` says."""
        return self.filter(Exists(Line.objects.for_maker(maker_id).filter(order=OuterRef("pk"))))


class LineQuerySet(models.QuerySet["Line"]):
    def for_maker(self, maker_id: int) -> "LineQuerySet":
        return self.filter(partner=maker_id)


class Order(AbstractOrder):
    """A placed order. Addresses are kept as they were written, whatever happens to the basket.

    `placed_by_claim` is the idempotency claim that created it: a retry after a crash finds it again.
    """

    public_id = models.CharField(max_length=32, unique=True, default=new_order_id, editable=False)
    placed_by_claim = models.CharField(max_length=64, unique=True, null=True, editable=False)
    storefront = models.ForeignKey("storefronts.Storefront", models.SET_NULL, null=True, related_name="+")
    # The customer has asked to be forgotten; what delivery still needs goes when the order has ended.
    erase_when_done = models.BooleanField(default=False)
    erased_at = models.DateTimeField(null=True)
    hold_expires_at = models.DateTimeField(null=True)
    # Of `guest_email`, as `shop.mail.addresses` has it: what tells one customer from another.
    mailbox = models.TextField(blank=True, editable=False)
    phone = models.CharField(max_length=32, blank=True)
    ship_to = models.JSONField(encoder=DjangoJSONEncoder, default=dict)
    bill_to = models.JSONField(encoder=DjangoJSONEncoder, null=True)
    gift_note = models.CharField(max_length=500, blank=True)
    # The shipping option as it was shown: price, carrier and the dates that were promised.
    promised_shipping = models.JSONField(encoder=DjangoJSONEncoder, default=dict)
    # Of what was taken off the shipping, what the platform bears.
    shipping_promotion = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    placed_from = models.CharField(max_length=45, blank=True, help_text="The client's address; of an IPv6 one its /64.")
    status = models.CharField(max_length=32, choices=OrderStatus, default=OrderStatus.AWAITING_PAYMENT)
    # For the team only: why somebody should look at it before it is made and sent, by the codes of orders/review.
    review = models.CharField(max_length=16, choices=ReviewStatus, default=ReviewStatus.NONE)
    review_reasons = models.JSONField(default=list)
    reviewed_at = models.DateTimeField(null=True)
    # When its buyer corrected the delivery, and where the order stood then: `[{"status": ..., "at": ...}]`.
    corrections = models.JSONField(default=list, encoder=DjangoJSONEncoder)

    objects = OrderQuerySet.as_manager()

    class Meta(AbstractOrder.Meta):
        constraints = (
            # Placed once: a basket has at most one order that still counts.
            models.UniqueConstraint(
                fields=["basket"],
                condition=~Q(status__in=[OrderStatus.CANCELLED, OrderStatus.LAPSED]),
                name="order_one_live_per_basket",
            ),
            models.CheckConstraint(condition=Q(total_incl_tax__gte=F("shipping_incl_tax")), name="order_total_covers"),
        )
        indexes = (
            models.Index(
                fields=["hold_expires_at"], condition=Q(status=OrderStatus.AWAITING_PAYMENT), name="order_holds"
            ),
            models.Index(
                fields=["placed_from"], condition=Q(status=OrderStatus.AWAITING_PAYMENT), name="order_unpaid_from"
            ),
            models.Index(
                fields=["mailbox"], condition=Q(status=OrderStatus.AWAITING_PAYMENT), name="order_unpaid_by_mailbox"
            ),
            models.Index(Lower("guest_email"), condition=Q(user__isnull=True), name="order_of_guest"),
            models.Index(fields=["status"], condition=Q(erase_when_done=True), name="order_to_erase"),
            models.Index(fields=["date_placed"], condition=Q(review=ReviewStatus.HELD), name="order_held_for_review"),
        )


class Line(AbstractLine):
    """A line as it was bought: title, options, picture and price do not follow the catalog any more."""

    public_id = models.CharField(max_length=32, unique=True, default=new_order_line_id, editable=False)
    slug = models.CharField(max_length=255, blank=True)
    image_url = models.CharField(max_length=500, blank=True)
    options = models.JSONField(default=dict)
    personalization = models.JSONField(default=list)
    final_sale = models.BooleanField(default=False)
    lead_time_days = models.PositiveSmallIntegerField(null=True)
    # Of the pieces, how many went back on the shelf although the order lives on; the order holds the others.
    restocked = models.PositiveIntegerField(default=0)
    # Of what was taken off its price, what the platform bears.
    promotion = models.DecimalField(max_digits=12, decimal_places=2, default=0)

    objects = LineQuerySet.as_manager()

    class Meta(AbstractLine.Meta):
        constraints = (
            models.CheckConstraint(condition=Q(restocked__lte=F("quantity")), name="order_line_restocked_once"),
            models.CheckConstraint(condition=Q(promotion__gte=0), name="order_line_promotion_not_negative"),
        )


class OrderDiscount(AbstractOrderDiscount):
    """What an offer took off an order, and who bears it: the maker, or, without one, the platform.

    Of which lines how much, its `discount_lines` say; one on shipping has none. It counts as a use of the offer as
    long as the order is neither cancelled nor lapsed: nothing has to be given back.
    """

    maker = models.ForeignKey("partner.Partner", models.PROTECT, null=True, blank=True, related_name="+")

    class Meta(AbstractOrderDiscount.Meta):
        constraints = (models.CheckConstraint(condition=Q(amount__gt=0), name="order_discount_positive"),)
        indexes = (models.Index(fields=["offer_id"], name="order_discount_of_offer"),)


from oscar.apps.order.models import *  # noqa: E402, F403
from oscar.apps.order.models import OrderLineDiscount, OrderStatusChange  # noqa: E402

__all__ = ["Line", "Order", "OrderDiscount", "OrderLineDiscount", "OrderStatusChange"]
