"""Request limits per client address: a fixed window of a minute, counted in Django's cache.

Without `REDIS_URL` each web process counts for itself, so that two processes let through up to twice as much.
"""

import time
from collections.abc import Callable

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse

from shop.errors import RateLimited, problem_response
from shop.requests import client_address

WINDOW_SECONDS = 60


class ThrottleMiddleware:
    """Counts /v1 requests, reads and writes apart; says what is left in `RateLimit` (RFC draft) headers."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Webhooks come signed and in bursts; refusing them only makes the sender repeat them.
        if not settings.LIMITS or not request.path.startswith("/v1/") or request.path.startswith("/v1/hooks/"):
            return self.get_response(request)
        policy = "read" if request.method in ("GET", "HEAD") else "write"
        limit: int = settings.RATE_LIMITS[policy]
        used, seconds_left = _count(f"{policy}:{client_address(request)}")
        if used > limit:
            error = RateLimited()
            error.retry_after = seconds_left
            response = problem_response(error)
        else:
            response = self.get_response(request)
        response["RateLimit-Policy"] = f'"{policy}";q={limit};w={WINDOW_SECONDS}'
        response["RateLimit"] = f'"{policy}";r={max(0, limit - used)};t={seconds_left}'
        return response


def _count(who: str) -> tuple[int, int]:
    window, passed = divmod(int(time.time()), WINDOW_SECONDS)
    key = f"limit:{window}:{who}"
    cache.add(key, 0, timeout=WINDOW_SECONDS * 2)
    try:
        used = cache.incr(key)
    except ValueError:  # evicted between the two calls
        used = 1
    return used, WINDOW_SECONDS - passed
