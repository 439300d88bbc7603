"""What offers take off a basket, to the cent. Pure.

Offers are applied one after another in the order given. Each works on what the ones before it left of a line, so
nothing goes below zero; an exclusive one shares no line with any other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from shop import money

PERCENTAGE, AMOUNT, MULTIBUY = "percentage", "amount", "multibuy"
SHIPPING_PERCENTAGE, SHIPPING_AMOUNT, SHIPPING_FIXED = "shipping_percentage", "shipping_amount", "shipping_fixed"
ON_ITEMS = (PERCENTAGE, AMOUNT, MULTIBUY)
ON_SHIPPING = (SHIPPING_PERCENTAGE, SHIPPING_AMOUNT, SHIPPING_FIXED)
KINDS = (*ON_ITEMS, *ON_SHIPPING)
# Each other kind takes once what it takes.
REPEATED = (AMOUNT, MULTIBUY)
IN_PERCENT = (PERCENTAGE, SHIPPING_PERCENTAGE)
STATUSES = ("scheduled", "running", "ended")
MAX_PRIORITY = 1_000
# Each basket is asked about all that run.
MAX_OFFERS = 100
# Pieces or categories that one of its lists names.
MAX_NAMED = 500
# Uses are counted from orders each time somebody looks.
MAX_USES = 10_000


@dataclass(frozen=True, slots=True)
class Item:
    """A line of a basket."""

    line: int
    unit_price: Decimal
    quantity: int

    @property
    def total(self) -> Decimal:
        return self.unit_price * self.quantity


@dataclass(frozen=True, slots=True)
class Offer:
    """An offer as it stands to one basket.

    `lines` are those it may count and discount. It asks for `min_quantity` pieces and `min_amount` of them.
    `uses_left` and `budget_left` are what its limits leave to this customer and order; None is no limit. `code` is the
    voucher's that opened it, `maker` who bears it, None the platform.
    """

    key: int
    label: str
    kind: str
    value: Decimal
    lines: frozenset[int]
    min_quantity: int = 1
    min_amount: Decimal = Decimal(0)
    exclusive: bool = False
    uses_left: int | None = None
    budget_left: Decimal | None = None
    code: str = ""
    maker: int | None = None


@dataclass(frozen=True, slots=True)
class Discount:
    """What an offer takes off: of each line in `by_line`, or, where that is empty, of the shipping."""

    offer: Offer
    uses: int
    amount: Decimal
    by_line: Mapping[int, Decimal]

    @property
    def is_on_shipping(self) -> bool:
        return self.offer.kind in ON_SHIPPING


def status(now: datetime, starts_at: datetime | None, ends_at: datetime | None, ended_at: datetime | None) -> str:
    """One of STATUSES."""
    if ended_at is not None or (ends_at is not None and ends_at <= now):
        return "ended"
    return "scheduled" if starts_at is not None and starts_at > now else "running"


def discounts_on_items(offers: Sequence[Offer], items: Sequence[Item], currency: str) -> tuple[Discount, ...]:
    """What the offers on items take off the lines, in their order."""
    left = {item.line: item.total for item in items}
    discounted: set[int] = set()
    kept: set[int] = set()
    found = []
    for offer in offers:
        if offer.kind not in ON_ITEMS:
            continue
        closed = discounted if offer.exclusive else kept
        there = [item for item in items if item.line in offer.lines and item.line not in closed]
        discount = _on_items(offer, there, left, currency)
        if discount is None:
            continue
        found.append(discount)
        for line, amount in discount.by_line.items():
            left[line] -= amount
        discounted |= discount.by_line.keys()
        if offer.exclusive:
            kept |= discount.by_line.keys()
    return tuple(found)


def discounts_on_shipping(
    offers: Sequence[Offer], items: Sequence[Item], price: Decimal, currency: str
) -> tuple[Discount, ...]:
    """What the offers on shipping take off its price, in their order. They take nothing of the items."""
    found: list[Discount] = []
    left = price
    for offer in offers:
        if offer.kind not in ON_SHIPPING or (found and offer.exclusive):
            continue
        uses = min(1, _times(offer, [item for item in items if item.line in offer.lines]))
        amount = _within_budget(offer, _off_shipping(offer, left, currency)) if uses else Decimal(0)
        if amount > 0:
            found.append(Discount(offer, uses, amount, {}))
            left -= amount
            if offer.exclusive:
                break
    return tuple(found)


def _on_items(offer: Offer, items: Sequence[Item], left: Mapping[int, Decimal], currency: str) -> Discount | None:
    uses = _times(offer, items)
    if not uses:
        return None
    if offer.kind == MULTIBUY:
        wanted = _cheapest(items, left, uses)
    else:
        uses = uses if offer.kind in REPEATED else 1
        wanted = {item.line: left[item.line] for item in items if left[item.line] > 0}
    whole = sum(wanted.values(), Decimal(0))
    amount = _within_budget(offer, _off_items(offer, whole, uses, currency))
    if amount <= 0:
        return None
    shares = money.split(amount, list(wanted.values()), currency)
    by_line = {line: share for line, share in zip(wanted, shares, strict=True) if share}
    return Discount(offer, uses, amount, by_line)


def _times(offer: Offer, items: Sequence[Item]) -> int:
    """How often its condition is met, within its limits. An amount that nothing was asked for comes once."""
    quantity = sum(item.quantity for item in items)
    amount = sum((item.total for item in items), Decimal(0))
    if quantity < offer.min_quantity or amount < offer.min_amount:
        return 0
    met = [1]
    if offer.min_amount > 0:
        met = [int(amount // offer.min_amount)]
    elif offer.min_quantity > 1:
        met = [quantity // offer.min_quantity]
    return max(0, min(met if offer.uses_left is None else [*met, offer.uses_left]))


def _cheapest(items: Sequence[Item], left: Mapping[int, Decimal], count: int) -> dict[int, Decimal]:
    """What so many of the cheapest pieces still cost, by line."""
    found = {}
    for item in sorted(items, key=lambda item: (item.unit_price, item.line)):
        taken = min(count, item.quantity)
        count -= taken
        price = min(item.unit_price * taken, left[item.line])
        if price > 0:
            found[item.line] = price
    return found


def _off_items(offer: Offer, whole: Decimal, uses: int, currency: str) -> Decimal:
    if offer.kind == PERCENTAGE:
        return money.rounded(whole * offer.value / 100, currency)
    if offer.kind == AMOUNT:
        return min(whole, offer.value * uses)
    return whole


def _off_shipping(offer: Offer, price: Decimal, currency: str) -> Decimal:
    if offer.kind == SHIPPING_PERCENTAGE:
        return money.rounded(price * offer.value / 100, currency)
    return min(price, offer.value) if offer.kind == SHIPPING_AMOUNT else price - offer.value


def _within_budget(offer: Offer, amount: Decimal) -> Decimal:
    return amount if offer.budget_left is None else min(amount, offer.budget_left)
