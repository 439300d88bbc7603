"""From a request to its answer: keys, contract, idempotency, the operation itself."""

import base64
import binascii
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from shop.local_stripe import (
    accounts,
    charges,
    contract,
    customers,
    disputes,
    payment_intents,
    refunds,
    search,
    transfers,
)
from shop.local_stripe.errors import Json, KeyReused, StripeError, missing_param
from shop.local_stripe.reading import Handler, listing, retrieving, shown
from shop.local_stripe.state import NO_REQUEST, State

KEY_LIFETIME = 24 * 3600
LONGEST_KEY = 255

HANDLERS: dict[str, Handler] = {
    "POST /v1/customers": customers.create,
    "GET /v1/customers": listing("customer", "/v1/customers"),
    "GET /v1/customers/{customer}": customers.retrieve,
    "POST /v1/customers/{customer}": customers.update,
    "DELETE /v1/customers/{customer}": customers.delete,
    "POST /v1/payment_intents": payment_intents.create,
    "GET /v1/payment_intents": listing("payment_intent", "/v1/payment_intents"),
    "GET /v1/payment_intents/search": search.payment_intents,
    "GET /v1/payment_intents/{intent}": retrieving("payment_intent", "intent"),
    "POST /v1/payment_intents/{intent}": payment_intents.update,
    "POST /v1/payment_intents/{intent}/confirm": payment_intents.confirm,
    "POST /v1/payment_intents/{intent}/capture": payment_intents.capture,
    "POST /v1/payment_intents/{intent}/cancel": payment_intents.cancel,
    "GET /v1/payment_methods/{payment_method}": retrieving("payment_method", "payment_method"),
    "GET /v1/charges": listing("charge", "/v1/charges"),
    "GET /v1/charges/{charge}": retrieving("charge", "charge"),
    "POST /v1/charges/{charge}": charges.update,
    "POST /v1/refunds": refunds.create,
    "GET /v1/refunds": listing("refund", "/v1/refunds"),
    "GET /v1/refunds/{refund}": retrieving("refund", "refund"),
    "POST /v1/refunds/{refund}": refunds.update,
    "POST /v1/refunds/{refund}/cancel": refunds.cancel,
    "POST /v1/transfers": transfers.create,
    "GET /v1/transfers": listing("transfer", "/v1/transfers"),
    "GET /v1/transfers/{transfer}": retrieving("transfer", "transfer"),
    "POST /v1/transfers/{transfer}": transfers.update,
    "POST /v1/transfers/{id}/reversals": transfers.reverse,
    "GET /v1/transfers/{id}/reversals": transfers.reversals,
    "GET /v1/transfers/{transfer}/reversals/{id}": transfers.reversal,
    "POST /v1/transfers/{transfer}/reversals/{id}": transfers.update_reversal,
    "POST /v1/accounts": accounts.create,
    "GET /v1/accounts": listing("account", "/v1/accounts"),
    "GET /v1/accounts/{account}": retrieving("account", "account"),
    "POST /v1/accounts/{account}": accounts.update,
    "POST /v1/account_links": accounts.create_link,
    "GET /v1/balance_transactions": listing("balance_transaction", "/v1/balance_transactions"),
    "GET /v1/balance_transactions/{id}": retrieving("balance_transaction"),
    "GET /v1/disputes": listing("dispute", "/v1/disputes"),
    "GET /v1/disputes/{dispute}": retrieving("dispute", "dispute"),
    "POST /v1/disputes/{dispute}": disputes.update,
    "POST /v1/disputes/{dispute}/close": disputes.close,
    "GET /v1/events": listing("event", "/v1/events"),
    "GET /v1/events/{id}": retrieving("event"),
}

# What a publishable key may do, and what it may see of an intent.
PUBLIC = ("GET /v1/payment_intents/{intent}", "POST /v1/payment_intents/{intent}/confirm")
PUBLIC_FIELDS = {
    "id",
    "object",
    "amount",
    "amount_details",
    "automatic_payment_methods",
    "canceled_at",
    "cancellation_reason",
    "capture_method",
    "client_secret",
    "confirmation_method",
    "created",
    "currency",
    "description",
    "last_payment_error",
    "livemode",
    "next_action",
    "payment_method",
    "payment_method_configuration_details",
    "payment_method_types",
    "processing",
    "receipt_email",
    "setup_future_usage",
    "shipping",
    "source",
    "status",
}


@dataclass(frozen=True)
class Request:
    """What came in, decoded."""

    id: str
    verb: str
    path: str
    params: Json
    authorization: str = ""
    idempotency_key: str | None = None
    version: str | None = None


@dataclass(frozen=True)
class Answer:
    """What goes out."""

    status: int
    body: Json
    replayed: bool = False


