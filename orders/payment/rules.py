"""What can be charged at all. Pure."""

from decimal import Decimal

from shop import money

# Stripe's bounds for a card payment in its smallest unit: half a dollar (other currencies are near it) to eight digits.
SMALLEST, LARGEST = 50, 99_999_999


def is_chargeable(amount: Decimal, currency: str) -> bool:
    return SMALLEST <= money.to_minor(amount, currency) <= LARGEST
