"""What else a shopper may like."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.browse import shapes
from catalog.browse.queries import items_of
from catalog.browse.store import ProductItemOutput
from catalog.catalogue.queries import present_slug_of_piece
from catalog.related.queries import related_to
from catalog.related.rules import MAX_RELATED
from shop.doors import ForwardingDoor
from shop.pagination import PageOutput


class RelatedOutput(PageOutput):
    results = ProductItemOutput(many=True, help_text=f"At most {MAX_RELATED}, the closest first.")


class RelatedProducts(ForwardingDoor):
    """Pieces of the same maker or type, closest in stone, metal and price first."""

    present_slug = staticmethod(present_slug_of_piece)

    @extend_schema(operation_id="store_products_related_list", tags=["catalog"], responses=RelatedOutput)
    def get(self, request: Request, slug: str) -> Response:
        items = items_of(related_to(slug, storefront=self.storefront), storefront=self.storefront)
        page, tag = shapes.page_of(items, {"next": None, "previous": None})
        return Response(page, headers={"ETag": tag})
