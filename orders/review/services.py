"""A paid order is looked at before it is made and sent: held by the rules, let go or cancelled by the team."""

from typing import Any

from django.utils import timezone

from orders.order.events import DeliveryCorrected, OrderCancelled, OrderPaid
from orders.order.models import Order
from orders.order.services import lock_order
from orders.order.status import OrderStatus, ReviewStatus
from orders.payment.services import lock_payments_of
from orders.refunds.closing import cancel_paid_order, check_own, makers_of
from orders.review.queries import facts_of, limits
from orders.review.rules import reasons
from shop.actors import Actor
from shop.audit import services as audit
from shop.errors import DomainError
from shop.events.services import atomic


class NotUnderReview(DomainError):
    code = "not_under_review"
    title = "The order is not held for review"
    detail = "Somebody has decided already, or it was never held; its `review` says how it stands."


def screen(event: OrderPaid | DeliveryCorrected) -> None:
    """Hold a paid order for every reason that nobody has looked at; in the transaction of what happened.

    Also one that was approved: whoever corrects an address gives it a new reason, or none.
    """
    order = lock_order(event.order_id)
    if order.status != OrderStatus.PAID:
        return
    found = reasons(facts_of(order), limits())
    fresh = [code for code in found if code not in order.review_reasons]
    if fresh:
        order.review_reasons += fresh
        order.review, order.reviewed_at = ReviewStatus.HELD, None
        order.save(update_fields=["review", "review_reasons", "reviewed_at"])


def close(event: OrderCancelled) -> None:
    """Of an order that was cancelled without a review there is nothing to decide any more."""
    if event.was_paid:
        held = Order.objects.filter(pk=event.order_id, review=ReviewStatus.HELD)
        held.update(review=ReviewStatus.CANCELLED, reviewed_at=timezone.now())


@atomic()
def approve(order: Order, *, maker: Any = None, actor: Actor) -> Order:
    """Let a held order be made and sent; without a `maker` the platform's operator does. Raises NotUnderReview.

    A maker decides on an order that is nobody else's: it would let go or keep back the pieces of others. Raises
    OrderOfOthersToo.
    """
    check_own(order, maker)
    order = lock_order(order.pk)
    _decide(order, ReviewStatus.APPROVED, actor)
    return order


@atomic()
def cancel(order: Order, *, maker: Any = None, actor: Actor) -> Order:
    """Cancel a held order: its money goes back, its stock is for sale again. The buyer is told no reason.

    By whom, as `approve`. Locks payments, order, stock. Raises NotUnderReview, and what `cancel_paid_order` raises.
    """
    check_own(order, maker)
    lock_payments_of(order.pk)
    order = lock_order(order.pk)
    _decide(order, ReviewStatus.CANCELLED, actor)
    return cancel_paid_order(order=order, actor=actor)


def _decide(order: Order, review: ReviewStatus, actor: Actor) -> None:
    """On a locked order. Each maker with pieces in it finds the decision in the audit."""
    if order.review != ReviewStatus.HELD:
        raise NotUnderReview
    order.review, order.reviewed_at = review, timezone.now()
    order.save(update_fields=["review", "reviewed_at"])
    after = {"review": review, "reasons": order.review_reasons}
    for maker in makers_of(order):
        audit.record(
            actor, f"order.review_{review}", maker=maker, object=order.public_id,
            before={"review": ReviewStatus.HELD}, after=after,
        )  # fmt: skip
