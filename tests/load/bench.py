"""`make bench`: measures the shop as it runs in production and writes docs/benchmarks.md.

Against a database of its own, `benchpin_bench`, on the embedded PostgreSQL or on the server of DATABASE_URL, made anew
by each run. Nothing but 127.0.0.1 is asked. `make bench QUICK=1` takes a few minutes and only prints.
"""

import argparse
import os
import shlex
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

import django
import psycopg

from config import embedded_postgres
from config.database import BASE_DIR
from tests.load import wrk
from tests.load.report import page

NAME = "benchpin_bench"
PAGE = BASE_DIR / "docs" / "benchmarks.md"
DATA = BASE_DIR / ".data" / "bench"
WORKS = ("W1", "W2", "W3", "W4", "W5", "W6", "mix")
SECONDS, QUICK_SECONDS = 10, 2
MIX_SECONDS, QUICK_MIX_SECONDS = 300, 10
# As production runs, but over plain http and with nobody refused for asking much.
PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "config.settings.production",
    "DATA_DIR": str(DATA),
    "SECRET_KEY": "a-key-for-measuring-only-" + "x" * 32,
    "ALLOWED_HOSTS": "127.0.0.1",
    "PUBLIC_URL": "http://127.0.0.1:8000",
    "SSL_REDIRECT": "false",
    "STRIPE_SECRET_KEY": "sk_test_bench",
    "STRIPE_PUBLISHABLE_KEY": "pk_test_bench",
    "STRIPE_WEBHOOK_SECRET": "whsec_bench",
    "EMAIL_HOST": "127.0.0.1",
    "MAIL_FROM": "Benchpin <shop@localhost>",
    "LIMITS": "off",
    "LOG_LEVEL": "WARNING",
}


def main() -> None:
    options = _options()
    if not wrk.is_there():
        sys.exit(wrk.MISSING)
    signal.signal(signal.SIGTERM, _stop)
    with _database() as url, tempfile.TemporaryDirectory(prefix="benchpin-bench-") as folder:
        os.environ.update(PRODUCTION, DATABASE_URL=url)
        django.setup()
        # Only now can models be read.
        from tests.load.measuring import Measuring

        report = Measuring(options, url, Path(folder)).report()
    report.facts["command"] = shlex.join(["python", "-m", "tests.load.bench", *sys.argv[1:]])
    text = page(report)
    print(text)
    if not options.quick:
        PAGE.write_text(text)
    if report.wrong:
        sys.exit(f"{report.wrong} answers were wrong.")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two seconds each; prints and does not write the page")
    parser.add_argument("--seconds", type=int, default=SECONDS, help="how long each work is driven each time")
    parser.add_argument("--mix-seconds", type=int, default=MIX_SECONDS, help="how long the steady mix is driven")
    parser.add_argument("--rounds", type=int, default=2, help="how often: reference, work, reference, work")
    parser.add_argument("--sizes", type=_numbers, default=(1_000, 100_000), help="how many products: 1000,100000")
    parser.add_argument("--connections", type=_numbers, default=(1, 16), help="how many requests at once: 1,16")
    parser.add_argument("--works", type=lambda text: text.split(","), default=WORKS, help=",".join(WORKS))
    options = parser.parse_args()
    if options.quick:
        options.seconds, options.mix_seconds = QUICK_SECONDS, QUICK_MIX_SECONDS
    return options


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(sorted(int(part) for part in text.split(",")))


@contextmanager
def _database() -> Iterator[str]:
    """The address of an empty database; with the embedded server up where none is given."""
    if url := os.environ.get("DATABASE_URL"):
        yield _made_anew(url)
        return
    with embedded_postgres.running(DATA, owner="make bench"):
        yield _made_anew(embedded_postgres.database_url(DATA, "postgres"))


def _made_anew(url: str) -> str:
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
        admin.execute(f"CREATE DATABASE {NAME}")
    return urlsplit(url)._replace(path=f"/{NAME}").geturl()


def _stop(number: int, frame: FrameType | None) -> None:
    """So that the servers are stopped on the way out."""
    sys.exit(1)


if __name__ == "__main__":
    main()
