"""HTTP: reads requests, sends answers, and lets things go wrong when a test ordered it."""

import ipaddress
import json
import re
import socket
import socketserver
import sys
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from shop.local_stripe import pages
from shop.local_stripe.api import Answer, Api, Request
from shop.local_stripe.contract import API_VERSION, decode_form
from shop.local_stripe.control import Control
from shop.local_stripe.errors import Json, StripeError
from shop.local_stripe.faults import Fault, Faults
from shop.local_stripe.state import State, new_id
from shop.local_stripe.webhooks import Deliverer

LARGEST_BODY = 1_000_000
IDLE = 120


class Server(ThreadingHTTPServer):
    """One local Stripe."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self, host: str, port: int, state_file: Path | None = None) -> None:
        super().__init__((host, port), Handler)
        self.url = f"http://{host}:{self.server_port}"
        self.state = State(state_file, self.url)
        self.faults = Faults()
        self.deliverer = Deliverer(self.state)
        self.api = Api(self.state)
        self.control = Control(self.state, self.faults, self.deliverer)

    def start(self, webhook: str | None, secret: str | None, delay: float | None) -> None:
        """Take the settings of the command line, and send what an earlier run left undelivered."""
        if webhook:
            self.state.change_setting("webhooks", url=webhook, secret=secret)
        if delay is not None:
            self.state.change_setting("processing", delay=delay)
        self.deliverer.retry()
        self.deliverer.start()

    def server_bind(self) -> None:
        """Bind, but do not look up the host's name: without a network that can take seconds."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]  # type: ignore[assignment]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news; anything else is."""
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = IDLE
    server: Server

    def serve(self) -> None:
        """Answer any request. Whatever comes in is answered in Stripe's shape, and the server lives on."""
        try:
            self._dispatch(urlsplit(self.path))
        except StripeError as error:
            self._send_json(error.status, error.body())
        except OSError:
            self.close_connection = True
        except Exception as error:
            self.log_error("%r", error)
            self._send_json(500, {"error": {"type": "api_error", "message": f"The local Stripe failed: {error!r}"}})

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = serve  # noqa: N815

    def _dispatch(self, url: SplitResult) -> None:
        body = self._read_body()
        if url.path.startswith("/_control"):
            self._answer_control(url.path, body)
        elif re.match("/_(authenticate|onboard)/", url.path):
            self._answer_page(url, body)
        else:
            self._answer_api(url, body)

    def _read_body(self) -> str:
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not length.isdecimal() or int(length) > LARGEST_BODY:
            self.close_connection = True  # the rest of the body would be read as the next request
            raise StripeError(f"Send a Content-Length of at most {LARGEST_BODY} bytes.", status=413)
        raw = self.rfile.read(int(length))
        if len(raw) < int(length):
            raise ConnectionError("the client went away in the middle")
        try:
            return raw.decode()
        except UnicodeDecodeError as error:
            raise StripeError("The body is not UTF-8.") from error

    # /v1

    def _answer_api(self, url: SplitResult, body: str) -> None:
        if self.server.faults.down:
            self._answer_down(self.server.faults.down)
            return
        request = self._request(url, body)
        entry = self._note(request)
        fault = self.server.faults.take(request.verb, request.path)
        if fault and fault.action in ("error", "drop"):
            entry.update(fault=fault.action, status=fault.status if fault.action == "error" else None)
            self._fail(fault)
            return
        answer = self.server.api.answer(request, lambda work: self._hang_around(fault, work))
        entry.update(status=answer.status, replayed=answer.replayed, fault=fault.action if fault else None)
        if fault and fault.action == "drop_after":
            self._drop()
            return
        replayed = {"Idempotent-Replayed": "true"} if answer.replayed else {}
        self._send_json(answer.status, answer.body, {**replayed, "Request-Id": request.id})

    def _request(self, url: SplitResult, body: str) -> Request:
        form = "&".join(part for part in (url.query, body) if part)
        return Request(
            id=new_id("req"),
            verb=self.command,
            path=url.path,
            params=decode_form(form),
            authorization=self.headers.get("Authorization", ""),
            idempotency_key=self.headers.get("Idempotency-Key"),
            version=self.headers.get("Stripe-Version"),
        )

    def _note(self, request: Request) -> Json:
        entry: Json = {
            "id": request.id,
            "method": request.verb,
            "path": request.path,
            "params": request.params,
            "idempotency_key": request.idempotency_key,
            "stripe_account": self.headers.get("Stripe-Account"),
            "status": None,
            "replayed": False,
            "fault": None,
        }
        self.server.faults.requests.append(entry)
        return entry

    def _hang_around(self, fault: Fault | None, work: Callable[[], Answer]) -> Answer:
        if fault and fault.action == "hang":
            self.server.faults.wait(fault.seconds)
        answer = work()
        if fault and fault.action == "hang_after":
            self.server.faults.wait(fault.seconds)
        return answer

    def _answer_down(self, mode: str) -> None:
        if mode == "close":
            self._drop()
        else:
            self._send_json(503, {"error": {"type": "api_error", "message": "Stripe is down."}})

    def _fail(self, fault: Fault) -> None:
        if fault.action == "drop":
            self._drop()
        else:
            self._send_json(fault.status, fault.error())

    def _drop(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    # /_control and pages

    def _answer_control(self, path: str, body: str) -> None:
        if not ipaddress.ip_address(self.client_address[0]).is_loopback:
            raise StripeError("Only this machine may control the local Stripe.", status=403)
        try:
            decoded = json.loads(body or "{}")
        except ValueError as error:
            raise StripeError("The body is not JSON.") from error
        self._send_json(200, self.server.control.answer(self.command, path, decoded))

    def _answer_page(self, url: SplitResult, body: str) -> None:
        params = decode_form("&".join(part for part in (url.query, body) if part))
        page = pages.show(self.server.state, self.command, url.path, params)
        headers = {"Location": pages.header_value(page.location)} if page.location else {}
        self._send(303 if page.location else 200, page.text.encode(), "text/html; charset=utf-8", headers)

    # answering

    def _send_json(self, status: int, value: Any, headers: dict[str, str] | None = None) -> None:
        usual = {"Request-Id": new_id("req"), "Stripe-Version": API_VERSION}
        self._send(status, json.dumps(value).encode(), "application/json", {**usual, **(headers or {})})

    def _send(self, status: int, body: bytes, kind: str, headers: dict[str, str]) -> None:
        """Write head and body in one go: two packets would wait for each other."""
        reason = self.responses.get(status, ("",))[0]
        lines = [f"HTTP/1.1 {status} {reason}", f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if self.close_connection:
            lines.append("Connection: close")
        head = "\r\n".join([*lines, "", ""]).encode("latin-1", "replace")
        self.wfile.write(head + (b"" if self.command == "HEAD" else body))

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what is not even HTTP; called by the standard library."""
        self.close_connection = True
        text = message or explain or "Bad request."
        self._send_json(int(code), {"error": {"type": "invalid_request_error", "message": text}})

    def log_message(self, format: str, *args: Any) -> None:
        """Requests are listed under /_control/requests, not on the terminal."""

    def log_error(self, format: str, *args: Any) -> None:
        """An error of our own is worth a line."""
        sys.stderr.write(f"local stripe: {format % args}\n")
