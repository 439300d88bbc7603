"""Our own servers as real processes against this worker's test database, for tests that race or kill."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote, urlencode

from django.db import connection

from config.database import BASE_DIR

START_SECONDS = 40
STOP_SECONDS = 10
WORKERS, THREADS = 2, 4

# Linux tells the process when the test run dies (PR_SET_PDEATHSIG = 1). It asks for that itself, since code
# between fork and exec is not safe when the tests run threads. SIGTERM, so that it takes its workers along.
BOOT = (
    "import ctypes, runpy, signal, sys; ctypes.CDLL(None).prctl(1, signal.SIGTERM); "
    "sys.argv = sys.argv[1:]; runpy.run_module(sys.argv[0], run_name='__main__', alter_sys=True)"
)


def test_database_url() -> str:
    """The database this test run uses, as `DATABASE_URL` for another process."""
    values = connection.get_connection_params()
    query = {"host": values["host"]} if values.get("host") else {}
    port = f":{values['port']}" if values.get("port") else ""
    login = quote(str(values.get("user", "")), safe="")
    if values.get("password"):
        login += f":{quote(str(values['password']), safe='')}"
    return f"postgresql://{login}@{port}/{values['dbname']}?{urlencode(query)}"


test_database_url.__test__ = False  # type: ignore[attr-defined]


class ReservedPort:
    """A free port that nobody else is given meanwhile: bound and not listening, shared with our own server."""

    def __init__(self) -> None:
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self._socket.bind(("127.0.0.1", 0))
        self.number: int = self._socket.getsockname()[1]

    def close(self) -> None:
        self._socket.close()


class OurProcess:
    """A Python module of the project's environment in a process group of its own, with its output in a file."""

    def __init__(self, log: Path, *command: str, **environment: str) -> None:
        self.log = log
        with log.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-c", BOOT, *command],
                cwd=BASE_DIR,
                env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings.test", "LIMITS": "off", **environment},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def words(self) -> str:
        return self.log.read_text(errors="replace")

    def close(self) -> None:
        """In good order first; whatever is left of the group is killed."""
        self._signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(STOP_SECONDS)
        self._signal(signal.SIGKILL)
        self.process.wait()

    def _signal(self, number: int) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


class WebServer(OurProcess):
    """The web server as in production: granian, two workers. Ready when the block is entered."""

    def __init__(
        self,
        port: int,
        log: Path,
        *,
        stripe: str,
        application: str = "config.wsgi:application",
        interface: str = "wsgi",
        threads: int = THREADS,
        **environment: str,
    ) -> None:
        self.port = port
        super().__init__(
            log,
            "granian", "--interface", interface, "--host", "127.0.0.1", "--port", str(port),
            "--workers", str(WORKERS), "--blocking-threads", str(threads), "--blocking-threads-idle-timeout", "600",
            "--no-ws", "--log-level", "warning",
            application,
            DATABASE_URL=test_database_url(),
            STRIPE_API_BASE=stripe,
            **{"LOG_LEVEL": "WARNING", **environment},
        )  # fmt: skip

    def __enter__(self) -> Self:
        try:
            self._wait_until_healthy()
        except BaseException:
            self.close()
            raise
        return self

    def _wait_until_healthy(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"The web server has stopped:\n{self.words()}")
            with suppress(OSError, http.client.HTTPException), Caller(self.port) as caller:
                if caller.call("GET", "/health").status == 200:
                    return
            time.sleep(0.02)
        raise RuntimeError(f"The web server was not up after {START_SECONDS} s:\n{self.words()}")


class Worker(OurProcess):
    """The background worker as in production."""

    def __init__(self, log: Path, *, stripe: str) -> None:
        super().__init__(
            log,
            "manage", "procrastinate", "worker", "--concurrency", "2", "--shutdown-graceful-timeout", "5",
            DATABASE_URL=test_database_url(),
            STRIPE_API_BASE=stripe,
        )  # fmt: skip


class Answer:
    """What came back, read to its end."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.content = response.read()

    def json(self) -> Any:
        return json.loads(self.content)

    @property
    def code(self) -> str:
        """The problem's code, empty where there is none."""
        return str(self.json().get("code", "")) if self.status >= 400 else ""

    def __repr__(self) -> str:
        return f"<{self.status} {self.content[:300]!r}>"


class Caller:
    """One storefront with one kept connection."""

    def __init__(self, port: int, timeout: float = 60) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)

    def connect(self) -> None:
        self._connection.connect()

    def call(self, method: str, path: str, body: Any = None, /, **headers: str) -> Answer:
        """`call("POST", "/store/baskets", {}, Idempotency_Key=...)`"""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            named["Content-Type"] = "application/json"
        self._connection.request(method, f"/v1{path}", data, named)
        return Answer(self._connection.getresponse())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._connection.close()
