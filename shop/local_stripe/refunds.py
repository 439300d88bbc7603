"""Refunds."""

from shop.local_stripe import charges, disputes
from shop.local_stripe.errors import Json, Refused, StripeError, missing_param, unsupported
from shop.local_stripe.state import State, merged_metadata

UNSUPPORTED = ("reverse_transfer", "refund_application_fee", "origin", "customer")

# Where each status may go. A refund that succeeded can fail later, when the bank sends the money back.
NEXT = {
    "pending": ("succeeded", "failed", "canceled", "requires_action"),
    "requires_action": ("pending", "succeeded", "failed", "canceled"),
    "succeeded": ("failed",),
}
STATUSES = ("pending", "requires_action", "succeeded", "failed", "canceled")


def create(state: State, ids: list[str], params: Json) -> Json:
    """POST /v1/refunds"""
    for name in UNSUPPORTED:
        if params.get(name):
            raise unsupported(name)
    charge = _charge(state, params)
    amount = _amount(state, charge, params)
    refund = _new(state, charge, amount, params)
    _add_to_charge(charge, amount)
    state.save(charge)
    state.save(refund)
    state.emit("refund.created", refund)
    state.emit("charge.refunded", charge)
    if refund["status"] == "failed":
        _give_back(state, refund)
    return refund


def _charge(state: State, params: Json) -> Json:
    if params.get("charge"):
        return state.named("charge", params, "charge")
    if not params.get("payment_intent"):
        raise missing_param("payment_intent")
    intent = state.named("payment_intent", params, "payment_intent")
    if intent["status"] != "succeeded":
        raise Refused(
            f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.",
            code="payment_intent_unexpected_state",
            param="payment_intent",
        )
    return state.require("charge", intent["latest_charge"])


def _amount(state: State, charge: Json, params: Json) -> int:
    left = charges.refundable(charge)
    if not charge["captured"]:
        raise Refused(f"Charge {charge['id']} has not been captured.", code="charge_not_captured", param="charge")
    if disputes.holds(state, charge["id"]):
        raise Refused(f"Charge {charge['id']} has been charged back.", code="charge_disputed", param="charge")
    if left == 0:
        raise Refused(
            f"Charge {charge['id']} has already been refunded.",
            code="charge_already_refunded",
            param="charge",
        )
    amount: int = params.get("amount", left)
    if amount < 1:
        raise StripeError("Invalid positive integer", code="parameter_invalid_integer", param="amount")
    if amount > left:
        raise Refused(f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})", param="amount")
    return amount


def _new(state: State, charge: Json, amount: int, params: Json) -> Json:
    refund = state.new(
        "refund",
        amount=amount,
        charge=charge["id"],
        currency=charge["currency"],
        destination_details={"type": "card", "card": {"type": "refund", "reference_status": "pending"}},
        failure_balance_transaction=None,
        failure_reason=None,
        metadata=merged_metadata({}, params),
        payment_intent=charge["payment_intent"],
        payment_method=charge["payment_method"],
        reason=params.get("reason"),
        receipt_number=None,
        source_transfer_reversal=None,
        status=state.setting("refunds")["next_status"],
        transfer_reversal=None,
    )
    refund.pop("livemode")
    refund["balance_transaction"] = charges.book(state, refund, "refund", -amount)
    return refund


def _add_to_charge(charge: Json, amount: int) -> None:
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]


def _give_back(state: State, refund: Json) -> None:
    """The money did not reach the buyer: it is on our balance again, and can be refunded again."""
    refund["failure_reason"] = refund["failure_reason"] or "unknown"
    refund["failure_balance_transaction"] = charges.book(state, refund, "refund_failure", refund["amount"])
    charge = state.require("charge", refund["charge"])
    _add_to_charge(charge, -refund["amount"])
    state.save(charge)
    state.save(refund)
    if refund["status"] == "failed":
        state.emit("refund.failed", refund)


def update(state: State, ids: list[str], params: Json) -> Json:
    """POST /v1/refunds/{refund}"""
    refund = state.require("refund", ids[0], "refund")
    before = {**refund}
    refund["metadata"] = merged_metadata(refund["metadata"], params)
    state.save(refund)
    state.emit("refund.updated", refund, before)
    return refund


def cancel(state: State, ids: list[str], params: Json) -> Json:
    """POST /v1/refunds/{refund}/cancel: only while the buyer still has to act."""
    refund = state.require("refund", ids[0], "refund")
    if refund["status"] != "requires_action":
        raise Refused(f"You cannot cancel a refund with a status of {refund['status']}.", param="refund")
    return move(state, refund["id"], "canceled")


def move(state: State, refund_id: str, status: str, failure_reason: str | None = None) -> Json:
    """Take a refund to its next status, as its bank would."""
    refund = state.require("refund", refund_id, "refund")
    if status not in NEXT.get(refund["status"], ()):
        raise StripeError(f"A refund cannot go from {refund['status']} to {status}.", param="status")
    before = {**refund}
    refund.update(status=status, failure_reason=failure_reason)
    if status in ("failed", "canceled"):
        _give_back(state, refund)
    state.save(refund)
    state.emit("refund.updated", refund, before)
    state.emit("charge.refund.updated", refund, before)
    return refund
