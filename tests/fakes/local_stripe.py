"""The local Stripe as a real process, for tests.

A fixture of one's own:

    @pytest.fixture
    def stripe_server(live_url):
        with LocalStripe(webhook=f"{live_url}/webhooks/stripe", webhook_secret="whsec_test") as server:
            yield server

    server.url                                        for StripeClient(base_addresses={"api": server.url})
    server.control("faults", action="drop_after")     the doors of shop/local_stripe/control.py
    server.requests("POST", "/v1/refunds$")           what arrived
    server.wait_delivered()                           until no webhook is pending
"""

import atexit
import http.client
import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).resolve().parents[2]
STOP_TIME = 5

# Linux ends the server when the test run dies (PR_SET_PDEATHSIG = 1). The server's process asks for it
# itself, since code between fork and exec is not safe when the tests run threads.
BOOT = (
    "import ctypes, runpy, signal; ctypes.CDLL(None).prctl(1, signal.SIGKILL); "
    "runpy.run_module('shop.local_stripe', run_name='__main__', alter_sys=True)"
)


class LocalStripe:
    """A running local Stripe. It dies with the test run, also when that is killed."""

    def __init__(
        self,
        *,
        webhook: str | None = None,
        webhook_secret: str | None = "whsec_test",
        state: Path | None = None,
        port: int = 0,
        processing_delay: float | None = None,
    ) -> None:
        options = {
            "--port": port,
            "--webhook": webhook,
            "--webhook-secret": webhook_secret,
            "--state": state,
            "--processing-delay": processing_delay,
        }
        given = [str(part) for pair in options.items() if pair[1] is not None for part in pair]
        self.process = subprocess.Popen(
            [sys.executable, "-c", BOOT, *given],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        atexit.register(self.kill)
        self.url = self._read_url()
        self.port = int(self.url.rpartition(":")[2])

    def _read_url(self) -> str:
        assert self.process.stdout
        line = self.process.stdout.readline()
        found = re.search(r"http://\S+", line)
        if not found:
            self.kill()
            raise RuntimeError(f"The local Stripe did not start: {line!r}")
        return found[0]

    def control(self, door: str, verb: str = "POST", /, **body: Any) -> Any:
        """Send a control request, such as control("webhooks", mode="hold"), and return the decoded answer."""
        status, answer = self._call(verb, f"/_control/{door}", body)
        if status != http.client.OK:
            raise RuntimeError(f"{verb} /_control/{door}: {answer}")
        return answer

    def _call(self, method: str, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, json.dumps(body), {"Content-Type": "application/json"})
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        finally:
            connection.close()

    def requests(self, method: str = ".*", path: str = ".*") -> list[dict[str, Any]]:
        """Return the requests received under /v1 whose method and path match."""
        received = self.control("requests", "GET")
        return [each for each in received if re.fullmatch(method, each["method"]) and re.search(path, each["path"])]

    def webhooks(self) -> dict[str, Any]:
        """Return the webhook's settings, what is pending and what was sent."""
        answer: dict[str, Any] = self.control("webhooks", "GET")
        return answer

    def wait_delivered(self, seconds: float = 10) -> None:
        """Wait until no webhook is pending."""
        deadline = time.monotonic() + seconds
        while pending := self.webhooks()["pending"]:
            if time.monotonic() > deadline:
                raise TimeoutError(f"still pending: {pending}")
            time.sleep(0.01)

    def reset(self) -> None:
        """Forget everything but the webhook's address. Quicker than a new process for every test."""
        self.control("reset")

    def kill(self) -> None:
        """End it as kill -9 does."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def close(self) -> None:
        """End it in good order."""
        atexit.unregister(self.kill)
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_TIME)
        except subprocess.TimeoutExpired:
            self.kill()
        if self.process.stdout:
            self.process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
