"""Background entry points of payments."""

from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from orders.payment import services
from orders.payment.models import StripeEvent
from orders.payment.stripe_events import HANDLERS

# After 5 s, 25 s, 2 min, 10 min, 52 min, 4 h, 22 h, 5 days, 23 days: nothing that is owed is given up early.
PATIENT = RetryStrategy(max_attempts=10, exponential_wait=5)


@app.task(name="orders.payment.process_event", retry=PATIENT)
def process_event(event_id: str) -> None:
    event = StripeEvent.objects.get(event_id=event_id)
    if event.processed_at is None:
        if handler := HANDLERS.get(event.type):
            handler(event.object_id)
        StripeEvent.objects.filter(pk=event.pk).update(processed_at=timezone.now())


@app.task(name="orders.payment.cancel_intent", retry=PATIENT)
def cancel_intent(payment_id: int) -> None:
    services.cancel_lost_intent(payment_id)


@app.task(name="orders.payment.refund_late", retry=PATIENT)
def refund_late(payment_id: int) -> None:
    services.refund_late(payment_id)
