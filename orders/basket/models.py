from datetime import datetime, timedelta

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils import timezone
from oscar.apps.basket.abstract_models import AbstractBasket, AbstractLine
from oscar.core.utils import get_default_currency

from shop.ids import new_id


def new_basket_id() -> str:
    return new_id("bsk")


def new_line_id() -> str:
    return new_id("lin")


def new_expiry() -> datetime:
    return timezone.now() + timedelta(days=settings.BASKET_DAYS)


class Basket(AbstractBasket):
    """What a shopper is about to buy. `public_id` is the capability a guest holds.

    `version` grows with every change; a basket that is Frozen has become an order.
    """

    public_id = models.CharField(max_length=32, unique=True, default=new_basket_id, editable=False)
    version = models.PositiveIntegerField(default=1)
    currency = models.CharField(max_length=3, default=get_default_currency)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=32, blank=True)
    shipping_address = models.JSONField(null=True, blank=True, encoder=DjangoJSONEncoder)
    billing_address = models.JSONField(null=True, blank=True, encoder=DjangoJSONEncoder)
    shipping_option = models.CharField(max_length=64, blank=True)
    gift_note = models.CharField(max_length=500, blank=True)
    expires_at = models.DateTimeField(db_index=True, default=new_expiry)


class Line(AbstractLine):
    """A variant and a quantity. `price_excl_tax` is the unit price the shopper last saw."""

    public_id = models.CharField(max_length=32, unique=True, default=new_line_id, editable=False)

    class Meta(AbstractLine.Meta):
        constraints = (models.CheckConstraint(condition=Q(quantity__gte=1), name="basket_line_quantity_positive"),)


from oscar.apps.basket.models import *  # noqa: E402, F403
