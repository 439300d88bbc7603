"""Draws many pictures at once, in processes of their own that end with ours, whatever ends it."""

import ctypes
import os
import signal
import sys
from collections.abc import Generator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context

from catalog.demo.drawing import draw
from catalog.imports.items import ProductItem

MOST_PROCESSES = 4
PR_SET_PDEATHSIG = 1
# A piece and which of its views to draw.
Task = tuple[ProductItem, int]


def draw_all(tasks: Sequence[Task], *, size: int) -> Generator[bytes, None, None]:
    """The pictures in the order of their tasks. Closing the generator stops the drawing."""
    processes = min(MOST_PROCESSES, os.cpu_count() or 1, len(tasks))
    # Spawned, not forked: a copy of this process would hold its database connections too.
    pool = ProcessPoolExecutor(processes, get_context("spawn"), initializer=_end_with_parent, initargs=(os.getpid(),))
    try:
        yield from pool.map(partial(_drawn, size=size), tasks)
    finally:
        pool.shutdown(cancel_futures=True)


def _drawn(task: Task, *, size: int) -> bytes:
    item, view = task
    return draw(item, view, size=size)


def _end_with_parent(parent: int) -> None:
    """Ctrl-C goes to the whole terminal: the parent alone decides what it means."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit()  # it ended before we asked to be told
