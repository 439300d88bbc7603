"""The shopper's door to the catalog."""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.browse import queries, shapes
from catalog.browse.queries import SORTS, ProductFilter
from catalog.catalogue.rules import METALS, PRODUCT_TYPES
from shop.doors import PublicDoor
from shop.inputs import QueryInput, Text, WholeNumber
from shop.pagination import DEFAULT_LIMIT, MAX_LIMIT, InvalidCursor, page_links
from shop.schema import MoneyOutput


class PageQuery(QueryInput):
    limit = WholeNumber(min_value=1, max_value=MAX_LIMIT, default=DEFAULT_LIMIT)
    cursor = Text(max_length=1000, default=None, help_text="From `next` or `previous`.")


class ProductQuery(PageQuery):
    category = Text(max_length=255, default=None, help_text="A category's slug; what is below it counts.")
    maker = Text(max_length=128, default=None, help_text="A maker's slug.")
    metal = serializers.ChoiceField(choices=sorted(METALS), default=None)
    price_min = serializers.DecimalField(max_digits=12, decimal_places=2, min_value=0, default=None)
    price_max = serializers.DecimalField(max_digits=12, decimal_places=2, min_value=0, default=None)
    in_stock = serializers.ChoiceField(
        choices=["true", "false"], default=None, help_text="Whether a piece can leave today."
    )
    sort = serializers.ChoiceField(choices=list(SORTS), default="newest")


class MakerLinkOutput(serializers.Serializer[Any]):
    slug = serializers.CharField()
    name = serializers.CharField()


class RenditionOutput(serializers.Serializer[Any]):
    url = serializers.URLField()
    width = serializers.IntegerField()
    format = serializers.CharField()


class ImageOutput(serializers.Serializer[Any]):
    url = serializers.URLField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    alt = serializers.CharField(allow_blank=True)
    renditions = RenditionOutput(many=True)


class MetalOutput(serializers.Serializer[Any]):
    code = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    fineness = serializers.CharField(allow_null=True, help_text="Parts per thousand.")


class StoneOutput(serializers.Serializer[Any]):
    kind = serializers.CharField()
    origin = serializers.ChoiceField(choices=["natural", "lab_grown", "simulated"])
    treatment = serializers.CharField()
    cut = serializers.CharField(allow_blank=True)
    carat = serializers.CharField(allow_null=True, help_text="Total, in carats of 0.2 g.")
    count = serializers.IntegerField()


class ProductItemOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    slug = serializers.CharField()
    title = serializers.CharField()
    subtitle = serializers.CharField(allow_blank=True)
    product_type = serializers.ChoiceField(choices=PRODUCT_TYPES)
    maker = MakerLinkOutput()
    image = ImageOutput(allow_null=True)
    price_from = MoneyOutput()
    price_to = MoneyOutput()
    in_stock = serializers.BooleanField()
    made_to_order = serializers.BooleanField()
    one_of_a_kind = serializers.BooleanField()
    lead_time_days = serializers.IntegerField(allow_null=True)
    metals = MetalOutput(many=True)
    stones = StoneOutput(many=True)


class VariantOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    sku = serializers.CharField()
    title = serializers.CharField(allow_blank=True)
    options = serializers.DictField(child=serializers.CharField())
    price = MoneyOutput()
    compare_at_price = MoneyOutput(allow_null=True)
    in_stock = serializers.BooleanField()
    made_to_order = serializers.BooleanField()
    available_quantity = serializers.IntegerField(allow_null=True, help_text="null: more than is shown.")
    lead_time_days = serializers.IntegerField(allow_null=True)
    weight_g = serializers.CharField(allow_null=True)
    image = ImageOutput(allow_null=True)


class CategoryLinkOutput(serializers.Serializer[Any]):
    slug = serializers.CharField()
    name = serializers.CharField()


class AttributeOutput(serializers.Serializer[Any]):
    code = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    value = serializers.CharField()


class DisclosureOutput(serializers.Serializer[Any]):
    code = serializers.CharField()
    text = serializers.CharField()


