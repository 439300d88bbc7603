"""The maker's door to their pieces."""

from http import HTTPStatus
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.catalogue.attributes import PRODUCT_TYPES
from catalog.catalogue.doors import (
    CategoryLinkOutput,
    SeoInput,
    SeoOutput,
    SizeRangeOutput,
    SlugText,
    StoneOutput,
    StudioPartOutput,
)
from catalog.catalogue.inputs import MAX_STONES, PartInput, SizeRangeInput, StoneInput
from catalog.catalogue.metals import MAX_PARTS
from catalog.catalogue.models import Product
from catalog.catalogue.queries import publishing_problems
from catalog.catalogue.rules import (
    MAX_TAG,
    MAX_TITLE,
)
from catalog.catalogue.services import NeededWhilePublished
from catalog.catalogue.slugs import MAX_SLUG
from catalog.media.studio import StudioImageOutput
from catalog.products import queries, services, shapes
from catalog.products.queries import SORTS, STATUSES, ProductFilter
from catalog.products.services import NotPublishable
from catalog.variants.services import DuplicateSku
from catalog.variants.studio import PARTS_HELP, CountingDoor, NewVariantInput, StudioVariantOutput
from shop import versions
from shop.errors import StaleVersion
from shop.inputs import Choice, Flag, Line, Paragraphs, StrictSerializer, Text, read_body
from shop.makers.doors import StudioDoor
from shop.makers.studio import NothingInput
from shop.pagination import InvalidCursor, PageOutput, PageQuery, page_links
from shop.schema import IF_MATCH, FieldErrorOutput, MoneyOutput

MAX_NEW_VARIANTS = 100
MAX_TAGS = 50
MAX_ATTRIBUTES = 100
MAX_CATEGORIES = 10
MAX_DESCRIPTION = 100_000

SLUG_HELP = "Its name in addresses, unique over the shop."


class ProductFields(StrictSerializer):
    slug = SlugText(max_length=MAX_SLUG, required=False, help_text=f"{SLUG_HELP} Made of the title where left out.")
    subtitle = Line(max_length=MAX_TITLE, required=False, allow_blank=True)
    description = Paragraphs(
        max_length=MAX_DESCRIPTION, required=False, allow_blank=True,
        help_text="HTML; what could harm a storefront is taken out: scripts, styles, pictures, relative links.",
    )  # fmt: skip
    product_type = Choice(PRODUCT_TYPES, required=False)
    tags = serializers.ListField(child=Line(max_length=MAX_TAG), required=False, max_length=MAX_TAGS)
    stones = StoneInput(many=True, required=False, max_length=MAX_STONES)  # type: ignore[call-arg]
    attributes = serializers.DictField(
        child=serializers.JSONField(), required=False,
        help_text="By code, as `GET /v1/store/product-types` lists them for the type. Given whole.",
    )  # fmt: skip
    parts = PartInput(many=True, required=False, max_length=MAX_PARTS, help_text=PARTS_HELP)  # type: ignore[call-arg]
    ring_sizes = SizeRangeInput(required=False, allow_null=True, help_text="Of a ring; given whole.")
    final_sale = Flag(required=False, help_text="Not taken back; shoppers are told before they buy.")
    one_of_a_kind = Flag(required=False, help_text="There is one, and no other is made: it is sold once.")
    seo = SeoInput(required=False, help_text="Given whole: what is left out of it becomes blank.")
    categories = serializers.ListField(
        child=Line(max_length=255), required=False, max_length=MAX_CATEGORIES, help_text="Slugs of categories."
    )


class NewProductInput(ProductFields):
    title = Line(max_length=MAX_TITLE)
    variants = NewVariantInput(many=True, required=False, max_length=MAX_NEW_VARIANTS)  # type: ignore[call-arg]


class ProductInput(ProductFields):
    """What is left out stays as it is; lists are given whole."""

    slug = SlugText(max_length=MAX_SLUG, required=False, help_text=f"{SLUG_HELP} Links to the old one lead to the new.")
    title = Line(max_length=MAX_TITLE, required=False)


class StudioProductQuery(PageQuery):
    status = Choice(STATUSES, default=None)
    q = Text(max_length=200, default=None, help_text="Part of a title or of a SKU.")
    product_type = Choice(PRODUCT_TYPES, default=None)
    sort = Choice(list(SORTS), default="newest")


class StudioProductItemOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    slug = serializers.CharField()
    title = serializers.CharField()
    status = serializers.ChoiceField(choices=STATUSES)
    product_type = serializers.ChoiceField(choices=PRODUCT_TYPES)
    price_from = MoneyOutput(allow_null=True, help_text="null where no variant has a price.")
    price_to = MoneyOutput(allow_null=True)
    image = StudioImageOutput(allow_null=True)
    variants = serializers.IntegerField(help_text="How many there are, those withdrawn left out.")
    on_shelf = serializers.IntegerField(help_text="What can leave today, of all variants together.")
    updated_at = serializers.DateTimeField()


class StudioProductPageOutput(PageOutput):
    results = StudioProductItemOutput(many=True)


class ProductMakerOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    slug = serializers.CharField()
    name = serializers.CharField()


class StudioProductOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    status = serializers.ChoiceField(choices=STATUSES)
    maker = ProductMakerOutput()
    slug = serializers.CharField()
    title = serializers.CharField()
    subtitle = serializers.CharField(allow_blank=True)
    description = serializers.CharField(allow_blank=True, help_text="Sanitised HTML.")
    product_type = serializers.ChoiceField(choices=PRODUCT_TYPES)
    tags = serializers.ListField(child=serializers.CharField())
    attributes = serializers.DictField(child=serializers.JSONField())
    parts = StudioPartOutput(many=True)
    stones = StoneOutput(many=True)
    ring_sizes = SizeRangeOutput(allow_null=True)
    one_of_a_kind = serializers.BooleanField()
    final_sale = serializers.BooleanField()
    seo = SeoOutput()
    categories = CategoryLinkOutput(many=True)
    images = StudioImageOutput(many=True)
    variants = StudioVariantOutput(many=True)
    problems = FieldErrorOutput(
        many=True, help_text="What keeps it from being published, or what it lacks while it is."
    )
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


def answer(piece: Product, status: int = HTTPStatus.OK) -> Response:
    """A piece with all its parts; its `ETag` is not moved by a sale."""
    shaped = {**shapes.detail(piece), "problems": publishing_problems(piece)}
    return Response(shaped, status=status, headers={"ETag": versions.of(shapes.version(shaped))})


class Products(CountingDoor):
    permission = {"GET": "products.read", "POST": "products.edit"}
    query = StudioProductQuery
    errors = (InvalidCursor, DuplicateSku)

    @extend_schema(
        operation_id="studio_products_list", tags=["products"], parameters=[StudioProductQuery],
        responses=StudioProductPageOutput,
    )  # fmt: skip
    def get(self, request: Request, maker: str) -> Response:
        """The maker's pieces, drafts among them."""
        query = self.query_values
        sort, limit, cursor = query.pop("sort"), query.pop("limit"), query.pop("cursor")
        page = queries.list_products(self.maker.pk, ProductFilter(**query), sort=sort, limit=limit, cursor=cursor)
        return Response({"results": [shapes.list_item(piece) for piece in page.rows], **page_links(request, page)})

    @extend_schema(
        operation_id="studio_products_create", tags=["products"], request=NewProductInput,
        responses={201: StudioProductOutput},
    )  # fmt: skip
    def post(self, request: Request, maker: str) -> Response:
        """Begin a piece as a draft, with its variants or without. Shoppers see it when it is published."""
        given = read_body(NewProductInput, request.data)
        self.check_counting(given.get("variants", []))
        piece = services.create_product(maker=self.maker, values=given, actor=self.actor)
        return answer(piece, HTTPStatus.CREATED)


class ProductDetail(StudioDoor):
    permission = {"GET": "products.read", "PATCH": "products.edit"}
    errors = (StaleVersion, NeededWhilePublished)

    @extend_schema(operation_id="studio_products_retrieve", tags=["products"], responses=StudioProductOutput)
    def get(self, request: Request, maker: str, product: str) -> Response:
        """A piece by its id or slug, with its variants, stock and pictures."""
        return answer(queries.get_product(self.maker.pk, product))

    @extend_schema(
        operation_id="studio_products_update", tags=["products"], parameters=[IF_MATCH], request=ProductInput,
        responses=StudioProductOutput,
    )  # fmt: skip
    def patch(self, request: Request, maker: str, product: str) -> Response:
        """Change what is said of the piece; variants, stock and pictures have doors of their own."""
        changed = services.change_product(
            maker=self.maker,
            product=product,
            changes=read_body(ProductInput, request.data),
            actor=self.actor,
            if_match=request.headers.get("If-Match"),
        )
        return answer(changed)


class ProductPublish(StudioDoor):
    """Show the piece to shoppers. One that is shown already stays so."""

    permission = "products.publish"
    errors = (StaleVersion, NotPublishable)

    @extend_schema(
        operation_id="studio_products_publish", tags=["products"], parameters=[IF_MATCH], request=NothingInput,
        responses=StudioProductOutput,
    )  # fmt: skip
    def post(self, request: Request, maker: str, product: str) -> Response:
        read_body(NothingInput, request.data)
        if_match = request.headers.get("If-Match")
        return answer(services.publish_product(maker=self.maker, product=product, actor=self.actor, if_match=if_match))


class ProductUnpublish(StudioDoor):
    """Take the piece off the shop and out of what can be bought. What was ordered stays ordered."""

    permission = "products.publish"
    errors = (StaleVersion,)

    @extend_schema(
        operation_id="studio_products_unpublish", tags=["products"], parameters=[IF_MATCH], request=NothingInput,
        responses=StudioProductOutput,
    )  # fmt: skip
    def post(self, request: Request, maker: str, product: str) -> Response:
        read_body(NothingInput, request.data)
        if_match = request.headers.get("If-Match")
        return answer(
            services.unpublish_product(maker=self.maker, product=product, actor=self.actor, if_match=if_match)
        )
