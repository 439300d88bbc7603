"""What a team does with a paid order that does not go its way: cancel it, put pieces back on the shelf."""

from collections.abc import Collection, Mapping
from typing import Any

from django.db.models import F, Sum

from catalog.inventory.services import release
from orders.basket.models import Basket
from orders.basket.services import reopen
from orders.disputes.models import Dispute
from orders.disputes.status import DisputeStatus
from orders.ledger.rules import Kind, promotion_back
from orders.ledger.services import post
from orders.order.models import Line, Order
from orders.order.services import OrderNotInState, held_quantities, lock_basket_of, lock_order, move
from orders.order.status import OrderStatus
from orders.payment.models import Payment
from orders.payment.services import lock_payments_of
from orders.refunds.models import Refund, RefundPart
from orders.refunds.queries import Left, left_of
from orders.refunds.rules import Reason
from orders.refunds.services import everything_of_all, give_back
from shop.actors import Actor
from shop.audit import services as audit
from shop.errors import DomainError, InvalidInput
from shop.events.services import atomic

# Nothing of it has left.
UNSENT = frozenset({OrderStatus.PAID, OrderStatus.IN_PROGRESS})


class OrderOfOthersToo(DomainError):
    code = "order_of_several_makers"
    title = "The order has pieces of other makers, too"
    detail = "Only the shop's operator decides on the whole order; you may refund your own lines."


class RestockTooLarge(DomainError):
    code = "restock_too_large"
    title = "So many pieces are not there to go back on the shelf"
    detail = "A piece goes back once, and only after its refund. Nothing was changed; `errors` says how many may."


@atomic()
def cancel_paid_order(*, order: Order, actor: Actor, reason: Reason = Reason.ORDER_CANCELLED, note: str = "") -> Order:
    """Cancel an order that is not sent: all money that is left goes back, its stock is for sale again.

    One that waits for money, or for the rest of it, is cancelled where nobody can pay any more; its basket opens again.
    The refunds are committed with it; jobs ask Stripe for them. One that is cancelled already is returned as it is.
    Locks basket, payments, order, stock. Raises OrderNotInState, and PaymentDisputed while a bank has not decided; then
    nothing has changed.
    """
    waits = order.status == OrderStatus.AWAITING_PAYMENT
    if waits:
        lock_basket_of(order.pk)
    payments = lock_payments_of(order.pk)
    order = lock_order(order.pk)
    if order.status == OrderStatus.CANCELLED:
        return order  # a repeated request, whose first answer was lost
    if waits:
        _check_nobody_pays(order)
    elif order.status not in UNSENT:
        raise OrderNotInState("Only an order that is not sent can be cancelled.")
    refunds: list[Refund] = []
    left = left_of(order)
    there = [payment for payment in payments if payment.is_kept and payment.refunded < payment.amount]
    if there and not _all_lost(there):
        refunds = give_back(order, payments, everything_of_all(left), reason=reason, note=note, claim=None)
    elif not there:
        _end_promotion(order, left)
    move(order, OrderStatus.CANCELLED)
    release(held_quantities(order), reference=order.number)
    if waits and (basket := Basket.objects.filter(pk=order.basket_id).first()):
        reopen(basket)
    _record(order, actor, reason, refunds)
    return order


def _check_nobody_pays(order: Order) -> None:
    """That a locked order still waits for money, and no payment of it is open, also none that has come meanwhile."""
    if order.status != OrderStatus.AWAITING_PAYMENT or Payment.objects.filter(order=order).open().exists():
        raise OrderNotInState("It can still be paid; its buyer cancels it, or the shop's operator.")


def _all_lost(payments: Collection[Payment]) -> bool:
    """Whether the buyer's bank has taken back all that was left of these: then nothing is left to go back by us."""
    lost = Dispute.objects.filter(status=DisputeStatus.LOST, payment__in=payments)
    taken = dict(lost.order_by().values_list("payment").annotate(Sum("amount")))
    return all(taken.get(payment.pk, 0) >= payment.amount - payment.refunded for payment in payments)


def _end_promotion(order: Order, left: Left) -> None:
    """What cost the buyer nothing comes with no refund: the platform has back what it bore of it."""
    kind = Kind.PROMOTION_BACK
    post(key=f"{kind}:{order.public_id}", kind=kind, order=order, entries=promotion_back(left.added))


def _record(order: Order, actor: Actor, reason: Reason, refunds: list[Refund]) -> None:
    after = {"status": order.status, "reason": reason, "refunds": [refund.public_id for refund in refunds]}
    for maker in makers_of(order):
        audit.record(actor, "order.cancelled", maker=maker, object=order.public_id, after=after)


def makers_of(order: Order) -> list[str]:
    """The public ids of those with pieces in the order."""
    return sorted({line.partner.public_id for line in order.lines.select_related("partner") if line.partner})


def check_own(order: Order, maker: Any) -> None:
    """Whether the order is nobody else's than the maker's; without a maker, the operator's to decide on.

    Raises OrderOfOthersToo.
    """
    if maker is not None and order.lines.exclude(partner=maker.pk).exists():
        raise OrderOfOthersToo


@atomic()
def cancel_own_order(order: Order, *, maker: Any, actor: Actor, reason: Reason, note: str) -> Order:
    """A maker cancels an order that is nobody else's. Raises OrderOfOthersToo besides."""
    check_own(order, maker)
    return cancel_paid_order(order=order, actor=actor, reason=reason, note=note)


@atomic()
def restock(order: Order, *, maker: Any, pieces: Mapping[str, int], actor: Actor) -> Order:
    """Put refunded pieces of an order that is not sent back on the shelf, `{line's public id: quantity}`; each once.

    Raises InvalidInput, OrderNotInState and RestockTooLarge.
    """
    order = lock_order(order.pk)
    if order.status not in UNSENT:
        raise OrderNotInState("Only what is paid and not sent is still there to go back on the shelf.")
    lines = {line.public_id: line for line in order.lines.for_maker(maker.pk)}
    if unknown := sorted(pieces.keys() - lines.keys()):
        message = f"The order has no line {', '.join(unknown)} of yours."
        raise InvalidInput(errors=[{"field": "lines", "code": "unknown_line", "message": message}])
    freed: dict[int, int] = {}
    for name, quantity in sorted(pieces.items(), key=lambda item: lines[item[0]].pk):
        line = lines[name]
        _count_as_restocked(line, quantity)
        if line.stockrecord_id:
            freed[line.stockrecord_id] = freed.get(line.stockrecord_id, 0) + quantity
    release(freed, reference=order.number)
    audit.record(actor, "order.restocked", maker=maker.public_id, object=order.public_id, after={"lines": dict(pieces)})
    return order


def _count_as_restocked(line: Line, quantity: int) -> None:
    refunded = RefundPart.objects.counted().filter(line=line).values_list("quantity", flat=True)
    free = sum(refunded) - line.restocked
    once = Line.objects.filter(pk=line.pk, restocked=line.restocked)
    if quantity > free or not once.update(restocked=F("restocked") + quantity):
        message = f"{max(free, 0)} of it may go back."
        raise RestockTooLarge(errors=[{"field": f"lines.{line.public_id}", "code": "too_many", "message": message}])
