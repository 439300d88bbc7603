"""The only file that talks to Stripe. With STRIPE_API_BASE set it talks to the local Stripe instead.

No call here may run inside a database transaction, and every write that must not happen twice carries a key that
was stored before.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
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
    from stripe import Dispute as StripeDispute
    from stripe import PaymentIntent, StripeClient
    from stripe import Refund as StripeRefund

log = structlog.get_logger(__name__)
# With two repeats a call ends within a minute, which is as long as an idempotency claim lasts.
CONNECT_SECONDS, READ_SECONDS = 3, 15
WEBHOOK_TOLERANCE_SECONDS = 300
PAGE = 100
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
    fee: "Fee | None" = None
    # `normal`, `elevated`, `highest` or another word of Stripe's; "" before a charge has gone through.
    risk_level: str = ""


@dataclass(frozen=True, slots=True)
class Fee:
    """What Stripe kept of a charge, in the currency of our balance there."""

    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Refund:
    """A refund in our words. `failure` is Stripe's word for why it failed."""

    id: str
    status: str
    amount: Decimal
    currency: str
    intent_id: str
    failure: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Dispute:
    """A dispute in our words. `fee` is what Stripe has taken for it so far."""

    id: str
    status: str
    reason: str
    amount: Decimal
    currency: str
    fee: Decimal
    intent_id: str
    opened_at: datetime
    evidence_due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Event:
    """A verified event; the object itself is read again from Stripe, which is the truth."""

    id: str
    type: str
    object_id: str
    created: datetime


@dataclass(frozen=True, slots=True)
class Movement:
    """A change of our balance at Stripe (a balance transaction): `net` is after Stripe's fee, below zero for money
    that leaves. `intent_id` is empty where it is about no payment, such as a payout.
    """

    id: str
    kind: str
    net: Decimal
    currency: str
    intent_id: str
    created: datetime


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


def find_intent(payment: str) -> Intent | None:
    """The intent with our payment's id in its metadata. Stripe may need some minutes until a new one is found."""
    with _calling():
        found = _client().v1.payment_intents.search({"query": f'metadata["payment"]:"{payment}"', "limit": 1}).data
    return _intent(found[0]) if found else None


def retrieve_intent(intent_id: str) -> Intent:
    """As it stands, with what Stripe thinks of its charge, and the fee where it has booked that already."""
    with _calling():
        return _intent(
            _client().v1.payment_intents.retrieve(intent_id, {"expand": ["latest_charge.balance_transaction"]})
        )


def cancel_intent(intent_id: str, *, key: str) -> Intent:
    """Cancel. One that cannot be cancelled any more is refused, with the intent as it stands in the error.

    Under one key Stripe repeats a refusal (such as `processing`) for a day, whatever has become of the intent.
    """
    with _calling():
        return _intent(_client().v1.payment_intents.cancel(intent_id, {}, {"idempotency_key": key}))


def create_refund(intent_id: str, *, amount: Decimal, currency: str, key: str, metadata: Mapping[str, str]) -> Refund:
    """Give so much of a payment back; the same key gives the same refund, for as long as Stripe remembers it."""
    params: Any = {
        "payment_intent": intent_id,
        "amount": money.to_minor(amount, currency),
        "metadata": dict(metadata),
    }
    with _calling():
        return _refund(_client().v1.refunds.create(params, {"idempotency_key": key}))


def retrieve_refund(refund_id: str) -> Refund:
    with _calling():
        return _refund(_client().v1.refunds.retrieve(refund_id))


def list_refunds(intent_id: str) -> list[Refund]:
    """Every refund of a payment, the newest first."""
    with _calling():
        found = _client().v1.refunds.list({"payment_intent": intent_id, "limit": 100})
        return [_refund(each) for each in found.auto_paging_iter()]


def retrieve_dispute(dispute_id: str) -> Dispute:
    with _calling():
        return _dispute(_client().v1.disputes.retrieve(dispute_id))


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
        found = _event(orjson.loads(payload))
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, OSError) as error:
        raise Malformed("This is no event of Stripe's.") from error
    if not (_is_name(found.id) and _is_name(found.type) and (found.object_id == "" or _is_name(found.object_id))):
        raise Malformed("This is no event of Stripe's.")
    return found


