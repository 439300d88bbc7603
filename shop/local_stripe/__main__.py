"""The command line of the local Stripe."""

import argparse
import signal
import sqlite3
import sys
from pathlib import Path
from types import FrameType

from shop.local_stripe.contract import API_VERSION
from shop.local_stripe.server import Server


def main() -> int:
    """Serve until SIGTERM or SIGINT."""
    options = _options()
    try:
        server = Server(options.host, options.port, options.state)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        print(f"Cannot listen on {options.host}:{options.port}: {reason}.", file=sys.stderr)
        return 1
    except sqlite3.Error as error:
        print(f"Cannot use {options.state}: {error}.", file=sys.stderr)
        return 1
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)
    server.start(options.webhook, options.webhook_secret, options.processing_delay)
    print(f"Local Stripe ({API_VERSION}) at {server.url}", flush=True)
    try:
        server.serve_forever()
    finally:
        server.state.store.close()
    return 0


def _stop(number: int, frame: FrameType | None) -> None:
    sys.exit(0)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m shop.local_stripe", description="A small local Stripe.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8001, help="0 picks a free one, which is printed")
    parser.add_argument("--webhook", metavar="URL", help="where events are sent")
    parser.add_argument("--webhook-secret", metavar="WHSEC", help="what they are signed with")
    parser.add_argument("--state", type=Path, metavar="FILE", help="keep everything in this file; else in memory")
    parser.add_argument(
        "--processing-delay",
        type=float,
        metavar="SECONDS",
        help="end `processing` after this time; else on command",
    )
    options = parser.parse_args()
    if options.webhook and not options.webhook_secret:
        parser.error("--webhook needs --webhook-secret")
    if options.webhook and not options.webhook.startswith(("http://", "https://")):
        parser.error("--webhook is a URL, such as http://127.0.0.1:8000/webhooks/stripe")
    return options


if __name__ == "__main__":
    sys.exit(main())
