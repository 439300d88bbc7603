"""What shipping costs and when it arrives, and what an address must have. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from shop.addresses import address_error, place_errors
from shop.errors import FieldError

# The military's post offices, which only USPS serves, and the territories, which nobody reaches in a day or two.
BY_MAIL_ONLY = frozenset({"AA", "AE", "AP", "PR", "GU", "VI", "AS", "MP"})
HANDLING_DAYS = 2


@dataclass(frozen=True, slots=True)
class Tariff:
    """The shop's rates in its own currency."""

    flat: Decimal
    free_over: Decimal
    express: Decimal


@dataclass(frozen=True, slots=True)
class ShippingOption:
    """A way to send the whole basket; dates are calendar days at the shop."""

    code: str
    label: str
    price: Decimal
    promised_ship_by: date
    delivery_from: date
    delivery_to: date
    carrier: str


def shipping_options(
    *, items_total: Decimal, lead_time_days: int, today: date, tariff: Tariff, state: str = ""
) -> tuple[ShippingOption, ...]:
    """The options for a basket whose slowest line needs `lead_time_days` at the bench."""
    ship_by = today + timedelta(days=max(lead_time_days, HANDLING_DAYS))
    standard = Decimal(0) if items_total >= tariff.free_over else tariff.flat
    if state in BY_MAIL_ONLY:
        return (_option("standard", "Insured mail, 7-21 days", standard, ship_by, (7, 21), "USPS"),)
    return (
        _option("standard", "Insured ground, 3-5 days", standard, ship_by, (3, 5), "USPS"),
        _option("express", "Insured express, 1-2 days", tariff.express, ship_by, (1, 2), "UPS"),
    )


def _option(
    code: str, label: str, price: Decimal, ship_by: date, days: tuple[int, int], carrier: str
) -> ShippingOption:
    first, last = (ship_by + timedelta(days=count) for count in days)
    return ShippingOption(code, label, price, ship_by, first, last, carrier)


def address_errors(address: Mapping[str, str], *, served: Iterable[str]) -> list[FieldError]:
    """What is wrong with an address beyond its shape."""
    if address["country"] not in set(served):
        return [address_error("country", "country_not_served", "We do not ship to this country.")]
    return place_errors(address)
