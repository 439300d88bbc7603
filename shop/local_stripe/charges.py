"""Charges and balance transactions."""

from shop.local_stripe import cards
from shop.local_stripe.cards import Decline
from shop.local_stripe.errors import Json
from shop.local_stripe.state import State, apply

FEE_FIXED = 30
FEE_TEN_THOUSANDTHS = 290

COPIED = (
    "amount",
    "currency",
    "customer",
    "description",
    "receipt_email",
    "shipping",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_group",
)


def fee_on(amount: int) -> int:
    """Return Stripe's fee: 2.9 % and 30 cents, rounded half up."""
    return (amount * FEE_TEN_THOUSANDTHS + 5000) // 10000 + FEE_FIXED


def update(state: State, ids: list[str], params: Json) -> Json:
    """POST /v1/charges/{charge}"""
    charge = state.require("charge", ids[0], "charge")
    before = {**charge}
    apply(charge, params, ("description", "receipt_email", "shipping", "customer"))
    state.save(charge)
    state.emit("charge.updated", charge, before)
    return charge


def attempt(state: State, intent: Json, method: Json) -> Json:
    """Return a new, unsaved charge for an intent."""
    card = cards.behaviour(method)
    return state.new(
        "charge",
        **{field: intent[field] for field in COPIED},
        **_NOTHING_YET,
        billing_details=method["billing_details"],
        calculated_statement_descriptor=intent["statement_descriptor"] or "BENCHPIN",
        metadata=dict(intent["metadata"]),
        outcome={
            "network_status": "approved_by_network",
            "reason": None,
            "risk_level": card.risk,
            "risk_score": {"normal": 20, "elevated": 70}.get(card.risk, 90),
            "seller_message": "Payment complete.",
            "type": "authorized",
        },
        payment_intent=intent["id"],
        payment_method=method["id"],
        payment_method_details={"type": method["type"], method["type"]: cards.details(card)},
    )


_NOTHING_YET: Json = {
    "amount_captured": 0,
    "amount_refunded": 0,
    "application": None,
    "application_fee": None,
    "application_fee_amount": None,
    "balance_transaction": None,
    "captured": False,
    "disputed": False,
    "failure_balance_transaction": None,
    "failure_code": None,
    "failure_message": None,
    "fraud_details": {},
    "on_behalf_of": None,
    "paid": False,
    "receipt_number": None,
    "receipt_url": None,
    "refunded": False,
    "review": None,
    "source_transfer": None,
    "status": "pending",
    "transfer_data": None,
}


def authorise(state: State, charge: Json) -> None:
    """The bank holds the money for us; it is not captured yet."""
    charge.update(status="succeeded", paid=True)
    state.save(charge)


def capture(state: State, charge: Json, amount: int) -> None:
    """Take the money, or a part of what was authorised."""
    charge.update(status="succeeded", paid=True, captured=True, amount_captured=amount)
    # What was authorised and is not taken counts as refunded, as with Stripe.
    charge["amount_refunded"] = charge["amount"] - amount
    charge["balance_transaction"] = book(state, charge, "charge", amount, fee=fee_on(amount))
    state.save(charge)


def fail(state: State, charge: Json, decline: Decline) -> None:
    """Record that the bank refused the charge."""
    charge.update(status="failed", paid=False, failure_code=decline.code, failure_message=decline.message)
    charge["outcome"] = {
        **charge["outcome"],
        "network_status": "declined_by_network",
        "reason": decline.decline_code,
        "seller_message": "The bank did not return any further details with this decline.",
        "type": "issuer_declined",
    }
    state.save(charge)
    state.emit("charge.failed", charge)


def refundable(charge: Json) -> int:
    """Return how much of a captured charge has not gone back yet."""
    amount: int = charge["amount"] - charge["amount_refunded"]
    return amount if charge["captured"] else 0


def book(state: State, source: Json, kind: str, amount: int, *, fee: int = 0) -> str:
    """Record a movement on our balance, and return its id. `amount` is negative for money that leaves."""
    now = state.now()
    details = [{"amount": fee, "application": None, "currency": source["currency"], "type": "stripe_fee"}]
    entry = state.new(
        "balance_transaction",
        amount=amount,
        available_on=now,
        balance_type="payments",
        currency=source["currency"],
        description=source.get("description"),
        exchange_rate=None,
        fee=fee,
        fee_details=[{**details[0], "description": "Stripe processing fees"}] if fee else [],
        net=amount - fee,
        reporting_category=REPORTING.get(kind, kind),
        source=source["id"],
        status="available",
        type=kind,
    )
    entry.pop("livemode")
    return str(state.save(entry)["id"])


REPORTING = {"adjustment": "dispute", "transfer_refund": "transfer_reversal"}


def balance(state: State, currency: str) -> int:
    """Return what lies on our balance in this currency."""
    entries = state.store.all("balance_transaction")
    return sum(entry["net"] for entry in entries if entry["currency"] == currency)
