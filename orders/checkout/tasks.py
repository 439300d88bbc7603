"""Background entry points of checkout."""

from procrastinate.contrib.django import app

from orders.basket.services import remove_expired, remove_unused_uploads
from orders.checkout.closing import lapse_overdue_orders


@app.periodic(cron="* * * * *")
@app.task(name="orders.checkout.lapse", queueing_lock="orders.checkout.lapse")
def lapse_overdue(timestamp: int) -> None:
    lapse_overdue_orders()


@app.periodic(cron="41 * * * *")
@app.task(name="orders.basket.remove_expired", queueing_lock="orders.basket.remove_expired")
def remove_expired_baskets(timestamp: int) -> None:
    remove_expired()


@app.periodic(cron="13 4 * * *")
@app.task(name="orders.basket.remove_unused_uploads", queueing_lock="orders.basket.remove_unused_uploads")
def remove_unused_uploads_daily(timestamp: int) -> None:
    while remove_unused_uploads():
        pass
