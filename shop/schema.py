"""The OpenAPI document: every answer of every endpoint, each error with its codes."""

from collections.abc import Iterable
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any, Literal

import orjson
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from shop import errors as common
from shop.doors import (
    ANYONE,
    SIGNED_IN,
    Door,
    ForwardingDoor,
    IdempotencyKeyRequired,
    InvalidIdempotencyKey,
    PublicDoor,
)
from shop.errors import DomainError
from shop.idempotency.services import IdempotencyInProgress, IdempotencyKeyReused
from shop.identity import SESSION_HEADER, CsrfFailed, InvalidCredentials
from shop.makers.permissions import NotPermitted, PersonRequired, SecondFactorRequired, SignInRequired
from shop.storefronts.queries import HEADER as STOREFRONT_HEADER
from shop.storefronts.queries import InvalidStorefrontKey

# What a door's services raise on a change only.
OF_CHANGES = (HTTPStatus.CONFLICT, HTTPStatus.PRECONDITION_FAILED)
# Recorded by `make examples`, checked by the tests.
EXAMPLES = Path(__file__).with_name("openapi_examples.json")

IF_MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, description="The `ETag` the change was made on; 412 when stale."
)

STOREFRONT_KEY = OpenApiParameter(
    STOREFRONT_HEADER, str, OpenApiParameter.HEADER,
    description="The storefront's publishable key; without it the default storefront is meant.",
)  # fmt: skip
# How a caller says who they are; appended to the document's components.
SECURITY_SCHEMES = {
    "signIn": {
        "type": "apiKey", "in": "header", "name": SESSION_HEADER,
        "description": "The session token of a sign-in at `/v1/auth/app`; also taken as `Authorization: Bearer`.",
    },
    "cookie": {
        "type": "apiKey", "in": "cookie", "name": "sessionid",
        "description": "A browser's sign-in at `/v1/auth/browser`; changes also need `X-CSRFToken`.",
    },
    "secretKey": {"type": "http", "scheme": "bearer", "description": "A secret key, `sk_...`, within its scopes."},
}  # fmt: skip


class MoneyOutput(serializers.Serializer[Any]):
    amount = serializers.RegexField(r"^-?\d+(\.\d+)?$", help_text="A decimal string, e.g. `1250.00`.")
    currency = serializers.RegexField(r"^[A-Z]{3}$", help_text="ISO 4217.")


class FieldErrorOutput(serializers.Serializer[Any]):
    field = serializers.CharField(allow_blank=True, help_text="The field's path, e.g. `shipping_address.state`.")
    code = serializers.CharField()
    message = serializers.CharField()
    words = serializers.CharField(
        required=False, allow_blank=True, help_text="The words as they stand that contradict what is declared."
    )
    rule = serializers.CharField(required=False, help_text="What they are against, e.g. `16 CFR 23.3(b)(2)`.")
    fix = serializers.CharField(required=False, help_text="What would be right, in a sentence.")


