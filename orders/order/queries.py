"""Finding an order for whoever holds its token."""

from orders.order import tokens
from orders.order.models import Order
from shop.errors import NotFound


def get_order(number: str, *, token: str | None) -> Order:
    """Raises AccessTokenMissing, AccessTokenExpired, and NotFound for a wrong token as for an unknown number."""
    tokens.check(number, token)
    order = Order.objects.filter(number=number).first()
    if order is None:
        raise NotFound
    return order
