"""What a shopper sees, read from the catalog itself. A list takes four queries, whatever its length."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, F, Min, OuterRef, Prefetch, Q, QuerySet, Subquery

from catalog.catalogue.models import Category, ImageStatus, Product, ProductImage
from catalog.partner.models import Partner, StockPolicy, StockRecord
from shop.errors import NotFound
from shop.pagination import Order, Page, paginate

SORTS = {
    "newest": Order("newest", "date_created", descending=True),
    "price": Order("price", "price_from"),
    "-price": Order("-price", "price_from", descending=True),
    "name": Order("name", "title"),
}
ON_SHELF = Q(num_in_stock__gt=F("num_allocated")) & ~Q(policy=StockPolicy.MADE_TO_ORDER)


@dataclass(frozen=True, slots=True)
class ProductFilter:
    """What the shopper asked for. Metal, price and stock must hold on one and the same variant."""

    category: str | None = None
    maker: str | None = None
    metal: str | None = None
    price_min: Decimal | None = None
    price_max: Decimal | None = None
    in_stock: bool | None = None


def list_products(wanted: ProductFilter, *, sort: str, limit: int, cursor: str | None) -> Page[Product]:
    """One page of pieces on sale, ready for `shapes.list_item`. Raises InvalidCursor."""
    pieces = _filtered(Product.objects.on_sale(), wanted).annotate(price_from=Subquery(_lowest_price()))
    return paginate(_with_parts(pieces), order=SORTS[sort], limit=limit, cursor=cursor)


def get_product(slug: str) -> Product:
    """A piece on sale with its parts, for `shapes.detail`. Raises NotFound."""
    piece = _with_parts(Product.objects.on_sale()).prefetch_related("categories").filter(slug=slug).first()
    if piece is None:
        raise NotFound
    return piece


def _filtered(pieces: QuerySet[Product], wanted: ProductFilter) -> QuerySet[Product]:
    if wanted.maker is not None:
        pieces = pieces.filter(maker__code=wanted.maker)
    if wanted.category is not None:
        pieces = pieces.filter(Exists(_in_category(wanted.category)))
    if variant := _variant_conditions(wanted):
        pieces = pieces.filter(Exists(_sellable_records().filter(variant, product__parent=OuterRef("pk"))))
    return pieces


def _in_category(slug: str) -> QuerySet[Any]:
    """Links of a piece to the category or anything below it."""
    path = Category.objects.filter(slug=slug, is_public=True).values_list("path", flat=True).first()
    links = Product.categories.through.objects.filter(product=OuterRef("pk"))
    return links.filter(category__path__startswith=path) if path else links.none()


def _variant_conditions(wanted: ProductFilter) -> Q:
    conditions = Q()
    if wanted.metal is not None:
        conditions &= Q(product__metal=wanted.metal)
    if wanted.price_min is not None:
        conditions &= Q(price__gte=wanted.price_min)
    if wanted.price_max is not None:
        conditions &= Q(price__lte=wanted.price_max)
    if wanted.in_stock is not None:
        conditions &= ON_SHELF if wanted.in_stock else ~ON_SHELF
    return conditions


def _sellable_records() -> QuerySet[StockRecord]:
    return StockRecord.objects.filter(product__is_public=True, price__isnull=False)


def _lowest_price() -> QuerySet[Any]:
    records = _sellable_records().filter(product__parent=OuterRef("pk")).order_by()
    return records.values("product__parent").annotate(lowest=Min("price")).values("lowest")


def _with_parts(pieces: QuerySet[Product]) -> QuerySet[Product]:
    records = StockRecord.objects.order_by("pk")
    variants = Product.objects.sellable_variants().order_by("position", "pk")
    return pieces.select_related("maker").prefetch_related(
        Prefetch("children", variants, to_attr="variants"),
        Prefetch("variants__stockrecords", records, to_attr="records"),
        Prefetch("images", ProductImage.objects.filter(status=ImageStatus.READY), to_attr="pictures"),
    )


def category_tree() -> list[tuple[Category, int]]:
    """Public categories in tree order, each with how many pieces on sale are in it or below it."""
    below = Product.categories.through.objects.filter(
        category__path__startswith=OuterRef("path"), product__in=Product.objects.on_sale()
    )
    counted = below.order_by().annotate(one=F("id") * 0).values("one")
    counts = counted.annotate(pieces=Count("product", distinct=True)).values("pieces")
    public = Category.objects.filter(is_public=True, ancestors_are_public=True).order_by("path")
    return [(category, category.pieces or 0) for category in public.annotate(pieces=Subquery(counts))]


def list_makers(*, limit: int, cursor: str | None) -> Page[Partner]:
    """One page of public makers by name."""
    return paginate(_makers(), order=Order("name", "name"), limit=limit, cursor=cursor)


def get_maker(slug: str) -> Partner:
    """A public maker with `pieces`, the number on sale. Raises NotFound."""
    maker = _makers().filter(code=slug).first()
    if maker is None:
        raise NotFound
    return maker


def _makers() -> QuerySet[Partner]:
    on_sale = Q(products__in=Product.objects.on_sale())
    return Partner.objects.filter(is_public=True).annotate(pieces=Count("products", filter=on_sale, distinct=True))
