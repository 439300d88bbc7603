"""Payment intents: create, update, cancel, capture. Confirming is in paying.py."""

import secrets

from shop.local_stripe import cards, charges, paying
from shop.local_stripe.errors import Json, Refused, StripeError, unsupported
from shop.local_stripe.state import State, apply, merged_metadata, visible

SMALLEST = {
    "usd": 50,
    "eur": 50,
    "cad": 50,
    "aud": 50,
    "gbp": 30,
    "jpy": 50,
    "chf": 50,
    "sek": 300,
    "dkk": 250,
}
CURRENCIES = (
    *(
        "usd",
        "eur",
        "cad",
        "aud",
        "gbp",
        "jpy",
        "chf",
        "sek",
        "dkk",
        "nok",
        "nzd",
        "pln",
        "czk",
        "huf",
        "mxn",
    ),
    *("brl", "inr", "sgd", "hkd", "zar", "ils", "ron", "bgn", "krw", "thb"),
)
LARGEST = 99_999_999

UNSUPPORTED = (
    "application_fee_amount",
    "confirmation_token",
    "customer_account",
    "hooks",
    "mandate",
    "mandate_data",
    "on_behalf_of",
    "payment_method_data",
    "transfer_data",
)

# Fields that an update may change at any time, and those that decide what the buyer pays.
TEXTS = (
    "description",
    "receipt_email",
    "shipping",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_group",
    "setup_future_usage",
)
TERMS = ("amount", "currency", "capture_method", "customer")

CANCELABLE = ("requires_payment_method", "requires_capture", "requires_confirmation", "requires_action")


def create(state: State, ids: list[str], params: Json) -> Json:
    """POST /v1/payment_intents"""
    refuse_unsupported(params)
    _check_terms(state, params, params["currency"])
    if params.get("confirmation_method") == "manual":
        raise unsupported("confirmation_method=manual")
    intent = _new(state, params)
    apply(intent, params, TEXTS)
    if params.get("payment_method"):
        _choose(state, intent, params["payment_method"])
    elif params.get("confirm"):
        raise paying.no_method(intent)
    state.save(intent)
    state.emit("payment_intent.created", intent)
    return paying.attempt(state, intent, params) if params.get("confirm") else intent


def _new(state: State, params: Json) -> Json:
    automatic = params.get("automatic_payment_methods", {"enabled": True})
    redirects = {"allow_redirects": automatic.get("allow_redirects", "always")}
    intent = state.new("payment_intent", **_EMPTY, amount=params["amount"], currency=params["currency"])
    intent.update(
        automatic_payment_methods={**redirects, "enabled": True} if automatic["enabled"] else None,
        capture_method=params.get("capture_method", "automatic_async"),
        client_secret=f"{intent['id']}_secret_{secrets.token_hex(12)}",
        customer=params.get("customer"),
        metadata=merged_metadata({}, params),
        payment_method_types=params.get("allowed_payment_method_types") or ["card", "us_bank_account"],
        allowed_payment_method_types=params.get("allowed_payment_method_types"),
    )
    return intent


_EMPTY: Json = {
    "amount_capturable": 0,
    "amount_details": {"tip": {}},
    "amount_received": 0,
    "application": None,
    "application_fee_amount": None,
    "canceled_at": None,
    "cancellation_reason": None,
    "confirmation_method": "automatic",
    "customer_account": None,
    "description": None,
    "excluded_payment_method_types": None,
    "last_payment_error": None,
    "latest_charge": None,
    "next_action": None,
    "on_behalf_of": None,
    "payment_method": None,
    "payment_method_configuration_details": None,
    "payment_method_options": {},
    "processing": None,
    "receipt_email": None,
    "review": None,
    "setup_future_usage": None,
    "shipping": None,
    "source": None,
    "statement_descriptor": None,
    "statement_descriptor_suffix": None,
    "status": "requires_payment_method",
    "transfer_data": None,
    "transfer_group": None,
}


def update(state: State, ids: list[str], params: Json) -> Json:
    """POST /v1/payment_intents/{intent}"""
    refuse_unsupported(params)
    intent = state.require("payment_intent", ids[0], "intent")
    terms = {name for name in (*TERMS, "payment_method") if name in params}
    if terms and intent["status"] not in paying.CONFIRMABLE:
        changed = ", ".join(sorted(terms))
        raise unexpected_state(
            intent,
            f"This PaymentIntent's {changed} could not be updated because it has a status of {intent['status']}.",
        )
    _check_terms(state, params, params.get("currency") or intent["currency"])
    apply(intent, params, TERMS + TEXTS)
    if terms:
        _reopen(state, intent, params.get("payment_method"))
    return state.save(intent)


def _reopen(state: State, intent: Json, method: str | None) -> None:
    """New terms need a new confirmation, so an authentication that is under way ends."""
    intent["next_action"] = None
    if method:
        _choose(state, intent, method)
    elif intent["payment_method"]:
        intent["status"] = "requires_confirmation"
    else:
        intent["status"] = "requires_payment_method"


