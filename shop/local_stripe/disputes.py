"""Disputes. A test opens them through /_control; the API can answer or give up."""

from shop.local_stripe import charges
from shop.local_stripe.errors import Json, Refused, StripeError
from shop.local_stripe.state import State, merged_metadata

FEE = 1500
RESPONSE_TIME = 9 * 24 * 3600
OPEN = ("needs_response", "under_review")


def open_dispute(state: State, charge_id: str, amount: int, reason: str) -> Json:
    """The buyer's bank takes the money back until the matter is settled."""
    charge = state.require("charge", charge_id)
    if charge["disputed"] or not charge["captured"]:
        raise StripeError(f"Charge {charge_id} is already disputed or not captured.", param="charge")
    dispute = state.new(
        "dispute",
        amount=amount,
        balance_transactions=[],
        charge=charge_id,
        currency=charge["currency"],
        evidence={},
        evidence_details={
            "due_by": state.now() + RESPONSE_TIME,
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        is_charge_refundable=False,
        metadata={},
        payment_intent=charge["payment_intent"],
        reason=reason,
        status="needs_response",
    )
    _move_money(state, dispute, -amount, fee=FEE)
    charge["disputed"] = True
    state.save(charge)
    state.save(dispute)
    state.emit("charge.dispute.created", dispute)
    state.emit("charge.dispute.funds_withdrawn", dispute)
    return dispute


def _move_money(state: State, dispute: Json, amount: int, *, fee: int) -> None:
    entry = charges.book(state, dispute, "adjustment", amount, fee=fee)
    dispute["balance_transactions"].append(state.require("balance_transaction", entry))


def update(state: State, ids: list[str], params: Json) -> Json:
    """POST /v1/disputes/{dispute}: hand in evidence."""
    dispute = state.require("dispute", ids[0], "dispute")
    before = {**dispute, "evidence_details": dict(dispute["evidence_details"])}
    dispute["metadata"] = merged_metadata(dispute["metadata"], params)
    if "evidence" in params:
        _require_open(dispute)
        dispute["evidence"].update(params["evidence"])
        dispute["evidence_details"]["has_evidence"] = True
        if params.get("submit", True):
            dispute["evidence_details"]["submission_count"] += 1
            dispute["status"] = "under_review"
    state.save(dispute)
    state.emit("charge.dispute.updated", dispute, before)
    return dispute


def close(state: State, ids: list[str], params: Json) -> Json:
    """POST /v1/disputes/{dispute}/close: give up."""
    return settle(state, ids[0], won=False)


def settle(state: State, dispute_id: str, *, won: bool) -> Json:
    """The bank decides."""
    dispute = state.require("dispute", dispute_id, "dispute")
    _require_open(dispute)
    dispute["status"] = "won" if won else "lost"
    if won:
        _move_money(state, dispute, dispute["amount"], fee=0)
    state.save(dispute)
    state.emit("charge.dispute.closed", dispute)
    if won:
        state.emit("charge.dispute.funds_reinstated", dispute)
    return dispute


def holds(state: State, charge_id: str) -> bool:
    """Tell whether a dispute took the charge's money away."""
    return any(dispute["charge"] == charge_id and dispute["status"] != "won" for dispute in state.store.all("dispute"))


def _require_open(dispute: Json) -> None:
    if dispute["status"] not in OPEN:
        raise Refused(f"This dispute is already closed: it is {dispute['status']}.", param="dispute")
