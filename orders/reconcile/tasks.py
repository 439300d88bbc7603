"""Background entry points of reconciling."""

from procrastinate.contrib.django import app

from orders.reconcile import services


@app.periodic(cron="*/5 * * * *")
@app.task(name="orders.reconcile.payments", queueing_lock="orders.reconcile.payments")
def read_payments(timestamp: int) -> None:
    services.read_payments()


@app.periodic(cron="7 * * * *")
@app.task(name="orders.reconcile.events", queueing_lock="orders.reconcile.events")
def read_events(timestamp: int) -> None:
    services.read_events()


@app.periodic(cron="37 3 * * *")
@app.task(name="orders.reconcile.balance", queueing_lock="orders.reconcile.balance")
def compare_balance(timestamp: int) -> None:
    services.read_movements()
    services.compare_balance()
