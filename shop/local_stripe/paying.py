"""An attempt to pay: what a confirmed intent goes through until it succeeds, waits or fails."""

from shop.local_stripe import cards, charges, disputes
from shop.local_stripe.cards import Decline, Method
from shop.local_stripe.errors import CardError, Json, Refused, StripeError
from shop.local_stripe.state import State, visible

CONFIRMABLE = ("requires_payment_method", "requires_confirmation", "requires_action")


def no_method(intent: Json) -> StripeError:
    """Nothing to pay with."""
    return Refused(
        "You cannot confirm this PaymentIntent because it's missing a payment method. Update the "
        "PaymentIntent with a payment method and then confirm it again.",
        code="payment_intent_unexpected_state",
        payment_intent=visible(intent),
    )


def attempt(state: State, intent: Json, params: Json) -> Json:
    """Try to pay an intent with its payment method. Returns the intent, or raises CardError."""
    method = state.require("payment_method", intent["payment_method"])
    card = cards.behaviour(method)
    intent.update(next_action=None, last_payment_error=None)
    if params.get("return_url"):
        intent["_return_url"] = params["return_url"]
    if card.authenticate:
        absent = params.get("off_session") or params.get("error_on_requires_action")
        return _decline(state, intent, method, cards.NEEDS_BUYER) if absent else _ask_buyer(state, intent)
    return _pay(state, intent, method, card)


def _pay(state: State, intent: Json, method: Json, card: Method) -> Json:
    if card.slow:
        return _begin_processing(state, intent, method)
    if card.decline:
        return _decline(state, intent, method, card.decline)
    charge = charges.attempt(state, intent, method)
    intent["latest_charge"] = charge["id"]
    if intent["capture_method"] == "manual":
        return _await_capture(state, intent, charge)
    _finish(state, intent, charge)
    if card.disputed:
        disputes.open_dispute(state, charge["id"], charge["amount"], "fraudulent")
    return intent


def _finish(state: State, intent: Json, charge: Json) -> None:
    charges.capture(state, charge, intent["amount"])
    state.emit("charge.succeeded", charge)
    succeed(state, intent, intent["amount"])


def succeed(state: State, intent: Json, amount: int) -> None:
    """The money is ours."""
    intent.update(status="succeeded", amount_received=amount, amount_capturable=0, next_action=None, processing=None)
    state.save(intent)
    state.emit("payment_intent.succeeded", intent)


def _await_capture(state: State, intent: Json, charge: Json) -> Json:
    charges.authorise(state, charge)
    state.emit("charge.succeeded", charge)
    intent.update(status="requires_capture", amount_capturable=intent["amount"])
    state.save(intent)
    state.emit("payment_intent.amount_capturable_updated", intent)
    return intent


def _ask_buyer(state: State, intent: Json) -> Json:
    redirect = {"url": f"{state.url}/_authenticate/{intent['id']}", "return_url": intent.get("_return_url")}
    intent.update(status="requires_action", next_action={"type": "redirect_to_url", "redirect_to_url": redirect})
    state.save(intent)
    state.emit("payment_intent.requires_action", intent)
    return intent


def authenticated(state: State, intent: Json, passed: bool) -> Json:
    """The buyer came back from the bank's page. Returns the intent; a decline does not raise here."""
    intent["next_action"] = None
    method = state.require("payment_method", intent["payment_method"])
    if not passed:
        message = (
            "The provided PaymentMethod has failed authentication. You can provide payment_method_data or a "
            "new PaymentMethod to attempt to fulfill this PaymentIntent again."
        )
        error = {
            "type": "invalid_request_error",
            "code": "payment_intent_authentication_failure",
            "message": message,
        }
        return _failed(state, intent, method, error)
    try:
        return _pay(state, intent, method, cards.behaviour(method))
    except CardError:
        return intent


def _begin_processing(state: State, intent: Json, method: Json) -> Json:
    charge = state.save(charges.attempt(state, intent, method))
    state.emit("charge.pending", charge)
    intent.update(status="processing", latest_charge=charge["id"])
    delay = state.setting("processing")["delay"]
    if delay is not None:
        state.store.put("due", {"id": intent["id"], "at": state.moment() + delay})
    state.save(intent)
    state.emit("payment_intent.processing", intent)
    state.news.set()
    return intent


def finish_processing(state: State, intent: Json, succeeds: bool | None = None) -> Json:
    """End `processing`, as the payment method would have it or as told."""
    method = state.require("payment_method", intent["payment_method"])
    charge = state.require("charge", intent["latest_charge"])
    decline = cards.behaviour(method).decline
    state.store.delete("due", intent["id"])
    if succeeds is None:
        succeeds = decline is None
    if succeeds:
        _finish(state, intent, charge)
        return intent
    decline = decline or cards.GENERIC
    charges.fail(state, charge, decline)
    return _failed(state, intent, method, _card_error(decline, charge))


def finish_due(state: State) -> None:
    """End `processing` for the intents whose time has come."""
    now = state.moment()
    for due in state.store.all("due"):
        if due["at"] <= now:
            finish_processing(state, state.require("payment_intent", due["id"]))


def _decline(state: State, intent: Json, method: Json, decline: Decline) -> Json:
    charge = charges.attempt(state, intent, method)
    intent["latest_charge"] = charge["id"]
    charges.fail(state, charge, decline)
    error = _card_error(decline, charge)
    _failed(state, intent, method, error)
    raise CardError(
        decline.message,
        code=decline.code,
        decline_code=decline.decline_code,
        charge=charge["id"],
        payment_intent=visible(intent),
        payment_method=visible(method),
    )


def _card_error(decline: Decline, charge: Json) -> Json:
    error = {
        "type": "card_error",
        "code": decline.code,
        "decline_code": decline.decline_code,
        "message": decline.message,
        "charge": charge["id"],
    }
    return {key: value for key, value in error.items() if value is not None}


def _failed(state: State, intent: Json, method: Json, error: Json) -> Json:
    """Back to the start: the buyer may try with another payment method."""
    intent.update(
        status="requires_payment_method",
        payment_method=None,
        processing=None,
        last_payment_error={**error, "payment_method": visible(method)},
    )
    state.save(intent)
    state.emit("payment_intent.payment_failed", intent)
    return intent
