"""Where Stripe and we may tell different stories."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Max, Q, QuerySet, Sum

from orders.ledger.models import LedgerEntry
from orders.ledger.rules import Account
from orders.order.models import Order
from orders.outbox.models import CommandStatus, StripeCommand
from orders.payment.models import Payment, Provider
from orders.reconcile.models import StripeMovement


@dataclass(frozen=True, slots=True)
class Difference:
    """What an order's payments left in our balance at Stripe, by Stripe and by the ledger."""

    order: str
    currency: str
    at_stripe: Decimal
    in_ledger: Decimal


def payments_to_read(*, before: datetime) -> QuerySet[Payment]:
    """Stripe's payments of before then of which there may be news: open ones, and those with an unknown command."""
    unknown = StripeCommand.objects.filter(status=CommandStatus.UNKNOWN).values("about")
    at_stripe = Payment.objects.filter(provider=Provider.STRIPE, created_at__lt=before)
    open_or_unknown = Q(pk__in=Payment.objects.open().values("pk")) | Q(public_id__in=unknown)
    return at_stripe.filter(open_or_unknown).order_by("pk")


def differences(*, before: datetime) -> list[Difference]:
    """The orders whose money at Stripe is not what the ledger says; without those that moved since `before`.

    An order of which something has moved in another currency is not compared: Stripe changes it at a rate of its own.
    """
    moved, entered = _moved(), _entered()
    keys, own = moved.keys() | entered.keys(), dict(Order.objects.values_list("number", "currency"))
    changed = {number for number, currency in keys if currency != own[number]}
    nothing = (Decimal(0), None)
    found = []
    for key in sorted(key for key in keys if key[0] not in changed):
        (at_stripe, last_moved), (in_ledger, last_entered) = moved.get(key, nothing), entered.get(key, nothing)
        if at_stripe != in_ledger and all(at is None or at < before for at in (last_moved, last_entered)):
            found.append(Difference(*key, at_stripe, in_ledger))
    return found


Sums = dict[tuple[str, str], tuple[Decimal, datetime | None]]


def _moved() -> Sums:
    """`{(order, currency): (net, last at)}` of what Stripe lists."""
    of_order = dict(Payment.objects.exclude(intent_id=None).values_list("intent_id", "order__number"))
    rows = StripeMovement.objects.filter(intent_id__in=of_order).values_list("intent_id", "currency")
    sums: Sums = {}
    for intent_id, currency, net, last in rows.annotate(net_sum=Sum("net"), last=Max("created_at")):
        key = (of_order[intent_id], currency)
        before, at = sums.get(key, (Decimal(0), None))
        sums[key] = (before + net, max(last, at) if at else last)
    return sums


def _entered() -> Sums:
    """`{(order, currency): (sum, last at)}` of what the ledger has at Stripe."""
    rows = LedgerEntry.objects.filter(account=Account.STRIPE).values_list(
        "transaction__order__number", "transaction__currency"
    )
    summed = rows.annotate(sum=Sum("amount"), last=Max("transaction__at"))
    return {(number, currency): (total, last) for number, currency, total, last in summed}