class ProblemOutput(serializers.Serializer[Any]):
    """RFC 9457 problem details."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField(help_text="Stable; listed in the documentation.")
    detail = serializers.CharField(allow_blank=True)
    errors = FieldErrorOutput(many=True)  # type: ignore[assignment]
    request_id = serializers.CharField()


class BenchpinSchema(AutoSchema):
    """Adds to each operation what every door may answer, and what its own services raise."""

    def get_override_parameters(self) -> list[Any]:
        given = list(super().get_override_parameters())
        if self.path.startswith("/v1/store"):
            given.append(STOREFRONT_KEY)
        if self.method == "POST" and isinstance(self.view, Door) and self.view.takes_idempotency_key:
            given.append(
                OpenApiParameter(
                    "Idempotency-Key",
                    {"type": "string", "minLength": 1, "maxLength": 255, "pattern": r"^[\x20-\x7e]+$"},
                    OpenApiParameter.HEADER,
                    required=self.view.idempotency_required,
                    description="A new random value (a UUID) for each intent; the same one on a retry.",
                )
            )
        return given

    def get_auth(self) -> list[dict[str, list[str]]]:
        """Which ways in an operation has; `{}` is none at all."""
        permission = self._permission()
        if isinstance(self.view, PublicDoor) or self.path.startswith("/v1/hooks"):
            return []
        ways: list[dict[str, list[str]]] = [{"signIn": []}, {"cookie": []}]
        if permission == ANYONE:
            return [{}, *ways]
        return ways if permission == SIGNED_IN else [*ways, {"secretKey": []}]

    def get_extensions(self) -> dict[str, Any]:
        """`x-permission`: what a role, or a key's scope, must have."""
        permission = self._permission()
        return {} if permission in (ANYONE, SIGNED_IN, "") else {"x-permission": permission}

    def _permission(self) -> str:
        return self.view.permission_for(self.method) if isinstance(self.view, Door) else ""

    def _get_request_body(self, direction: Literal["request", "response"] = "request") -> dict[str, Any] | None:
        body: dict[str, Any] | None = super()._get_request_body(direction)  # type: ignore[no-untyped-call]
        # Of a body that is a file drf-spectacular thinks that it may be left out.
        if body and not any("json" in kind for kind in body["content"]):
            body["required"] = True
        return body

    def _get_response_bodies(self, direction: Literal["request", "response"] = "response") -> dict[str, Any]:
        bodies = super()._get_response_bodies(direction)
        for status, codes in _by_status(self._possible_errors()).items():
            answer = self._get_response_for_code(  # type: ignore[no-untyped-call]
                ProblemOutput, str(status), media_types=["application/problem+json"]
            )
            answer["description"] = f"{HTTPStatus(status).phrase}: {', '.join(f'`{code}`' for code in codes)}"
            content = answer["content"]["application/problem+json"]
            content["schema"] = {
                "allOf": [content["schema"], {"type": "object", "properties": {"code": {"enum": codes}}}]
            }
            if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
                answer["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds."}}
            bodies[str(status)] = answer
        if isinstance(self.view, PublicDoor):
            bodies["304"] = {"description": "Not modified: what you have is still right."}
        if isinstance(self.view, ForwardingDoor):
            location = {"schema": {"type": "string", "format": "uri"}, "description": "Where it is now."}
            bodies["301"] = {"description": "It has another slug now.", "headers": {"Location": location}}
        return bodies

    def _possible_errors(self) -> list[type[DomainError]]:
        found: list[type[DomainError]] = [
            common.Malformed, common.NotAcceptable, common.RateLimited, common.Unavailable, common.InternalError,
            common.InvalidInput,
        ]  # fmt: skip
        writes = self.method in ("POST", "PATCH", "PUT")
        if writes:
            found += [common.BodyTooLarge, common.UnsupportedMediaType]
        if self.method == "POST" and getattr(self.view, "takes_idempotency_key", False):
            found += [InvalidIdempotencyKey, IdempotencyKeyReused, IdempotencyInProgress]
        if isinstance(self.view, Door):
            found += [error for error in self.view.errors if self.method != "GET" or error.status not in OF_CHANGES]
            if self.method == "POST" and self.view.idempotency_required:
                found.append(IdempotencyKeyRequired)
        if "{" in self.path:
            found.append(common.NotFound)
        return found + self._errors_of_entry(writes)

    def _errors_of_entry(self, writes: bool) -> list[type[DomainError]]:
        """What the caller may be told before the door's own work begins."""
        if self.path.startswith("/v1/hooks"):
            return []
        found: list[type[DomainError]] = [InvalidStorefrontKey] if self.path.startswith("/v1/store") else []
        if isinstance(self.view, PublicDoor):
            return found
        found += [InvalidCredentials, CsrfFailed] if writes or self.method == "DELETE" else [InvalidCredentials]
        permission = self._permission()
        if permission == ANYONE:
            return found
        if permission == SIGNED_IN:
            return [*found, SignInRequired, PersonRequired]
        return [*found, SignInRequired, NotPermitted, SecondFactorRequired]


def _by_status(errors: Iterable[type[DomainError]]) -> dict[int, list[str]]:
    codes: dict[int, set[str]] = {}
    for error in errors:
        codes.setdefault(int(error.status), set()).add(error.code)
    return {status: sorted(codes[status]) for status in sorted(codes)}


def finish_schema(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Inputs refuse unknown fields: say so. And each operation shows a recorded request and answer."""
    result["components"]["securitySchemes"] = SECURITY_SCHEMES
    for path in result["paths"].values():
        for operation in path.values():
            _add_examples(operation)
    for name, schema in result["components"]["schemas"].items():
        if name.endswith(("Input", "InputRequest")) and schema.get("type") == "object":
            schema["additionalProperties"] = False
    return result


def _add_examples(operation: dict[str, Any]) -> None:
    example = _examples().get(operation["operationId"])
    if example is None:
        return
    operation["responses"][example["status"]]["content"]["application/json"]["example"] = example["response"]
    if "request" in example:
        operation["requestBody"]["content"]["application/json"]["example"] = example["request"]


@cache
def _examples() -> dict[str, Any]:
    return dict(orjson.loads(EXAMPLES.read_bytes()))
