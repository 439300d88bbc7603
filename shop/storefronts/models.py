from typing import Any

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from oscar.core.utils import get_default_currency

from shop.ids import new_id
from shop.storefronts.rules import filled_link, new_publishable_key


def new_storefront_id() -> str:
    return new_id("stf")


def default_providers() -> list[str]:
    return ["stripe"]


class StorefrontQuerySet(models.QuerySet["Storefront"]):
    def open(self) -> "StorefrontQuerySet":
        return self.filter(closed_at__isnull=True)

    def closed(self) -> "StorefrontQuerySet":
        return self.filter(closed_at__isnull=False)

    def for_maker(self, maker_id: int) -> "StorefrontQuerySet":
        return self.filter(owner=maker_id)

    def with_origin(self, origin: str) -> "StorefrontQuerySet":
        return self.filter(origins__contains=[origin])


class Storefront(models.Model):
    """A shop window: who calls with its publishable key sees its makers, in its currency, from its origins.

    A maker's own storefront (`owner`) shows that maker only. One of the platform's shows the makers listed, or all
    of them. The default one is meant where a request names none.
    """

    public_id = models.CharField(max_length=32, unique=True, default=new_storefront_id, editable=False)
    name = models.CharField(max_length=100)
    publishable_key = models.CharField(max_length=64, unique=True, default=new_publishable_key)
    # Good for a while after a rotation, so that pages which are open already go on.
    previous_key = models.CharField(max_length=64, unique=True, null=True, editable=False)
    previous_key_until = models.DateTimeField(null=True, editable=False)
    owner = models.ForeignKey("partner.Partner", models.CASCADE, null=True, blank=True, related_name="own_storefronts")
    all_makers = models.BooleanField(default=False)
    makers: "models.ManyToManyField[Any, Any]" = models.ManyToManyField(
        "partner.Partner", blank=True, related_name="storefronts"
    )
    is_default = models.BooleanField(default=False)
    origins = models.JSONField(default=list, blank=True, help_text="Exact: https://alder.example")
    currency = models.CharField(max_length=3, default=get_default_currency)
    providers = models.JSONField(default=default_providers, blank=True)
    payment_instructions = models.CharField(
        max_length=1000, blank=True, help_text="What a buyer is to do who pays by hand, such as where to transfer it."
    )
    link_templates = models.JSONField(default=dict, blank=True)
    mail_from_name = models.CharField(max_length=100, blank=True)
    mail_footer = models.CharField(max_length=500, blank=True)
    support_email = models.EmailField(blank=True)
    logo_url = models.URLField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    # Which version of its row this is, in PostgreSQL's count; not stored, None where nobody asked for it.
    stamp: str | None = None

    objects = StorefrontQuerySet.as_manager()

    def link(self, kind: str, **values: str) -> str:
        """The address of one of its pages, one of `LINK_FIELDS`; empty where the storefront has none for it."""
        template = self.link_templates.get(kind, "")
        return filled_link(template, values) if template else ""

    def shows(self, maker: str) -> Q:
        """The condition that a maker is shown here, for a query in which `maker` names it: `shows("product__maker")`.

        A subquery, so that it takes no query of its own.
        """
        if self.all_makers:
            return Q(**{f"{maker}__isnull": False})
        if self.owner_id is not None:
            return Q(**{maker: self.owner_id})
        listed = Storefront.makers.through.objects.filter(storefront=self.pk)
        return Q(**{f"{maker}__in": listed.values("partner")})

    @property
    def belongings(self) -> Q:
        """The condition that a basket or an order is found here: through another storefront it is not there.

        What was begun before there were storefronts, or in one that has been closed, is found in the default one.
        """
        own = Q(storefront=self.pk)
        if not self.is_default:
            return own
        # A subquery and no join, which could not be locked.
        return own | Q(storefront__isnull=True) | Q(storefront__in=Storefront.objects.closed().values("pk"))

    @property
    def stored(self) -> "Storefront | None":
        """Itself, for a foreign key; None for the default one where nobody has set it up."""
        return self if self.pk else None

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["is_default"], condition=Q(is_default=True), name="storefront_one_default"),
            models.CheckConstraint(condition=Q(owner__isnull=True) | Q(all_makers=False), name="storefront_own_only"),
            # It is meant where no key is sent, and by what no other storefront holds any more.
            models.CheckConstraint(
                condition=Q(is_default=False) | Q(owner__isnull=True, closed_at__isnull=True),
                name="storefront_default_stays",
            ),
        )
        indexes = (GinIndex(fields=["origins"], name="storefront_origins"),)
