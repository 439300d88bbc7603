"""The shopper's door to collections. A grid of their pieces: `GET /v1/store/products?collection=`."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.catalogue.doors import SeoOutput
from catalog.collections import queries, shapes
from catalog.collections.doors import CollectionImageOutput
from catalog.collections.queries import present_slug_of_collection
from catalog.collections.rules import MAX_PIECES
from shop.doors import ForwardingDoor, PublicDoor
from shop.inputs import Text
from shop.pagination import InvalidCursor, PageOutput, PageQuery, page_links
from shop.storefronts.doors import StorefrontMakerOutput


class CollectionQuery(PageQuery):
    maker = Text(max_length=128, default=None, help_text="A maker's slug.")


class CollectionItemOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    slug = serializers.CharField()
    title = serializers.CharField()
    description = serializers.CharField(allow_blank=True, help_text="Sanitised HTML.")
    maker = StorefrontMakerOutput()
    image = CollectionImageOutput(allow_null=True)
    seo = SeoOutput()


class CollectionOutput(CollectionItemOutput):
    products = serializers.ListField(
        child=serializers.CharField(),
        help_text=f"Slugs of its pieces on sale here, in their order, or a rule's newest first; at most {MAX_PIECES}.",
    )


class CollectionPageOutput(PageOutput):
    results = CollectionItemOutput(many=True)


class CollectionList(PublicDoor):
    """The collections of the makers whom this storefront shows, by title."""

    query = CollectionQuery
    errors = (InvalidCursor,)

    @extend_schema(
        operation_id="store_collections_list", tags=["catalog"], parameters=[CollectionQuery],
        responses=CollectionPageOutput,
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        page = queries.shown_collections(self.storefront, **self.query_values)
        return Response({"results": [shapes.shown(row) for row in page.rows], **page_links(request, page)})


class CollectionDetail(ForwardingDoor):
    """One collection, with its pieces in their order."""

    present_slug = staticmethod(present_slug_of_collection)

    @extend_schema(operation_id="store_collections_retrieve", tags=["catalog"], responses=CollectionOutput)
    def get(self, request: Request, slug: str) -> Response:
        return Response(shapes.shown_with_pieces(queries.shown_collection(slug, storefront=self.storefront)))
