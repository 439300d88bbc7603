"""Background entry points of notices."""

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from orders.notices import services
from orders.notices.rules import Notice

# After 5 s, 25 s, 2 min, 10 min, 52 min, 4 h: a mail about an order is worth little afterwards.
TRIES = RetryStrategy(max_attempts=7, exponential_wait=5)


@app.task(name="orders.notices.send", retry=TRIES)
def send(order_id: int, notice: str, about: str) -> None:
    services.send_notice(order_id, Notice(notice), about=about)


@app.periodic(cron="* * * * *")
@app.task(name="orders.notices.remind", queueing_lock="orders.notices.remind")
def remind(timestamp: int) -> None:
    services.remind_of_payments()
