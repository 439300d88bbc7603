"""Which pieces are in which collections, and a maker's or a storefront's collections."""

from collections.abc import Collection as Many

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, Prefetch, QuerySet

from catalog.catalogue.models import ImageStatus, Product, ProductImage
from catalog.collections.models import Collection, CollectionPiece
from catalog.collections.rules import MAX_PIECES
from catalog.slug_history.models import Kind
from catalog.slug_history.queries import present_slug
from shop.errors import NotFound
from shop.pagination import Order, Page, paginate
from shop.storefronts.models import Storefront

NEWEST = Order("collections", "created_at", descending=True)
BY_TITLE = Order("collections", "title")


def collections_of(piece_ids: Many[int]) -> dict[int, list[str]]:
    """The slugs of the published collections that each piece is in, by the piece's key: two queries.

    By hand or by rule, as the pieces stand in the database; a piece that is in none is left out.
    """
    rules = Collection.objects.published().whose_rule_the_outer_piece_follows().values("slug")
    pieces = Product.objects.pieces().filter(pk__in=piece_ids).annotate(slugs=ArraySubquery(rules))
    found = dict(pieces.values_list("pk", "slugs"))
    places = CollectionPiece.objects.filter(piece__in=piece_ids, collection__is_published=True)
    of_its_maker = places.filter(collection__maker=F("piece__maker"))
    for pk, slug in of_its_maker.values_list("piece", "collection__slug"):
        found.setdefault(pk, []).append(slug)
    return {pk: sorted(slugs) for pk, slugs in found.items() if slugs}


def pieces_in(collection: Collection) -> "QuerySet[Product]":
    """Its pieces, for sale or not: in the maker's order, or the newest of those that follow its rule first."""
    pieces = Product.objects.for_maker(collection.maker_id)
    if not collection.by_rule:
        return pieces.filter(places__collection=collection).order_by("places__position", "pk")
    rule = Collection.objects.filter(pk=collection.pk).whose_rule_the_outer_piece_follows()
    return pieces.filter(Exists(rule)).order_by("-date_created", "-pk")


def list_collections(maker_id: int, *, limit: int, cursor: str | None) -> Page[Collection]:
    """One page of the maker's collections, the newest first. Raises InvalidCursor."""
    return paginate(_with_picture(Collection.objects.for_maker(maker_id)), order=NEWEST, limit=limit, cursor=cursor)


def get_collection(maker_id: int, name: str, *, lock: bool = False) -> Collection:
    """A collection of the maker by id or slug, with its `members`. Raises NotFound."""
    rows = Collection.objects.for_maker(maker_id).named(name)
    return _with_members(_with_picture(rows.locked() if lock else rows).first())


def shown_collections(storefront: Storefront, *, maker: str | None, limit: int, cursor: str | None) -> Page[Collection]:
    """One page of the published collections of the storefront's makers, or of one of them, by title."""
    rows = _with_picture(Collection.objects.shown(storefront))
    if maker is not None:
        rows = rows.filter(maker__code=maker)
    return paginate(rows, order=BY_TITLE, limit=limit, cursor=cursor)


def shown_collection(slug: str, *, storefront: Storefront) -> Collection:
    """A published collection with, as `members`, its pieces on sale in the storefront. Raises NotFound."""
    row = _with_picture(Collection.objects.shown(storefront).filter(slug=slug)).first()
    return _with_members(row, on_sale_in=storefront)


def present_slug_of_collection(old: str, *, storefront: Storefront) -> str | None:
    """The slug today of the collection shown here that once had this one; None where one has it today, or none had."""
    return present_slug(Collection.objects.shown(storefront), Kind.COLLECTION, old)


def _with_picture(rows: "QuerySet[Collection]") -> "QuerySet[Collection]":
    ready = ProductImage.objects.filter(status=ImageStatus.READY)
    return rows.select_related("maker", "category").prefetch_related(Prefetch("picture", ready))


def _with_members(row: Collection | None, *, on_sale_in: Storefront | None = None) -> Collection:
    if row is None:
        raise NotFound
    pieces = pieces_in(row)
    if on_sale_in is not None:
        pieces = pieces.filter(pk__in=Product.objects.on_sale(on_sale_in).values("pk"))
    row.members = list(pieces.only("public_id", "slug", "title", "is_public")[:MAX_PIECES])
    return row
