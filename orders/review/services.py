"""A paid order is looked at before it is made and sent: held by the rules, let go or cancelled by the team."""

from typing import Any

from django.utils import timezone

from orders.order.events import DeliveryCorrected, OrderPaid
from orders.order.models import Order
from orders.order.services import lock_order
from orders.order.status import OrderStatus, ReviewStatus
from orders.refunds.closing import cancel_own_order
from orders.refunds.rules import Reason
from orders.review.queries import facts_of, get_review, limits
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


@atomic()
def approve(number: str, *, maker: Any, actor: Actor) -> Order:
    """Let a held order be made and sent. Raises NotFound and NotUnderReview."""
    shown = get_review(number, maker=maker)
    order = lock_order(shown.pk)
    _decide(order, ReviewStatus.APPROVED, maker=maker, actor=actor)
    return get_review(number, maker=maker)


def _decide(order: Order, review: ReviewStatus, *, maker: Any, actor: Actor) -> None:
    if order.review != ReviewStatus.HELD:
        raise NotUnderReview
    order.review, order.reviewed_at = review, timezone.now()
    order.save(update_fields=["review", "reviewed_at"])
    after = {"review": review, "reasons": order.review_reasons}
    audit.record(
        actor, f"order.review_{review}", maker=maker.public_id, object=order.public_id,
        before={"review": ReviewStatus.HELD}, after=after,
    )  # fmt: skip


@atomic()
def cancel(number: str, *, maker: Any, actor: Actor) -> Order:
    """Cancel a held order: its money goes back, its stock is for sale again. The buyer is told no reason.

    Locks payments, order, stock. Raises NotFound, NotUnderReview, and what `cancel_own_order` raises.
    """
    shown = get_review(number, maker=maker)
    if shown.review != ReviewStatus.HELD:
        raise NotUnderReview
    order = cancel_own_order(shown, maker=maker, actor=actor, reason=Reason.ORDER_CANCELLED, note="")
    # Under its lock now: whoever decided a moment ago has decided, and this cancel is undone.
    _decide(order, ReviewStatus.CANCELLED, maker=maker, actor=actor)
    return get_review(number, maker=maker)