def _choose(state: State, intent: Json, method: str) -> None:
    intent["payment_method"] = cards.payment_method(state, method)["id"]
    intent["status"] = "requires_confirmation"


def confirm(state: State, ids: list[str], params: Json) -> Json:
    """POST /v1/payment_intents/{intent}/confirm"""
    refuse_unsupported(params)
    intent = state.require("payment_intent", ids[0], "intent")
    if intent["status"] not in paying.CONFIRMABLE:
        raise unexpected_state(intent, _cannot("confirm", "confirmed", intent, paying.CONFIRMABLE))
    amount = params.get("amount_to_confirm", intent["amount"])
    if amount != intent["amount"]:
        raise StripeError(
            f"The amount_to_confirm ({amount}) is not the amount of the PaymentIntent ({intent['amount']}).",
            param="amount_to_confirm",
        )
    apply(intent, params, ("receipt_email", "shipping", "setup_future_usage", "capture_method"))
    if params.get("payment_method"):
        _choose(state, intent, params["payment_method"])
    if not intent["payment_method"]:
        raise paying.no_method(intent)
    return paying.attempt(state, intent, params)


def cancel(state: State, ids: list[str], params: Json) -> Json:
    """POST /v1/payment_intents/{intent}/cancel"""
    intent = state.require("payment_intent", ids[0], "intent")
    if intent["status"] not in CANCELABLE:
        raise unexpected_state(intent, _cannot("cancel", "canceled", intent, CANCELABLE))
    if intent["status"] == "requires_capture":
        _release(state, intent)
    intent.update(
        status="canceled",
        canceled_at=state.now(),
        cancellation_reason=params.get("cancellation_reason"),
        next_action=None,
        amount_capturable=0,
    )
    state.save(intent)
    state.emit("payment_intent.canceled", intent)
    return intent


def _release(state: State, intent: Json) -> None:
    """Give an authorised, never captured amount back."""
    charge = state.require("charge", intent["latest_charge"])
    charge.update(amount_refunded=charge["amount"], refunded=True)
    state.save(charge)
    state.emit("charge.refunded", charge)


def capture(state: State, ids: list[str], params: Json) -> Json:
    """POST /v1/payment_intents/{intent}/capture"""
    refuse_unsupported(params)
    if params.get("final_capture") is False:
        raise unsupported("final_capture=false")
    intent = state.require("payment_intent", ids[0], "intent")
    if intent["status"] != "requires_capture":
        raise unexpected_state(intent, _cannot("capture", "captured", intent, ("requires_capture",)))
    amount = params["amount_to_capture"] if "amount_to_capture" in params else intent["amount_capturable"]
    if not 1 <= amount <= intent["amount_capturable"]:
        raise StripeError(
            f"The amount to capture must be between 1 and {intent['amount_capturable']}.",
            code="amount_too_large" if amount > 0 else "parameter_invalid_integer",
            param="amount_to_capture",
        )
    apply(intent, params, ("statement_descriptor", "statement_descriptor_suffix"))
    charge = state.require("charge", intent["latest_charge"])
    charges.capture(state, charge, amount)
    state.emit("charge.captured", charge)
    paying.succeed(state, intent, amount)
    return intent


def refuse_unsupported(params: Json) -> None:
    """Raise for a parameter that would change what happens, and that this server does not follow."""
    for name in UNSUPPORTED:
        if name in params:
            raise unsupported(name)


def unexpected_state(intent: Json, message: str) -> StripeError:
    """The intent's status forbids it; Stripe sends the intent along."""
    return Refused(message, code="payment_intent_unexpected_state", payment_intent=visible(intent))


def _cannot(verb: str, past: str, intent: Json, allowed: tuple[str, ...]) -> str:
    return (
        f"You cannot {verb} this PaymentIntent because it has a status of {intent['status']}. Only a "
        f"PaymentIntent with one of the following statuses may be {past}: {', '.join(allowed)}."
    )


def _check_terms(state: State, params: Json, currency: str) -> None:
    if currency not in CURRENCIES:
        raise StripeError(
            f"Invalid currency: {currency}. Currencies are written in lower case, such as usd.",
            param="currency",
        )
    if "amount" in params:
        _check_amount(params["amount"], currency)
    if params.get("customer"):
        state.named("customer", params, "customer")


def _check_amount(amount: int, currency: str) -> None:
    if amount < SMALLEST.get(currency, 50):
        code = "amount_too_small" if amount > 0 else "parameter_invalid_integer"
        raise StripeError(
            f"Amount must be at least {SMALLEST.get(currency, 50)} in {currency}.", code=code, param="amount"
        )
    if amount > LARGEST:
        raise StripeError(
            f"Amount must be no more than {LARGEST} in {currency}.", code="amount_too_large", param="amount"
        )
