"""What of an order is open or due."""

from decimal import Decimal

from orders.ledger.queries import shares_due
from orders.order.models import Order
from orders.payment.models import Payment
from shop.errors import NotFound


def open_payment(order_pk: int) -> Payment | None:
    """The one payment of the order that may still bring money."""
    return Payment.objects.filter(order=order_pk).open().first()


def amount_due(order: Order) -> Decimal:
    """What is still to be paid of an order that waits for it. Two queries."""
    return sum(shares_due(order).values(), Decimal(0))


def payment_of_maker(maker_id: int, number: str, payment_id: str) -> Payment:
    """The payment of an order that is the maker's alone. Raises NotFound, also for one shared with another maker."""
    payments = Payment.objects.only_of(maker_id).select_related("order")
    payment = payments.filter(order__number=number.upper(), public_id=payment_id).first()
    if payment is None:
        raise NotFound
    return payment
