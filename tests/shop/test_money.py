"""Decimal money: rounding, minor units, and how it looks outside."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop import money

CURRENCIES = st.sampled_from(["USD", "EUR", "JPY", "KWD"])


@given(minor=st.integers(0, 10**12), currency=CURRENCIES)
def test_minor_units_come_back_as_they_went(minor: int, currency: str) -> None:
    assert money.to_minor(money.from_minor(minor, currency), currency) == minor


@given(amount=st.decimals(0, 10**9, places=3), currency=CURRENCIES)
def test_a_rounded_amount_is_the_nearest_and_has_minor_units(amount: Decimal, currency: str) -> None:
    rounded = money.rounded(amount, currency)
    assert abs(rounded - amount) * 2 <= Decimal(1).scaleb(-money.minor_digits(currency))
    assert money.from_minor(money.to_minor(rounded, currency), currency) == rounded


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("192.00", "USD", 19200),
        ("0.01", "USD", 1),
        ("192", "USD", 19200),
        ("5000", "JPY", 5000),
        ("1.234", "KWD", 1234),
    ],
)
def test_minor_units_of_a_currency(amount: str, currency: str, minor: int) -> None:
    assert money.to_minor(Decimal(amount), currency) == minor


@pytest.mark.parametrize(("amount", "currency"), [("0.001", "USD"), ("0.5", "JPY"), ("0.0001", "KWD")])
def test_an_amount_finer_than_the_currency_is_an_error(amount: str, currency: str) -> None:
    with pytest.raises(ValueError, match="minor unit"):
        money.to_minor(Decimal(amount), currency)


@pytest.mark.parametrize(
    ("amount", "currency", "rounded"),
    [("0.005", "USD", "0.01"), ("0.015", "USD", "0.02"), ("0.0149", "USD", "0.01"), ("0.5", "JPY", "1")],
)
def test_half_a_cent_goes_up(amount: str, currency: str, rounded: str) -> None:
    assert money.rounded(Decimal(amount), currency) == Decimal(rounded)


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [("1250", "USD", "1250.00"), ("1E+3", "USD", "1000.00"), ("5000.00", "JPY", "5000"), ("1.5", "KWD", "1.500")],
)
def test_money_outside_is_a_decimal_string_of_the_currency(amount: str, currency: str, shown: str) -> None:
    assert money.shape(Decimal(amount), currency) == {"amount": shown, "currency": currency}
