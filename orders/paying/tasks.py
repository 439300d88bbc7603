"""Background entry points of paying."""

from procrastinate.contrib.django import app

from orders.paying import services
from orders.payment.tasks import PATIENT


@app.task(name="orders.paying.end_open", retry=PATIENT)
def end_open(order_id: int) -> None:
    services.end_open(order_id)
