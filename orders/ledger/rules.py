"""The accounts, and what is entered for each thing that happens to money. Pure; each posting's sum is zero.

An amount is positive where we hold more, are to get more or have spent, negative where we owe or have earned more. So
the sum of an account of what we hold is what is there, and minus the sum of what we owe is what is owed.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from shop import money


class Account(StrEnum):
    """Where money is, or whose it is."""

    # What we hold.
    STRIPE = "stripe"
    AT_HAND = "at_hand"
    # What Stripe has taken until a dispute is decided.
    DISPUTED = "disputed"
    # What it has cost.
    PROVIDER_FEES = "provider_fees"
    # What the platform adds to the shares for discounts that it bears, by whose sale it was.
    PROMOTIONS = "promotions"
    # What a bank has taken back although the buyer had it already, and no share answers for.
    LOSSES = "losses"
    # What we owe. A share of an order is on one of the first three.
    OWED_TO_MAKER = "owed_to_maker"
    SHIPPING = "shipping"
    TAX = "tax"
    # Money that came for nothing, on its way back.
    OWED_TO_BUYER = "owed_to_buyer"
    # What the platform keeps of the makers' shares.
    PLATFORM_FEES = "platform_fees"


HELD = frozenset({Account.STRIPE, Account.AT_HAND, Account.DISPUTED})
SHARED = frozenset({Account.OWED_TO_MAKER, Account.SHIPPING, Account.TAX})
# Where a provider's money is.
PLACE = {"stripe": Account.STRIPE, "manual": Account.AT_HAND}


class Kind(StrEnum):
    """What has happened."""

    CHARGE = "charge"
    LATE_CHARGE = "late_charge"
    PROVIDER_FEE = "provider_fee"
    PROMOTION = "promotion"
    PROMOTION_BACK = "promotion_back"
    REFUND = "refund"
    LATE_REFUND = "late_refund"
    REFUND_FAILED = "refund_failed"
    DISPUTE_OPENED = "dispute_opened"
    DISPUTE_WON = "dispute_won"
    DISPUTE_LOST = "dispute_lost"


class Holder(NamedTuple):
    """Whose share it is: an account of `SHARED`, and the maker by its primary key; None where it is no maker's.

    Among them the platform's on PROMOTIONS may stand, which is below zero: it pays.
    """

    account: Account
    maker: int | None = None


class Entry(NamedTuple):
    """One side of a posting. `amount` is signed and never zero."""

    account: Account
    amount: Decimal
    maker: int | None = None


Shares = Mapping[Holder, Decimal]
Entries = tuple[Entry, ...]


def shares_of_order(
    *, items: Mapping[int | None, Decimal], shipping: Decimal, tax: Decimal, total: Decimal, currency: str
) -> dict[Holder, Decimal]:
    """Whose an order's total is: `shipping` and `tax` as they are, the rest the makers' by `items`.

    `items` is what each maker's lines come to, by primary key. A discount that is not in the lines is theirs by the
    same weights. Shipping is the maker's where there is only one. The shares add up to `total`.
    """
    shares = {Holder(Account.SHIPPING, _sender(items)): shipping, Holder(Account.TAX): tax}
    parts = money.split(total - shipping - tax, list(items.values()), currency)
    makers = {Holder(Account.OWED_TO_MAKER, maker): part for maker, part in zip(items, parts, strict=True)}
    return {holder: amount for holder, amount in (makers | shares).items() if amount}


def _sender(makers: Iterable[int | None]) -> int | None:
    """Whose the shipping is."""
    [sender, *others] = makers or [None]
    return None if others else sender


def promotions_of_order(*, items: Mapping[int | None, Decimal], shipping: Decimal) -> dict[Holder, Decimal]:
    """What the platform adds to the shares of an order, by what it bears of each maker's `items` and the `shipping`."""
    added = {Holder(Account.OWED_TO_MAKER, maker): amount for maker, amount in items.items()}
    added[Holder(Account.SHIPPING, _sender(items))] = shipping
    return {holder: amount for holder, amount in added.items() if amount}


def part(amount: Decimal, of: Shares, currency: str) -> dict[Holder, Decimal]:
    """A part of what is there, by largest remainder over who has how much: none loses more than it has.

    Raises ValueError where the amount is negative or more than there is.
    """
    if not 0 <= amount <= sum(of.values()):
        raise ValueError(f"{amount} {currency} is not a part of {sum(of.values())}")
    parts = money.split(amount, list(of.values()), currency)
    return {holder: share for holder, share in zip(of, parts, strict=True) if share}


