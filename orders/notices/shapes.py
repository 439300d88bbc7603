"""What a mail about an order is told: the order as its buyer reads it, in words.

Before an order is paid nobody has shown that the address is theirs: until then no mail repeats what its buyer wrote,
so that nobody can have the shop send their words to somebody else.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from catalog.catalogue.metals import METALS
from orders.notices.rules import Notice
from orders.refunds.models import Refund, RefundPart
from orders.refunds.rules import Reason
from shop import money

Shaped = Mapping[str, Any]
Details = Callable[[Shaped], Iterable[str]]


def context(notice: Notice, order: Shaped) -> dict[str, Any]:
    """For the notice's template, of an order as `orders.checkout.shapes.order` has it; without the way back to it.

    What a refund is for `money_back` tells.
    """
    told = {"number": order["number"]}
    match notice:
        case Notice.PLACED:
            lines = _lines(order, _variant, _promises)
            return told | lines | _to_pay(order) | _delivery(order) | {"totals": list(_totals(order))}
        case Notice.REMINDER:
            return told | _lines(order, _variant) | _to_pay(order)
        case Notice.PAID:
            lines = _lines(order, _variant, _wishes, _promises)
            return told | lines | _receipt(order) | _delivery(order) | _address(order)
        case Notice.CANCELLED:
            # All or a part: there is money to go back, or it has gone.
            return told | _lines(order, _variant) | {"was_paid": bool(_amount(order["totals"]["paid"]))}
        case Notice.SHIPPED:
            return told | _lines(order, _variant, _wishes) | _delivery(order) | _address(order)
        case Notice.LAPSED:
            return told | _lines(order, _variant)
        case Notice.REFUNDED:
            return told


def money_back(refund: Refund) -> dict[str, Any]:
    """How much a refund is, and what for: with the order's lines by their names."""
    parts = [part for part in refund.parts.all() if part.amount]
    return {
        "amount": money.words(refund.amount, refund.currency),
        "parts": [{"label": _part(part), "amount": money.words(part.amount, refund.currency)} for part in parts],
        "is_late": refund.reason == Reason.LATE_PAYMENT,
    }


def _part(part: RefundPart) -> str:
    if part.line is None:
        return part.kind.capitalize()
    # Of a line that was paid in two payments only one part counts its pieces.
    counted = f"{part.quantity} x {part.line.title}" if part.quantity else part.line.title
    options = ", ".join(_options(part.line.options))
    return f"{counted} ({options})" if options else counted


def _to_pay(order: Shaped) -> dict[str, Any]:
    instructions = next((each for p in order["payments"] if (each := p.get("instructions"))), "")
    return {
        "due": _words(order["totals"]["due"]),
        # None where a part is paid: then it does not end by itself.
        "hold_until": order["hold_expires_at"],
        # How to pay where no card is asked for, in the storefront's own words.
        "instructions": [line for line in instructions.splitlines() if line.strip()],
    }


def _receipt(order: Shaped) -> dict[str, Any]:
    return {"placed_at": order["placed_at"], "gift_note": order["gift_note"], "totals": list(_totals(order))}


def _delivery(order: Shaped) -> dict[str, Any]:
    option = order["shipping_option"]
    return {
        "shipping": option["label"],
        "carrier": option["carrier"],
        "ship_by": date.fromisoformat(option["promised_ship_by"]),
    }


def _totals(order: Shaped) -> Iterator[dict[str, str]]:
    """Items, what changes them, and what they come to; whoever adds the lines up gets the last one, to the cent."""
    totals = order["totals"]
    yield {"label": "Pieces", "amount": _words(totals["items"])}
    for each in order["discounts"]:
        code = f" ({each['code']})" if each["code"] else ""
        reduced = money.words(-_amount(each["amount"]), each["amount"]["currency"])
        yield {"label": f"{each['label']}{code}", "amount": reduced}
    yield {"label": "Shipping", "amount": _words(totals["shipping"])}
    if _amount(totals["tax"]):
        yield {"label": "Tax", "amount": _words(totals["tax"])}
    yield {"label": "Total", "amount": _words(totals["total"])}
    if _amount(totals["paid"]):
        yield {"label": "Paid", "amount": _words(totals["paid"])}


def _lines(order: Shaped, *details: Details) -> dict[str, Any]:
    """What was ordered, each line with these details below it."""
    return {
        "lines": [
            {
                "quantity": str(line["quantity"]),
                "title": line["title"],
                "details": [said for detail in details for said in detail(line)],
                "amount": _words(line["line_total"]),
            }
            for line in order["lines"]
        ]
    }


def _variant(line: Shaped) -> list[str]:
    return _options(line["options"])


def _options(options: Mapping[str, str]) -> list[str]:
    """`Ring size: 7`, `Metal: 14k yellow gold`."""
    said = {name: METALS[value].label if value in METALS else value for name, value in options.items()}
    return [f"{name.replace('_', ' ').capitalize()}: {value}" for name, value in said.items()]


def _wishes(line: Shaped) -> list[str]:
    """What was asked of the piece, such as its engraving; of a file only that there is one."""
    return [
        f"{wish['label']}: {'your file' if wish['kind'] == 'upload' else wish['value_label'] or wish['value']}"
        for wish in line["personalization"]
    ]


def _promises(line: Shaped) -> Iterator[str]:
    """Who makes it, how long that takes, and whether it can be given back."""
    if line["maker"]["name"]:
        yield f"Made by: {line['maker']['name']}"
    if days := line["lead_time_days"]:
        yield f"Made to order: about {days} {'day' if days == 1 else 'days'}"
    if line["final_sale"]:
        yield "Final sale: it cannot be returned"


def _address(order: Shaped) -> dict[str, Any]:
    """Line by line as on a parcel."""
    address = order["shipping_address"]
    place = f"{address['city']}, {address['state']} {address['postal_code']}"
    lines = (
        f"{address['first_name']} {address['last_name']}", address["company"], address["line1"], address["line2"],
        place.strip(" ,"), address["country"],
    )  # fmt: skip
    return {"ship_to": [line for line in lines if line.strip()]}


def _amount(shaped: Shaped) -> Decimal:
    return Decimal(shaped["amount"])


def _words(shaped: Shaped) -> str:
    return money.words(_amount(shaped), shaped["currency"])
