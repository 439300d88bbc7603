"""Background entry points of customers."""

from procrastinate.contrib.django import app

from orders.customers import erasure, services


@app.task(name="orders.customers.send_order_link")
def send_order_link(order_id: int | None) -> None:
    """None: nobody's order was asked for, which is nobody's business."""
    if order_id is not None:
        services.send_order_link(order_id)


@app.periodic(cron="11 * * * *")
@app.task(name="orders.customers.erase_finished", queueing_lock="orders.customers.erase_finished")
def erase_finished(timestamp: int) -> None:
    erasure.erase_finished_orders()
