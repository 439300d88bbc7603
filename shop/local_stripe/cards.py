"""The test payment methods, under Stripe's own names, and how each behaves.

| name                                            | behaviour                                           |
|-------------------------------------------------|-----------------------------------------------------|
| pm_card_visa, pm_card_mastercard, pm_card_amex  | succeeds                                            |
| pm_card_visa_chargeDeclined and the like        | is declined                                         |
| pm_card_authenticationRequired, ..._threeDS...  | asks the buyer to authenticate, then succeeds       |
| pm_card_riskLevelElevated, ..._riskLevelHighest | succeeds with this risk level                       |
| pm_card_createDispute                           | succeeds and is disputed at once                    |
| pm_usBankAccount_success, _processing           | is `processing` until told to go on, then succeeds  |
| pm_usBankAccount_insufficientFunds, ..._closed  | is `processing` until told to go on, then fails     |
"""

from dataclasses import dataclass

from shop.local_stripe.errors import Json, missing
from shop.local_stripe.state import State


@dataclass(frozen=True)
class Decline:
    """Why a payment fails."""

    code: str
    decline_code: str | None
    message: str


@dataclass(frozen=True)
class Method:
    """How a test payment method behaves."""

    brand: str = "visa"
    last4: str = "4242"
    decline: Decline | None = None
    authenticate: bool = False
    slow: bool = False
    disputed: bool = False
    risk: str = "normal"


GENERIC = Decline("card_declined", "generic_decline", "Your card was declined.")
FUNDS = Decline("card_declined", "insufficient_funds", "Your card has insufficient funds.")
LOST = Decline("card_declined", "lost_card", "Your card was declined.")
STOLEN = Decline("card_declined", "stolen_card", "Your card was declined.")
FRAUD = Decline("card_declined", "fraudulent", "Your card was declined.")
EXPIRED = Decline("expired_card", None, "Your card has expired.")
CVC = Decline("incorrect_cvc", None, "Your card's security code is incorrect.")
BROKEN = Decline("processing_error", None, "An error occurred while processing your card. Try again in a little bit.")
NEEDS_BUYER = Decline(
    "authentication_required",
    "authentication_required",
    "Your card was declined. This transaction requires authentication.",
)
BANK_FUNDS = Decline("insufficient_funds", None, "The customer's account has insufficient funds.")
BANK_CLOSED = Decline("account_closed", None, "The customer's bank account has been closed.")

_AUTHENTICATE = Method(last4="3184", authenticate=True)

METHODS = {
    "pm_card_visa": Method(),
    "pm_card_mastercard": Method("mastercard", "4444"),
    "pm_card_amex": Method("amex", "8431"),
    "pm_card_visa_chargeDeclined": Method(last4="0002", decline=GENERIC),
    "pm_card_chargeDeclined": Method(last4="0002", decline=GENERIC),
    "pm_card_visa_chargeDeclinedInsufficientFunds": Method(last4="9995", decline=FUNDS),
    "pm_card_chargeDeclinedInsufficientFunds": Method(last4="9995", decline=FUNDS),
    "pm_card_visa_chargeDeclinedLostCard": Method(last4="9987", decline=LOST),
    "pm_card_visa_chargeDeclinedStolenCard": Method(last4="9979", decline=STOLEN),
    "pm_card_radarBlock": Method(last4="0019", decline=FRAUD, risk="highest"),
    "pm_card_chargeDeclinedFraudulent": Method(last4="0019", decline=FRAUD),
    "pm_card_chargeDeclinedExpiredCard": Method(last4="0069", decline=EXPIRED),
    "pm_card_chargeDeclinedIncorrectCvc": Method(last4="0127", decline=CVC),
    "pm_card_chargeDeclinedProcessingError": Method(last4="0119", decline=BROKEN),
    "pm_card_authenticationRequired": _AUTHENTICATE,
    "pm_card_authenticationRequiredOnSetup": _AUTHENTICATE,
    "pm_card_threeDSecure2Required": Method(last4="3220", authenticate=True),
    "pm_card_threeDSecureRequired": Method(last4="3063", authenticate=True),
    "pm_card_threeDSecureRequiredChargeDeclined": Method(last4="1629", authenticate=True, decline=GENERIC),
    "pm_card_riskLevelElevated": Method(last4="9235", risk="elevated"),
    "pm_card_riskLevelHighest": Method(last4="4954", risk="highest"),
    "pm_card_createDispute": Method(last4="0259", disputed=True),
    "pm_usBankAccount_success": Method("bank", "6789", slow=True),
    "pm_usBankAccount_processing": Method("bank", "6789", slow=True),
    "pm_usBankAccount_insufficientFunds": Method("bank", "2227", slow=True, decline=BANK_FUNDS),
    "pm_usBankAccount_accountClosed": Method("bank", "1113", slow=True, decline=BANK_CLOSED),
}


def payment_method(state: State, name: str) -> Json:
    """Return the payment method with this id, or a new one made from a test name such as pm_card_visa."""
    stored = state.store.get("payment_method", name)
    if stored:
        return stored
    if name not in METHODS:
        raise missing("PaymentMethod", name, "payment_method", status=400)
    method = METHODS[name]
    value = state.new(
        "payment_method",
        type=kind_of(method),
        billing_details=no_billing_details(),
        customer=None,
        metadata={},
        _name=name,
    )
    value[value["type"]] = details(method)
    return state.save(value)


def behaviour(payment_method: Json) -> Method:
    """Return how a stored payment method behaves."""
    return METHODS[payment_method["_name"]]


def kind_of(method: Method) -> str:
    """Return Stripe's payment method type."""
    return "us_bank_account" if method.brand == "bank" else "card"


def details(method: Method) -> Json:
    """Return what Stripe tells of the card or account."""
    if method.brand == "bank":
        return {"bank_name": "STRIPE TEST BANK", "last4": method.last4, "account_type": "checking"}
    return {
        "brand": method.brand,
        "country": "US",
        "exp_month": 12,
        "exp_year": 2040,
        "fingerprint": f"local{method.last4}",
        "funding": "credit",
        "last4": method.last4,
        "wallet": None,
    }


def no_billing_details() -> Json:
    """Return empty billing details."""
    address = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
    return {"address": address, "email": None, "name": None, "phone": None, "tax_id": None}
