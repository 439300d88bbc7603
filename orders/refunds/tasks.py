"""Background entry points of refunds."""

from procrastinate.contrib.django import app

from orders.payment.tasks import PATIENT
from orders.refunds import following


@app.task(name="orders.refunds.send", retry=PATIENT)
def send(refund_pk: int) -> None:
    following.send_refund(refund_pk)


@app.task(name="orders.refunds.follow", retry=PATIENT)
def follow(refund_id: str) -> None:
    following.follow_refund(refund_id)


@app.periodic(cron="*/10 * * * *")
@app.task(name="orders.refunds.follow_open", queueing_lock="orders.refunds.follow_open")
def follow_open(timestamp: int) -> None:
    following.follow_open_refunds()
