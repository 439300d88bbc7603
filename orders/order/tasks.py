"""Background entry points of orders."""

from procrastinate.contrib.django import app

from orders.order import services


@app.task(name="orders.order.remove_picture", retry=3)
def remove_picture(original: str) -> None:
    services.remove_picture(original)
