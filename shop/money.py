"""Decimal money: rounding, minor units, and the one way it looks outside."""

from decimal import ROUND_HALF_UP, Decimal
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


def shape(amount: Decimal, currency: str) -> MoneyShape:
    """How money looks in every answer, event and webhook."""
    return {"amount": f"{rounded(amount, currency):f}", "currency": currency}
