"""The ring sizes a piece is made in, as its maker declares them. Pure."""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from catalog.catalogue.ring_sizes import SYSTEMS
from shop import money
from shop.errors import FieldError

MAX_EXTRA_DAYS = 365
US = SYSTEMS["US"]


def plain_range(given: Mapping[str, Any], currency: str) -> dict[str, Any]:
    """A range of sizes as the catalog keeps it: every key there, millimetres of inner circumference as strings.

    `price_per_size_above` is added for each whole US size above `to_mm`.
    """
    price = given.get("price_per_size_above")
    return {
        "from_mm": f"{given['from_mm'].normalize():f}",
        "to_mm": f"{given['to_mm'].normalize():f}",
        "made_on_request": given.get("made_on_request", False),
        "extra_lead_time_days": given.get("extra_lead_time_days"),
        "price_per_size_above": None if price is None else money.shape(price, currency),
    }


def range_errors(given: Mapping[str, Any], *, product_type: str) -> list[FieldError]:
    """Only a ring has sizes, from the smallest to the largest; what other sizes cost needs them to be made."""
    found: list[FieldError] = []
    if product_type != "ring":
        found.append(_error("", "not_a_ring", f"A piece of type {product_type} has no ring sizes."))
    if Decimal(given["from_mm"]) > Decimal(given["to_mm"]):
        found.append(_error(".to_mm", "below_from", "The largest size must not be below the smallest."))
    others = given.get("extra_lead_time_days") is not None or given.get("price_per_size_above") is not None
    if others and not given.get("made_on_request"):
        message = "Days and a price for other sizes need `made_on_request`."
        found.append(_error(".made_on_request", "not_made", message))
    return found


def us_size(circumference_mm: Decimal) -> Decimal:
    """The US size of an inner circumference, to the nearest quarter."""
    steps = (US.number(circumference_mm) / US.step).to_integral_value(rounding=ROUND_HALF_UP)
    return (steps * US.step).normalize()


def _error(where: str, code: str, message: str) -> FieldError:
    return {"field": f"ring_sizes{where}", "code": code, "message": message}
