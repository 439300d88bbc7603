"""The vouchers of a basket, with what keeps them from being used; and a maker's own."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Prefetch, Q, QuerySet
from django.utils import timezone

from orders.offer.models import ConditionalOffer
from orders.offer.queries import Customer
from orders.order.status import ENDED
from orders.voucher.models import Voucher, VoucherApplication
from orders.voucher.rules import EXPIRED, MULTIPLE, ONCE_PER_CUSTOMER, SINGLE, time_problem, use_problem
from shop.errors import NotFound
from shop.pagination import Order, Page, paginate

# Oscar's words for how often a voucher can be used, and ours.
USAGE_OF: Mapping[str, str] = {
    Voucher.SINGLE_USE: SINGLE,
    Voucher.MULTI_USE: MULTIPLE,
    Voucher.ONCE_PER_CUSTOMER: ONCE_PER_CUSTOMER,
}
NEWEST = Order("vouchers", "date_created", descending=True)


@dataclass(frozen=True, slots=True)
class VoucherState:
    """A voucher as it stands to a customer now: `problem` is one of `rules.PROBLEMS`, blank where it can be used."""

    pk: int
    code: str
    label: str
    offers: frozenset[int]
    problem: str


def states_of(vouchers: "QuerySet[Voucher]", customer: Customer) -> list[VoucherState]:
    """One query, whatever there is of them; by their code."""
    lives = ~Q(applications__order__status__in=ENDED) & Q(applications__isnull=False)
    theirs = lives & customer.orders("applications__order__")
    rows = vouchers.annotate(
        offer_ids=ArrayAgg("offers", distinct=True),
        uses=Count("applications", filter=lives, distinct=True),
        uses_of_customer=Count("applications", filter=theirs, distinct=True),
    )
    return [
        VoucherState(row.pk, row.code, row.name, frozenset(row.offer_ids), problem_of(row))
        for row in rows.order_by("code")
    ]


def problem_of(row: Voucher) -> str:
    """Of a voucher that knows its uses."""
    if row.ended_at is not None:
        return EXPIRED
    when = time_problem(now=timezone.now(), starts_at=row.start_datetime, ends_at=row.end_datetime)
    return when or use_problem(
        uses=row.uses,
        max_uses=1 if row.usage == Voucher.SINGLE_USE else row.max_uses,
        uses_of_customer=row.uses_of_customer,
        once_per_customer=row.usage == Voucher.ONCE_PER_CUSTOMER,
    )


def list_vouchers(maker_id: int, *, limit: int, cursor: str | None) -> Page[Voucher]:
    """A page of the maker's vouchers, the newest first, ended ones too. Raises InvalidCursor."""
    rows = _with_parts(Voucher.objects.for_maker(maker_id))
    return paginate(rows, order=NEWEST, limit=limit, cursor=cursor)


def get_voucher(maker_id: int | None, voucher_id: str, *, lock: bool = False) -> Voucher:
    """A voucher of the maker's by its id, or of the platform's. Raises NotFound."""
    rows = Voucher.objects.filter(maker=maker_id, public_id=voucher_id)
    row = _with_parts(rows.select_for_update(no_key=True, of=("self",)) if lock else rows).first()
    if row is None:
        raise NotFound
    return row


def uses_of(voucher_ids: list[int]) -> Mapping[int, int]:
    """In how many live orders each has been used; those never used are left out."""
    lives = VoucherApplication.objects.filter(voucher__in=voucher_ids).exclude(order__status__in=ENDED)
    return dict(lives.order_by().values_list("voucher").annotate(Count("pk")))


def _with_parts(rows: "QuerySet[Voucher]") -> "QuerySet[Voucher]":
    return rows.select_related("maker").prefetch_related(Prefetch("offers", ConditionalOffer.objects.order_by("pk")))
