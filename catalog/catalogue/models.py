from decimal import Decimal
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.db.models.lookups import Exact
from oscar.apps.catalogue.abstract_models import AbstractCategory, AbstractProduct, AbstractProductImage
from oscar.apps.catalogue.managers import ProductQuerySet

from catalog.catalogue.attributes import PRODUCT_TYPES
from catalog.catalogue.metals import METALS
from shop.ids import new_id
from shop.storefronts.models import Storefront

HALF = Decimal("0.5")


def new_product_id() -> str:
    return new_id("prd")


def new_picture_id() -> str:
    return new_id("img")


class Category(AbstractCategory):
    """A branch of the shop's tree; its slug is unique, so that a filter names it without its path."""

    class Meta(AbstractCategory.Meta):
        constraints = (models.UniqueConstraint(fields=["slug"], name="category_slug_unique"),)

    def get_full_slug(self, parent_slug: str | None = None) -> str:
        """Read each time: what Oscar keeps of it in the cache stays as it was when a branch is renamed or moved."""
        return self._slug_separator.join(branch.slug for branch in self.get_ancestors_and_self())


class PieceQuerySet(ProductQuerySet):
    """Scoped reads over pieces and variants."""

    def pieces(self) -> "PieceQuerySet":
        return self.filter(structure=AbstractProduct.PARENT)

    def for_maker(self, maker_id: int) -> "PieceQuerySet":
        return self.pieces().filter(maker=maker_id)

    def named(self, name: str) -> "PieceQuerySet":
        """By id or slug; no slug has the underscore of an id."""
        return self.filter(Q(public_id=name) | Q(slug=name))

    def locked(self) -> "PieceQuerySet":
        """Not the key: a basket that takes a piece must not wait for its maker."""
        return self.select_for_update(no_key=True, of=("self",))

    def published(self, storefront: Storefront) -> "PieceQuerySet":
        return self.pieces().filter(storefront.shows("maker"), is_public=True, maker__is_public=True)

    def on_sale(self, storefront: Storefront) -> "PieceQuerySet":
        """Pieces a shopper may see: published, of a public maker shown here, with a variant that has a price."""
        priced = models.Exists(self.model.objects.sellable_variants().filter(parent=models.OuterRef("pk")))
        return self.published(storefront).filter(priced)

    def sellable_variants(self) -> "PieceQuerySet":
        return self.filter(structure=AbstractProduct.CHILD, is_public=True, stockrecords__price__isnull=False)


def _is(name: str, kind: str) -> Exact:
    """Whether a JSONB column holds this kind of value: `array` or `object`."""
    kind_of = models.Func(models.F(name), function="jsonb_typeof", output_field=models.TextField())
    return Exact(kind_of, kind)


class Product(AbstractProduct):
    """A piece (structure `parent`) with one or more variants (structure `child`), never stand-alone.

    A piece has maker, slug, words, stones, attributes and pictures; a variant has options, metal, weight and, in its
    stock record, SKU, price and stock. One structure for all means one way to list, price and sell.

    `facts` are the attributes of its product type (`attributes.py`; Oscar has the name `attributes`), `parts` what it
    is made of (`metals.py`; a variant's own stand instead of the piece's), `ring_sizes` its range (`sizes.py`).
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
    final_sale = models.BooleanField(default=False, help_text="Not taken back.")
    facts = models.JSONField(default=dict, blank=True)
    ring_sizes = models.JSONField(null=True, blank=True)

    # What shoppers may ask for, as `catalog.personalization.rules` describes it.
    personalization = models.JSONField(default=list, blank=True)

    # Of the piece, or of the variant alone
    parts = models.JSONField(default=list, blank=True)

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
            models.CheckConstraint(condition=_is("facts", "object"), name="product_facts_object"),
            models.CheckConstraint(condition=_is("parts", "array"), name="product_parts_array"),
            models.CheckConstraint(condition=_is("stones", "array"), name="product_stones_array"),
            models.CheckConstraint(
                condition=Q(ring_sizes__isnull=True) | Q(_is("ring_sizes", "object")), name="product_ring_sizes_object"
            ),
        )


class ImageStatus(models.TextChoices):
    """Whether we have the picture: still to be fetched, here, or refused for good."""

    PENDING = "pending"
    READY = "ready"
    REFUSED = "refused"


class ProductImage(AbstractProductImage):
    """A picture of a piece. One named by its address only is pending until a job has fetched and checked it."""

    public_id = models.CharField(max_length=32, unique=True, default=new_picture_id, editable=False)
    original = models.ImageField(
        upload_to="products/%Y/%m/", max_length=255, blank=True, width_field="width", height_field="height"
    )
    width = models.PositiveIntegerField(null=True, blank=True, editable=False)
    height = models.PositiveIntegerField(null=True, blank=True, editable=False)
    alt = models.CharField(max_length=512, blank=True)
    source_url = models.CharField(max_length=2000, blank=True)
    status = models.CharField(max_length=16, choices=ImageStatus, default=ImageStatus.PENDING)
    refusal = models.CharField(max_length=255, blank=True)
    # What must stay in sight where a storefront crops: from the left and from the top, as shares of the whole.
    focal_x = models.DecimalField(max_digits=4, decimal_places=3, default=HALF)
    focal_y = models.DecimalField(max_digits=4, decimal_places=3, default=HALF)
    # Filled by a job, and only when the files are there: `[{file, format, width, height}]`, and a data URI.
    renditions = models.JSONField(default=list, blank=True, editable=False)
    placeholder = models.CharField(max_length=512, blank=True, editable=False)

    class Meta(AbstractProductImage.Meta):
        constraints = (
            models.CheckConstraint(
                condition=Q(focal_x__gte=0, focal_x__lte=1, focal_y__gte=0, focal_y__lte=1), name="image_focal_point"
            ),
            models.UniqueConstraint(
                fields=["product", "source_url"], condition=~Q(source_url=""), name="image_address_once_per_product"
            ),
        )

    @property
    def is_remote(self) -> bool:
        """Whether its address is one to fetch from; the demo's are drawn here."""
        return self.source_url.startswith(("http://", "https://"))


from oscar.apps.catalogue.models import *  # noqa: E402, F403
