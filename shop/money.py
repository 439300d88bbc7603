"""Decimal money: rounding, minor units, and the one way it looks outside."""

from decimal import ROUND_HALF_UP, Decimal
from typing import TypedDict

# ISO 4217 currencies whose minor unit is not a hundredth.
MINOR_DIGITS = {"JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "ISK": 0, "KWD": 3, "BHD": 3, "JOD": 3, "OMR": 3, "TND": 3}


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


def shape(amount: Decimal, currency: str) -> MoneyShape:
    """How money looks in every answer, event and webhook."""
    return {"amount": f"{rounded(amount, currency):f}", "currency": currency}
