"""Background entry points of payments."""

from django.utils import timezone
from procrastinate import RetryDecision, RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.jobs import Job

from orders.payment import services
from orders.payment.models import StripeEvent
from orders.payment.services import PaymentMismatch
from orders.payment.stripe_events import HANDLERS


class Patient(RetryStrategy):
    """What no time will mend is a dead letter at once, so that a person sees it."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        if isinstance(exception, PaymentMismatch):
            return None
        return super().get_retry_decision(exception=exception, job=job)


# After 5 s, 25 s, 2 min, 10 min, 52 min, 4 h, 22 h, 5 days, 23 days: nothing that is owed is given up early.
PATIENT = Patient(max_attempts=10, exponential_wait=5)


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


@app.task(name="orders.payment.enter_fee", retry=PATIENT)
def enter_fee(payment_id: int) -> None:
    services.enter_fee(payment_id)
