"""Request limits per client address and per storefront key: fixed windows of a minute, counted in Django's cache.

Without `REDIS_URL` each web process counts for itself, so that two processes let through up to twice as much.
"""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network, ip_address

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse

from shop.errors import RateLimited, problem_response
from shop.requests import client_address
from shop.storefronts.queries import found_storefront, storefront_key

WINDOW_SECONDS = 60
LIMITED = ("/v1/", "/admin/")
# A preflight is half of a read.
READS = ("GET", "HEAD", "OPTIONS")


@dataclass(slots=True)
class Counter:
    """How much of a limit has been used in this minute, by whom."""

    policy: str
    limit: int
    key: str
    used: int

    def count(self) -> None:
        cache.add(self.key, 0, timeout=WINDOW_SECONDS * 2)
        try:
            self.used = cache.incr(self.key)
        except ValueError:  # evicted between the two calls
            self.used = 1


class ThrottleMiddleware:
    """Counts reads and writes of API and operators apart; says what is left in `RateLimit` (RFC draft) headers."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Webhooks come signed and in bursts; refusing them only makes the sender repeat them.
        if not settings.LIMITS or not request.path.startswith(LIMITED) or request.path.startswith("/v1/hooks/"):
            return self.get_response(request)
        window, passed = divmod(int(time.time()), WINDOW_SECONDS)
        by_address, by_key = _counters(request, window)
        by_address.count()
        if by_address.used > by_address.limit or (by_key and by_key.used >= by_key.limit):
            error = RateLimited()
            error.retry_after = WINDOW_SECONDS - passed
            response = problem_response(error)
        else:
            response = self.get_response(request)
            # Only now is it known that the key is one: made-up ones would fill the cache with counters.
            if by_key and found_storefront(request):
                by_key.count()
        shown = [by_address, by_key] if by_key and by_key.used else [by_address]
        _show(response, shown, WINDOW_SECONDS - passed)
        return response


def limit(what: str, address: str, *, tries: int, seconds: int) -> None:
    """Count a try of something that could be guessed, by a client's address. Raises RateLimited from `tries` on."""
    if not settings.LIMITS:
        return
    window, passed = divmod(int(time.time()), seconds)
    key = f"limit:{what}:{window}:{network_of(address)}"
    cache.add(key, 0, timeout=seconds * 2)
    try:
        used = cache.incr(key)
    except ValueError:  # evicted between the two calls
        used = 1
    if used > tries:
        error = RateLimited()
        error.retry_after = seconds - passed
        raise error


def _counters(request: HttpRequest, window: int) -> tuple[Counter, Counter | None]:
    policy = "read" if request.method in READS else "write"
    address = f"limit:{window}:{policy}:{network_of(client_address(request))}"
    by_address = Counter(policy, settings.RATE_LIMITS[policy], address, used=0)
    given = storefront_key(request)
    if given is None:
        return by_address, None
    key = f"limit:{window}:key-{policy}:{hashlib.sha256(given.encode()).hexdigest()}"
    return by_address, Counter(f"key-{policy}", settings.KEY_RATE_LIMITS[policy], key, used=cache.get(key, 0))


def _show(response: HttpResponse, counters: list[Counter], seconds_left: int) -> None:
    response["RateLimit-Policy"] = ", ".join(f'"{each.policy}";q={each.limit};w={WINDOW_SECONDS}' for each in counters)
    response["RateLimit"] = ", ".join(
        f'"{each.policy}";r={max(0, each.limit - each.used)};t={seconds_left}' for each in counters
    )


def network_of(address: str) -> str:
    """Whom an address counts for: an IPv6 host has a whole /64 to choose addresses from (RFC 4291)."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        return str(parsed.ipv4_mapped or IPv6Network((parsed, 64), strict=False).network_address)
    return str(parsed)
