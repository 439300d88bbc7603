"""For search engines: a storefront's sitemap, and each piece as schema.org describes it.

A storefront's own pages pass both on: crawlers send no `Benchpin-Key`.
"""

from collections.abc import Mapping
from http import HTTPStatus
from itertools import chain
from math import ceil
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.catalogue.queries import present_slug_of_piece
from catalog.seo import queries, rules, shapes
from shop.doors import ForwardingDoor, PublicDoor
from shop.errors import DomainError, NotFound
from shop.http import JSONRenderer
from shop.inputs import Pattern, QueryInput
from shop.storefronts.models import Storefront

KINDS = ("product", "collection", "maker")


class NoSitemap(DomainError):
    code = "no_sitemap"
    status = HTTPStatus.NOT_FOUND
    title = "The storefront does not say where its pages are"
    detail = "Give the storefront a link template `product`; for more than 50,000 addresses also `sitemap`."


class SitemapQuery(QueryInput):
    page = Pattern(
        rf"^{rules.PAGE.pattern}\Z", hint="One of the pages that the sitemap names, such as product-1.",
        required=False, default=None,
    )  # fmt: skip


class XmlRenderer(BaseRenderer):
    media_type = "application/xml"
    format = "xml"
    charset = None

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        """What the door has written is written."""
        return bytes(data)


class JsonLdRenderer(JSONRenderer):
    media_type = "application/ld+json"
    format = "jsonld"

    def render(self, data: Any, *args: Any, **options: Any) -> bytes:
        return rules.script_safe(super().render(data, *args, **options))


class Sitemap(PublicDoor):
    """The addresses of the storefront's own pages by its link templates `product`, `collection` and `maker`.

    More than 50,000 are split into pages, which the template `sitemap` gives addresses.
    """

    renderer_classes = [XmlRenderer]
    query = SitemapQuery
    errors = (NoSitemap, NotFound)

    @extend_schema(
        operation_id="store_sitemap_retrieve", tags=["seo"], parameters=[SitemapQuery],
        responses={(200, "application/xml"): OpenApiTypes.STR},
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        kinds = [kind for kind in KINDS if self.storefront.link_templates.get(kind)]
        if "product" not in kinds:
            raise NoSitemap
        if wanted := self.query_values["page"]:
            kind, _, number = wanted.partition("-")
            return Response(_one_page(kind, int(number), kinds, self.storefront))
        counts = {kind: queries.pages_of(kind, self.storefront).count() for kind in kinds}
        if sum(counts.values()) <= rules.MAX_ADDRESSES:
            each = (queries.addresses(kind, self.storefront, page=1) for kind in kinds)
            return Response(rules.urlset(chain.from_iterable(each)))
        return Response(_index(counts, self.storefront))


class ProductJsonLd(ForwardingDoor):
    """A piece for `<script type="application/ld+json">`; what could end the script is escaped."""

    renderer_classes = [JsonLdRenderer]
    present_slug = staticmethod(present_slug_of_piece)

    @extend_schema(
        operation_id="store_products_json_ld", tags=["seo"],
        responses={(200, "application/ld+json"): OpenApiTypes.OBJECT},
    )  # fmt: skip
    def get(self, request: Request, slug: str) -> Response:
        piece = queries.get_piece(slug, storefront=self.storefront)
        return Response(shapes.piece(piece, self.storefront.link("product", slug=piece.slug)))


def _one_page(kind: str, number: int, kinds: list[str], storefront: Storefront) -> bytes:
    found = list(queries.addresses(kind, storefront, page=number)) if kind in kinds else []
    if not found:
        raise NotFound
    return rules.urlset(found)


def _index(counts: Mapping[str, int], storefront: Storefront) -> bytes:
    if not storefront.link_templates.get("sitemap"):
        raise NoSitemap
    pages = [
        f"{kind}-{number}"
        for kind, count in counts.items()
        for number in range(1, ceil(count / rules.MAX_ADDRESSES) + 1)
    ]
    return rules.sitemap_index(storefront.link("sitemap", page=page) for page in pages)
