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


WEIGHTS = st.lists(st.integers(0, 10**9).map(lambda cents: Decimal(cents).scaleb(-2)), min_size=1, max_size=8)


@given(minor=st.integers(0, 10**9), weights=WEIGHTS.filter(any), currency=CURRENCIES)
def test_a_fair_split_adds_up_and_is_near(minor: int, weights: list[Decimal], currency: str) -> None:
    amount = money.from_minor(minor, currency)
    shares = money.split(amount, weights, currency)
    assert sum(shares) == amount
    for share, weight in zip(shares, weights, strict=True):
        exact = amount * weight / sum(weights)
        assert abs(share - exact) < money.from_minor(1, currency) * Decimal("1.000001")


def test_a_fair_split_by_hand() -> None:
    third = [Decimal(1)] * 3
    assert money.split(Decimal("100.00"), third, "USD") == [Decimal("33.34"), Decimal("33.33"), Decimal("33.33")]
    assert money.split(Decimal("0.00"), [Decimal(0)] * 2, "USD") == [0, 0]
    assert money.split(Decimal("-1.00"), third, "USD") == [Decimal("-0.33"), Decimal("-0.33"), Decimal("-0.34")]


@pytest.mark.parametrize("weights", [[], ["0"], ["2", "-1"]])
def test_what_cannot_be_divided_is_an_error(weights: list[str]) -> None:
    with pytest.raises(ValueError, match=r"divided|negative"):
        money.split(Decimal("1.00"), [Decimal(weight) for weight in weights], "USD")


@pytest.mark.parametrize(
    ("amount", "currency", "words"),
    [
        ("1250", "USD", "$1,250.00"), ("0", "USD", "$0.00"), ("-10.5", "USD", "-$10.50"), ("12000", "JPY", "¥12,000"),
        ("1250.5", "CHF", "1,250.50 CHF"), ("-1", "CAD", "-1.00 CAD"),
    ],
)  # fmt: skip
def test_money_in_words(amount: str, currency: str, words: str) -> None:
    assert money.words(Decimal(amount), currency) == words
