"""Decimal money: rounding, minor units, and the one way it looks outside."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import TypedDict

# Currencies whose minor unit is not a hundredth, as Stripe counts them (docs.stripe.com/currencies): by ISO 4217
# ISK and UGX have none, but Stripe takes both in hundredths.
WITHOUT_MINOR = "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF"
IN_THOUSANDTHS = "BHD JOD KWD OMR TND"
MINOR_DIGITS = {**dict.fromkeys(WITHOUT_MINOR.split(), 0), **dict.fromkeys(IN_THOUSANDTHS.split(), 3)}


class MoneyShape(TypedDict):
    """`{"amount": "1250.00", "currency": "USD"}`: a decimal string, never a float."""

    amount: str
    currency: str


def minor_digits(currency: str) -> int:
    return MINOR_DIGITS.get(currency, 2)


def rounded(amount: Decimal, currency: str) -> Decimal:
    """The amount at the currency's precision, half a cent up, as a shopper expects on a receipt."""
    return amount.quantize(Decimal(1).scaleb(-minor_digits(currency)), rounding=ROUND_HALF_UP)


def to_minor(amount: Decimal, currency: str) -> int:
    """Cents as Stripe counts them. Raises ValueError where the amount has more digits than the currency."""
    minor = amount.scaleb(minor_digits(currency))
    if minor != minor.to_integral_value():
        raise ValueError(f"{amount} {currency} is finer than the currency's minor unit")
    return int(minor)


def from_minor(minor: int, currency: str) -> Decimal:
    return Decimal(minor).scaleb(-minor_digits(currency))


def split(amount: Decimal, weights: Sequence[Decimal], currency: str) -> list[Decimal]:
    """The amount in shares by weight: they add up to it to the minor unit, none is a whole unit from its exact share.

    Largest remainder; the earlier weight wins a tie. No share is more than its weight where the amount is not more
    than all of them. Raises ValueError for a negative weight, and where there is no weight to divide an amount by.
    """
    if any(weight < 0 for weight in weights):
        raise ValueError("A share has no negative weight")
    minor, whole = to_minor(amount, currency), Fraction(sum(weights, Decimal(0)))
    if whole == 0:
        if minor:
            raise ValueError(f"{amount} {currency} cannot be divided by nothing")
        return [from_minor(0, currency) for _ in weights]
    exact = [Fraction(weight) * minor / whole for weight in weights]
    units = [int(share // 1) for share in exact]
    by_remainder = sorted(range(len(weights)), key=lambda place: units[place] - exact[place])
    for place in by_remainder[: minor - sum(units)]:
        units[place] += 1
    return [from_minor(share, currency) for share in units]


def shape(amount: Decimal, currency: str) -> MoneyShape:
    """How money looks in every answer, event and webhook."""
    return {"amount": f"{rounded(amount, currency):f}", "currency": currency}


# Where a reader knows the sign at a glance; elsewhere the code says which of a dozen dollars or crowns is meant.
SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}


def words(amount: Decimal, currency: str) -> str:
    """Money for people, to the smallest unit: `$1,250.00`, `¥12,000`, `1,250.00 CHF`; below zero `-$5.00`."""
    digits = f"{abs(rounded(amount, currency)):,}"
    sign = "-" if amount < 0 else ""
    return f"{sign}{SIGNS[currency]}{digits}" if currency in SIGNS else f"{sign}{digits} {currency}"
