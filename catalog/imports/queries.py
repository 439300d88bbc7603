"""What the catalog has already of the items to import: four queries, however many the items are. What is exported."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Prefetch, Q, QuerySet

from catalog.catalogue.models import Category, Product, ProductImage
from catalog.catalogue.slugs import slug
from catalog.imports.items import ProductItem
from catalog.partner.models import Partner, StockRecord
from catalog.slug_history.models import Kind
from catalog.slug_history.queries import taken
from catalog.variants.queries import with_records
from shop.http import public_url

EXPORT_BATCH = 100


@dataclass(slots=True)
class Known:
    """The piece of one item, the ids of its categories, and its pictures by address.

    `records` are the stock records under the item's SKUs, each with its variant as `product`; a variant may turn
    out to be another piece's. `slug` is the one for a new piece, blank where it is taken.
    """

    records: dict[str, StockRecord]
    piece: Product | None = None
    category_ids: list[int] = field(default_factory=list)
    pictures: dict[str, ProductImage] = field(default_factory=dict)
    slug: str = ""


def known_pieces(items: Collection[ProductItem], *, maker: Partner) -> dict[str, Known]:
    """What is known of each item, by its handle; no `piece` where it is new."""
    pieces = _pieces(items, maker)
    pictures = _pictures(pieces.values())
    records = _records(items, maker)
    wanted_slugs = [slug(address_wanted(item)) for item in items if item.handle not in pieces]
    taken_slugs = taken(Product.objects.pieces(), Kind.PRODUCT, wanted_slugs)
    known = {}
    for item in items:
        found = Known({variant.sku: records[variant.sku] for variant in item.variants if variant.sku in records})
        if piece := pieces.get(item.handle):
            found.piece, found.category_ids, found.pictures = piece, piece.category_ids, pictures.get(piece.pk, {})
        elif (wanted := slug(address_wanted(item))) not in taken_slugs:
            found.slug = wanted
        known[item.handle] = found
    return known


def address_wanted(item: ProductItem) -> str:
    """What a new piece's slug is made of."""
    return item.slug or item.handle


def pieces_named(handles: Collection[str], maker: Partner) -> QuerySet[Product]:
    """The maker's pieces by their names in a file: a piece that came from none is named by its id there."""
    ours = Q(source_handle__in=handles) | Q(source_handle="", public_id__in=handles)
    return Product.objects.for_maker(maker.pk).filter(ours)


def _pieces(items: Collection[ProductItem], maker: Partner) -> dict[str, Product]:
    links = Product.categories.through.objects.filter(product=OuterRef("pk")).order_by("pk")
    found = pieces_named([item.handle for item in items], maker)
    found = found.annotate(category_ids=ArraySubquery(links.values("category_id")))
    return {piece.source_handle or piece.public_id: piece for piece in found}


def _records(items: Collection[ProductItem], maker: Partner) -> dict[str, StockRecord]:
    skus = [variant.sku for item in items for variant in item.variants]
    found = StockRecord.objects.filter(partner=maker, partner_sku__in=skus).select_related("product")
    return {record.partner_sku: record for record in found}


def _pictures(pieces: Collection[Product]) -> dict[int, dict[str, ProductImage]]:
    """By piece and address: the one it came from, and the one an export gives it."""
    found: dict[int, dict[str, ProductImage]] = {}
    for picture in ProductImage.objects.filter(product__in=pieces):
        for address in filter(None, {picture.source_url, address_of(picture)}):
            found.setdefault(picture.product_id, {})[address] = picture
    return found


def address_of(picture: ProductImage) -> str:
    """Where the picture can be fetched from: where it came from, else here; blank where it is not here yet."""
    if picture.is_remote:
        return picture.source_url
    return public_url(picture.original.url) if picture.original else ""


def exported_pieces(maker: Partner) -> Iterator[Product]:
    """The maker's pieces, oldest first, each with `variants` (and their `records`), `pictures` and `branches`.

    A batch at a time, five queries each, so that memory stays flat.
    """
    pieces = Product.objects.for_maker(maker.pk).order_by("pk").prefetch_related(
        Prefetch("children", with_records(), to_attr="variants"),
        Prefetch("images", ProductImage.objects.order_by("display_order", "pk"), to_attr="pictures"),
        Prefetch("categories", Category.objects.order_by("slug"), to_attr="branches"),
    )  # fmt: skip
    last = 0
    while batch := list(pieces.filter(pk__gt=last)[:EXPORT_BATCH]):
        yield from batch
        last = batch[-1].pk


def categories_by_slug(slugs: Collection[str]) -> dict[str, int]:
    """The ids of those categories that are there."""
    return dict(Category.objects.filter(slug__in=slugs).values_list("slug", "pk"))


def find_category(names: Iterable[str]) -> Category | None:
    """The category at this path from the root, or None."""
    node: Category | None = None
    for name in names:
        node = category_below(node, name)
        if node is None:
            return None
    return node


def category_below(parent: Category | None, name: str) -> Category | None:
    """The category of this name, in any case, right below its parent; without one, at the root."""
    siblings = Category.objects.get_children(parent) if parent else Category.objects.get_root_nodes()
    found: Category | None = siblings.filter(name__iexact=name).first()
    return found
