"""What happens to orders. Each is published once, in the transaction of the change, under the order's lock."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OrderPlaced:
    """Its pieces are held; what it comes to is due, unless that is nothing."""

    order_id: int


@dataclass(frozen=True, slots=True)
class OrderPaid:
    """Nothing is due now."""

    order_id: int


@dataclass(frozen=True, slots=True)
class OrderLivesAgain:
    """It had ended, its money came after all, and it is paid. Whoever publishes it has locked its basket first."""

    order_id: int


@dataclass(frozen=True, slots=True)
class OrderLapsed:
    """Its hold ended unpaid."""

    order_id: int


@dataclass(frozen=True, slots=True)
class OrderCancelled:
    """`was_paid` tells a cancel that gives money back from one before anything was paid."""

    order_id: int
    was_paid: bool


@dataclass(frozen=True, slots=True)
class OrderShipped:
    """The last of its pieces is on the way."""

    order_id: int


@dataclass(frozen=True, slots=True)
class DeliveryCorrected:
    """Its buyer has corrected where it goes."""

    order_id: int
