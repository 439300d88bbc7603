"""On what was measured, and how much memory a server takes."""

import os
import platform
import re
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from django.db import connection

from config.database import BASE_DIR
from tests.load import wrk

PROC = Path("/proc")


def facts() -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        postgres = cursor.fetchone()[0]
    libraries = ", ".join(f"{name} {version(name)}" for name in ("Django", "granian", "psycopg"))
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "commit": _commit(),
        "machine": f"{os.cpu_count()} cores, {_processor()}, {_memory_gb()}, load before {os.getloadavg()[0]:.2f}",
        "versions": f"Python {platform.python_version()}, {libraries}, PostgreSQL {postgres}, wrk {wrk.version()}",
    }


def memory_mb(group: int) -> float | None:
    """What the processes of a group take, each shared page in equal parts (PSS); None where there is no /proc."""
    kilobytes = [_pss_kb(path) for path in PROC.glob("[0-9]*") if _group(path) == group]
    return sum(kilobytes) / 1024 if kilobytes else None


def _group(process: Path) -> int | None:
    try:
        # After the name, which may hold anything: state, parent, group.
        return int((process / "stat").read_text().rpartition(")")[2].split()[2])
    except (OSError, IndexError):
        return None


def _pss_kb(process: Path) -> int:
    try:
        found = re.search(r"^Pss: +(\d+)", (process / "smaps_rollup").read_text(), re.MULTILINE)
    except OSError:
        return 0
    return int(found[1]) if found else 0


def _commit() -> str:
    command = ["git", "describe", "--always", "--dirty", "--exclude", "*"]
    said = subprocess.run(command, cwd=BASE_DIR, capture_output=True, text=True, check=False)
    return said.stdout.strip() or "unknown"


def _processor() -> str:
    try:
        found = re.search(r"^model name\s*: (.*)$", (PROC / "cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        found = None
    return found[1] if found else platform.machine()


def _memory_gb() -> str:
    return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GB"
