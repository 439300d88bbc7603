"""Whole answers of public reads, kept in the process and dropped in every process when what they show changes.

Whoever changes what shoppers see calls `drop_everywhere` in the changing transaction; PostgreSQL tells every process
when that commits. An answer is used only while notifications are known to arrive: where one may have been lost, for as
long as `TRUSTED_SECONDS` and no longer. Baskets, checkout and everything personal never come here.
"""

import os
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from shop.kept.listener import CHANNEL, Listener

TRUSTED_SECONDS = 1.0
# What an entry takes besides its body.
OVERHEAD = 2_000

Key = tuple[str, str, str | None]


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer as it goes out, and whom it was computed for."""

    body: bytes
    headers: dict[str, str]
    storefront: Any


class Answers:
    """At most `settings.KEPT_ANSWERS_BYTES` of answers; the one not asked for longest goes first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[Key, Kept] = OrderedDict()
        self._bytes = 0
        # Counts what was dropped: what was computed before the last drop is not kept after it.
        self.generation = 0
        self._trusted_until = 0.0
        self._listener: Listener | None = None
        self._process = 0

    def get(self, key: Key) -> Kept | None:
        """The answer, where there is one and it is known to be right."""
        if not self._is_trusted():
            return None
        with self._lock:
            if (found := self._kept.get(key)) is not None:
                self._kept.move_to_end(key)
            return found

    def put(self, key: Key, kept: Kept, *, generation: int) -> None:
        """Keep an answer whose computing began in this generation."""
        size = len(kept.body) + OVERHEAD
        with self._lock:
            if generation != self.generation or size > settings.KEPT_ANSWERS_BYTES or not self._is_trusted():
                return
            self._remove(key)
            self._kept[key] = kept
            self._bytes += size
            while self._bytes > settings.KEPT_ANSWERS_BYTES:
                self._remove(next(iter(self._kept)))

    def drop(self) -> None:
        """Forget all of them."""
        with self._lock:
            self.generation += 1
            self._kept.clear()
            self._bytes = 0

    def trust(self, since: float) -> None:
        """All notifications of before this moment, on the monotonic clock, have arrived."""
        self._trusted_until = since + TRUSTED_SECONDS

    def _remove(self, key: Key) -> None:
        if (old := self._kept.pop(key, None)) is not None:
            self._bytes -= len(old.body) + OVERHEAD

    def _is_trusted(self) -> bool:
        # The listener begins with the first request; a process that was forked needs its own.
        if self._process != os.getpid():
            self._process = os.getpid()
            self._trusted_until = 0.0
            self._listener = Listener(on_change=self.drop, on_proof=self.trust)
            self._listener.start()
        return time.monotonic() < self._trusted_until


answers = Answers()


def is_on() -> bool:
    return bool(settings.KEPT_ANSWERS_BYTES)


def drop_everywhere() -> None:
    """Drop every kept answer in every process when the caller's transaction commits."""
    with connection.cursor() as cursor:
        cursor.execute(f"NOTIFY {CHANNEL}")
    # In this process before anybody is answered; the others hear of it.
    transaction.on_commit(answers.drop)
