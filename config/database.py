"""Which database the project talks to: `DATABASE_URL`, or the embedded PostgreSQL in the data folder."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from config import embedded_postgres

BASE_DIR = Path(__file__).resolve().parent.parent
# These look at the code only, or bring the server up themselves.
WITHOUT_DATABASE = {"help", "version", "collectstatic", "compilemessages", "spectacular", "test"}
LONG_RUNNING = {"demo", "runserver"}


def data_dir() -> Path:
    """The git-ignored folder that holds the embedded database, uploads and the local Stripe's state."""
    return Path(os.environ.get("DATA_DIR") or BASE_DIR / ".data").resolve()


def database_url() -> str:
    """The address in force; the embedded server's own when nothing is set."""
    return os.environ.get("DATABASE_URL") or embedded_postgres.database_url(data_dir())


@contextmanager
def database_for_command(argv: Sequence[str]) -> Iterator[None]:
    """Keep the embedded server up while one management command runs."""
    command = argv[1] if len(argv) > 1 else "help"
    if os.environ.get("DATABASE_URL") or command in WITHOUT_DATABASE:
        yield
        return
    try:
        with embedded_postgres.running(data_dir(), owner=command, shared=command in LONG_RUNNING):
            yield
    except embedded_postgres.DatabaseBusyError as error:
        sys.exit(str(error))
