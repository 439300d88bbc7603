"""The maker's door to their collections."""

from http import HTTPStatus
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.catalogue.attributes import PRODUCT_TYPES
from catalog.catalogue.doors import SeoInput, SeoOutput, SlugText
from catalog.catalogue.inputs import PriceInput
from catalog.catalogue.metals import METALS
from catalog.catalogue.rules import MAX_TITLE
from catalog.catalogue.slugs import MAX_SLUG
from catalog.catalogue.stones import STONE_KINDS
from catalog.collections import queries, services, shapes
from catalog.collections.doors import CollectionImageOutput
from catalog.collections.models import Collection
from catalog.collections.rules import MAX_PIECES, MAX_TAG
from catalog.collections.services import TooManyCollections
from shop import versions
from shop.errors import StaleVersion
from shop.inputs import Choice, Flag, Line, Paragraphs, StrictSerializer, read_body
from shop.makers.doors import StudioDoor
from shop.pagination import InvalidCursor, PageOutput, PageQuery, page_links
from shop.schema import IF_MATCH, MoneyOutput

READ, EDIT = "products.read", "collections.edit"
MAX_DESCRIPTION = 20_000
SLUG_HELP = (
    "Its name in addresses, unique over the shop. Made of the title where left out; the old one leads to the new."
)


