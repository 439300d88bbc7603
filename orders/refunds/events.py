"""What happened to a refund; `refund` is its primary key."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RefundSucceeded:
    refund: int


@dataclass(frozen=True, slots=True)
class RefundFailed:
    """It did not reach the buyer, or was cancelled: its amount can be given back again."""

    refund: int
