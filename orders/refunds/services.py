"""Deciding on refunds: under the locks of the order's payments, written down before anybody is asked for the money.

What may go back is guarded twice: a conditional UPDATE of the payment's `refunded`, and a CHECK beneath it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import F

from orders.disputes.models import Dispute
from orders.ledger.rules import at_rate
from orders.order.models import Order
from orders.order.services import OrderNotInState
from orders.payment.events import PaidTooLate
from orders.payment.models import Payment, PaymentStatus
from orders.payment.services import lock_payment, lock_payments_of
from orders.refunds import rules
from orders.refunds.models import Refund, RefundPart
from orders.refunds.queries import Left, LineLeft, left_of
from orders.refunds.rules import Part, PartKind, Reason
from shop import money
from shop.actors import Actor
from shop.audit import services as audit
from shop.errors import DomainError, FieldError, InvalidInput
from shop.events.services import atomic
from shop.jobs.services import defer


class RefundTooLarge(DomainError):
    code = "refund_too_large"
    title = "More than is left to give back"
    detail = "Nothing was refunded. `errors` says what is left; what is on its way back counts as gone."


class PaymentDisputed(DomainError):
    code = "payment_disputed"
    title = "The buyer's bank disputes the payment"
    detail = "The bank has taken the money; nothing can be refunded unless the dispute is won."


class Asked(NamedTuple):
    """An amount as somebody wrote it."""

    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to go back: pieces by the line's public id, shipping and goodwill; or everything that is left."""

    lines: Mapping[str, int] = field(default_factory=dict)
    shipping: Asked | None = None
    goodwill: Asked | None = None
    everything: bool = False


@atomic()
def request_refunds(
    order: Order, *, maker: Any, wanted: Wanted, reason: Reason, note: str, actor: Actor, claim: str | None
) -> list[Refund]:
    """Decide on refunds out of the maker's share of the order, one for each payment that is needed.

    They are written down, not yet asked for: jobs do that, or `send_refund` at once. `claim` is the request's
    idempotency claim: the same one finds what it made before.
    Raises InvalidInput, OrderNotInState, RefundTooLarge and PaymentDisputed; then nothing has changed.
    """
    payments = lock_payments_of(order.pk)
    if claim and (made := list(Refund.objects.filter(claim=claim).order_by("pk"))):
        return made
    if not any(payment.is_kept for payment in payments):
        raise OrderNotInState("Nothing has been paid on this order.")
    left = left_of(order)
    parts = _everything(left, maker.pk) if wanted.everything else _parts(left, maker.pk, wanted, order.currency)
    refunds = give_back(order, payments, parts, reason=reason, note=note, claim=claim)
    for refund in refunds:
        audit.record(
            actor,
            "refund.requested",
            maker=maker.public_id,
            object=refund.public_id,
            after={"order": order.number, "amount": money.shape(refund.amount, refund.currency), "reason": reason},
        )
    return refunds


def give_back(
    order: Order, payments: Sequence[Payment], parts: Sequence[Part], *, reason: Reason, note: str, claim: str | None
) -> list[Refund]:
    """Refunds of these parts over the order's locked payments.

    Raises RefundTooLarge and PaymentDisputed.
    """
    paid = [payment for payment in payments if payment.is_kept]
    if Dispute.objects.freezing().filter(payment__in=paid).exists():
        raise PaymentDisputed
    paid = [payment for payment in paid if payment.refunded < payment.amount]
    rooms = [payment.amount - payment.refunded for payment in paid]
    amount, room = rules.total(parts), sum(rooms, Decimal(0))
    if not 0 < amount <= room:
        raise RefundTooLarge(errors=[_left_error("", room, order.currency)])
    shares = zip(paid, rules.spread(parts, rooms), strict=True)
    return [
        create_refund(payment, share, rules.total(share), reason=reason, note=note, claim=claim)
        for payment, share in shares
        if rules.total(share)
    ]


def create_refund(
    payment: Payment,
    parts: Iterable[Part],
    amount: Decimal,
    *,
    reason: Reason,
    note: str = "",
    claim: str | None = None,
    stripe_id: str | None = None,
) -> Refund:
    """One refund of a locked payment, and the job that has it at Stripe. Raises RefundTooLarge."""
    reserve(payment, amount)
    refund = Refund(
        order_id=payment.order_id, payment=payment, amount=amount, currency=payment.currency, reason=reason,
        note=note, claim=claim, stripe_id=stripe_id,
    )  # fmt: skip
    refund.key = f"refund:{refund.public_id}"
    refund.save()
    RefundPart.objects.bulk_create(
        RefundPart(
            refund=refund, kind=part.kind, maker_id=part.maker, line_id=part.line, quantity=part.quantity,
            amount=part.amount, promotion=part.promotion,
        )
        for part in parts
    )  # fmt: skip
    if payment.provider == "stripe" and stripe_id is None:
        defer("orders.refunds.send", refund_pk=refund.pk)
    return refund


def reserve(payment: Payment, amount: Decimal) -> None:
    """Count the amount as gone, if so much is left. Raises RefundTooLarge."""
    enough = Payment.objects.filter(pk=payment.pk, status=PaymentStatus.PAID, amount__gte=F("refunded") + amount)
    if not enough.update(refunded=F("refunded") + amount):
        raise RefundTooLarge


