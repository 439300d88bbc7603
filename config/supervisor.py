"""Keeps a few child processes together: one stops, all stop, and nothing is left behind."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import FrameType, TracebackType

from config import embedded_postgres
from config.database import BASE_DIR, data_dir

STOP_SECONDS = 10
START_SECONDS = 60
PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class Process:
    """A child: its name for people, its command, its environment, and where its output goes.

    `if_orphaned` is what it gets when the supervisor is killed. The database is going then, too, and a gentle end
    may wait for it for minutes; only a process with children of its own needs the time to take them along.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    if_orphaned: int = signal.SIGKILL


class Supervisor:
    """Start children, wait for a signal or for one of them to end, then stop all of them in reverse order."""

    def __init__(self) -> None:
        self._children: list[tuple[Process, subprocess.Popen[bytes]]] = []
        self._stop = threading.Event()

    def __enter__(self) -> "Supervisor":
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for _, child in reversed(self._children):
            _signal_group(child, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        for _, child in reversed(self._children):
            with suppress(subprocess.TimeoutExpired):
                child.wait(timeout=max(0.1, deadline - time.monotonic()))
            # The group outlives its leader where a server's workers do not notice: none may stay.
            _signal_group(child, signal.SIGKILL)
            child.wait()

    def is_stopping(self) -> bool:
        return self._stop.is_set()

    def start(self, process: Process) -> None:
        if self._stop.is_set():
            return
        with process.log.open("ab") as log:
            child = subprocess.Popen(
                process.command,
                cwd=BASE_DIR,
                env=dict(process.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=partial(_die_with_parent, process.if_orphaned),
            )
        self._children.append((process, child))

    def wait_until_answering(self, url: str) -> None:
        """Until the address answers 200; ends the program with a plain word when it never does."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and not self._stop.is_set():
            self._check_children()
            with suppress(urllib.error.URLError, OSError), urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310  our own
                if answer.status == 200:
                    return
            self._stop.wait(0.05)
        if not self._stop.is_set():
            sys.exit(f"{url} did not answer within {START_SECONDS} s; see the logs.")

    def wait(self) -> None:
        """Until a signal comes or a child ends, which is an error."""
        while not self._stop.wait(0.5):
            self._check_children()

    def _check_children(self) -> None:
        if embedded_postgres.has_died():
            sys.exit(f"The database has stopped; see {data_dir() / 'postgres.log'}")
        for process, child in self._children:
            if child.poll() is not None:
                sys.exit(f"The {process.name} has stopped (exit code {child.returncode}); see {process.log}")

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._stop.set()
        if not self._children:
            # Still preparing: break off at once. With children, `wait` notices and stops them in order.
            sys.exit(0)


def _signal_group(child: "subprocess.Popen[bytes]", number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, number)


def _die_with_parent(number: int) -> None:
    """A supervisor that is killed takes its children with it."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number)