class RuleInput(StrictSerializer):
    """What a piece must be, all of it; metal and price hold on one and the same variant."""

    product_type = Choice(PRODUCT_TYPES, required=False)
    metal = Choice(list(METALS), required=False, help_text="Of one of a variant's parts, or of the whole.")
    stone = Choice(list(STONE_KINDS), required=False, help_text="A stone's `kind`.")
    tag = Line(max_length=MAX_TAG, required=False)
    price_min = PriceInput(required=False)
    price_max = PriceInput(required=False)
    category = Line(max_length=255, required=False, help_text="A category's slug; what is below it counts.")
    one_of_a_kind = Flag(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs:
            raise serializers.ValidationError("Ask for something, or choose `products` by hand.", code="empty")
        lowest, highest = attrs.get("price_min"), attrs.get("price_max")
        if lowest is not None and highest is not None and lowest > highest:
            raise serializers.ValidationError({"price_max": ["It must not be below `price_min`."]})
        return attrs


class CollectionInput(StrictSerializer):
    """What is left out stays as it is; `products`, `rule` and `seo` are given whole."""

    title = Line(max_length=MAX_TITLE, required=False)
    slug = SlugText(max_length=MAX_SLUG, required=False, help_text=SLUG_HELP)
    description = Paragraphs(
        max_length=MAX_DESCRIPTION, required=False, allow_blank=True,
        help_text="HTML as in a piece's description; what is not safe to show is taken out.",
    )  # fmt: skip
    picture = Line(
        max_length=32, required=False, allow_null=True, help_text="A picture of one of your pieces, by its id."
    )
    is_published = Flag(required=False, help_text="Whether shoppers see it.")
    seo = SeoInput(required=False, help_text="Given whole: what is left out of it becomes blank.")
    rule = RuleInput(required=False, help_text="Pieces join and leave by themselves from then on.")
    products = serializers.ListField(
        child=Line(max_length=255), required=False, max_length=MAX_PIECES,
        help_text="Pieces in their order, by id or slug. Add, remove and reorder by sending the whole list.",
    )  # fmt: skip

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "rule" in attrs and "products" in attrs:
            raise serializers.ValidationError({name: ["Give one of them, not both."] for name in ("rule", "products")})
        return attrs


class NewCollectionInput(CollectionInput):
    """Made by hand, unless a `rule` is given."""

    title = Line(max_length=MAX_TITLE)


class RuleOutput(serializers.Serializer[Any]):
    product_type = serializers.ChoiceField(choices=PRODUCT_TYPES, allow_null=True)
    metal = serializers.ChoiceField(choices=list(METALS), allow_null=True)
    stone = serializers.CharField(allow_null=True)
    tag = serializers.CharField(allow_null=True)
    price_min = MoneyOutput(allow_null=True)
    price_max = MoneyOutput(allow_null=True)
    category = serializers.CharField(allow_null=True)
    one_of_a_kind = serializers.BooleanField(allow_null=True)


class CollectionPieceOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    slug = serializers.CharField()
    title = serializers.CharField()
    is_published = serializers.BooleanField()


class StudioCollectionItemOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    slug = serializers.CharField()
    title = serializers.CharField()
    is_published = serializers.BooleanField()
    rule = RuleOutput(allow_null=True, help_text="null: its pieces are chosen by hand.")
    image = CollectionImageOutput(allow_null=True)
    updated_at = serializers.DateTimeField()


class StudioCollectionOutput(StudioCollectionItemOutput):
    description = serializers.CharField(allow_blank=True, help_text="Sanitised HTML.")
    seo = SeoOutput()
    products = CollectionPieceOutput(
        many=True,
        help_text=f"In their order, or those that follow the rule now, the newest first; at most {MAX_PIECES}.",
    )
    created_at = serializers.DateTimeField()


class StudioCollectionPageOutput(PageOutput):
    results = StudioCollectionItemOutput(many=True)


def answer(row: Collection, status: int = HTTPStatus.OK) -> Response:
    """A collection; pieces that join or leave by a rule do not move its `ETag`."""
    shaped = shapes.detail(row)
    return Response(shaped, status=status, headers={"ETag": versions.of(shapes.version(shaped))})


class Collections(StudioDoor):
    permission = {"GET": READ, "POST": EDIT}
    query = PageQuery
    errors = (InvalidCursor, TooManyCollections)

    @extend_schema(
        operation_id="studio_collections_list", tags=["collections"], parameters=[PageQuery],
        responses=StudioCollectionPageOutput,
    )  # fmt: skip
    def get(self, request: Request, maker: str) -> Response:
        """The maker's collections, the newest first."""
        page = queries.list_collections(self.maker.pk, **self.query_values)
        return Response({"results": [shapes.list_item(row) for row in page.rows], **page_links(request, page)})

    @extend_schema(
        operation_id="studio_collections_create", tags=["collections"], request=NewCollectionInput,
        responses={201: StudioCollectionOutput},
    )  # fmt: skip
    def post(self, request: Request, maker: str) -> Response:
        """Begin a collection. Shoppers see it when it is published."""
        given = read_body(NewCollectionInput, request.data)
        row = services.create_collection(maker=self.maker, values=given, actor=self.actor)
        return answer(row, HTTPStatus.CREATED)


class CollectionDetail(StudioDoor):
    permission = {"GET": READ, "PATCH": EDIT, "DELETE": EDIT}
    errors = (StaleVersion,)

    @extend_schema(operation_id="studio_collections_retrieve", tags=["collections"], responses=StudioCollectionOutput)
    def get(self, request: Request, maker: str, collection: str) -> Response:
        """A collection by its id or slug, with its pieces."""
        return answer(queries.get_collection(self.maker.pk, collection))

    @extend_schema(
        operation_id="studio_collections_update", tags=["collections"], parameters=[IF_MATCH],
        request=CollectionInput, responses=StudioCollectionOutput,
    )  # fmt: skip
    def patch(self, request: Request, maker: str, collection: str) -> Response:
        """Change its words, its pieces or its rule; publish it or take it off."""
        row = services.change_collection(
            maker=self.maker,
            collection=collection,
            changes=read_body(CollectionInput, request.data),
            actor=self.actor,
            if_match=request.headers.get("If-Match"),
        )
        return answer(row)

    @extend_schema(
        operation_id="studio_collections_delete", tags=["collections"], parameters=[IF_MATCH], responses={204: None}
    )
    def delete(self, request: Request, maker: str, collection: str) -> Response:
        """Take the collection away; its pieces stay."""
        services.delete_collection(
            maker=self.maker, collection=collection, actor=self.actor, if_match=request.headers.get("If-Match")
        )
        return Response(status=HTTPStatus.NO_CONTENT)
