from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import F, Q
from oscar.apps.partner.abstract_models import AbstractPartner, AbstractStockRecord

from shop.ids import new_id


def new_maker_id() -> str:
    return new_id("mkr")


class Partner(AbstractPartner):
    """A maker. `code` is the slug in the API; whoever is not `is_public` sells nothing.

    Whom the platform has suspended cannot be public before it lifts that.
    """

    public_id = models.CharField(max_length=32, unique=True, default=new_maker_id, editable=False)
    tagline = models.CharField(max_length=200, blank=True)
    story = models.TextField(blank=True)
    city = models.CharField(max_length=100, blank=True)
    state = models.CharField(max_length=2, blank=True)
    returns_policy = models.TextField(blank=True)
    is_public = models.BooleanField(default=True)
    requires_second_factor = models.BooleanField(default=False)
    suspended = models.BooleanField(
        default=False, help_text="The platform keeps the maker closed: its team cannot open it before this is lifted."
    )

    class Meta(AbstractPartner.Meta):
        constraints = (
            models.CheckConstraint(
                condition=Q(suspended=False) | Q(is_public=False), name="partner_suspended_is_not_public"
            ),
        )


# A shopper need not know how deep the drawer is; a count this low helps to decide.
SHOWN_QUANTITY = 10


class StockPolicy(models.TextChoices):
    """Whether a variant is sold from the shelf, to order, or from the shelf first and then to order."""

    STOCK = "stock"
    MADE_TO_ORDER = "made_to_order"
    STOCK_THEN_MADE_TO_ORDER = "stock_then_made_to_order"


# `on_shelf > 0`, for the database.
ON_SHELF = Q(num_in_stock__gt=F("num_allocated")) & ~Q(policy=StockPolicy.MADE_TO_ORDER)


class StockRecord(AbstractStockRecord):
    """A variant's price and stock; each variant has one.

    The counters change only through `catalog.inventory`, by conditional UPDATEs; `save()` leaves them out.
    The database refuses to hold more than there is, whatever path a change takes.
    """

    num_in_stock = models.PositiveIntegerField(default=0)
    num_allocated = models.IntegerField(default=0)
    # Of the pieces counted, how many are promised and not there: the count came in below what was held.
    num_missing = models.PositiveIntegerField(default=0)
    policy = models.CharField(max_length=32, choices=StockPolicy, default=StockPolicy.STOCK)
    compare_at_price = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)

    COUNTERS = frozenset({"num_in_stock", "num_allocated", "num_missing", "policy"})

    class Meta(AbstractStockRecord.Meta):
        constraints = (
            models.UniqueConstraint(fields=["product"], name="stockrecord_one_per_variant"),
            models.CheckConstraint(condition=Q(num_allocated__gte=0), name="stockrecord_held_not_negative"),
            models.CheckConstraint(
                condition=~Q(policy=StockPolicy.STOCK) | Q(num_allocated__lte=F("num_in_stock")),
                name="stockrecord_never_oversold",
            ),
            models.CheckConstraint(condition=Q(price__isnull=True) | Q(price__gt=0), name="stockrecord_price_positive"),
        )
        # A basket names a variant by its SKU and not its maker.
        indexes = (models.Index(fields=["partner_sku"], name="stockrecord_of_sku"),)

    @property
    def on_shelf(self) -> int:
        """Pieces that can leave today: counted and not held for anybody."""
        if self.policy == StockPolicy.MADE_TO_ORDER:
            return 0
        return max(0, self.num_in_stock - self.num_allocated)

    @property
    def shown_quantity(self) -> int | None:
        """How many a shopper is told are left, None where it is more; nothing else of the counters is shown."""
        return self.on_shelf if self.on_shelf <= SHOWN_QUANTITY else None

    @property
    def left_in_words(self) -> str:
        """What a shopper is told who wants more than there is; how deep a full drawer is stays the maker's."""
        return f"More than {SHOWN_QUANTITY} left" if self.shown_quantity is None else f"{self.shown_quantity} left"

    @property
    def is_made_to_order(self) -> bool:
        return self.policy != StockPolicy.STOCK

    @property
    def unit_price(self) -> Decimal:
        """The price of a record that is on sale; one without a price is never offered."""
        if self.price is None:
            raise ValueError(f"{self.partner_sku} has no price")
        return Decimal(self.price)

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            wanted = kwargs.get("update_fields") or [field.name for field in self._meta.concrete_fields]
            kwargs["update_fields"] = [name for name in wanted if name not in self.COUNTERS and name != "id"]
        super().save(*args, **kwargs)


from oscar.apps.partner.models import *  # noqa: E402, F403
