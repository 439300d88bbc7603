"""A maker's pieces, published or not, as the studio shows them. Each read takes a fixed number of queries."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Case, Count, Exists, F, Max, Min, OuterRef, Prefetch, Q, QuerySet, Sum, When

from catalog.catalogue.models import Category, ImageStatus, Product, ProductImage
from catalog.partner.models import ON_SHELF, StockRecord
from catalog.variants.queries import with_records
from shop.errors import NotFound
from shop.pagination import Order, Page, paginate

SORTS = {
    "newest": Order("newest", "date_created", descending=True),
    "name": Order("name", "title"),
}
STATUSES = DRAFT, PUBLISHED = ("draft", "published")


@dataclass(frozen=True, slots=True)
class ProductFilter:
    """What of a maker's pieces is asked for; `q` is part of a title or of a SKU."""

    status: str | None = None
    q: str | None = None
    product_type: str | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """A piece's variants together, those withdrawn left out."""

    variants: int = 0
    price_from: Decimal | None = None
    price_to: Decimal | None = None
    on_shelf: int = 0


def list_products(maker_id: int, wanted: ProductFilter, *, sort: str, limit: int, cursor: str | None) -> Page[Product]:
    """One page of the maker's pieces, each with its `offer` and its first ready `picture`. Raises InvalidCursor."""
    pieces = _filtered(Product.objects.for_maker(maker_id), wanted)
    page = paginate(pieces.defer("description"), order=SORTS[sort], limit=limit, cursor=cursor)
    offers, pictures = _offers(page.rows), _first_pictures(page.rows)
    for piece in page.rows:
        piece.offer = offers.get(piece.pk, Offer())
        piece.picture_shown = pictures.get(piece.pk)
    return page


def _filtered(pieces: QuerySet[Product], wanted: ProductFilter) -> QuerySet[Product]:
    if wanted.status is not None:
        pieces = pieces.filter(is_public=wanted.status == PUBLISHED)
    if wanted.product_type is not None:
        pieces = pieces.filter(product_type=wanted.product_type)
    if wanted.q is not None:
        of_sku = StockRecord.objects.filter(product__parent=OuterRef("pk"), partner_sku__icontains=wanted.q)
        pieces = pieces.filter(Q(title__icontains=wanted.q) | Exists(of_sku))
    return pieces


def _offers(pieces: list[Product]) -> dict[int, Offer]:
    records = StockRecord.objects.filter(product__parent__in=pieces, product__is_public=True)
    summed = records.values("product__parent").annotate(
        variants=Count("pk"),
        price_from=Min("price"),
        price_to=Max("price"),
        on_shelf=Sum(Case(When(ON_SHELF, then=F("num_in_stock") - F("num_allocated")), default=0)),
    )
    return {row.pop("product__parent"): Offer(**row) for row in summed}


def _first_pictures(pieces: list[Product]) -> dict[int, ProductImage]:
    ready = ProductImage.objects.filter(product__in=pieces, status=ImageStatus.READY)
    firsts = ready.order_by("product_id", "display_order", "pk").distinct("product_id")
    return {picture.product_id: picture for picture in firsts}


def get_product(maker_id: int, name: str, *, lock: bool = False) -> Product:
    """A piece of the maker by id or slug, with its parts, for `shapes.detail`. Raises NotFound."""
    pieces = Product.objects.for_maker(maker_id).named(name)
    piece = _with_parts(pieces.locked() if lock else pieces).first()
    if piece is None:
        raise NotFound
    return piece


def _with_parts(pieces: QuerySet[Product]) -> QuerySet[Product]:
    """With `variants`, each with its stock record in `records`, `pictures` and `branches`: five queries."""
    return pieces.select_related("maker").prefetch_related(
        Prefetch("children", with_records(), to_attr="variants"),
        Prefetch("images", ProductImage.objects.order_by("display_order", "pk"), to_attr="pictures"),
        Prefetch("categories", Category.objects.order_by("slug"), to_attr="branches"),
    )
