from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from oscar.apps.catalogue.abstract_models import AbstractCategory, AbstractProduct, AbstractProductImage
from oscar.apps.catalogue.managers import ProductQuerySet

from catalog.catalogue.rules import METALS, PRODUCT_TYPES
from shop.ids import new_id


def new_product_id() -> str:
    return new_id("prd")


class Category(AbstractCategory):
    """A branch of the shop's tree; its slug is unique, so that a filter names it without its path."""

    class Meta(AbstractCategory.Meta):
        constraints = (models.UniqueConstraint(fields=["slug"], name="category_slug_unique"),)


class PieceQuerySet(ProductQuerySet):
    """Scoped reads over pieces and variants."""

    def pieces(self) -> "PieceQuerySet":
        return self.filter(structure=AbstractProduct.PARENT)

    def published(self) -> "PieceQuerySet":
        return self.pieces().filter(is_public=True, maker__is_public=True)

    def on_sale(self) -> "PieceQuerySet":
        """Pieces a shopper may see: published, of a public maker, with a variant that has a price."""
        priced = models.Exists(self.model.objects.sellable_variants().filter(parent=models.OuterRef("pk")))
        return self.published().filter(priced)

    def sellable_variants(self) -> "PieceQuerySet":
        return self.filter(structure=AbstractProduct.CHILD, is_public=True, stockrecords__price__isnull=False)


class Product(AbstractProduct):
    """A piece (structure `parent`) with one or more variants (structure `child`), never stand-alone.

    A piece has maker, slug, words, stones and pictures; a variant has options, metal, weight and, in its
    stock record, SKU, price and stock. One structure for all means one way to list, price and sell.
    """

    public_id = models.CharField(max_length=32, unique=True, default=new_product_id, editable=False)

    objects = PieceQuerySet.as_manager()

    # Of the piece
    # Typed loosely: null for variants only, which the constraint below sees to.
    maker: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        "partner.Partner", models.PROTECT, related_name="products", null=True, blank=True
    )
    source_handle = models.CharField(max_length=255, blank=True, help_text="Its name in the file it was imported from.")
    subtitle = models.CharField(max_length=255, blank=True)
    product_type = models.CharField(max_length=32, choices=[(name, name) for name in PRODUCT_TYPES], default="other")
    stones = models.JSONField(default=list, blank=True, encoder=DjangoJSONEncoder)
    tags = models.JSONField(default=list, blank=True)
    one_of_a_kind = models.BooleanField(default=False)

    # Of the variant
    options = models.JSONField(default=dict, blank=True)
    metal = models.CharField(max_length=32, blank=True, choices=[(code, metal.label) for code, metal in METALS.items()])
    weight_g = models.DecimalField(max_digits=10, decimal_places=3, null=True, blank=True)
    lead_time_days = models.PositiveSmallIntegerField(null=True, blank=True)
    barcode = models.CharField(max_length=64, blank=True)
    position = models.PositiveIntegerField(default=0)
    picture = models.ForeignKey(
        "catalogue.ProductImage", models.SET_NULL, null=True, blank=True, related_name="variants"
    )

    class Meta(AbstractProduct.Meta):
        constraints = (
            models.UniqueConstraint(
                fields=["slug"], condition=~Q(structure=AbstractProduct.CHILD), name="product_slug_unique"
            ),
            models.UniqueConstraint(
                fields=["maker", "source_handle"], condition=~Q(source_handle=""), name="product_import_once"
            ),
            models.CheckConstraint(
                condition=Q(structure=AbstractProduct.CHILD, parent__isnull=False, maker__isnull=True)
                | Q(structure=AbstractProduct.PARENT, parent__isnull=True, maker__isnull=False),
                name="product_piece_or_variant",
            ),
            models.CheckConstraint(
                condition=Q(weight_g__isnull=True) | Q(weight_g__gt=0), name="product_weight_positive"
            ),
        )


class ImageStatus(models.TextChoices):
    """Whether we have the picture: still to be fetched, here, or refused for good."""

    PENDING = "pending"
    READY = "ready"
    REFUSED = "refused"


class ProductImage(AbstractProductImage):
    """A picture of a piece. One named by its address only is pending until a job has fetched and checked it."""

    original = models.ImageField(
        upload_to="products/%Y/%m/", max_length=255, blank=True, width_field="width", height_field="height"
    )
    width = models.PositiveIntegerField(null=True, blank=True, editable=False)
    height = models.PositiveIntegerField(null=True, blank=True, editable=False)
    alt = models.CharField(max_length=512, blank=True)
    source_url = models.CharField(max_length=2000, blank=True)
    status = models.CharField(max_length=16, choices=ImageStatus, default=ImageStatus.PENDING)
    refusal = models.CharField(max_length=255, blank=True)

    class Meta(AbstractProductImage.Meta):
        constraints = (
            models.UniqueConstraint(
                fields=["product", "source_url"], condition=~Q(source_url=""), name="image_address_once_per_product"
            ),
        )

    @property
    def is_remote(self) -> bool:
        """Whether its address is one to fetch from; the demo's are drawn here."""
        return self.source_url.startswith(("http://", "https://"))


from oscar.apps.catalogue.models import *  # noqa: E402, F403
