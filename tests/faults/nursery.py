"""A process that has everything loaded and gives birth to servers and workers, each to die where it is told.

It reads one JSON object a line and answers with one: `{"do": "serve" | "work", "crash_at": ..., "without": ...}`
answers `{"pid": ..., "port": ...}`, `{"do": "wait", "pid": ...}` the signal that ended the child, or 0.
It opens no connection itself: what it has open its children would share.
"""

import json
import os
import signal
import socket
import sys
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import stripe
from django.conf import settings
from django.core.management import call_command
from django.urls import get_resolver
from procrastinate.contrib.django import app

from config.wsgi import application
from shop import stripe_gateway
from tests.faults import crashing


class Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """The application logs its requests itself."""


def serve(listening: socket.socket) -> None:
    server = WSGIServer(listening.getsockname(), Quiet, bind_and_activate=False)
    server.socket = listening
    server.server_name, server.server_port = "localhost", listening.getsockname()[1]
    server.setup_environ()
    server.set_app(application)
    server.serve_forever()


def work() -> None:
    """All jobs that wait, and those they enqueue; none by the clock."""
    app.periodic_registry.periodic_tasks.clear()
    call_command("procrastinate", "worker", "--one-shot", "--concurrency", "1")


def born(order: dict[str, Any]) -> dict[str, int]:
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen(64)
    port = listening.getsockname()[1]
    pid = os.fork()
    if pid == 0:
        live(order, listening)
    listening.close()
    return {"pid": pid, "port": port}


def live(order: dict[str, Any], listening: socket.socket) -> None:
    status = 1
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        if guard := order.get("without"):
            crashing.without(guard)
        if point := order.get("crash_at"):
            crashing.crash_at(point)
        serve(listening) if order["do"] == "serve" else work()
        status = 0
    finally:
        sys.stderr.flush()
        os._exit(status)


def main() -> None:
    # All that a first request or job would import.
    _ = get_resolver().url_patterns
    app.perform_import_paths()
    # Nobody waits long for a Stripe that hangs.
    stripe_gateway.READ_SECONDS = 0.5
    stripe_gateway._client.cache_clear()
    settings.EMAIL_BACKEND = "shop.mail.outbox.FileOutbox"
    settings.EMAIL_FILE_PATH = os.environ["OUTBOX"]
    stripe.HTTPClient.INITIAL_DELAY = stripe.HTTPClient.MAX_DELAY = 0
    for line in sys.stdin:
        order = json.loads(line)
        if order["do"] == "wait":
            status = os.waitpid(order["pid"], 0)[1]
            answer = {"signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0}
        else:
            answer = born(order)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
