"""Which event of Stripe's leads to which service. An event is a hint; the object is read again.

Refunds and disputes stand on floors above: theirs are jobs, enqueued by name.
"""

from collections.abc import Callable, Mapping

from orders.payment.services import settle_intent
from shop.jobs.services import defer


def _follow_refund(refund_id: str) -> None:
    defer("orders.refunds.follow", refund_id=refund_id)


def _follow_dispute(dispute_id: str) -> None:
    defer("orders.disputes.follow", dispute_id=dispute_id)


HANDLERS: Mapping[str, Callable[[str], None]] = {
    "payment_intent.succeeded": settle_intent,
    "payment_intent.processing": settle_intent,
    "payment_intent.requires_action": settle_intent,
    "payment_intent.payment_failed": settle_intent,
    "payment_intent.canceled": settle_intent,
    "refund.created": _follow_refund,
    "refund.updated": _follow_refund,
    "refund.failed": _follow_refund,
    "charge.dispute.created": _follow_dispute,
    "charge.dispute.updated": _follow_dispute,
    "charge.dispute.closed": _follow_dispute,
    "charge.dispute.funds_withdrawn": _follow_dispute,
    "charge.dispute.funds_reinstated": _follow_dispute,
}
