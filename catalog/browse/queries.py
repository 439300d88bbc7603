"""What a shopper sees, read from the catalog itself. A list takes five queries, whatever its length."""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.db.models import CharField, Count, Exists, F, Func, Min, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from catalog.catalogue.models import Category, ImageStatus, Product, ProductImage
from catalog.partner.models import Partner, StockPolicy, StockRecord
from shop.errors import NotFound
from shop.pagination import Order, Page, paginate

SORTS = {
    "newest": Order("newest", "date_created", descending=True),
    "price": Order("price", "lowest_price"),
    "-price": Order("-price", "lowest_price", descending=True),
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
    """One page of pieces on sale, ready for `shapes.list_item`. Raises InvalidCursor.

    First only the keys are sorted; what the page shows is read for its own pieces alone.
    """
    order = SORTS[sort]
    pieces = _with_lowest_price() if order.field == "lowest_price" else Product.objects.on_sale().only(order.field)
    page = paginate(_filtered(pieces, wanted), order=order, limit=limit, cursor=cursor)
    return replace(page, rows=_shown(page.rows))


def get_product(slug: str) -> Product:
    """A piece on sale with its parts, for `shapes.detail`. Raises NotFound."""
    categories = Prefetch("categories", _public_categories(), to_attr="public_categories")
    piece = _with_parts(Product.objects.on_sale().filter(slug=slug)).prefetch_related(categories).first()
    # A variant may have been taken off between the two queries.
    if piece is None or not piece.variants:
        raise NotFound
    return piece


def _with_lowest_price() -> QuerySet[Product]:
    """Pieces on sale with the lowest price of their variants."""
    published = Product.objects.published().only("pk")
    priced = published.filter(children__is_public=True, children__stockrecords__price__isnull=False)
    return priced.annotate(lowest_price=Min("children__stockrecords__price"))


def _shown(rows: list[Product]) -> list[Product]:
    """These pieces in the same order with all that is shown; without those that have left the sale since."""
    pieces = _with_parts(Product.objects.filter(pk__in=[row.pk for row in rows])).in_bulk()
    return [piece for row in rows if (piece := pieces.get(row.pk)) and piece.variants]


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
    path = _public_categories().filter(slug=slug).values_list("path", flat=True).first()
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


def _with_parts(pieces: QuerySet[Product]) -> QuerySet[Product]:
    records = StockRecord.objects.order_by("pk")
    variants = Product.objects.sellable_variants().order_by("position", "pk")
    pictures = ProductImage.objects.filter(status=ImageStatus.READY)
    return pieces.select_related("maker").prefetch_related(
        Prefetch("children", variants, to_attr="variants"),
        Prefetch("variants__stockrecords", records, to_attr="records"),
        Prefetch("images", pictures.order_by("display_order", "pk"), to_attr="pictures"),
    )


class _Branches(Func):
    """The paths of a category and of all above it, a row each: in treebeard's tree each is the next one's prefix."""

    template = (
        f"LEFT(%(expressions)s, GENERATE_SERIES({Category.steplen}, LENGTH(%(expressions)s), {Category.steplen}))"
    )
    set_returning = True
    output_field = CharField()


def category_tree() -> list[tuple[Category, int]]:
    """Public categories in tree order, each with how many pieces on sale are in it or below it."""
    links = Product.categories.through.objects.filter(product__in=Product.objects.on_sale()).order_by()
    counted = links.values(branch=_Branches("category__path")).annotate(pieces=Count("product", distinct=True))
    pieces = dict(counted.values_list("branch", "pieces"))
    return [(category, pieces.get(category.path, 0)) for category in _public_categories().order_by("path")]


def _public_categories() -> QuerySet[Category]:
    return Category.objects.filter(is_public=True, ancestors_are_public=True)


def list_makers(*, limit: int, cursor: str | None) -> Page[Partner]:
    """One page of public makers by name."""
    return paginate(_makers(), order=Order("makers", "name"), limit=limit, cursor=cursor)


def get_maker(slug: str) -> Partner:
    """A public maker with `pieces`, the number on sale. Raises NotFound."""
    maker = _makers().filter(code=slug).first()
    if maker is None:
        raise NotFound
    return maker


def _makers() -> QuerySet[Partner]:
    on_sale = Product.objects.on_sale().filter(maker=OuterRef("pk")).order_by().values("maker")
    pieces = Coalesce(Subquery(on_sale.annotate(pieces=Count("pk")).values("pieces")), 0)
    return Partner.objects.filter(is_public=True).annotate(pieces=pieces)