class PlaceOutput(serializers.Serializer[Any]):
    city = serializers.CharField(allow_blank=True)
    state = serializers.CharField(allow_blank=True)


class ProductShippingOutput(serializers.Serializer[Any]):
    ships_from = PlaceOutput()


class SeoOutput(serializers.Serializer[Any]):
    title = serializers.CharField(allow_blank=True)
    description = serializers.CharField(allow_blank=True)


class ProductOutput(ProductItemOutput):
    description = serializers.CharField(allow_blank=True, help_text="Sanitised HTML.")
    images = ImageOutput(many=True)
    categories = CategoryLinkOutput(many=True)
    tags = serializers.ListField(child=serializers.CharField())
    attributes = AttributeOutput(many=True)
    disclosures = DisclosureOutput(many=True)
    variants = VariantOutput(many=True)
    personalization = serializers.ListField(child=serializers.DictField())
    shipping = ProductShippingOutput()
    returns_policy = serializers.CharField(allow_blank=True)
    seo = SeoOutput()


class PageOutput(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)


class ProductPageOutput(PageOutput):
    results = ProductItemOutput(many=True)


@extend_schema_field({"type": "array", "items": {"$ref": "#/components/schemas/CategoryOutput"}})
class Subcategories(serializers.ListField):
    pass


class CategoryOutput(CategoryLinkOutput):
    description = serializers.CharField(allow_blank=True)
    count = serializers.IntegerField()
    children = Subcategories()


class CategoryTreeOutput(PageOutput):
    results = CategoryOutput(many=True)


class MakerOutput(MakerLinkOutput, PlaceOutput):
    id = serializers.CharField()
    tagline = serializers.CharField(allow_blank=True)
    story = serializers.CharField(allow_blank=True)
    product_count = serializers.IntegerField()


class MakerPageOutput(PageOutput):
    results = MakerOutput(many=True)


class ProductList(PublicDoor):
    """Pieces on sale. Metal, price and stock must hold on one and the same variant."""

    query = ProductQuery
    errors = (InvalidCursor,)

    @extend_schema(
        operation_id="store_products_list", tags=["catalog"], parameters=[ProductQuery], responses=ProductPageOutput
    )
    def get(self, request: Request) -> Response:
        query = self.query_values
        sort, limit, cursor = query.pop("sort"), query.pop("limit"), query.pop("cursor")
        if query["in_stock"] is not None:
            query["in_stock"] = query["in_stock"] == "true"
        page = queries.list_products(ProductFilter(**query), sort=sort, limit=limit, cursor=cursor)
        return Response({"results": [shapes.list_item(piece) for piece in page.rows], **page_links(request, page)})


class ProductDetail(PublicDoor):
    """One piece with its variants, options, prices and pictures."""

    @extend_schema(operation_id="store_products_retrieve", tags=["catalog"], responses=ProductOutput)
    def get(self, request: Request, slug: str) -> Response:
        return Response(shapes.detail(queries.get_product(slug)))


class CategoryTree(PublicDoor):
    """The whole tree, each branch with the number of pieces in it and below."""

    @extend_schema(operation_id="store_categories_list", tags=["catalog"], responses=CategoryTreeOutput)
    def get(self, request: Request) -> Response:
        return Response({"results": shapes.tree(queries.category_tree()), "next": None, "previous": None})


class MakerList(PublicDoor):
    """The makers who sell here, by name."""

    query = PageQuery
    errors = (InvalidCursor,)

    @extend_schema(
        operation_id="store_makers_list", tags=["catalog"], parameters=[PageQuery], responses=MakerPageOutput
    )
    def get(self, request: Request) -> Response:
        page = queries.list_makers(**self.query_values)
        return Response({"results": [shapes.maker(partner) for partner in page.rows], **page_links(request, page)})


class MakerDetail(PublicDoor):
    """One maker."""

    @extend_schema(operation_id="store_makers_retrieve", tags=["catalog"], responses=MakerOutput)
    def get(self, request: Request, slug: str) -> Response:
        return Response(shapes.maker(queries.get_maker(slug)))
