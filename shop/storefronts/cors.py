"""Which pages of other origins may read our answers: those of the request's storefront, and no cookie is taken.

Leave to read is all that is given here: who may do what is asked at the doors.
"""

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from shop.storefronts.queries import InvalidStorefrontKey, origin_is_listed, storefront_of

PLACES = ("/v1/store/", "/v1/auth/")
METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE"
HEADERS = (
    "Authorization, Benchpin-Key, Benchpin-Order-Token, Content-Type, Idempotency-Key, If-Match, If-None-Match, "
    "X-Email-Verification-Key, X-Password-Reset-Key, X-Request-Id, X-Session-Token"
)
EXPOSED = "ETag, Idempotent-Replayed, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id"
# The longest that a browser keeps the answer (Chromium; Firefox a day).
MAX_AGE_SECONDS = 7200


class CorsMiddleware:
    """Stands outside the limits, so that a refusal by them can be read, too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not request.path.startswith(PLACES):
            return response
        patch_vary_headers(response, ["Origin"])
        origin = request.META.get("HTTP_ORIGIN")
        if origin is None:
            return response
        if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
            return _preflight(origin, response)
        if _may_read(request, origin):
            response["Access-Control-Allow-Origin"] = origin
            response["Access-Control-Expose-Headers"] = EXPOSED
        return response


def _preflight(origin: str, response: HttpResponse) -> HttpResponse:
    """A preflight cannot carry the key: any open storefront may list its origin. It was counted by the limits."""
    if response.status_code == HTTPStatus.TOO_MANY_REQUESTS or not origin_is_listed(origin):
        return response
    allowed = HttpResponse(status=HTTPStatus.NO_CONTENT)
    del allowed["Content-Type"]
    allowed["Access-Control-Allow-Origin"] = origin
    allowed["Access-Control-Allow-Methods"] = METHODS
    allowed["Access-Control-Allow-Headers"] = HEADERS
    allowed["Access-Control-Max-Age"] = str(MAX_AGE_SECONDS)
    allowed["Cache-Control"] = "private, no-store"
    patch_vary_headers(allowed, ["Origin"])
    return allowed


def _may_read(request: HttpRequest, origin: str) -> bool:
    try:
        return origin in storefront_of(request).origins
    except InvalidStorefrontKey:
        return False
