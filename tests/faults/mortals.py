"""Servers and workers that die where a test says, and the shop that goes on without them."""

import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import connection

from config.database import BASE_DIR
from shop.jobs.services import defer
from tests.concurrency.servers import BOOT, Answer, Caller, test_database_url
from tests.concurrency.shop import Shop
from tests.fakes.local_stripe import LocalStripe

KILLED = signal.SIGKILL


class Server:
    """A web server that waits at `port`; what the shop's buyers need of one."""

    def __init__(self, pid: int, port: int) -> None:
        self.pid = pid
        self.port = port


class Nursery:
    """See `nursery.py`."""

    def __init__(self, log: Path, stripe: LocalStripe) -> None:
        self.log = log.open("wb")
        self.outbox = log.parent / "outbox"
        self.stripe = stripe
        self.process = subprocess.Popen(
            [sys.executable, "-c", BOOT, "tests.faults.nursery"],
            cwd=BASE_DIR,
            env={
                **os.environ,
                "DJANGO_SETTINGS_MODULE": "config.settings.test",
                "LIMITS": "off",
                "OUTBOX": str(self.outbox),
                "LOG_LEVEL": "WARNING",
                "DATABASE_URL": test_database_url(),
                "STRIPE_API_BASE": stripe.url,
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
            start_new_session=True,
        )

    def tell(self, **order: Any) -> dict[str, int]:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return dict(json.loads(self.process.stdout.readline()))

    def server(self, **fate: str) -> Server:
        return Server(**self.tell(do="serve", **fate))

    @contextmanager
    def serving(self, **fate: str) -> Iterator[Server]:
        server = self.server(**fate)
        try:
            yield server
        finally:
            os.kill(server.pid, signal.SIGTERM)
            self.ended_by(server)

    def ended_by(self, server: Server) -> int:
        return self.tell(do="wait", pid=server.pid)["signal"]

    def work(self, **fate: str) -> int:
        """A worker that does all that waits; the signal that ended it."""
        return self.ended_by(Server(**self.tell(do="work", **fate)))

    def close(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.log):
            if pipe:
                pipe.close()


class MortalShop(Shop):
    """A shop whose processes may die at any point, with one healthy server to go on with."""

    def __init__(self, web: Server, stripe: LocalStripe, nursery: Nursery, **lack: str) -> None:
        """`without=guard` is what all its processes lack."""
        super().__init__(web, stripe)  # type: ignore[arg-type]
        self.nursery = nursery
        self.lack = lack

    def dies(self, action: Callable[[Caller], Any], **fate: str) -> bool:
        """Do this at a server with that fate; whether it died of it."""
        server = self.nursery.server(**self.lack, **fate)
        try:
            with Caller(server.port) as caller:
                action(caller)
        except (OSError, http.client.HTTPException):
            return self.nursery.ended_by(server) == KILLED
        os.kill(server.pid, signal.SIGKILL)
        self.nursery.ended_by(server)
        return False

    def do(self, action: Callable[[Caller], Answer]) -> Answer:
        """The same at the healthy one."""
        with self.caller() as caller:
            return action(caller)

    def worker_dies(self, **fate: str) -> bool:
        return self.nursery.work(**self.lack, **fate) == KILLED

    def work_on(self) -> None:
        """Time passes: another worker takes over what a dead one has left, and does all that waits."""
        with connection.cursor() as cursor:
            cursor.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour'")
            cursor.execute("UPDATE procrastinate_jobs SET scheduled_at = NULL WHERE status = 'todo'")
        defer("shop.jobs.retry_stalled", timestamp=0)
        assert self.nursery.work(**self.lack) == 0, self.words()

    def words(self) -> str:
        return Path(self.nursery.log.name).read_text(errors="replace")[-3000:]
