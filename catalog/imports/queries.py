"""What the catalog has already of the items to import: four queries, however many the items are."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef

from catalog.catalogue.models import Category, Product, ProductImage
from catalog.imports.cells import slug
from catalog.imports.items import ProductItem
from catalog.partner.models import Partner, StockRecord


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
    taken = _taken_slugs([item.handle for item in items if item.handle not in pieces])
    known = {}
    for item in items:
        found = Known({variant.sku: records[variant.sku] for variant in item.variants if variant.sku in records})
        if piece := pieces.get(item.handle):
            found.piece, found.category_ids, found.pictures = piece, piece.category_ids, pictures.get(piece.pk, {})
        elif (wanted := slug(item.handle)) not in taken:
            found.slug = wanted
        known[item.handle] = found
    return known


def _pieces(items: Collection[ProductItem], maker: Partner) -> dict[str, Product]:
    handles = [item.handle for item in items]
    links = Product.categories.through.objects.filter(product=OuterRef("pk")).order_by("pk")
    found = Product.objects.filter(maker=maker, source_handle__in=handles)
    found = found.annotate(category_ids=ArraySubquery(links.values("category_id")))
    return {piece.source_handle: piece for piece in found}


def _taken_slugs(handles: Collection[str]) -> set[str]:
    wanted = [slug(handle) for handle in handles]
    return set(Product.objects.pieces().filter(slug__in=wanted).values_list("slug", flat=True))


def _records(items: Collection[ProductItem], maker: Partner) -> dict[str, StockRecord]:
    skus = [variant.sku for item in items for variant in item.variants]
    found = StockRecord.objects.filter(partner=maker, partner_sku__in=skus).select_related("product")
    return {record.partner_sku: record for record in found}


def _pictures(pieces: Collection[Product]) -> dict[int, dict[str, ProductImage]]:
    """By piece and address; those that a maker uploaded have none."""
    found: dict[int, dict[str, ProductImage]] = {}
    for picture in ProductImage.objects.filter(product__in=pieces).exclude(source_url=""):
        found.setdefault(picture.product_id, {})[picture.source_url] = picture
    return found


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
