"""`manage.py demo [--port 8000]`: the whole shop on this machine, stopped by Ctrl-C or SIGTERM."""

import fcntl
import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from catalog.demo.services import PICTURE_SIZE, draw_pictures, load_pieces
from config.supervisor import Process, Supervisor
from config.tour import tour_text

STRIPE_SECRET_KEY, STRIPE_PUBLISHABLE_KEY, STRIPE_WEBHOOK_SECRET = "sk_test_demo", "pk_test_demo", "whsec_demo"
WEB_WORKERS, WEB_THREADS, JOB_CONCURRENCY = 2, 4, 2


class Command(BaseCommand):
    help = "Start web server, worker, local Stripe and a demo catalog; the database is up already."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--picture-px", type=int, default=PICTURE_SIZE, help="how wide the pictures are drawn")

    def handle(self, **options: Any) -> None:
        port = options["port"]
        _check_free(port)
        _check_free(port + 1)
        with _only_demo(), Supervisor() as supervisor:
            self.stdout.write("Preparing the database ...")
            call_command("migrate", verbosity=0)
            # What is written here for shoppers holds full addresses; those of another port are written anew.
            settings.PUBLIC_URL = _public_url(port)
            load_pieces(self.stdout.write)
            call_command("rebuild_documents")
            for process in _processes(port):
                supervisor.start(process)
            supervisor.wait_until_answering(f"http://127.0.0.1:{port}/v1/health")
            # The shop answers already; its pictures come as they are drawn.
            draw_pictures(self.stdout.write, stopped=supervisor.is_stopping, size=options["picture_px"])
            if not supervisor.is_stopping():
                self.stdout.write(_greeting(port))
                self.stdout.flush()
            supervisor.wait()
        self.stdout.write("Stopped.")


@contextmanager
def _only_demo() -> Iterator[None]:
    """One on a data folder: the database stops with the first, and both local Stripes would write one file."""
    with (settings.DATA_DIR / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CommandError(f"A demo is running on {settings.DATA_DIR} already. Stop it first.") from error
        yield


def _check_free(port: int) -> None:
    """Two servers can bind one port without a word, so ask for it plainly first."""
    if not 1 <= port <= 65534:
        raise CommandError("The port must be between 1 and 65534.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise CommandError(
                f"Port {port} is taken ({error.strerror}). The demo needs a port and the one after it, "
                "for example: make demo PORT=8100"
            ) from error


def _public_url(port: int) -> str:
    return f"http://localhost:{port}"


def _processes(port: int) -> list[Process]:
    environment = {
        **os.environ,
        "PUBLIC_URL": _public_url(port),
        "STRIPE_API_BASE": f"http://127.0.0.1:{port + 1}",
        "STRIPE_SECRET_KEY": STRIPE_SECRET_KEY,
        "STRIPE_PUBLISHABLE_KEY": STRIPE_PUBLISHABLE_KEY,
        "STRIPE_WEBHOOK_SECRET": STRIPE_WEBHOOK_SECRET,
        "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "config.settings.dev"),
        "LOG_LEVEL": os.environ.get("LOG_LEVEL", "WARNING"),
    }
    python = sys.executable
    granian = str(Path(python).with_name("granian"))
    logs = settings.DATA_DIR / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    stripe = [
        python, "-m", "shop.local_stripe", "--port", str(port + 1), "--webhook", f"http://127.0.0.1:{port}/v1/hooks/stripe",
        "--webhook-secret", STRIPE_WEBHOOK_SECRET, "--state", str(settings.DATA_DIR / "local_stripe.sqlite3"),
    ]  # fmt: skip
    web = [
        granian, "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--workers", str(WEB_WORKERS),
        "--blocking-threads", str(WEB_THREADS), "--blocking-threads-idle-timeout", "600", "--no-ws",
        "--log-level", "warning", "--workers-kill-timeout", "5",
        "config.wsgi:application",
    ]  # fmt: skip
    worker = [
        python, "manage.py", "procrastinate", "worker", "--concurrency", str(JOB_CONCURRENCY),
        "--shutdown-graceful-timeout", "5",
    ]  # fmt: skip
    return [
        Process("local Stripe", stripe, environment, logs / "stripe.log"),
        Process("web server", web, environment, logs / "web.log", if_orphaned=signal.SIGTERM),
        Process("worker", worker, environment, logs / "worker.log"),
    ]


def _greeting(port: int) -> str:
    return f"""
Benchpin is up.

  API          http://localhost:{port}/v1/store/products
  API browser  http://localhost:{port}/v1/docs
  Mails        http://localhost:{port}/dev/mails
  Local Stripe http://127.0.0.1:{port + 1}
  Logs         {settings.DATA_DIR / "logs"}

Buy a ring, twice: with a declined card first, and with one that the bank wants confirmed. Paste all of it into
another terminal; README.md shows the answers:

{tour_text(port)}

Ctrl-C stops everything.
"""
