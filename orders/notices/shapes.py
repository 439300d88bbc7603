"""What a mail about an order is told: the order as its buyer reads it, in words.

Before an order is paid nobody has shown that the address is theirs: until then no mail repeats what its buyer wrote,
so that nobody can have the shop send their words to somebody else.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from catalog.catalogue.metals import METALS
from orders.notices.rules import Notice
from shop import money

Shaped = Mapping[str, Any]


def context(notice: Notice, order: Shaped, *, was_paid: bool) -> dict[str, Any]:
    """For the notice's template, of an order as `orders.checkout.shapes.order` has it; without the way back to it.

    `was_paid` is of a cancelled order: whether there is money to go back.
    """
    told = {"number": order["number"]}
    match notice:
        case Notice.PLACED:
            return told | _to_pay(order) | {"lines": [_line(line, _options(line)) for line in order["lines"]]}
        case Notice.REMINDER:
            return told | _to_pay(order)
        case Notice.PAID:
            return told | _receipt(order) | {"ship_to": _address(order["shipping_address"])}
        case Notice.CANCELLED:
            return told | {"was_paid": was_paid}
        case Notice.SHIPPED:
            return told | _delivery(order) | {"ship_to": _address(order["shipping_address"])}
        case Notice.LAPSED | Notice.REFUNDED:
            return told


def _to_pay(order: Shaped) -> dict[str, Any]:
    instructions = next((each for p in order["payments"] if (each := p.get("instructions"))), "")
    return {
        "due": _words(order["totals"]["due"]),
        "hold_until": order["hold_expires_at"],
        # How to pay where no card is asked for, in the storefront's own words.
        "instructions": [line for line in instructions.splitlines() if line.strip()],
    }


def _receipt(order: Shaped) -> dict[str, Any]:
    return {
        "placed_at": order["placed_at"],
        "lines": [_line(line, [*_options(line), *_wishes(line)]) for line in order["lines"]],
        "totals": list(_totals(order["totals"])),
        "shipping": order["shipping_option"]["label"],
        "ship_by": date.fromisoformat(order["shipping_option"]["promised_ship_by"]),
    }


def _delivery(order: Shaped) -> dict[str, Any]:
    return {"carrier": order["shipping_option"]["carrier"], "lines": [_line(line, []) for line in order["lines"]]}


def _totals(totals: Shaped) -> Iterator[dict[str, str]]:
    """Items, what changes them, and what they come to; whoever adds the lines up gets the last one, to the cent."""
    yield {"label": "Pieces", "amount": _words(totals["items"])}
    if _amount(totals["discounts"]):
        reduced = -_amount(totals["discounts"])
        yield {"label": "Discounts", "amount": money.words(reduced, totals["discounts"]["currency"])}
    yield {"label": "Shipping", "amount": _words(totals["shipping"])}
    if _amount(totals["tax"]):
        yield {"label": "Tax", "amount": _words(totals["tax"])}
    yield {"label": "Total", "amount": _words(totals["total"])}
    yield {"label": "Paid", "amount": _words(totals["paid"])}


def _line(line: Shaped, details: list[str]) -> dict[str, Any]:
    return {
        "quantity": str(line["quantity"]),
        "title": line["title"],
        "details": details,
        "amount": _words(line["line_total"]),
    }


def _options(line: Shaped) -> list[str]:
    """`Ring size: 7`, `Metal: 14k yellow gold`."""
    said = {name: METALS[value].label if value in METALS else value for name, value in line["options"].items()}
    return [f"{name.replace('_', ' ').capitalize()}: {value}" for name, value in said.items()]


def _wishes(line: Shaped) -> list[str]:
    """What was asked of the piece, such as its engraving; of a file only that there is one."""
    return [
        f"{wish['label']}: {'your file' if wish['kind'] == 'upload' else wish['value_label'] or wish['value']}"
        for wish in line["personalization"]
    ]


def _address(address: Shaped) -> list[str]:
    """Line by line as on a parcel."""
    place = f"{address['city']}, {address['state']} {address['postal_code']}"
    lines = (
        f"{address['first_name']} {address['last_name']}", address["company"], address["line1"], address["line2"],
        place.strip(" ,"), address["country"],
    )  # fmt: skip
    return [line for line in lines if line.strip()]


def _amount(shaped: Shaped) -> Decimal:
    return Decimal(shaped["amount"])


def _words(shaped: Shaped) -> str:
    return money.words(_amount(shaped), shaped["currency"])
