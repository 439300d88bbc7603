"""Whole pieces, read for their documents: a fixed number of queries, however many they are."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from catalog.catalogue.models import Category, ImageStatus, Product, ProductImage
from catalog.collections.queries import collections_of
from catalog.partner.models import StockRecord


def whole_pieces(ids: Sequence[int]) -> list[Product]:
    """The pieces that shoppers may see, with all that their documents show; the others are left out.

    Each with its `maker`, its `variants` on sale (each with its stock record in `records`), its ready `pictures`, its
    `public_categories`, and in `branches` the slugs of these and of all public ones above: what lies in a hidden
    branch counts for the public ones that it grows from. In `collections` the slugs of the published ones it is in.
    """
    public = Product.objects.pieces().filter(pk__in=ids, is_public=True, maker__is_public=True)
    pieces = list(public.select_related("maker").order_by("pk"))
    variants, pictures, paths = _variants(pieces), _pictures(pieces), _paths(pieces)
    public_at, collections = _public_categories(paths), collections_of([piece.pk for piece in pieces])
    for piece in pieces:
        piece.variants, piece.pictures = variants[piece.pk], pictures[piece.pk]
        piece.public_categories = [public_at[path] for path in paths[piece.pk] if path in public_at]
        piece.collections = collections.get(piece.pk, [])
        steps = {step for path in paths[piece.pk] for step in _steps(path)}
        piece.branches = sorted(public_at[step].slug for step in steps if step in public_at)
    return [piece for piece in pieces if piece.variants]


def _variants(pieces: Sequence[Product]) -> dict[int, list[Product]]:
    on_sale = StockRecord.objects.filter(product__parent__in=pieces, product__is_public=True, price__isnull=False)
    found: dict[int, list[Product]] = defaultdict(list)
    for record in on_sale.select_related("product").order_by("product__position", "product_id"):
        variant = record.product
        variant.records = [record]
        found[variant.parent_id].append(variant)
    return found


def _pictures(pieces: Sequence[Product]) -> dict[int, list[ProductImage]]:
    ready = ProductImage.objects.filter(product__in=pieces, status=ImageStatus.READY)
    found: dict[int, list[ProductImage]] = defaultdict(list)
    for picture in ready.order_by("display_order", "pk"):
        found[picture.product_id].append(picture)
    return found


def _paths(pieces: Sequence[Product]) -> dict[int, list[str]]:
    """The paths of each piece's categories, hidden ones among them, in the order of the tree."""
    links = Product.categories.through.objects.filter(product__in=pieces).order_by("category__path")
    found: dict[int, list[str]] = defaultdict(list)
    for piece, path in links.values_list("product", "category__path"):
        found[piece].append(path)
    return found


def _public_categories(paths: Mapping[int, Sequence[str]]) -> dict[str, Category]:
    """The public ones at these paths and above, by path."""
    wanted = {step for found in paths.values() for path in found for step in _steps(path)}
    public = Category.objects.filter(path__in=wanted, is_public=True, ancestors_are_public=True)
    return {category.path: category for category in public} if wanted else {}


def _steps(path: str) -> list[str]:
    """In treebeard's tree each path begins with the one above it."""
    return [path[:end] for end in range(Category.steplen, len(path) + 1, Category.steplen)]
