"""Why somebody should look at a paid order before it is made and sent. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal

# Each reason's code, and what it says to the team.
REASONS: Mapping[str, str] = {
    "amount": "It comes to more than the shop sends unseen.",
    "country_mismatch": "It is billed to one country and sent to another.",
    "state_mismatch": "It is billed to one state and sent to another.",
    "declines": "Several cards or accounts were refused before it was paid.",
    "elevated_risk": "Stripe calls the risk of the payment elevated.",
    "highest_risk": "Stripe calls the risk of the payment highest.",
}
RISKS: Mapping[str, str] = {"elevated": "elevated_risk", "highest": "highest_risk"}


@dataclass(frozen=True, slots=True)
class Limits:
    """What is let through unseen: a total of up to `amount`, fewer than `declines`; 0 lets everything through."""

    amount: Decimal
    declines: int
    addresses: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of an order when it is paid. `bill_to` is None where it is the same as `ship_to`."""

    total: Decimal
    ship_to: Mapping[str, str]
    bill_to: Mapping[str, str] | None
    declines: int
    risk_levels: Collection[str]


def reasons(facts: Facts, limits: Limits) -> list[str]:
    """Every reason by its code, none where nobody needs to look."""
    found = []
    if limits.amount and facts.total > limits.amount:
        found.append("amount")
    if limits.addresses and (mismatch := _mismatch(facts.ship_to, facts.bill_to)):
        found.append(mismatch)
    if limits.declines and facts.declines >= limits.declines:
        found.append("declines")
    return found + [code for level, code in RISKS.items() if level in facts.risk_levels]


def _mismatch(ship_to: Mapping[str, str], bill_to: Mapping[str, str] | None) -> str:
    if bill_to is None:
        return ""
    if ship_to["country"] != bill_to["country"]:
        return "country_mismatch"
    # Where one of them says no state, there is nothing to compare.
    states = {each["state"].strip().upper() for each in (ship_to, bill_to)} - {""}
    return "state_mismatch" if len(states) > 1 else ""
