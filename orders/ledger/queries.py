"""What the ledger and an order say of whose money is whose."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db.models import Sum

from orders.ledger.models import LedgerEntry, LedgerTransaction
from orders.ledger.rules import (
    SHARED,
    Account,
    Entry,
    Holder,
    Kind,
    less,
    promotions_of_order,
    shares_of_order,
)
from orders.order.models import Order


def order_shares(order: Order) -> dict[Holder, Decimal]:
    """Whose the order's total is, as its lines say: one query, none where they are loaded.

    What the platform adds for discounts that it bears, `order_promotions` says.
    """
    return shares_of_order(
        items=_by_maker((line.partner_id, line.line_price_incl_tax) for line in order.lines.all()),
        shipping=order.shipping_incl_tax,
        tax=order.total_incl_tax - order.total_excl_tax,
        total=order.total_incl_tax,
        currency=order.currency,
    )


def order_promotions(order: Order) -> dict[Holder, Decimal]:
    """What the platform adds to the order's shares, as its lines say: one query, none where they are loaded."""
    return promotions_of_order(
        items=_by_maker((line.partner_id, line.promotion) for line in order.lines.all()),
        shipping=order.shipping_promotion,
    )


def _by_maker(amounts: Iterable[tuple[int | None, Decimal]]) -> dict[int | None, Decimal]:
    items: dict[int | None, Decimal] = {}
    for maker, amount in amounts:
        items[maker] = items.get(maker, Decimal(0)) + amount
    return items


def shares_paid(order: Order) -> dict[Holder, Decimal]:
    """Whose the money is that the order has brought and that has not gone back: one query.

    The platform's share is below zero: what it has added. What a refund may still take, and whose it is; read it under
    the order's lock.
    """
    return _shares(order, SHARED | {Account.PROMOTIONS})


def shares_added(order: Order) -> dict[Holder, Decimal]:
    """What the platform has added to the shares since the order was paid, whatever was refunded since: one query."""
    return _shares(order, SHARED, transaction__kind__in=(Kind.PROMOTION, Kind.PROMOTION_BACK))


def _shares(order: Order, accounts: frozenset[Account], **which: Any) -> dict[Holder, Decimal]:
    entries = LedgerEntry.objects.filter(transaction__order=order, account__in=accounts, **which)
    sums = entries.values_list("account", "maker").annotate(sum=Sum("amount")).order_by("account", "maker")
    return {Holder(Account(account), maker): -total for account, maker, total in sums if total}


def shares_charged(order: Order) -> dict[Holder, Decimal]:
    """Whose the money is that the order has brought, whatever went back since: one query.

    Of an order that is wholly paid these are the order's shares, to the cent.
    """
    return _shares(order, SHARED, transaction__kind=Kind.CHARGE)


def shares_due(order: Order) -> dict[Holder, Decimal]:
    """Whose the money is that is still to come: two queries. What has been refunded is not due again."""
    return less(order_shares(order), shares_charged(order))


def owed_to_buyer(order: Order) -> Decimal:
    """What of the money that came too late for the order has not gone back: one query."""
    entries = LedgerEntry.objects.filter(transaction__order=order, account=Account.OWED_TO_BUYER)
    return -(entries.aggregate(sum=Sum("amount"))["sum"] or Decimal(0))


def balance(account: Account, currency: str, *, maker: int | None = None) -> Decimal:
    """The account's sum, of one maker where given: what is there; of what we owe, minus what is owed."""
    entries = LedgerEntry.objects.filter(account=account, transaction__currency=currency)
    if maker is not None:
        entries = entries.filter(maker=maker)
    return entries.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)


def entries_of(key: str) -> list[Entry]:
    """What was entered under this key; empty where nothing was."""
    rows = LedgerEntry.objects.filter(transaction__key=key).order_by("pk")
    return [Entry(Account(row.account), row.amount, row.maker_id) for row in rows]


def is_posted(key: str) -> bool:
    return LedgerTransaction.objects.filter(key=key).exists()
