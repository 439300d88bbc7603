"""What shipping costs, when it arrives, and what an address must have."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.shipping.rules import HANDLING_DAYS, ShippingOption, Tariff, address_errors, shipping_options
from shop.addresses import US_STATES

TARIFF = Tariff(flat=Decimal("12.00"), free_over=Decimal("250.00"), express=Decimal("38.00"))
MONDAY = date(2026, 3, 2)


def options(items: str = "100.00", lead_time_days: int = 0) -> dict[str, ShippingOption]:
    found = shipping_options(items_total=Decimal(items), lead_time_days=lead_time_days, today=MONDAY, tariff=TARIFF)
    return {option.code: option for option in found}


def test_there_is_a_cheap_way_and_a_fast_way() -> None:
    found = options()
    assert {code: (option.price, option.carrier) for code, option in found.items()} == {
        "standard": (Decimal("12.00"), "USPS"),
        "express": (Decimal("38.00"), "UPS"),
    }
    assert found["express"].delivery_to < found["standard"].delivery_to


@pytest.mark.parametrize(("items", "standard"), [("0", "12.00"), ("249.99", "12.00"), ("250.00", "0"), ("250.01", "0")])
def test_ground_is_free_from_the_bound_on_and_express_never(items: str, standard: str) -> None:
    found = options(items)
    assert found["standard"].price == Decimal(standard)
    assert found["express"].price == Decimal("38.00")


@pytest.mark.parametrize(("lead_time", "days"), [(0, HANDLING_DAYS), (1, HANDLING_DAYS), (2, 2), (21, 21)])
def test_the_slowest_line_sets_the_day_it_ships(lead_time: int, days: int) -> None:
    assert options(lead_time_days=lead_time)["standard"].promised_ship_by == MONDAY + timedelta(days=days)


def test_delivery_counts_from_the_day_it_ships() -> None:
    standard, express = options(lead_time_days=10)["standard"], options(lead_time_days=10)["express"]
    assert (standard.delivery_from, standard.delivery_to) == (date(2026, 3, 15), date(2026, 3, 17))
    assert (express.delivery_from, express.delivery_to) == (date(2026, 3, 13), date(2026, 3, 14))


@given(items=st.decimals(0, 100_000, places=2), lead_time=st.integers(0, 400))
def test_dates_never_run_backwards(items: Decimal, lead_time: int) -> None:
    for option in options(str(items), lead_time).values():
        assert MONDAY < option.promised_ship_by < option.delivery_from <= option.delivery_to
        assert option.price >= 0


def codes(served: tuple[str, ...] = ("US",), **address: str) -> list[tuple[str, str]]:
    whole = {"country": "US", "state": "OR", "postal_code": "97201", **address}
    return [(error["field"], error["code"]) for error in address_errors(whole, served=served)]


@pytest.mark.parametrize("state", ["OR", "DC", "PR", "GU", "VI", "AS", "MP", "AA", "AE", "AP"])
def test_states_territories_and_the_military_are_served(state: str) -> None:
    assert codes(state=state) == []


def test_there_are_fifty_states_and_nine_more() -> None:
    # USPS Publication 28, appendix B: 50 states, DC, five territories, three military codes.
    assert len(US_STATES) == 59


@pytest.mark.parametrize("state", ["", "Oregon", "or", "ON", "XX", "O R"])
def test_what_is_no_state_is_refused(state: str) -> None:
    assert codes(state=state) == [("state", "unknown_state")]


@pytest.mark.parametrize("postal_code", ["97201", "00601", "97201-1234"])
def test_zip_and_zip_plus_four_are_taken(postal_code: str) -> None:
    assert codes(postal_code=postal_code) == []


@pytest.mark.parametrize(
    "postal_code", ["", "9720", "972011", "97201-", "97201-123", "97201 1234", "97201\n", "K1A 0B1", "٩٧٢٠١"]
)
def test_what_is_no_zip_is_refused(postal_code: str) -> None:
    assert codes(postal_code=postal_code) == [("postal_code", "invalid_postal_code")]


def test_both_faults_are_named_at_once() -> None:
    assert codes(state="XX", postal_code="1") == [("state", "unknown_state"), ("postal_code", "invalid_postal_code")]


def test_a_country_that_is_not_served_is_named_alone() -> None:
    assert codes(country="CA", state="ON", postal_code="K1A 0B1") == [("country", "country_not_served")]


def test_a_served_foreign_country_has_its_own_states_and_codes() -> None:
    assert codes(("US", "CA"), country="CA", state="ON", postal_code="K1A 0B1") == []
