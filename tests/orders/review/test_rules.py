"""Why an order is held, rule by rule."""

from decimal import Decimal
from typing import Any

import pytest

from orders.review.rules import REASONS, Facts, Limits, reasons

HOME = {"country": "US", "state": "OR"}
LIMITS = Limits(amount=Decimal("5000.00"), declines=3, addresses=True)


def found(limits: Limits = LIMITS, **changes: Any) -> list[str]:
    facts: dict[str, Any] = {
        "total": Decimal("180.00"), "ship_to": HOME, "bill_to": HOME, "declines": 0, "risk_levels": {"normal"},
    }  # fmt: skip
    return reasons(Facts(**facts | changes), limits)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"total": Decimal("5000.00")}, []),
        ({"total": Decimal("5000.01")}, ["amount"]),
        ({"bill_to": None}, []),
        ({"bill_to": {"country": "CA", "state": "OR"}}, ["country_mismatch"]),
        ({"bill_to": {"country": "US", "state": "WA"}}, ["state_mismatch"]),
        ({"bill_to": {"country": "US", "state": " or"}}, []),
        ({"bill_to": {"country": "US", "state": ""}}, []),
        ({"declines": 2}, []),
        ({"declines": 3}, ["declines"]),
        ({"risk_levels": {"", "not_assessed", "unknown"}}, []),
        ({"risk_levels": {"normal", "elevated"}}, ["elevated_risk"]),
        ({"risk_levels": {"highest"}}, ["highest_risk"]),
    ],
)
def test_each_rule(changes: dict[str, Any], expected: list[str]) -> None:
    assert found(**changes) == expected


def test_every_reason_is_named_and_says_why() -> None:
    away = {"country": "CA", "state": ""}
    every = found(total=Decimal(9999), bill_to=away, declines=9, risk_levels={"elevated", "highest"})
    assert {*every, "state_mismatch"} == REASONS.keys()


def test_a_limit_of_zero_lets_everything_through() -> None:
    off = Limits(amount=Decimal(0), declines=0, addresses=False)
    assert found(off, total=Decimal(9999), declines=9, bill_to={"country": "CA", "state": ""}) == []
