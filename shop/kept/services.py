"""What public reads need again and again, kept in the process and dropped in every process when it changes.

Whoever changes what shoppers see calls `drop_everywhere` in the changing transaction; PostgreSQL tells every process
when that commits. What is kept is used only while notifications are known to arrive: where one may have been lost, for
as long as `TRUSTED_SECONDS` and no longer. Baskets, checkout and everything personal never come here.
"""

import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from django.db import connection, transaction

from shop.kept.listener import CHANNEL, Listener

TRUSTED_SECONDS = 1.0
# What an entry takes besides its body.
OVERHEAD = 2_000

V = TypeVar("V")


class Watch:
    """Listens for changes, which drop whatever is kept; says whether all of them have been heard."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._memories: list[Memory[Any]] = []
        # Counts what was dropped: what was computed before the last drop is not kept after it.
        self.generation = 0
        self._trusted_until = 0.0
        self._listener: Listener | None = None
        self._process = 0

    def add(self, memory: "Memory[Any]") -> None:
        self._memories.append(memory)

    def drop(self) -> None:
        """Forget all that is kept."""
        with self._lock:
            self.generation += 1
        for memory in self._memories:
            memory.clear()

    def trust(self, since: float) -> None:
        """All notifications of before this moment, on the monotonic clock, have arrived."""
        self._trusted_until = since + TRUSTED_SECONDS

    def is_trusted(self) -> bool:
        # The listener begins with the first request; a process that was forked needs its own.
        if self._process != os.getpid():
            self._process = os.getpid()
            self._trusted_until = 0.0
            self._listener = Listener(on_change=self.drop, on_proof=self.trust)
            self._listener.start()
        return time.monotonic() < self._trusted_until


class Memory(Generic[V]):
    """At most `room()` bytes of one kind of thing; the one not asked for longest goes first. Without room nothing."""

    def __init__(self, watch: Watch, room: Callable[[], int]) -> None:
        self._watch = watch
        self._room = room
        self._lock = threading.Lock()
        self._kept: OrderedDict[Any, tuple[V, int]] = OrderedDict()
        self._bytes = 0
        watch.add(self)

    @property
    def is_on(self) -> bool:
        return self._room() > 0

    @property
    def generation(self) -> int:
        """To be asked before the computing begins of what is put here then."""
        return self._watch.generation

    def get(self, key: Any) -> V | None:
        """What is kept under this key, where it is known to be right."""
        if not self.is_on or not self._watch.is_trusted():
            return None
        with self._lock:
            if (found := self._kept.get(key)) is None:
                return None
            self._kept.move_to_end(key)
            return found[0]

    def put(self, key: Any, value: V, *, size: int, generation: int) -> None:
        """Keep what takes `size` bytes besides the overhead and whose computing began in this generation."""
        size += OVERHEAD
        with self._lock:
            if generation != self.generation or size > self._room() or not self._watch.is_trusted():
                return
            self._remove(key)
            self._kept[key] = value, size
            self._bytes += size
            while self._bytes > self._room():
                self._remove(next(iter(self._kept)))

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()
            self._bytes = 0

    def _remove(self, key: Any) -> None:
        if (old := self._kept.pop(key, None)) is not None:
            self._bytes -= old[1]


watch = Watch()


def drop_everywhere() -> None:
    """Drop all that is kept in every process when the caller's transaction commits."""
    with connection.cursor() as cursor:
        cursor.execute(f"NOTIFY {CHANNEL}")
    # In this process before anybody is answered; the others hear of it.
    transaction.on_commit(watch.drop)
