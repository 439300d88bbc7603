"""What happened to a payment; `payment` is its primary key."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PaidTooLate:
    """Money is there for an order that has ended and cannot be kept."""

    payment: int
