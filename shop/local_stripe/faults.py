"""Faults: what goes wrong with the next requests, as a test ordered it. And the list of what was received."""

import re
import threading
from collections import deque
from dataclasses import dataclass, field

from shop.local_stripe.errors import Json, StripeError

ACTIONS = ("error", "hang", "hang_after", "drop", "drop_after")
REMEMBERED = 10_000
TYPES = {429: "invalid_request_error", 400: "invalid_request_error", 402: "card_error"}


@dataclass
class Fault:
    """One ordered fault, for `times` requests."""

    action: str
    method: str = ".*"
    path: str = ".*"
    times: int = 1
    seconds: float = 0
    status: int = 500
    type: str | None = None
    code: str | None = None
    message: str = "Ordered by the test."

    def matches(self, verb: str, path: str) -> bool:
        """Tell whether the request is one of those that go wrong."""
        return bool(re.fullmatch(self.method, verb) and re.search(self.path, path))

    def error(self) -> Json:
        """Return the body of an "error"."""
        kind = self.type or TYPES.get(self.status, "api_error")
        code = {"code": self.code} if self.code else {}
        return {"error": {"type": kind, "message": self.message, **code}}


@dataclass
class Faults:
    """The faults to come, whether the server is down, and the requests so far."""

    down: str | None = None
    requests: deque[Json] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    _faults: list[Fault] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _released: threading.Event = field(default_factory=threading.Event)

    def add(self, order: Json) -> None:
        """Order a fault."""
        if order.get("action") not in ACTIONS:
            raise StripeError(f"action must be one of {ACTIONS}.", code="parameter_invalid_enum", param="action")
        try:
            re.compile(order.get("path", ""))
            re.compile(order.get("method", ""))
            with self._lock:
                self._faults.append(Fault(**order))
        except (re.error, TypeError) as error:
            raise StripeError(f"Not a fault: {error}") from error

    def take(self, verb: str, path: str) -> Fault | None:
        """Return the fault for this request, if any, and count it."""
        with self._lock:
            fault = next((each for each in self._faults if each.matches(verb, path)), None)
            if fault:
                fault.times -= 1
                if fault.times < 1:
                    self._faults.remove(fault)
            return fault

    def wait(self, seconds: float) -> None:
        """Hang, unless a reset ends it."""
        self._released.wait(seconds)

    def coming(self) -> list[Json]:
        """Return the faults that are still to come."""
        with self._lock:
            return [dict(vars(fault)) for fault in self._faults]

    def clear(self) -> None:
        """Forget the faults, and let go who hangs."""
        with self._lock:
            self._faults.clear()
            self._released.set()
            self._released = threading.Event()

    def reset(self) -> None:
        """Forget everything."""
        self.clear()
        self.down = None
        self.requests.clear()
