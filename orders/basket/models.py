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
    # Null: from before storefronts, or of one that has been deleted; then it belongs to the default one.
    storefront = models.ForeignKey("storefronts.Storefront", models.SET_NULL, null=True, related_name="+")
    version = models.PositiveIntegerField(default=1)
    currency = models.CharField(max_length=3, default=get_default_currency)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=32, blank=True)
    shipping_address = models.JSONField(null=True, blank=True, encoder=DjangoJSONEncoder)
    billing_address = models.JSONField(null=True, blank=True, encoder=DjangoJSONEncoder)
    shipping_option = models.CharField(max_length=64, blank=True)
    gift_note = models.CharField(max_length=500, blank=True)
    expires_at = models.DateTimeField(db_index=True, default=new_expiry)
    # What the version showed: `fingerprint` of `orders.basket.rules`, blank while there are no lines.
    shown = models.CharField(max_length=32, blank=True, editable=False)

    # Who has opened it, where it is nobody's own; not stored.
    reader_id: int | None = None

    @property
    def buyer_id(self) -> int | None:
        """The customer whose limits and groups count for its offers."""
        return self.owner_id or self.reader_id


class Line(AbstractLine):
    """A variant as the shopper wants it, and a quantity. `price_excl_tax` is the unit price they last saw.

    `line_reference` tells lines apart: the same variant with another engraving is another line.
    """

    public_id = models.CharField(max_length=32, unique=True, default=new_line_id, editable=False)
    # What the shopper asks of the piece: `wishes` of `catalog.personalization.rules`.
    personalization = models.JSONField(default=list, blank=True)

    # Whether the storefront that it was read for shows its maker; not stored.
    is_shown: bool = True

    class Meta(AbstractLine.Meta):
        constraints = (models.CheckConstraint(condition=Q(quantity__gte=1), name="basket_line_quantity_positive"),)


from oscar.apps.basket.models import *  # noqa: E402, F403
