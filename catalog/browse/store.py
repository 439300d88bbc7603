"""The shopper's door to the catalog."""

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.browse import queries, shapes
from catalog.browse.conditions import ProductFilter
from catalog.browse.facets import FACETS
from catalog.browse.queries import RELEVANCE, SORTS
from catalog.browse.rules import ring_size
from catalog.browse.suggestions import suggest
from catalog.catalogue.attributes import PRODUCT_TYPES
from catalog.catalogue.doors import CategoryLinkOutput, SeoOutput, SizeRangeOutput, StoneOutput
from catalog.catalogue.metals import METALS, PLATING_KINDS
from catalog.catalogue.queries import present_slug_of_piece
from catalog.catalogue.shapes import decimal
from catalog.media.doors import ImageOutput
from catalog.personalization.doors import PersonalizationOptionOutput
from shop.doors import ForwardingDoor, PublicDoor
from shop.inputs import Choice, Line, QueryInput, Text
from shop.pagination import InvalidCursor, PageOutput, PageQuery, page_links
from shop.schema import MoneyOutput

MAX_REQUEST = 200
FINENESSES = sorted({str(decimal(metal.fineness)) for metal in METALS.values() if metal.fineness}, key=float)


# The query of a flag.
class TrueOrFalse(Choice):
    def __init__(self, **options: Any) -> None:
        super().__init__(["true", "false"], **options)

    def to_internal_value(self, data: Any) -> Any:
        return super().to_internal_value(data) == "true"


class RingSize(Text):
    def to_internal_value(self, data: Any) -> str:
        return ring_size(super().to_internal_value(data))


class ProductQuery(PageQuery):
    """Metals, finenesses, product types and flags are closed lists; of the others an unknown value finds nothing."""

    q = Line(
        max_length=MAX_REQUEST, default=None,
        help_text="In the shopper's words: `14k rose gold ring with a lab-grown sapphire, size 6½, under $900`.",
    )  # fmt: skip
    category = Text(max_length=255, default=None, help_text="A category's slug; what is below it counts.")
    collection = Text(max_length=255, default=None, help_text="A collection's slug.")
    maker = Text(max_length=128, default=None, help_text="A maker's slug.")
    product_type = Choice(PRODUCT_TYPES, default=None)
    metal = Choice(sorted(METALS), default=None)
    fineness = Choice(FINENESSES, default=None, help_text="In parts per thousand, as `metals[].fineness` says it.")
    stone = Text(
        max_length=128, default=None, help_text="A kind, or an origin and a kind: `sapphire`, `lab_grown-sapphire`."
    )
    ring_size = RingSize(max_length=32, default=None, help_text="As the variants' option says it: `6.5`, `6 1/2`.")
    price_min = serializers.DecimalField(max_digits=12, decimal_places=2, min_value=0, default=None)
    price_max = serializers.DecimalField(max_digits=12, decimal_places=2, min_value=0, default=None)
    in_stock = TrueOrFalse(default=None, help_text="Whether a piece can leave today.")
    made_to_order = TrueOrFalse(default=None, help_text="Whether a piece is made for an order.")
    one_of_a_kind = TrueOrFalse(default=None)
    sort = Choice(
        [RELEVANCE.name, *SORTS], default=None,
        help_text="`relevance` where `q` is given, else `newest`. Without words to be found relevance is newest.",
    )  # fmt: skip
    facets = TrueOrFalse(default=None, help_text="Whether to count what each further choice would leave.")


class MakerLinkOutput(serializers.Serializer[Any]):
    slug = serializers.CharField()
    name = serializers.CharField()


class MetalOutput(serializers.Serializer[Any]):
    code = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    family = serializers.CharField(help_text="Such as `gold`; `gold over another metal` where it is only a layer.")
    colour = serializers.CharField()
    fineness = serializers.CharField(allow_null=True, help_text="Parts per thousand.")


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


class PlatingOutput(serializers.Serializer[Any]):
    metal = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    kind = serializers.ChoiceField(choices=PLATING_KINDS)
    microns = serializers.CharField(allow_null=True, help_text="At least, in micrometres.")
    fraction = serializers.CharField(allow_null=True, help_text="Of filled metal: its share of the weight.")


class PartOutput(serializers.Serializer[Any]):
    part = serializers.CharField()
    metal = MetalOutput(allow_null=True)
    plating = PlatingOutput(allow_null=True)
    weight_g = serializers.CharField(allow_null=True)


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
    parts = PartOutput(many=True, help_text="Where its maker tells them apart: what each is made of.")
    image = ImageOutput(allow_null=True)


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


class ProductOutput(ProductItemOutput):
    description = serializers.CharField(allow_blank=True, help_text="Sanitised HTML.")
    images = ImageOutput(many=True)
    categories = CategoryLinkOutput(many=True)
    tags = serializers.ListField(child=serializers.CharField())
    attributes = AttributeOutput(many=True)
    disclosures = DisclosureOutput(many=True)
    ring_sizes = SizeRangeOutput(allow_null=True)
    final_sale = serializers.BooleanField(help_text="Not taken back.")
    variants = VariantOutput(many=True)
    personalization = PersonalizationOptionOutput(many=True)
    shipping = ProductShippingOutput()
    returns_policy = serializers.CharField(allow_blank=True)
    seo = SeoOutput()