def _parts(left: Left, maker_id: int, wanted: Wanted, currency: str) -> list[Part]:
    """What is wanted, piece by piece, within what is left of the maker's share."""
    own = left.of_maker(maker_id)
    if unknown := [name for name in wanted.lines if name not in own]:
        message = f"The order has no line {', '.join(unknown)} of yours."
        raise InvalidInput(errors=[{"field": "lines", "code": "unknown_line", "message": message}])
    if wanted.lines and left.due:
        raise OrderNotInState(
            "Pieces go back when all of the order is paid; until then give `goodwill` or `everything`."
        )
    _check_pieces(own, wanted.lines)
    parts = [_of_line(own[name], quantity, currency) for name, quantity in wanted.lines.items()]
    if wanted.goodwill:
        parts.append(_goodwill(left, maker_id, _amount("goodwill", wanted.goodwill, currency), currency))
    if rules.total(parts) > left.share(maker_id):
        raise RefundTooLarge(errors=[_left_error("", left.share(maker_id), currency)])
    parts = _fitting(parts, left, maker_id)
    if wanted.shipping:
        shipping = _amount("shipping", wanted.shipping, currency)
        if shipping > left.shipping(maker_id):
            raise RefundTooLarge(errors=[_left_error("shipping", left.shipping(maker_id), currency)])
        back = at_rate(left.added_to_shipping(maker_id), shipping, of=left.shipping(maker_id), currency=currency)
        parts.append(Part(PartKind.SHIPPING, maker_id, shipping, promotion=back))
    return parts


def _check_pieces(own: Mapping[str, LineLeft], wanted: Mapping[str, int]) -> None:
    over: list[FieldError] = [
        {"field": f"lines.{name}", "code": "too_many", "message": f"{own[name].quantity} of it are left."}
        for name, quantity in wanted.items()
        if quantity > own[name].quantity
    ]
    if over:
        raise RefundTooLarge(errors=over)


def _amount(name: str, asked: Asked, currency: str) -> Decimal:
    """The amount, if it is one of the order's currency. Raises InvalidInput."""
    problem: FieldError | None = None
    if asked.currency != currency:
        problem = {"field": f"{name}.currency", "code": "currency", "message": f"The order is in {currency}."}
    elif asked.amount != money.rounded(asked.amount, currency):
        problem = {"field": f"{name}.amount", "code": "too_fine", "message": f"{currency} has no such small parts."}
    elif asked.amount <= 0:
        problem = {"field": f"{name}.amount", "code": "min_value", "message": "Give more than nothing."}
    if problem:
        raise InvalidInput(errors=[problem])
    return asked.amount


def _left_error(name: str, amount: Decimal, currency: str) -> FieldError:
    shown = money.shape(amount, currency)
    return {"field": name, "code": "too_large", "message": f"{shown['amount']} {currency} of yours are left."}


def _of_line(left: LineLeft, quantity: int, currency: str) -> Part:
    amount, promotion = (
        rules.price_of(quantity, left=left.quantity, amount_left=amount_left, currency=currency)
        for amount_left in (left.amount, left.promotion)
    )
    return Part(PartKind.LINE, left.line.partner_id, amount, left.line.pk, quantity, promotion)


def _goodwill(left: Left, maker_id: int, amount: Decimal, currency: str) -> Part:
    """More than there is takes no more of the platform's than there is: it is refused for its amount."""
    share = left.share(maker_id)
    back = at_rate(left.added_to_share(maker_id), min(amount, share), of=share, currency=currency)
    return Part(PartKind.GOODWILL, maker_id, amount, promotion=back)


def _fitting(parts: Iterable[Part], left: Left, maker_id: int | None) -> list[Part]:
    """Within what is left of the maker's share: goodwill has taken of no certain line."""
    return rules.cut(parts, amount=left.share(maker_id), promotion=left.added_to_share(maker_id))


def _everything(left: Left, maker_id: int | None) -> list[Part]:
    """All that is left of a maker's share: its lines, less what was given as goodwill, and its shipping.

    While the order is not wholly paid it is goodwill, since no piece has been sold yet.
    """
    share = left.share(maker_id)
    lines = [
        Part(PartKind.LINE, maker_id, each.amount, each.line.pk, each.quantity, each.promotion)
        for each in left.of_maker(maker_id).values()
        if each.quantity
    ]
    if left.due:
        lines = [Part(PartKind.GOODWILL, maker_id, share)] if share else []
    shipping, added = left.shipping(maker_id), left.added_to_shipping(maker_id)
    of_shipping = [Part(PartKind.SHIPPING, maker_id, shipping, promotion=added)] if shipping or added else []
    return _fitting(lines, left, maker_id) + of_shipping


def everything_of_all(left: Left) -> list[Part]:
    """All that is left of everybody's share."""
    makers = dict.fromkeys([*(each.line.partner_id for each in left.lines.values()), None])
    return [part for maker in makers for part in _everything(left, maker)]


@atomic()
def refund_late(event: PaidTooLate) -> None:
    """Money that came too late goes back whole."""
    payment = lock_payment(event.payment)
    create_refund(payment, (), payment.amount - payment.refunded, reason=Reason.LATE_PAYMENT)


def forget_notes(order: Order) -> None:
    """What the team wrote about refunds may tell of the buyer: it goes with them."""
    Refund.objects.filter(order=order).exclude(note="").update(note="")
