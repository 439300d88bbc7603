from typing import Any

from django.db import models
from django.db.models import Case, Exists, F, Func, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce, JSONObject
from django.db.models.lookups import Exact

from catalog.catalogue.metals import seen_path
from catalog.catalogue.models import Category, Product
from catalog.collections.rules import MAX_STONE, MAX_TAG, NOT_ASKED
from catalog.partner.models import StockRecord
from shop.ids import new_id
from shop.storefronts.models import Storefront


def new_collection_id() -> str:
    return new_id("col")


class CollectionQuerySet(models.QuerySet["Collection"]):
    def for_maker(self, maker_id: int) -> "CollectionQuerySet":
        return self.filter(maker=maker_id)

    def named(self, name: str) -> "CollectionQuerySet":
        """By id or slug; no slug has the underscore of an id."""
        return self.filter(Q(public_id=name) | Q(slug=name))

    def locked(self) -> "CollectionQuerySet":
        return self.select_for_update(no_key=True, of=("self",))

    def published(self) -> "CollectionQuerySet":
        return self.filter(is_published=True)

    def shown(self, storefront: Storefront) -> "CollectionQuerySet":
        return self.published().filter(storefront.shows("maker"), maker__is_public=True)

    def whose_rule_the_outer_piece_follows(self) -> "CollectionQuerySet":
        """For a subquery of a query over pieces. Those made by hand are not among them.

        Both kinds in one condition would be wrong: joined by OR, PostgreSQL may check the places by one hash
        table in two filters, and only the first of them sees it made anew for the next piece.
        """
        return self.filter(_all_that_is_asked(), by_rule=True, maker=OuterRef("maker"))


class JsonContains(Func):
    """Whether one JSON value contains another, for the database."""

    template = "(%(expressions)s)"
    arg_joiner = " @> "
    output_field = models.BooleanField()


class IsOfMetal(Func):
    """Whether one of a variant's parts is of a metal, as its shoppers see it: `metals_of` for the database."""

    template = "JSONB_PATH_EXISTS(%(expressions)s)"
    output_field = models.BooleanField()


def _is_of_metal(metal: Any, *, variant: str, piece: str) -> IsOfMetal:
    parts = Case(
        When(~Q(**{f"{variant}__parts": []}), F(f"{variant}__parts")),
        When(~Q(**{f"{piece}__parts": []}), F(f"{piece}__parts")),
        # Its own metal stands for the whole.
        default=Value([{"metal": None}], models.JSONField()),
    )
    path = Func(Value(seen_path()), template="(%(expressions)s)::jsonpath")
    return IsOfMetal(parts, path, JSONObject(metal=metal, own=F(f"{variant}__metal")))


def _json_list(value: Any) -> Func:
    return Func(value, function="JSONB_BUILD_ARRAY", output_field=models.JSONField())


def _all_that_is_asked() -> Q:
    """That the outer piece fits a rule; what the rule does not ask holds of every piece."""
    return (
        Q(Q(product_type="") | Q(product_type=OuterRef("product_type")))
        & Q(Q(one_of_a_kind=None) | Q(one_of_a_kind=OuterRef("one_of_a_kind")))
        & Q(Q(tag="") | Q(JsonContains(OuterRef("tags"), _json_list(F("tag")))))
        & Q(Q(stone="") | Q(JsonContains(OuterRef("stones"), _json_list(JSONObject(kind=F("stone"))))))
        & Q(Q(category=None) | Q(Exists(_links_below())))
        & Q(Q(metal="", price_min=None, price_max=None) | Q(Exists(_fitting_variants())))
    )


def _links_below() -> "models.QuerySet[Any]":
    links = Product.categories.through.objects.filter(product=OuterRef(OuterRef("pk")))
    branch = Category.objects.filter(pk=OuterRef(OuterRef("category"))).values("path")
    return links.filter(category__path__startswith=Subquery(branch))


def _fitting_variants() -> "models.QuerySet[StockRecord]":
    """Metal and price hold on one and the same variant that is for sale; what is not asked is the variant's own."""
    is_of_metal = _is_of_metal(OuterRef("metal"), variant="product", piece="product__parent")
    return StockRecord.objects.filter(
        Q(Exact(OuterRef("metal"), Value(""))) | Q(is_of_metal),
        product__parent=OuterRef(OuterRef("pk")),
        product__is_public=True,
        price__gte=Coalesce(OuterRef("price_min"), F("price")),
        price__lte=Coalesce(OuterRef("price_max"), F("price")),
    )


class Collection(models.Model):
    """Pieces of a maker that are shown together: chosen by hand, or by a rule that they follow by themselves.

    The slug is unique over the shop. What a rule asks stands in columns; blank or null is not asked.
    """

    public_id = models.CharField(max_length=32, unique=True, default=new_collection_id, editable=False)
    maker = models.ForeignKey("partner.Partner", models.CASCADE, related_name="collections")
    title = models.CharField(max_length=255)
    slug = models.CharField(max_length=255, unique=True)
    description = models.TextField(blank=True)
    picture = models.ForeignKey("catalogue.ProductImage", models.SET_NULL, null=True, related_name="collections")
    is_published = models.BooleanField(default=False)
    meta_title = models.CharField(max_length=255, blank=True)
    meta_description = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    by_rule = models.BooleanField(default=False)
    product_type = models.CharField(max_length=32, blank=True)
    metal = models.CharField(max_length=32, blank=True)
    stone = models.CharField(max_length=MAX_STONE, blank=True)
    tag = models.CharField(max_length=MAX_TAG, blank=True)
    price_min = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    price_max = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    category = models.ForeignKey("catalogue.Category", models.PROTECT, null=True, related_name="+")
    one_of_a_kind = models.BooleanField(null=True)

    objects = CollectionQuerySet.as_manager()
    # Read with it, see `queries`.
    members: "list[Product]"

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(by_rule=False) ^ ~Q(**NOT_ASKED), name="collection_rule_asks_something"),
            models.CheckConstraint(
                condition=Q(price_min=None) | Q(price_max=None) | Q(price_min__lte=F("price_max")),
                name="collection_prices_in_order",
            ),
        )


class CollectionPiece(models.Model):
    """A piece's place in a collection that is made by hand."""

    collection = models.ForeignKey(Collection, models.CASCADE, related_name="places")
    piece = models.ForeignKey("catalogue.Product", models.CASCADE, related_name="places")
    position = models.PositiveIntegerField()

    class Meta:
        ordering = ("position",)
        constraints = (models.UniqueConstraint(fields=["collection", "piece"], name="collection_piece_once"),)
