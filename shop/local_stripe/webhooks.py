"""Signed delivery of events to the one webhook endpoint."""

import hashlib
import hmac
import http.client
import json
import threading
import time
from collections import deque
from urllib.parse import urlsplit

from shop.local_stripe import paying
from shop.local_stripe.errors import Json, StripeError
from shop.local_stripe.state import State

# Seconds before each further attempt. After the last the delivery is kept until a restart or a retry.
BACKOFF = (0.1, 0.2, 0.4, 0.8, 1.5, 3, 5, 5, 5, 5, 5, 5)
PATIENCE = 10
REMEMBERED = 10_000


def signature(secret: str, moment: int, body: str) -> str:
    """Return the Stripe-Signature header for a body."""
    signed = hmac.new(secret.encode(), f"{moment}.{body}".encode(), hashlib.sha256)
    return f"t={moment},v1={signed.hexdigest()}"


def check_url(url: str) -> None:
    """Raise for what cannot be the address of a webhook endpoint."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise StripeError(f"Not a webhook URL: {url}", param="url")


class Deliverer(threading.Thread):
    """Sends what is queued, oldest first; a failed delivery waits its turn without holding up the others.

    It also ends `processing` when its delay is over, since it is the one thread that waits for moments.
    """

    def __init__(self, state: State) -> None:
        super().__init__(name="webhooks", daemon=True)
        self.state = state
        self.sent: deque[Json] = deque(maxlen=REMEMBERED)

    def run(self) -> None:
        """Deliver until the process ends."""
        while True:
            self.state.news.clear()
            with self.state.store.transaction():
                paying.finish_due(self.state)
            while delivery := self._due():
                self._attempt(delivery)
            self.state.news.wait(self._pause())

    def retry(self) -> None:
        """Make every delivery due now, with all its attempts ahead."""
        with self.state.store.transaction():
            for delivery in self.state.store.all("delivery"):
                self.state.store.put("delivery", {**delivery, "attempts": 0, "next_at": 0.0, "failed": False})
        self.state.news.set()

    def send(self, event_id: str, secret: str | None = None) -> int | None:
        """Send an event once. Returns the status of the answer, or None if there was none."""
        event = self.state.store.get("event", event_id)
        target = self.state.setting("webhooks")
        if event is None or not target["url"]:
            return None
        body = json.dumps(event)
        moment = int(time.time())
        header = signature(secret or target["secret"] or "", moment, body)
        status = _post(target["url"], body, header)
        self.sent.append({"id": event_id, "type": event["type"], "status": status})
        return status

    def deliver(self, event_id: str, secret: str | None = None) -> int | None:
        """Send an event and take it off the queue if the endpoint accepted it."""
        status = self.send(event_id, secret)
        if status is not None and 200 <= status < 300:
            with self.state.store.transaction():
                self.state.store.delete("delivery", event_id)
                event = self.state.store.get("event", event_id)
                if event:
                    self.state.store.put("event", {**event, "pending_webhooks": 0})
        return status

    def _due(self) -> Json | None:
        if self.state.setting("webhooks")["mode"] == "hold":
            return None
        now = time.time()
        waiting = self.state.store.all("delivery")
        return next((each for each in waiting if not each["failed"] and each["next_at"] <= now), None)

    def _attempt(self, delivery: Json) -> None:
        event_id = delivery["id"]
        self.deliver(event_id)
        with self.state.store.transaction():
            left = self.state.store.get("delivery", event_id)
            if left is None:
                return
            attempts = left["attempts"]
            failed = attempts >= len(BACKOFF)
            next_at = 0.0 if failed else time.time() + BACKOFF[attempts]
            self.state.store.put("delivery", {**left, "attempts": attempts + 1, "next_at": next_at, "failed": failed})

    def _pause(self) -> float | None:
        """Return the seconds until something is due, or None if only news can make it so."""
        ahead = self.state.moment() - time.time()
        moments = [due["at"] - ahead for due in self.state.store.all("due")]
        if self.state.setting("webhooks")["mode"] == "deliver":
            moments += [each["next_at"] for each in self.state.store.all("delivery") if not each["failed"]]
        return max(min(moments) - time.time(), 0.01) if moments else None


def _post(url: str, body: str, header: str) -> int | None:
    parts = urlsplit(url)
    factory = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = factory(parts.hostname or "", parts.port, timeout=PATIENCE)
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Stripe-Signature": header,
        "User-Agent": "Stripe/1.0 (local)",
    }
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path, body.encode(), headers)
        response = connection.getresponse()
        response.read()
        return response.status
    except (OSError, ValueError, http.client.HTTPException):
        return None
    finally:
        connection.close()