def _event(event: Mapping[str, Any]) -> Event:
    return Event(
        id=event["id"],
        type=event["type"],
        object_id=event["data"]["object"].get("id", ""),
        created=datetime.fromtimestamp(event["created"], UTC),
    )


def list_events(*, since: datetime) -> Iterator[Event]:
    """Every event that Stripe has had since then, the newest first. Stripe forgets them after 30 days."""
    with _calling():
        events = _client().v1.events.list({"created": {"gte": int(since.timestamp())}, "limit": PAGE})
        for event in events.auto_paging_iter():
            yield _event(event.to_dict())


def list_movements(*, since: datetime) -> Iterator[Movement]:
    """Every change of our balance at Stripe since then, the newest first."""
    with _calling():
        wanted: Any = {"created": {"gte": int(since.timestamp())}, "limit": PAGE, "expand": ["data.source"]}
        found = _client().v1.balance_transactions.list(wanted)
        for movement in found.auto_paging_iter():
            yield _movement(movement)


def _movement(found: Any) -> Movement:
    currency = found.currency.upper()
    return Movement(
        id=found.id,
        kind=found.type,
        net=money.from_minor(found.net, currency),
        currency=currency,
        intent_id=getattr(found.source, "payment_intent", None) or "",
        created=datetime.fromtimestamp(found.created, UTC),
    )


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
    except (stripe.AuthenticationError, stripe.PermissionError) as error:
        # It says something of our key and nothing of what was asked: with a key that may, the same call is carried out.
        log.error("stripe_key_refused", status=error.http_status, stripe_request_id=error.request_id)
        raise StripeUnreachableError(str(error)) from error
    except stripe.StripeError as error:
        if error.http_status is None or error.http_status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise StripeUnreachableError(str(error)) from error
        if error.http_status == HTTPStatus.CONFLICT or isinstance(error, stripe.IdempotencyError):
            # Another call has this key now, or had it before: what came of that one this answer does not say.
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
        fee=_fee(getattr(found, "latest_charge", None)),
        risk_level=_risk_level(found),
    )


def _fee(charge: Any) -> Fee | None:
    """The fee of a charge that came expanded; elsewhere its place holds an id, or nothing yet."""
    booked = getattr(charge, "balance_transaction", None)
    if booked is None or isinstance(booked, str):
        return None
    currency = booked.currency.upper()
    return Fee(money.from_minor(booked.fee, currency), currency)


def _risk_level(found: "PaymentIntent") -> str:
    """Of the charge that went through, where the answer has it whole."""
    charge = getattr(found, "latest_charge", None)
    if charge is None or isinstance(charge, str) or not charge.paid:
        return ""
    return getattr(charge.outcome, "risk_level", None) or ""


def _refund(found: "StripeRefund") -> Refund:
    currency = found.currency.upper()
    return Refund(
        id=found.id,
        status=found.status or "",
        amount=money.from_minor(found.amount, currency),
        currency=currency,
        intent_id=_id_of(found.payment_intent),
        failure=getattr(found, "failure_reason", None) or "",
        metadata=found.metadata.to_dict() if found.metadata else {},
    )


def _dispute(found: "StripeDispute") -> Dispute:
    currency = found.currency.upper()
    due_by = found.evidence_details.due_by
    return Dispute(
        id=found.id,
        status=found.status,
        reason=found.reason,
        amount=money.from_minor(found.amount, currency),
        currency=currency,
        fee=money.from_minor(sum(entry.fee for entry in found.balance_transactions), currency),
        intent_id=_id_of(found.payment_intent),
        opened_at=datetime.fromtimestamp(found.created, UTC),
        evidence_due_at=datetime.fromtimestamp(due_by, UTC) if due_by else None,
    )


def _id_of(reference: Any) -> str:
    """The id of what Stripe names: as it stands, or of the object where Stripe has put that."""
    return reference if isinstance(reference, str) else getattr(reference, "id", "")
