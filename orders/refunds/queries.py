"""What may still go back of an order, and its refunds as its maker reads them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Prefetch, QuerySet, Sum

from orders.ledger.queries import shares_added, shares_charged
from orders.ledger.rules import Account, Holder, less, with_promotions
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
    """Of a line, how many pieces have not been given back, and what is left of its price and of the platform's part."""

    line: Line
    quantity: int
    amount: Decimal
    promotion: Decimal


@dataclass(frozen=True, slots=True)
class Left:
    """What of an order has not gone back: its lines by their public ids, and the shares of those who are paid by it.

    `shares` are of the buyer's money, as far as it has come; `added` is what the platform bears of discounts. While a
    part is `due` the money is for no certain piece: what a line has cost is not paid yet.
    """

    lines: dict[str, LineLeft]
    shares: dict[Holder, Decimal]
    added: dict[Holder, Decimal]
    due: Decimal

    def of_maker(self, maker_id: int | None) -> dict[str, LineLeft]:
        return {name: left for name, left in self.lines.items() if left.line.partner_id == maker_id}

    def share(self, maker_id: int | None) -> Decimal:
        return self.shares.get(Holder(Account.OWED_TO_MAKER, maker_id), Decimal(0))

    def shipping(self, maker_id: int | None) -> Decimal:
        return self.shares.get(Holder(Account.SHIPPING, maker_id), Decimal(0))

    def added_to_share(self, maker_id: int | None) -> Decimal:
        return self.added.get(Holder(Account.OWED_TO_MAKER, maker_id), Decimal(0))

    def added_to_shipping(self, maker_id: int | None) -> Decimal:
        return self.added.get(Holder(Account.SHIPPING, maker_id), Decimal(0))


def left_of(order: Order) -> Left:
    """What may still go back: four queries. Read it under the locks of the order's payments."""
    shares = shares_charged(order)
    lines = list(order.lines.all())
    given = _given_back(lines)
    parts = [part_of(row) for row in RefundPart.objects.counted().filter(refund__order=order)]
    return Left(
        {
            line.public_id: _left_of_line(line, paid, *given[line.pk])
            for line, paid in _paid_for(lines, shares, order.currency)
        },
        less(shares, _by_holder((part, part.amount) for part in parts)),
        less(shares_added(order), promotions_of(parts)),
        order.total_incl_tax - sum(shares.values(), Decimal(0)),
    )


def _left_of_line(line: Line, paid: Decimal, quantity: int, amount: Decimal, promotion: Decimal) -> LineLeft:
    return LineLeft(line, line.quantity - quantity, paid - amount, line.promotion - promotion)


def _given_back(lines: Iterable[Line]) -> dict[int, tuple[int, Decimal, Decimal]]:
    parts = RefundPart.objects.counted().filter(line__in=[line.pk for line in lines])
    sums = parts.values_list("line").annotate(Sum("quantity"), Sum("amount"), Sum("promotion"))
    return dict.fromkeys((line.pk for line in lines), (0, Decimal(0), Decimal(0))) | {
        line: (quantity, amount, promotion) for line, quantity, amount, promotion in sums
    }


def _paid_for(lines: list[Line], shares: dict[Holder, Decimal], currency: str) -> Iterable[tuple[Line, Decimal]]:
    """What each line has cost: its maker's share by the prices of the maker's lines."""
    for maker in dict.fromkeys(line.partner_id for line in lines):
        own = [line for line in lines if line.partner_id == maker]
        share = shares.get(Holder(Account.OWED_TO_MAKER, maker), Decimal(0))
        yield from zip(own, money.split(share, [line.line_price_incl_tax for line in own], currency), strict=True)


def part_of(row: RefundPart) -> Part:
    return Part(PartKind(row.kind), row.maker_id, row.amount, row.line_id, row.quantity, row.promotion)


def shares_of(parts: Iterable[Part]) -> dict[Holder, Decimal]:
    """Out of whose shares the parts are, as the ledger names them; the platform has its part back, below zero."""
    parts = list(parts)
    owed = _by_holder((part, part.amount + part.promotion) for part in parts)
    return with_promotions(owed, promotions_of(parts))


def promotions_of(parts: Iterable[Part]) -> dict[Holder, Decimal]:
    """Out of which shares the platform has back what it bore."""
    return _by_holder((part, part.promotion) for part in parts)


def _by_holder(amounts: Iterable[tuple[Part, Decimal]]) -> dict[Holder, Decimal]:
    shares: dict[Holder, Decimal] = {}
    for part, amount in amounts:
        account = Account.SHIPPING if part.kind == PartKind.SHIPPING else Account.OWED_TO_MAKER
        holder = Holder(account, part.maker)
        shares[holder] = shares.get(holder, Decimal(0)) + amount
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
