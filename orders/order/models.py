from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from oscar.apps.order.abstract_models import AbstractLine, AbstractOrder

from orders.order.status import OrderStatus
from shop.ids import new_id


def new_order_id() -> str:
    return new_id("ord")


def new_order_line_id() -> str:
    return new_id("oln")


class Order(AbstractOrder):
    """A placed order. Addresses are kept as they were written, whatever happens to the basket.

    `placed_by_claim` is the idempotency claim that created it: a retry after a crash finds it again.
    """

    public_id = models.CharField(max_length=32, unique=True, default=new_order_id, editable=False)
    placed_by_claim = models.CharField(max_length=64, unique=True, null=True, editable=False)
    hold_expires_at = models.DateTimeField(null=True)
    phone = models.CharField(max_length=32, blank=True)
    ship_to = models.JSONField(encoder=DjangoJSONEncoder, default=dict)
    bill_to = models.JSONField(encoder=DjangoJSONEncoder, null=True)
    gift_note = models.CharField(max_length=500, blank=True)
    # The shipping option as it was shown: price, carrier and the dates that were promised.
    promised_shipping = models.JSONField(encoder=DjangoJSONEncoder, default=dict)
    placed_from = models.CharField(max_length=45, blank=True, help_text="The client's address.")
    status = models.CharField(max_length=32, choices=OrderStatus, default=OrderStatus.AWAITING_PAYMENT)

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
        )


class Line(AbstractLine):
    """A line as it was bought: title, options, picture and price do not follow the catalog any more."""

    public_id = models.CharField(max_length=32, unique=True, default=new_order_line_id, editable=False)
    slug = models.CharField(max_length=255, blank=True)
    image_url = models.CharField(max_length=500, blank=True)
    options = models.JSONField(default=dict)
    lead_time_days = models.PositiveSmallIntegerField(null=True)


from oscar.apps.order.models import *  # noqa: E402, F403
from oscar.apps.order.models import OrderStatusChange  # noqa: E402

__all__ = ["Line", "Order", "OrderStatusChange"]
