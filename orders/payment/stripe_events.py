"""Which event of Stripe's leads to which service. An event is a hint; the intent is read again."""

from collections.abc import Callable, Mapping

from orders.payment.services import settle_intent

HANDLERS: Mapping[str, Callable[[str], None]] = {
    "payment_intent.succeeded": settle_intent,
    "payment_intent.processing": settle_intent,
    "payment_intent.requires_action": settle_intent,
    "payment_intent.payment_failed": settle_intent,
    "payment_intent.canceled": settle_intent,
}
