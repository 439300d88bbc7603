"""What every door of the API has in common: problem+json, idempotent POSTs, caching rules."""

import hashlib
from http import HTTPStatus
from typing import Any

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from shop.errors import DomainError, as_domain_error, problem_response
from shop.http import json_bytes
from shop.idempotency import services as idempotency
from shop.idempotency.services import Claim, StoredAnswer
from shop.inputs import QueryInput, read_query
from shop.requests import client_address
from shop.versions import listed_tags

MAX_KEY_LENGTH = 255
# Where no capability tells two guests apart, the key alone must.
STRONG_KEY_LENGTH = 16


class IdempotencyKeyRequired(DomainError):
    code = "idempotency_key_required"
    status = HTTPStatus.BAD_REQUEST
    title = "This request needs an Idempotency-Key"
    detail = "It moves money or stock. Send a new random key (a UUID) in `Idempotency-Key`, the same one on a retry."


class InvalidIdempotencyKey(DomainError):
    code = "invalid_idempotency_key"
    status = HTTPStatus.BAD_REQUEST
    title = "The Idempotency-Key cannot be used"
    detail = "Send 1 to 255 printable ASCII characters; where no basket or order is named, 16 or more. A UUID fits."


class Door(APIView):
    """An endpoint. `errors` names what its service may raise, for the API document."""

    # Not OPTIONS, which DRF would list in `Allow` and refuse.
    http_method_names = ["get", "head", "post", "put", "patch", "delete"]
    errors: tuple[type[DomainError], ...] = ()
    query: type[QueryInput] = QueryInput
    idempotency_required: bool = False
    takes_idempotency_key: bool = True
    claim: Claim | None = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method != "POST" or self._is_refused_method(request):
            return self._finish(super().dispatch(request, *args, **kwargs))
        try:
            claim = self._claim(request, kwargs)
        except Exception as error:
            domain_error = as_domain_error(error)
            if domain_error is None:
                raise
            return problem_response(domain_error)
        if isinstance(claim, StoredAnswer):
            return self._replay(claim)
        self.claim = claim
        return self._finish(self._run(claim, request, *args, **kwargs))

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if request.method in ("POST", "PATCH", "PUT"):
            # Only `body` minds the limit on its size; a parser that reads the stream itself would take any.
            _ = request._request.body
        super().initial(request, *args, **kwargs)
        # What a door does not know it refuses by name, in the query as in the body.
        self.query_values = read_query(self.query, request.query_params)

    def _is_refused_method(self, request: HttpRequest) -> bool:
        return not hasattr(self, str(request.method).lower())

    def _claim(self, request: HttpRequest, path: dict[str, str]) -> Claim | StoredAnswer | None:
        key = request.headers.get("Idempotency-Key")
        if key is None or not self.takes_idempotency_key:
            if self.idempotency_required:
                raise IdempotencyKeyRequired
            return None
        scope = self.idempotency_scope(request, **path)
        if not (key.isascii() and key.isprintable() and 1 <= len(key) <= MAX_KEY_LENGTH):
            raise InvalidIdempotencyKey
        if scope is None and len(key) < STRONG_KEY_LENGTH:
            raise InvalidIdempotencyKey
        fingerprint = hashlib.sha256(f"{request.method} {request.path}\0".encode() + request.body).hexdigest()
        return idempotency.claim_request(scope=scope or _guest(request), key=key, fingerprint=fingerprint)

    def idempotency_scope(self, request: HttpRequest, **path: str) -> str | None:
        """Whose key it is: the capability in the path. None where a guest brings none."""
        return None

    def _run(self, claim: Claim | None, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if claim is None:
            return super().dispatch(request, *args, **kwargs)
        try:
            response = super().dispatch(request, *args, **kwargs)
        except Exception:
            idempotency.free(claim)
            raise
        data = getattr(response, "data", None)
        if isinstance(response, Response):
            response.render()
        body = json_bytes(self.without_secrets(data)) if data is not None else response.content  # type: ignore[attr-defined]
        answer = StoredAnswer(response.status_code, response.headers.get("Content-Type", ""), body)
        idempotency.store_answer(claim, answer)
        return response

    def without_secrets(self, data: Any) -> Any:
        """The answer as it may be kept: a door whose answer shows a secret leaves it out here."""
        return data

    def with_secrets(self, data: Any) -> Any:
        """A kept answer as it is repeated: what can be computed again is added here."""
        return data

    def _replay(self, answer: StoredAnswer) -> HttpResponse:
        body = answer.body
        if body and answer.status < HTTPStatus.BAD_REQUEST:
            body = json_bytes(self.with_secrets(orjson.loads(body)))
        response = HttpResponse(body, status=answer.status, content_type=answer.content_type)
        response["Idempotent-Replayed"] = "true"
        response["Cache-Control"] = "private, no-store"
        return response

    def _finish(self, response: HttpResponseBase) -> HttpResponseBase:
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response


class PublicDoor(Door):
    """A read that is the same for everybody: strong ETag, 304, and caching as the API conventions say."""

    def _finish(self, response: HttpResponseBase) -> HttpResponseBase:
        if response.status_code != HTTPStatus.OK or not isinstance(response, Response):
            return super()._finish(response)
        response.render()
        etag = f'"{hashlib.blake2b(response.content, digest_size=16).hexdigest()}"'
        result: HttpResponse = response
        if etag in listed_tags(self.request.headers.get("If-None-Match", "")):
            result = HttpResponse(status=HTTPStatus.NOT_MODIFIED)
            # A cache takes over the headers of a 304: Django's "text/html" must not become those of our JSON.
            del result["Content-Type"]
        shared = f", s-maxage={settings.CDN_MAX_AGE}" if settings.CDN_MAX_AGE else ""
        result["Cache-Control"] = f"public, max-age=0{shared}, must-revalidate"
        result["ETag"] = etag
        patch_vary_headers(result, ["Benchpin-Key", "Origin", "Accept-Encoding"])
        return result


def _guest(request: HttpRequest) -> str:
    return f"guest:{client_address(request)}:{request.headers.get('User-Agent', '')}"
