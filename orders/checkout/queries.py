"""An order as its buyer sees it."""

from django.db.models import Prefetch

from orders.order.models import Line, Order, OrderStatusChange
from orders.payment.models import Payment
from shop.errors import NotFound


def read_order(number: str) -> Order:
    """The order with its lines, payments and history, for whoever has been let in: four queries. Raises NotFound."""
    order = (
        Order.objects.filter(number=number)
        .prefetch_related(
            Prefetch("lines", Line.objects.select_related("partner").order_by("pk")),
            Prefetch("payments", Payment.objects.order_by("pk")),
            Prefetch("status_changes", OrderStatusChange.objects.order_by("pk")),
        )
        .first()
    )
    if order is None:
        raise NotFound
    return order
