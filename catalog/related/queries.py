"""Which pieces a shopper may like who looks at one, read from the product documents: one query."""

from decimal import Decimal

from django.db.models import QuerySet, Subquery

from catalog.browse.models import ProductDocument
from catalog.related.rules import MAX_RELATED, Facts, closeness
from shop.errors import NotFound
from shop.storefronts.models import Storefront

# Of each kind so many are compared, the newest: the work stays the same however large the shop is.
COMPARED = 200
FACTS = ("maker", "product_type", "metals", "stones", "price_from")


def related_to(slug: str, *, storefront: Storefront) -> list[int]:
    """The keys of the pieces on sale here that are closest to one, the closest first, then the newest. Raises NotFound.

    Of the same maker or of the same type, at most `MAX_RELATED`; the same each time while the catalog stands still.
    """
    shown = ProductDocument.objects.filter(storefront.shows("maker"), is_listed=True)
    this = shown.filter(slug=slug)
    near, alike = _newest_with_its(shown, this, "maker"), _newest_with_its(shown, this, "product_type")
    rows = this.union(near, alike).values_list("slug", "created_at", "piece", *FACTS)
    found = {row_slug: (_facts(*facts), made, pk) for row_slug, made, pk, *facts in rows}
    wanted = found.pop(slug, None)
    if wanted is None:
        raise NotFound
    closest = sorted(found.values(), key=lambda row: (closeness(wanted[0], row[0]), *row[1:]), reverse=True)
    return [pk for _, _, pk in closest[:MAX_RELATED]]


def _newest_with_its(
    shown: "QuerySet[ProductDocument]", this: "QuerySet[ProductDocument]", name: str
) -> "QuerySet[ProductDocument]":
    return shown.filter(**{name: Subquery(this.values(name)[:1])}).order_by("-created_at", "-piece")[:COMPARED]


def _facts(maker: int, product_type: str, metals: list[str], stones: list[str], price: Decimal) -> Facts:
    return Facts(maker, product_type, frozenset(metals), frozenset(stones), price)