class FacetValueOutput(serializers.Serializer[Any]):
    value = serializers.CharField(help_text="As the filter of the facet's name takes it.")
    label = serializers.CharField()  # type: ignore[assignment]
    count = serializers.IntegerField()


class PriceFacetOutput(serializers.Serializer[Any]):
    min = MoneyOutput()
    max = MoneyOutput()


def _facets_output() -> type[serializers.Serializer[Any]]:
    fields: dict[str, Any] = {name: FacetValueOutput(many=True) for name in FACETS if name != "price"}
    fields["price"] = PriceFacetOutput(allow_null=True, help_text="Of what would be left without a bound of price.")
    return type("FacetsOutput", (serializers.Serializer,), fields)


class SearchOutput(serializers.Serializer[Any]):
    corrected = serializers.CharField(allow_null=True, help_text="The words searched for in place of mistyped ones.")
    is_partial = serializers.BooleanField(
        help_text="Whether no piece has all of the words, and these have some of them."
    )
    filters = serializers.DictField(
        child=serializers.CharField(), help_text="Filters that were found in `q`, as if they had been chosen."
    )


class ProductPageOutput(PageOutput):
    results = ProductItemOutput(many=True)
    search = SearchOutput(required=False, help_text="How `q` was understood; there where it is given.")
    facets = _facets_output()(
        required=False, help_text="Each counted with the other filters applied and its own left out."
    )


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


class KeptDoor(PublicDoor):
    keeps_answers = True


class ProductList(KeptDoor):
    """Pieces on sale in this storefront. Metal, price and stock must hold on one and the same variant."""

    query = ProductQuery
    errors = (InvalidCursor,)

    @extend_schema(
        operation_id="store_products_list", tags=["catalog"], parameters=[ProductQuery], responses=ProductPageOutput
    )
    def get(self, request: Request) -> Response:
        query = self.query_values
        walk = {name: query.pop(name) for name in ("q", "sort", "limit", "cursor")}
        with_facets = bool(query.pop("facets"))
        found = queries.list_products(
            ProductFilter(**query), storefront=self.storefront, with_facets=with_facets, **walk
        )
        page, tag = shapes.product_page(found, page_links(request, found.page), currency=settings.CURRENCY)
        return Response(page, headers={"ETag": tag})


class ProductDetail(KeptDoor, ForwardingDoor):
    """One piece with its variants, options, prices and pictures."""

    present_slug = staticmethod(present_slug_of_piece)

    @extend_schema(operation_id="store_products_retrieve", tags=["catalog"], responses=ProductOutput)
    def get(self, request: Request, slug: str) -> Response:
        found = queries.get_product(slug, storefront=self.storefront)
        return Response(found.text.encode(), headers={"ETag": f'"{found.tag}"'})


class SuggestionQuery(QueryInput):
    q = Line(max_length=MAX_REQUEST, default="", allow_blank=True, help_text="What the shopper has written so far.")


class SuggestedProductOutput(serializers.Serializer[Any]):
    slug = serializers.CharField()
    title = serializers.CharField()
    image = ImageOutput(allow_null=True)
    price_from = MoneyOutput()


class SuggestionsOutput(serializers.Serializer[Any]):
    queries = serializers.ListField(child=serializers.CharField(), help_text="Requests that find something.")
    products = SuggestedProductOutput(many=True)
    categories = CategoryLinkOutput(many=True)
    makers = MakerLinkOutput(many=True)


class SearchSuggestions(KeptDoor):
    """What a shopper may mean who has only begun to write: requests, pieces, categories, makers of this storefront."""

    query = SuggestionQuery

    @extend_schema(
        operation_id="store_search_suggestions", tags=["catalog"], parameters=[SuggestionQuery],
        responses=SuggestionsOutput,
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        return Response(shapes.suggestions(suggest(self.query_values["q"], storefront=self.storefront)))


class CategoryTree(KeptDoor):
    """The whole tree, each branch with the number of pieces in it and below.

    A storefront of some makers only leaves out the branches in which they have none.
    """

    @extend_schema(operation_id="store_categories_list", tags=["catalog"], responses=CategoryTreeOutput)
    def get(self, request: Request) -> Response:
        branches = shapes.tree(queries.category_tree(storefront=self.storefront))
        return Response({"results": branches, "next": None, "previous": None})


class MakerList(KeptDoor):
    """The makers whom this storefront shows, by name."""

    query = PageQuery
    errors = (InvalidCursor,)

    @extend_schema(
        operation_id="store_makers_list", tags=["catalog"], parameters=[PageQuery], responses=MakerPageOutput
    )
    def get(self, request: Request) -> Response:
        page = queries.list_makers(storefront=self.storefront, **self.query_values)
        return Response({"results": [shapes.maker(partner) for partner in page.rows], **page_links(request, page)})


class MakerDetail(KeptDoor):
    """One maker."""

    @extend_schema(operation_id="store_makers_retrieve", tags=["catalog"], responses=MakerOutput)
    def get(self, request: Request, slug: str) -> Response:
        return Response(shapes.maker(queries.get_maker(slug, storefront=self.storefront)))
