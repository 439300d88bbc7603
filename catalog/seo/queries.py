"""What search engines may know of a storefront."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import DateTimeField, F, Prefetch, QuerySet, Value

from catalog.catalogue.models import ImageStatus, Product, ProductImage
from catalog.collections.models import Collection
from catalog.partner.models import Partner, StockRecord
from catalog.seo.rules import MAX_ADDRESSES
from shop.errors import NotFound
from shop.storefronts.models import Storefront

CHUNK = 2_000


def pages_of(kind: str, storefront: Storefront) -> "QuerySet[Any, tuple[str, datetime | None]]":
    """Slug and last change of everything of this kind that the storefront shows, in a fixed order."""
    match kind:
        case "product":
            return Product.objects.on_sale(storefront).order_by("pk").values_list("slug", "date_updated")
        case "collection":
            return Collection.objects.shown(storefront).order_by("pk").values_list("slug", "updated_at")
    makers = Partner.objects.filter(storefront.shows("pk"), is_public=True).order_by("pk")
    return makers.values_list(F("code"), Value(None, DateTimeField()))


def addresses(kind: str, storefront: Storefront, *, page: int) -> Iterator[tuple[str, datetime | None]]:
    """One page of the storefront's own addresses, read a chunk at a time."""
    start = (page - 1) * MAX_ADDRESSES
    rows = pages_of(kind, storefront)[start : start + MAX_ADDRESSES]
    return ((storefront.link(kind, slug=slug), moment) for slug, moment in rows.iterator(chunk_size=CHUNK))


def get_piece(slug: str, *, storefront: Storefront) -> Product:
    """A piece on sale in the storefront with maker, variants, their records and pictures. Raises NotFound."""
    variants = Product.objects.sellable_variants().order_by("position", "pk")
    pictures = ProductImage.objects.filter(status=ImageStatus.READY).order_by("display_order", "pk")
    piece = (
        Product.objects.on_sale(storefront)
        .filter(slug=slug)
        .select_related("maker")
        .prefetch_related(
            Prefetch("images", pictures, to_attr="pictures"),
            Prefetch("children", variants, to_attr="variants"),
            Prefetch("variants__stockrecords", StockRecord.objects.order_by("pk"), to_attr="records"),
        )
        .first()
    )
    # A variant may have been taken off between the queries.
    if piece is None or not piece.variants:
        raise NotFound
    return piece