def at_rate(borne: Decimal, amount: Decimal, *, of: Decimal, currency: str) -> Decimal:
    """What the platform has back of what it `borne` has, when `amount` goes back `of` what the buyer has paid.

    All of it with the last of the buyer's money, nothing with none.
    """
    if amount == of:
        return borne if amount else Decimal(0)
    minor = money.to_minor(borne, currency) * money.to_minor(amount, currency)
    return money.from_minor(minor // money.to_minor(of, currency), currency)


def part_of_all(amount: Decimal, shares: Shares, currency: str) -> dict[Holder, Decimal]:
    """So much of the buyer's money out of all shares at one rate, the platform's among them.

    Raises ValueError where the amount is negative or more than the buyer's.
    """
    whole = sum(shares.values(), Decimal(0))
    if not 0 <= amount <= whole:
        raise ValueError(f"{amount} {currency} is not a part of {whole}")
    owed = {holder: share for holder, share in shares.items() if holder.account in SHARED}
    borne = {holder: -share for holder, share in shares.items() if holder.account == Account.PROMOTIONS}
    back = at_rate(sum(borne.values(), Decimal(0)), amount, of=whole, currency=currency)
    return part(amount + back, owed, currency) | {
        holder: -share for holder, share in part(back, borne, currency).items()
    }


def less(shares: Shares, taken: Shares) -> dict[Holder, Decimal]:
    """What is left of the shares, of each holder that has some left. Nobody's is ever below nothing."""
    left = {holder: amount - taken.get(holder, Decimal(0)) for holder, amount in shares.items()}
    return {holder: amount for holder, amount in left.items() if amount > 0}


def charge(place: Account, shares: Shares) -> Entries:
    """Money has come: it is held at `place`, and owed to those whose shares it is."""
    return _entries([Entry(place, sum(shares.values(), Decimal(0))), *_owed(shares)])


def promotion(added: Shares) -> Entries:
    """The platform bears a discount: the shares get what the buyer did not pay."""
    return _entries(_owed(with_promotions(added, added)))


def promotion_back(added: Shares) -> Entries:
    """The platform has it back: there is no sale any more."""
    return reversed_entries(promotion(added))


def with_promotions(shares: Shares, added: Shares) -> dict[Holder, Decimal]:
    """The shares, and beside them the platform's, which has added so much to them."""
    found = dict(shares)
    for holder, amount in added.items():
        platform = Holder(Account.PROMOTIONS, holder.maker)
        found[platform] = found.get(platform, Decimal(0)) - amount
    return found


def late_charge(place: Account, amount: Decimal) -> Entries:
    """Money has come for an order that could not be kept: all of it is the buyer's."""
    return _entries([Entry(place, amount), Entry(Account.OWED_TO_BUYER, -amount)])


def provider_fee(amount: Decimal) -> Entries:
    """What Stripe keeps of a charge or takes for a dispute; negative where it gives a fee back."""
    return _entries([Entry(Account.PROVIDER_FEES, amount), Entry(Account.STRIPE, -amount)])


def refund(place: Account, shares: Shares) -> Entries:
    """Money goes back to the buyer from `place`, out of these shares: of `part(...)`, or of the lines given back."""
    return reversed_entries(charge(place, shares))


def late_refund(place: Account, amount: Decimal) -> Entries:
    """What came too late has gone back."""
    return reversed_entries(late_charge(place, amount))


def reversed_entries(entries: Iterable[Entry]) -> Entries:
    """The posting that takes back another: a refund that the bank sent back."""
    return tuple(entry._replace(amount=-entry.amount) for entry in entries)


def dispute_opened(amount: Decimal) -> Entries:
    """Stripe has taken the disputed amount out of our balance; its fee is a `provider_fee` of its own."""
    return _entries([Entry(Account.DISPUTED, amount), Entry(Account.STRIPE, -amount)])


def dispute_won(amount: Decimal) -> Entries:
    """The disputed amount is back in our balance."""
    return reversed_entries(dispute_opened(amount))


def dispute_lost(shares: Shares) -> Entries:
    """The disputed amount has gone for good, out of these shares, as a refund's do."""
    return refund(Account.DISPUTED, shares)


def late_money_lost(amount: Decimal, *, owed: Decimal) -> Entries:
    """A bank has taken back what came too late: no maker's. More than is still `owed` the buyer had before."""
    due = min(amount, max(owed, Decimal(0)))
    return _entries(
        [Entry(Account.DISPUTED, -amount), Entry(Account.OWED_TO_BUYER, due), Entry(Account.LOSSES, amount - due)]
    )


def _owed(shares: Shares) -> list[Entry]:
    return [Entry(holder.account, -amount, holder.maker) for holder, amount in shares.items()]


def _entries(entries: Iterable[Entry]) -> Entries:
    """Without those of nothing, which the ledger does not take."""
    return tuple(entry for entry in entries if entry.amount)
