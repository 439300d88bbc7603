"""Which offers there are for a basket, which of its lines are theirs, and how often they have been used."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import CharField, Exists, F, OuterRef, Q, QuerySet, Sum, Value
from django.db.models.functions import Cast, Coalesce

from catalog.catalogue.models import Product
from orders.offer.models import Benefit, ConditionalOffer, CustomerGroup, Range, RangeProduct
from orders.offer.rules import AMOUNT, MULTIBUY, PERCENTAGE, SHIPPING_AMOUNT, SHIPPING_FIXED, SHIPPING_PERCENTAGE
from orders.order.models import OrderDiscount
from orders.order.status import ENDED
from shop.errors import NotFound
from shop.mail.addresses import mailbox
from shop.pagination import Order, Page, paginate

NEWEST = Order("offers", "date_created", descending=True)

# Oscar's words for what an offer takes off, and ours.
KIND_OF: Mapping[str, str] = {
    Benefit.PERCENTAGE: PERCENTAGE,
    Benefit.FIXED: AMOUNT,
    Benefit.MULTIBUY: MULTIBUY,
    Benefit.SHIPPING_PERCENTAGE: SHIPPING_PERCENTAGE,
    Benefit.SHIPPING_ABSOLUTE: SHIPPING_AMOUNT,
    Benefit.SHIPPING_FIXED_PRICE: SHIPPING_FIXED,
}


@dataclass(frozen=True, slots=True)
class Customer:
    """Whom a limit counts for: an account, a mail address however it is spelled, or both. `email` may be blank."""

    user_id: int | None
    email: str

    def orders(self, prefix: str = "order__") -> Q:
        """The condition that an order is theirs."""
        theirs = Q(**{f"{prefix}user": self.user_id}) if self.user_id else Q(pk__in=())
        return theirs | Q(**{f"{prefix}mailbox": mailbox(self.email)}) if self.email else theirs


@dataclass(frozen=True, slots=True)
class Uses:
    """What live orders have had of an offer."""

    times: int = 0
    amount: Decimal = Decimal(0)
    times_of_customer: int = 0


NEVER = Uses()


def for_group_of(user_id: int | None) -> "QuerySet[ConditionalOffer]":
    """Those for everybody, and those for a group that the customer is in."""
    members = CustomerGroup.members.through.objects.filter(customergroup=OuterRef("group"), user=user_id)
    return ConditionalOffer.objects.filter(Q(group=None) | Q(Exists(members)))


def uses_of(offer_ids: Iterable[int], customer: Customer | None = None) -> dict[int, Uses]:
    """How often live orders have used each offer, and how often this customer's have; those never used are left out."""
    rows = OrderDiscount.objects.filter(offer_id__in=list(offer_ids)).exclude(order__status__in=ENDED)
    theirs = customer.orders() if customer else Q(pk__in=())
    counted = rows.values("offer_id").annotate(
        times=Sum("frequency"), total=Sum("amount"), theirs=Coalesce(Sum("frequency", filter=theirs), 0)
    )
    return {row["offer_id"]: Uses(row["times"], row["total"], row["theirs"]) for row in counted.order_by()}


def pieces_in(ranges: Sequence[Range], piece_ids: Collection[int]) -> dict[int, set[int]]:
    """Which of the pieces are in each range, by its key: three queries. What is below a category counts with it."""
    paths = _paths_of(piece_ids)
    products, categories = _products_of(ranges, piece_ids), _categories_of(ranges)
    found = {}
    for each in ranges:
        wanted, unwanted = categories[each.pk, True], categories[each.pk, False]
        inside = {pk for pk in piece_ids if each.includes_all_products or _is_below(paths[pk], wanted)}
        outside = {pk for pk in piece_ids if _is_below(paths[pk], unwanted)} | products[each.pk, False]
        found[each.pk] = (inside | products[each.pk, True]) - outside
    return found


def _paths_of(piece_ids: Collection[int]) -> dict[int, list[str]]:
    links = Product.categories.through.objects.filter(product__in=piece_ids)
    paths = defaultdict(list)
    for piece_id, path in links.values_list("product", "category__path"):
        paths[piece_id].append(path)
    return paths


def _is_below(paths: Iterable[str], branches: Collection[str]) -> bool:
    return any(path.startswith(branch) for path in paths for branch in branches)


def _products_of(ranges: Sequence[Range], piece_ids: Collection[int]) -> dict[tuple[int, bool], set[int]]:
    """The pieces that a range names, `{(range, whether it wants them): pieces}`."""
    of_them: dict[str, Any] = {"range__in": ranges, "product__in": piece_ids}
    wanted = RangeProduct.objects.filter(**of_them).values_list("range", "product", Value(True))
    unwanted = Range.excluded_products.through.objects.filter(**of_them).values_list("range", "product", Value(False))
    return _grouped(wanted.union(unwanted, all=True))


def _categories_of(ranges: Sequence[Range]) -> dict[tuple[int, bool], set[str]]:
    """Likewise the paths of the branches."""
    path = Cast(F("category__path"), CharField())
    wanted = Range.included_categories.through.objects.filter(range__in=ranges)
    unwanted = Range.excluded_categories.through.objects.filter(range__in=ranges)
    return _grouped(
        wanted.values_list("range", path, Value(True)).union(
            unwanted.values_list("range", path, Value(False)), all=True
        )
    )


def _grouped(rows: Iterable[tuple[int, Any, bool]]) -> dict[tuple[int, bool], set[Any]]:
    found = defaultdict(set)
    for range_id, what, is_wanted in rows:
        found[range_id, is_wanted].add(what)
    return found


def list_offers(maker_id: int, *, limit: int, cursor: str | None) -> Page[ConditionalOffer]:
    """A page of the maker's offers, the newest first, ended ones too. Raises InvalidCursor."""
    rows = _with_range(ConditionalOffer.objects.for_maker(maker_id).with_parts())
    return paginate(rows, order=NEWEST, limit=limit, cursor=cursor)


def get_offer(maker_id: int | None, offer_id: str, *, lock: bool = False) -> ConditionalOffer:
    """An offer of the maker's by its id, or of the platform's. Raises NotFound."""
    rows = ConditionalOffer.objects.filter(maker=maker_id, public_id=offer_id)
    if lock:
        rows = rows.select_for_update(no_key=True, of=("self",))
    row = _with_range(rows.with_parts()).first()
    if row is None:
        raise NotFound
    return row


def _with_range(rows: "QuerySet[ConditionalOffer]") -> "QuerySet[ConditionalOffer]":
    names = ("included_products", "excluded_products", "included_categories", "excluded_categories")
    return rows.prefetch_related(*(f"condition__range__{name}" for name in names))
