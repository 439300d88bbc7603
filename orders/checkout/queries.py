"""An order as its buyer sees it."""

from django.db.models import Prefetch, QuerySet

from orders.order.models import Line, Order, OrderDiscount, OrderStatusChange
from orders.payment.models import Payment
from orders.refunds.models import Refund
from shop.errors import NotFound


def read_order(number: str) -> Order:
    """The order with its lines, payments and history, for whoever has been let in: five queries. Raises NotFound."""
    order = with_history(with_amounts(Order.objects.filter(number=number))).first()
    if order is None:
        raise NotFound
    return order


def with_amounts(orders: QuerySet[Order]) -> QuerySet[Order]:
    """With lines, makers, discounts, payments and refunds: four queries more."""
    lines = Prefetch("lines", Line.objects.select_related("partner").order_by("pk"))
    discounts = Prefetch("discounts", OrderDiscount.objects.order_by("pk"))
    payments = Prefetch("payments", Payment.objects.order_by("pk"))
    refunds = Prefetch("refunds", Refund.objects.select_related("payment").order_by("pk"))
    found = orders.prefetch_related(lines).prefetch_related(discounts)
    return found.prefetch_related(payments).prefetch_related(refunds)


def with_history(orders: QuerySet[Order]) -> QuerySet[Order]:
    """With each change of status: one query more."""
    return orders.prefetch_related(Prefetch("status_changes", OrderStatusChange.objects.order_by("pk")))
