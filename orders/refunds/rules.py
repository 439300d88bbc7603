"""What a refund consists of, and how it is divided over payments. Pure."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from shop import money


class Reason(StrEnum):
    """Why money goes back; the buyer sees it."""

    CUSTOMER_REQUEST = "customer_request"
    RETURNED = "returned"
    DEFECT = "defect"
    NOT_AVAILABLE = "not_available"
    GOODWILL = "goodwill"
    DUPLICATE = "duplicate"
    FRAUD = "fraud"
    ORDER_CANCELLED = "order_cancelled"
    # Money that came for an order that could not be kept.
    LATE_PAYMENT = "late_payment"
    # Somebody gave it back at Stripe, past us.
    AT_PROVIDER = "at_provider"
    OTHER = "other"


# What a team may say; the others are said by the shop itself.
TEAMS_REASONS = tuple(reason for reason in Reason if reason not in (Reason.LATE_PAYMENT, Reason.AT_PROVIDER))


class PartKind(StrEnum):
    """What money goes back for."""

    LINE = "line"
    SHIPPING = "shipping"
    GOODWILL = "goodwill"


class Part(NamedTuple):
    """A part of a refund, out of one maker's share (by primary key; None: nobody's).

    Of a line's part, `quantity` pieces go back; none where their number stands in another payment's part.
    `promotion` is what the platform has back of a discount it bore: out of the same share, besides the amount.
    """

    kind: PartKind
    maker: int | None
    amount: Decimal
    line: int | None = None
    quantity: int = 0
    promotion: Decimal = Decimal(0)


def price_of(quantity: int, *, left: int, amount_left: Decimal, currency: str) -> Decimal:
    """What so many of the `left` pieces of a line have cost; the last ones take the cents that are over."""
    if quantity == left:
        return amount_left
    return money.from_minor(money.to_minor(amount_left, currency) * quantity // left, currency)


def total(parts: Iterable[Part]) -> Decimal:
    return sum((part.amount for part in parts), Decimal(0))


def cut(parts: Iterable[Part], *, amount: Decimal, promotion: Decimal) -> list[Part]:
    """The parts in their order, made smaller as far as there is no room for them, nor for the platform's."""
    fitting = []
    for part in parts:
        fitting.append(part._replace(amount=min(part.amount, amount), promotion=min(part.promotion, promotion)))
        amount -= fitting[-1].amount
        promotion -= fitting[-1].promotion
    return fitting


def spread(parts: Iterable[Part], rooms: Iterable[Decimal]) -> list[list[Part]]:
    """The parts over payments with so much room each, in their order. What fits nowhere is left out."""
    rest, found = list(parts), []
    for room in rooms:
        taken, rest = _take(rest, room)
        found.append(taken)
    return found


def _take(parts: Sequence[Part], room: Decimal) -> tuple[list[Part], list[Part]]:
    """The parts that fit and the rest; the one in between is in both.

    Its pieces and what the platform has back of them are counted where its money begins.
    """
    taken: list[Part] = []
    for place, part in enumerate(parts):
        if part.amount <= room:
            taken.append(part)
            room -= part.amount
            continue
        rest = part._replace(amount=part.amount - room)
        if room:
            taken.append(part._replace(amount=room))
            rest = rest._replace(quantity=0, promotion=Decimal(0))
        return taken, [rest, *parts[place + 1 :]]
    return taken, []
