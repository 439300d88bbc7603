"""What happened to a dispute; `dispute` is its primary key."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DisputeOpened:
    dispute: int


@dataclass(frozen=True, slots=True)
class DisputeClosed:
    dispute: int
