"""Background entry points of disputes."""

from procrastinate.contrib.django import app

from orders.disputes import services
from orders.payment.tasks import PATIENT


@app.task(name="orders.disputes.follow", retry=PATIENT)
def follow(dispute_id: str) -> None:
    services.follow_dispute(dispute_id)
