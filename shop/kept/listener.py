"""Hears that the catalog has changed: one thread a process, on a connection of its own."""

import threading
import time
from collections.abc import Callable
from uuid import uuid4

import psycopg
import structlog
from django.db import connection

log = structlog.get_logger(__name__)

CHANNEL = "benchpin_catalog"
BEAT_SECONDS = 0.3
RETRY_SECONDS = 0.5
CONNECT_SECONDS = 5


class Listener(threading.Thread):
    """Calls `on_change` at each notification, and `on_proof` with the moment until which none can be missing.

    The proof is a notification to itself: PostgreSQL delivers them in the order of the commits, so that all before it
    are here. A connection that only seems to live, as through a pooler between transactions, never brings it.
    """

    def __init__(self, *, on_change: Callable[[], None], on_proof: Callable[[float], None]) -> None:
        super().__init__(name="kept-answers", daemon=True)
        self._on_change = on_change
        self._on_proof = on_proof
        self._beat = f"benchpin_beat_{uuid4().hex}"
        self._pause = threading.Event()

    def run(self) -> None:
        """Listen for ever; after a lost connection what was missed meanwhile is unknown."""
        while True:
            try:
                with self._connection() as listening:
                    self._on_change()
                    self._listen(listening)
            except (psycopg.Error, OSError) as error:
                log.warning("not_listening_for_changes", error=str(error))
            self._pause.wait(RETRY_SECONDS)

    def _connection(self) -> "psycopg.Connection[tuple[object, ...]]":
        params = {**connection.get_connection_params(), "connect_timeout": CONNECT_SECONDS, "autocommit": True}
        listening = psycopg.connect(**params)
        for channel in (CHANNEL, self._beat):
            listening.execute(f"LISTEN {channel}")
        return listening

    def _listen(self, listening: "psycopg.Connection[tuple[object, ...]]") -> None:
        while True:
            listening.execute(f"NOTIFY {self._beat}, '{time.monotonic()!r}'")
            for notification in listening.notifies(timeout=BEAT_SECONDS):
                self._hear(notification)

    def _hear(self, notification: psycopg.Notify) -> None:
        if notification.channel == self._beat:
            # Its own moment, not the latest one: a beat that comes late proves no more than it did.
            self._on_proof(float(notification.payload))
        else:
            self._on_change()
