"""An order's changes of status: each by the table, under the order's lock, and written down."""

from catalog.inventory.services import hold, release
from orders.order.models import Order, OrderStatusChange
from orders.order.status import OrderStatus, may_become
from shop.errors import DomainError


class OrderNotInState(DomainError):
    code = "order_not_in_state"
    title = "The order is past that"
    detail = "Read the order again; its `status` says where it stands."


def lock_order(pk: int) -> Order:
    """The order, locked until the end of the transaction."""
    return Order.objects.select_for_update(no_key=True).get(pk=pk)


def move(order: Order, status: OrderStatus) -> None:
    """Set the status of a locked order. Raises OrderNotInState where the table has no such step."""
    if not may_become(order.status, status):
        raise OrderNotInState(f"An order that is {order.status} cannot become {status}.")
    before, order.status = order.status, status
    order.save(update_fields=["status"])
    OrderStatusChange.objects.create(order=order, old_status=before, new_status=status)


def mark_paid(order: Order) -> None:
    """A locked order has its money; one that had ended holds its stock again. Raises StockExhausted."""
    if order.status in (OrderStatus.LAPSED, OrderStatus.CANCELLED):
        hold(held_quantities(order), reference=order.number)
    move(order, OrderStatus.PAID)


def end_unpaid(order: Order, status: OrderStatus) -> None:
    """A locked order came to nothing: its stock goes back."""
    move(order, status)
    release(held_quantities(order), reference=order.number)


def held_quantities(order: Order) -> dict[int, int]:
    """What the order holds, `{stock record id: quantity}`."""
    quantities: dict[int, int] = {}
    for record_id, quantity in order.lines.values_list("stockrecord_id", "quantity"):
        if record_id is not None:
            quantities[record_id] = quantities.get(record_id, 0) + quantity
    return quantities
