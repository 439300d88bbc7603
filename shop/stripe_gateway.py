"""The only file that talks to Stripe. With STRIPE_API_BASE set it talks to the local Stripe instead.

No call here may run inside a database transaction, and every write that must not happen twice carries a key that
was stored before.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import orjson
import structlog
from django.conf import settings
from django.db import connection

from shop import money
from shop.errors import DomainError, Malformed

if TYPE_CHECKING:
    from stripe import PaymentIntent, StripeClient

log = structlog.get_logger(__name__)
# With two repeats a call ends within a minute, which is as long as an idempotency claim lasts.
CONNECT_SECONDS, READ_SECONDS = 3, 15
WEBHOOK_TOLERANCE_SECONDS = 300
EVENT_NAME = re.compile(r"[\x21-\x7e]{1,255}")


class StripeUnreachableError(Exception):
    """No answer, or one that says nothing: the call may or may not have done its work. Repeat it with the same key."""


class StripeRefusedError(Exception):
    """Stripe answered no. `code` is Stripe's; `intent` is the intent as it stands, where the answer had it."""

    def __init__(self, code: str, message: str, intent: "Intent | None" = None) -> None:
        super().__init__(message)
        self.code = code
        self.intent = intent


class InvalidSignature(DomainError):
    code = "invalid_signature"
    status = HTTPStatus.BAD_REQUEST
    title = "The webhook's signature is not right"
    detail = "Sign the raw body with the endpoint's secret; a signature is good for 5 minutes."


@dataclass(frozen=True, slots=True)
class Intent:
    """A PaymentIntent in our words. `amount` and `received` are decimal, `currency` upper case."""

    id: str
    status: str
    amount: Decimal
    received: Decimal
    currency: str
    client_secret: str
    metadata: Mapping[str, str] = field(default_factory=dict)
    decline_code: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """A verified event; the object itself is read again from Stripe, which is the truth."""

    id: str
    type: str
    object_id: str


def create_intent(*, amount: Decimal, currency: str, key: str, metadata: Mapping[str, str], group: str) -> Intent:
    """A PaymentIntent; the same key gives the same one. `group` ties later transfers to it."""
    params: Any = {
        "amount": money.to_minor(amount, currency),
        "currency": currency.lower(),
        "automatic_payment_methods": {"enabled": True},
        "metadata": dict(metadata),
        "transfer_group": group,
    }
    with _calling():
        return _intent(_client().v1.payment_intents.create(params, {"idempotency_key": key}))


def retrieve_intent(intent_id: str) -> Intent:
    with _calling():
        return _intent(_client().v1.payment_intents.retrieve(intent_id))


def cancel_intent(intent_id: str) -> Intent:
    """Cancel, or tell how it stands: an intent that has ended otherwise is returned as it is.

    It carries no key of ours: twice is harmless, while under one key Stripe repeats a first refusal (such as
    `processing`) for a day, whatever has become of the intent.
    """
    try:
        with _calling():
            return _intent(_client().v1.payment_intents.cancel(intent_id))
    except StripeRefusedError as error:
        if error.intent is None:
            raise
        return error.intent


def refund_intent(intent_id: str, *, key: str) -> str:
    """Give the whole payment back; returns the refund's id, also of one made under a key that Stripe has forgotten."""
    refunds = _client().v1.refunds
    try:
        with _calling():
            return str(refunds.create({"payment_intent": intent_id}, {"idempotency_key": key}).id)
    except StripeRefusedError as error:
        if error.code != "charge_already_refunded":
            raise
    with _calling():
        return str(refunds.list({"payment_intent": intent_id, "limit": 1}).data[0].id)


def read_event(payload: bytes, signature: str) -> Event:
    """Verify a webhook's raw body, then read it. Raises InvalidSignature and Malformed."""
    import stripe

    try:
        stripe.WebhookSignature.verify_header(
            payload.decode(), signature, settings.STRIPE_WEBHOOK_SECRET, WEBHOOK_TOLERANCE_SECONDS
        )
    except (stripe.SignatureVerificationError, ValueError, TypeError) as error:
        raise InvalidSignature from error
    try:
        event = orjson.loads(payload)
        found = Event(id=event["id"], type=event["type"], object_id=event["data"]["object"].get("id", ""))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Malformed("This is no event of Stripe's.") from error
    if not (_is_name(found.id) and _is_name(found.type) and (found.object_id == "" or _is_name(found.object_id))):
        raise Malformed("This is no event of Stripe's.")
    return found


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and EVENT_NAME.fullmatch(value) is not None


@contextmanager
def _calling() -> Iterator[None]:
    """Stripe's errors as ours. The SDK repeats a call twice, with the same key, before it gives up."""
    import stripe

    # The transaction a test runs in is not one of ours.
    if any(not getattr(block, "_from_testcase", False) for block in connection.atomic_blocks):
        raise RuntimeError("Stripe is never called inside a database transaction")
    try:
        yield
    except (stripe.APIConnectionError, stripe.RateLimitError) as error:
        raise StripeUnreachableError(str(error)) from error
    except stripe.StripeError as error:
        if error.http_status is None or error.http_status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise StripeUnreachableError(str(error)) from error
        log.warning("stripe_refused", code=error.code, status=error.http_status, stripe_request_id=error.request_id)
        raise StripeRefusedError(error.code or "refused", str(error), _intent_of(error)) from error


def _intent_of(error: Any) -> Intent | None:
    """The intent that Stripe puts beside a refusal such as `payment_intent_unexpected_state`."""
    found = getattr(error.error, "payment_intent", None)
    return _intent(found) if found else None


@cache
def _client() -> "StripeClient":
    # Imported here: it costs 25 MB in each process, and most never pay.
    import stripe

    base: Any = {"api": settings.STRIPE_API_BASE} if settings.STRIPE_API_BASE else {}
    return stripe.StripeClient(
        settings.STRIPE_SECRET_KEY,
        base_addresses=base,
        max_network_retries=2,
        http_client=stripe.RequestsClient(timeout=(CONNECT_SECONDS, READ_SECONDS)),
    )


def _intent(found: "PaymentIntent") -> Intent:
    currency = found.currency.upper()
    last_error = getattr(found, "last_payment_error", None)
    return Intent(
        id=found.id,
        status=found.status,
        amount=money.from_minor(found.amount, currency),
        received=money.from_minor(getattr(found, "amount_received", 0) or 0, currency),
        currency=currency,
        client_secret=getattr(found, "client_secret", None) or "",
        metadata=found.metadata.to_dict() if found.metadata else {},
        decline_code=(getattr(last_error, "decline_code", None) or getattr(last_error, "code", None) or "")
        if last_error
        else "",
    )