class Api:
    """The operations under /v1."""

    def __init__(self, state: State) -> None:
        self.state = state
        self._running: set[str] = set()
        self._lock = threading.Lock()

    def answer(self, request: Request, around: Callable[[Callable[[], Answer]], Answer]) -> Answer:
        """Answer a request. `around` calls the work, and may take its time before and after (a fault)."""
        try:
            public = _is_public(request.authorization)
            _check_version(request.version)
            with self._claim(request):
                answer = around(lambda: self._work(request, public))
        except StripeError as error:
            return Answer(error.status, error.body())
        return Answer(answer.status, _public_body(answer.body), answer.replayed) if public else answer

    @contextmanager
    def _claim(self, request: Request) -> Iterator[None]:
        """Only one request with a key at a time: the second is told to come again."""
        key = request.idempotency_key if request.verb == "POST" else None
        if key is None:
            yield
            return
        if len(key) > LONGEST_KEY:
            raise StripeError(f"Idempotency keys can be at most {LONGEST_KEY} characters.")
        with self._lock:
            if key in self._running:
                raise StripeError(
                    "There is currently another in-progress request using this Idempotent Key.",
                    code="idempotency_key_in_use",
                    status=409,
                )
            self._running.add(key)
        try:
            yield
        finally:
            with self._lock:
                self._running.discard(key)

    def _work(self, request: Request, public: bool) -> Answer:
        try:
            operation, ids = _operation(request)
            params = self._allowed(request, operation, ids, public)
            stored = self._stored(request)
            if stored:
                return stored
            with self.state.store.transaction():
                answer = self._run(request, operation, ids, contract.checked(operation, params))
                self._remember(request, answer)
                return answer
        except StripeError as error:
            answer = Answer(error.status, error.body())
            if error.keep_answer:
                self._remember(request, answer)
            return answer

    def _run(self, request: Request, operation: str, ids: list[str], params: Json) -> Answer:
        self.state.request = {"id": request.id, "idempotency_key": request.idempotency_key}
        try:
            value = HANDLERS[operation](self.state, ids, params)
            return Answer(200, shown(self.state, value, params.get("expand", [])))
        except StripeError as error:
            if not error.keep_changes:
                raise
            return Answer(error.status, error.body())
        finally:
            self.state.request = NO_REQUEST

    def _allowed(self, request: Request, operation: str, ids: list[str], public: bool) -> Json:
        """Return the parameters, after checking what a publishable key may do."""
        if not public:
            return request.params
        if operation not in PUBLIC:
            raise StripeError(
                "This API call cannot be made with a publishable API key. Please use a secret API key.",
                code="secret_key_required",
                status=401,
            )
        params = dict(request.params)
        secret = params.pop("client_secret", None)
        if not secret:
            raise missing_param("client_secret")
        if self.state.require("payment_intent", ids[0], "intent")["client_secret"] != secret:
            raise StripeError(
                "The client_secret provided does not match any associated PaymentIntent on this account.",
                code="payment_intent_invalid_parameter",
                param="client_secret",
            )
        return params

    def _stored(self, request: Request) -> Answer | None:
        if request.verb != "POST" or request.idempotency_key is None:
            return None
        stored = self.state.store.get("idempotency", request.idempotency_key)
        if stored is None or self.state.now() - stored["at"] >= KEY_LIFETIME:
            return None
        if stored["request"] != [request.path, request.params]:
            raise KeyReused(
                "Keys for idempotent requests can only be used with the same parameters they were first used "
                f"with. Try using a key other than '{request.idempotency_key}' if you meant to execute a "
                "different request."
            )
        return Answer(stored["status"], stored["body"], replayed=True)

    def _remember(self, request: Request, answer: Answer) -> None:
        if request.verb == "POST" and request.idempotency_key is not None:
            self.state.store.put(
                "idempotency",
                {
                    "id": request.idempotency_key,
                    "request": [request.path, request.params],
                    "status": answer.status,
                    "body": answer.body,
                    "at": self.state.now(),
                },
            )


def _route(operation: str) -> tuple[str, re.Pattern[str], str]:
    verb, path = operation.split(" ")
    return verb, re.compile(re.sub(r"\{\w+\}", "([^/]+)", path)), operation


# Paths without ids first: "search" is no id of an intent.
ROUTES = [_route(operation) for operation in sorted(HANDLERS, key=lambda operation: operation.count("{"))]


def _operation(request: Request) -> tuple[str, list[str]]:
    for verb, pattern, operation in ROUTES:
        found = pattern.fullmatch(request.path) if verb == request.verb else None
        if found:
            return operation, list(found.groups())
    raise StripeError(f"Unrecognized request URL ({request.verb}: {request.path}).", status=404)


def _is_public(authorization: str) -> bool:
    """Tell a publishable key from a secret one, or raise."""
    key = _api_key(authorization)
    if not key:
        raise StripeError(
            "You did not provide an API key. You need to provide your API key in the Authorization header, "
            "using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
            status=401,
        )
    if not re.fullmatch(r"(sk|rk|pk)_test_\w+", key):
        raise StripeError(f"Invalid API Key provided: {key[:8]}***", status=401)
    return key.startswith("pk_")


def _api_key(authorization: str) -> str:
    scheme, _, rest = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(rest, validate=True).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return ""


def _check_version(version: str | None) -> None:
    if version not in (None, contract.API_VERSION):
        raise StripeError(f"The local Stripe speaks version {contract.API_VERSION} only.")


def _public_body(body: Json) -> Json:
    """Return what anybody may see: few fields of an intent, and no metadata anywhere."""
    if body.get("object") == "payment_intent":
        body = {key: value for key, value in body.items() if key in PUBLIC_FIELDS}
    return {
        key: _public_body(value) if isinstance(value, dict) else value
        for key, value in body.items()
        if key != "metadata"
    }
