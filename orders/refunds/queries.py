"""What may still go back of an order, and its refunds as its maker reads them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Prefetch, QuerySet, Sum

from orders.ledger.queries import order_shares
from orders.ledger.rules import Account, Holder, less
from orders.order.models import Line, Order
from orders.refunds.models import Refund, RefundPart
from orders.refunds.rules import Part, PartKind
from orders.refunds.status import OPEN
from shop import money, pagination
from shop.errors import NotFound
from shop.pagination import Page

NEWEST_FIRST = pagination.Order("newest", "created_at", descending=True)


@dataclass(frozen=True, slots=True)
class LineLeft:
    """Of a line, how many pieces have not been given back, and what is left of its price."""

    line: Line
    quantity: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Left:
    """What of an order has not gone back: its lines by their public ids, and the shares of those who are paid by it."""

    lines: dict[str, LineLeft]
    shares: dict[Holder, Decimal]

    def of_maker(self, maker_id: int | None) -> dict[str, LineLeft]:
        return {name: left for name, left in self.lines.items() if left.line.partner_id == maker_id}

    def share(self, maker_id: int | None) -> Decimal:
        return self.shares.get(Holder(Account.OWED_TO_MAKER, maker_id), Decimal(0))

    def shipping(self, maker_id: int | None) -> Decimal:
        return self.shares.get(Holder(Account.SHIPPING, maker_id), Decimal(0))


def left_of(order: Order) -> Left:
    """What may still go back: three queries. Read it under the locks of the order's payments."""
    shares = order_shares(order)
    lines = list(order.lines.all())
    given = _given_back(lines)
    counted = RefundPart.objects.counted().filter(refund__order=order)
    return Left(
        {
            line.public_id: LineLeft(line, line.quantity - given[line.pk][0], paid - given[line.pk][1])
            for line, paid in _paid_for(lines, shares, order.currency)
        },
        less(shares, shares_of(part_of(row) for row in counted)),
    )


def _given_back(lines: Iterable[Line]) -> dict[int, tuple[int, Decimal]]:
    parts = RefundPart.objects.counted().filter(line__in=[line.pk for line in lines])
    sums = parts.values_list("line").annotate(Sum("quantity"), Sum("amount"))
    return dict.fromkeys((line.pk for line in lines), (0, Decimal(0))) | {
        line: (quantity, amount) for line, quantity, amount in sums
    }


def _paid_for(lines: list[Line], shares: dict[Holder, Decimal], currency: str) -> Iterable[tuple[Line, Decimal]]:
    """What each line has cost: its maker's share by the prices of the maker's lines."""
    for maker in dict.fromkeys(line.partner_id for line in lines):
        own = [line for line in lines if line.partner_id == maker]
        share = shares.get(Holder(Account.OWED_TO_MAKER, maker), Decimal(0))
        yield from zip(own, money.split(share, [line.line_price_incl_tax for line in own], currency), strict=True)


def part_of(row: RefundPart) -> Part:
    return Part(PartKind(row.kind), row.maker_id, row.amount, row.line_id, row.quantity)


def shares_of(parts: Iterable[Part]) -> dict[Holder, Decimal]:
    """Out of whose shares the parts are, as the ledger names them."""
    shares: dict[Holder, Decimal] = {}
    for part in parts:
        account = Account.SHIPPING if part.kind == PartKind.SHIPPING else Account.OWED_TO_MAKER
        holder = Holder(account, part.maker)
        shares[holder] = shares.get(holder, Decimal(0)) + part.amount
    return {holder: amount for holder, amount in shares.items() if amount}


def of_maker(maker_id: int) -> QuerySet[Refund]:
    """Those with a part out of the maker's share, each with its payment and these parts alone: two queries."""
    parts = RefundPart.objects.filter(maker=maker_id).select_related("line").order_by("pk")
    return Refund.objects.for_maker(maker_id).select_related("payment").prefetch_related(Prefetch("parts", parts))


def list_refunds(order: Order, maker: Any, *, limit: int, cursor: str | None) -> Page[Refund]:
    """The maker's refunds of the order, the newest first: two queries. Raises InvalidCursor."""
    own = of_maker(maker.pk).filter(order=order)
    return pagination.paginate(own, order=NEWEST_FIRST, limit=limit, cursor=cursor)


def get_refund(order: Order, maker: Any, refund_id: str) -> Refund:
    """Raises NotFound, also for one of another order or maker."""
    refund = of_maker(maker.pk).filter(order=order, public_id=refund_id).first()
    if refund is None:
        raise NotFound
    return refund


def open_at_stripe(*, before: datetime, limit: int = 200) -> list[int]:
    """Refunds that Stripe has not said its last word on, the oldest first."""
    waiting = Refund.objects.filter(status__in=OPEN, payment__provider="stripe", created_at__lt=before)
    return list(waiting.order_by("created_at", "pk").values_list("pk", flat=True)[:limit])
