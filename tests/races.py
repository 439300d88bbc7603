"""Actions in the same moment, in threads and on connections of their own."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connection

# A lock that keeps the others out is waited for in vain, and for no longer than this.
SHORT_SECONDS = 0.5
LONG_SECONDS = 60


def at_once(*actions: Callable[[], Any]) -> list[Any]:
    """What they return, in their order."""
    start = threading.Barrier(len(actions), timeout=LONG_SECONDS)

    def run(action: Callable[[], Any]) -> Any:
        try:
            start.wait()
            return action()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(run, actions))


def meeting(people: int, *, certain: bool) -> Callable[[], None]:
    """Between a look and a deed: waits for the others to have looked as well.

    A control is certain to meet, on a slow machine too, or else it fails. Where a guard stands some are kept out, and
    the others go on without them.
    """
    barrier = threading.Barrier(people)

    def wait() -> None:
        try:
            barrier.wait(LONG_SECONDS if certain else SHORT_SECONDS)
        except threading.BrokenBarrierError:
            if certain:
                raise

    return wait


class Overtaking:
    """One looks, another acts, then the first acts on what it saw; where a guard stands the other has to wait."""

    def __init__(self, *, certain: bool) -> None:
        """`certain` as of `meeting`."""
        self.certain = certain
        self.looked, self.overtaken = threading.Event(), threading.Event()

    def has_looked(self) -> None:
        self.looked.set()
        came = self.overtaken.wait(LONG_SECONDS if self.certain else SHORT_SECONDS)
        assert came or not self.certain

    def after_the_look(self, action: Callable[[], Any]) -> Any:
        assert self.looked.wait(LONG_SECONDS)
        try:
            return action()
        finally:
            self.overtaken.set()
