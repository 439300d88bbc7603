"""Errors are part of the product: facts with a stable code, turned into problem+json in one place (RFC 9457)."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, NotRequired, TypedDict

import structlog
from django.core.exceptions import BadRequest, PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from rest_framework import exceptions as drf
from rest_framework.views import set_rollback

from shop.http import json_bytes
from shop.request_id import request_id

log = structlog.get_logger(__name__)


class FieldError(TypedDict):
    field: str
    code: str
    message: str
    # Of words that the declared metals and stones contradict: the words as they stand, the rule, what would be right.
    words: NotRequired[str]
    rule: NotRequired[str]
    fix: NotRequired[str]


class DomainError(Exception):
    """A fact that stops a request. Subclasses stand beside the code that raises them.

    `code` is stable and listed in docs/errors.md; `detail` says what happened and what to do.
    """

    code = "error"
    status = HTTPStatus.CONFLICT
    title = "The request could not be carried out"
    detail = ""
    retry_after: int | None = None

    def __init__(self, detail: str = "", *, errors: Sequence[FieldError] = (), **extra: Any) -> None:
        super().__init__(detail or self.detail or self.title)
        self.detail = detail or self.detail
        self.errors = list(errors)
        self.extra = extra


class Malformed(DomainError):
    code = "malformed_request"
    status = HTTPStatus.BAD_REQUEST
    title = "The request could not be read"
    detail = "Send well-formed UTF-8 JSON and a well-formed address."


class InvalidInput(DomainError):
    code = "invalid_input"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    title = "Some values were refused"
    detail = "Mend the fields named in `errors` and send the request again."


class NotFound(DomainError):
    code = "not_found"
    status = HTTPStatus.NOT_FOUND
    title = "Nothing here"
    detail = "There is nothing at this address, or it is not yours to see."


class MethodNotAllowed(DomainError):
    code = "method_not_allowed"
    status = HTTPStatus.METHOD_NOT_ALLOWED
    title = "This address does not take that method"
    detail = "See the `Allow` header for the methods it takes."


class NotAcceptable(DomainError):
    code = "not_acceptable"
    status = HTTPStatus.NOT_ACCEPTABLE
    title = "Only JSON is served here"
    detail = "Send `Accept: application/json` or leave the header out."


class BodyTooLarge(DomainError):
    code = "body_too_large"
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    title = "The body is too large"
    detail = "A body may have 256 KiB."


class UnsupportedMediaType(DomainError):
    code = "unsupported_media_type"
    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    title = "A body of this type is not read here"
    detail = "Send `Content-Type: application/json`."


class StaleVersion(DomainError):
    code = "stale_version"
    status = HTTPStatus.PRECONDITION_FAILED
    title = "It has changed since you read it"
    detail = "Read it again and send the change with the new `ETag` in `If-Match`."


class RateLimited(DomainError):
    code = "rate_limited"
    status = HTTPStatus.TOO_MANY_REQUESTS
    title = "Too many requests"
    detail = "Wait as long as `Retry-After` says."


class Unavailable(DomainError):
    code = "temporarily_unavailable"
    status = HTTPStatus.SERVICE_UNAVAILABLE
    title = "Not available for the moment"
    detail = "Try again after `Retry-After` seconds, a POST with the same Idempotency-Key."
    retry_after = 2


class InternalError(DomainError):
    code = "internal_error"
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    title = "Something went wrong on our side"
    detail = "It has been logged under this request id. You may try again, a POST with the same Idempotency-Key."


def problem(error: DomainError) -> dict[str, Any]:
    """The body of a problem answer."""
    return {
        "type": f"/v1/docs/errors#{error.code}",
        "title": error.title,
        "status": int(error.status),
        "code": error.code,
        "detail": error.detail,
        "errors": error.errors,
        "request_id": request_id.get(),
        **error.extra,
    }


def problem_response(error: DomainError) -> HttpResponse:
    response = HttpResponse(json_bytes(problem(error)), status=error.status, content_type="application/problem+json")
    response["Cache-Control"] = "private, no-store"
    if error.retry_after is not None:
        response["Retry-After"] = str(error.retry_after)
    return response


def handle_exception(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """DRF's exception handler. An unknown exception goes on to Django, which logs it and calls handler500."""
    domain_error = as_domain_error(error)
    if domain_error is None:
        return None
    set_rollback()
    response = problem_response(domain_error)
    if isinstance(error, drf.MethodNotAllowed):
        response["Allow"] = ", ".join(context["view"].allowed_methods)
    return response


def as_domain_error(error: Exception) -> DomainError | None:
    """What the frameworks raise, in our words; None for what nobody foresaw."""
    match error:
        case DomainError():
            return error
        case drf.ValidationError():
            return InvalidInput(errors=list(_field_errors(error.detail)))
        case drf.ParseError():
            return Malformed(str(error.detail))
        case OperationalError():
            # Lost connections, dead locks, a database that is starting: rolled back, worth another try.
            log.warning("database_unavailable", error=str(error))
            return Unavailable()
    return next((ours() for theirs, ours in FOREIGN.items() if isinstance(error, theirs)), None)


# The first that fits counts: RequestDataTooBig is a SuspiciousOperation, too.
FOREIGN: dict[type[Exception], type[DomainError]] = {
    drf.MethodNotAllowed: MethodNotAllowed,
    drf.NotAcceptable: NotAcceptable,
    drf.UnsupportedMediaType: UnsupportedMediaType,
    RequestDataTooBig: BodyTooLarge,
    Http404: NotFound,
    drf.NotFound: NotFound,
    PermissionDenied: NotFound,
    drf.PermissionDenied: NotFound,
    SuspiciousOperation: Malformed,
    BadRequest: Malformed,
}


def _field_errors(detail: Any, path: str = "") -> Sequence[FieldError]:
    """DRF's nested error detail as a flat list, each with the field's path: `shipping_address.postal_code`."""
    if isinstance(detail, dict):
        found: list[FieldError] = []
        for name, inner in detail.items():
            step = "" if name == "non_field_errors" else str(name)
            found += _field_errors(inner, ".".join(part for part in (path, step) if part))
        return found
    if isinstance(detail, list):
        found = []
        for index, inner in enumerate(detail):
            nested = isinstance(inner, dict | list)
            found += _field_errors(inner, f"{path}.{index}" if nested and len(detail) > 1 else path)
        return found
    return [{"field": path, "code": getattr(detail, "code", "invalid"), "message": str(detail)}]


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return problem_response(as_domain_error(exception) or Malformed())


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return problem_response(NotFound())


def server_error(request: HttpRequest) -> HttpResponse:
    return problem_response(InternalError())
