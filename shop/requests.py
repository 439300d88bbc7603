"""What every request gets: an id, a checked host, a client address, a log line."""

import re
import time
from collections.abc import Callable

import structlog
from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse

from shop.errors import Malformed, problem_response
from shop.ids import new_id
from shop.request_id import request_id

log = structlog.get_logger("benchpin.request")
ACCEPTED_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")


def client_address(request: HttpRequest) -> str:
    """The caller's address; behind `TRUSTED_PROXIES` proxies the one that the outermost of them saw."""
    proxies: int = settings.TRUSTED_PROXIES
    if proxies:
        chain = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
        if len(chain) >= proxies:
            return chain[-proxies]
    return str(request.META.get("REMOTE_ADDR", ""))


class RequestMiddleware:
    """Outermost: whatever happens within, the answer carries the request's id and one line is logged."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        token = request_id.set(given if ACCEPTED_ID.fullmatch(given) else new_id("req"))
        structlog.contextvars.bind_contextvars(request_id=request_id.get())
        try:
            response = self._refusal(request) or self.get_response(request)
            response["X-Request-Id"] = request_id.get()
            if not response.streaming:
                response.headers.setdefault("Content-Length", str(len(response.content)))
            log.info(
                "request",
                method=request.method,
                path=request.path,
                status=response.status_code,
                ms=round((time.perf_counter() - started) * 1000, 1),
            )
            return response
        finally:
            structlog.contextvars.clear_contextvars()
            request_id.reset(token)

    def _refusal(self, request: HttpRequest) -> HttpResponse | None:
        """Refuse what no view should see: a foreign host, and NUL bytes, which PostgreSQL cannot hold."""
        try:
            request.get_host()
        except DisallowedHost:
            return problem_response(Malformed("The Host header names a host that is not served here."))
        if "\0" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            return problem_response(Malformed("The address holds a NUL byte."))
        return None
