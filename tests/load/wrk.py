"""Drives reads by `wrk`, which takes less of the two cores than a client of our own would."""

import json
import re
import shutil
import statistics
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

SCRIPT = Path(__file__).with_name("rotate.lua")
MISSING = (
    "`make bench` needs wrk to drive the reads. On Debian and Ubuntu: apt-get install wrk; on a Mac: brew install wrk"
)
GRACE_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Run:
    """What one run gave: answers a second, times in milliseconds, and how many were not as they should be."""

    per_second: float
    p50_ms: float = 0
    p99_ms: float = 0
    wrong: int = 0


def run_of(milliseconds: Sequence[float], *, seconds: float, wrong: int) -> Run:
    """What a client of our own measured."""
    times = sorted(milliseconds)
    if not times:
        return Run(0, wrong=wrong)
    return Run(len(times) / seconds, statistics.median(times), times[len(times) * 99 // 100], wrong)


def is_there() -> bool:
    return shutil.which("wrk") is not None


def version() -> str:
    said = subprocess.run(["wrk", "-v"], capture_output=True, text=True, check=False)
    found = re.search(r"wrk (\S+)", said.stdout + said.stderr)
    return found[1] if found else "unknown"


def write_plan(folder: Path, addresses: Sequence[str], bodies: Sequence[bytes]) -> Path:
    """Keep for `drive` what is asked for, addresses below /v1, and which answers are right."""
    answers = folder / "answers"
    answers.mkdir(parents=True)
    for number, body in enumerate(bodies, start=1):
        (answers / str(number)).write_bytes(body)
    (folder / "addresses").write_text("".join(f"/v1{address}\n" for address in addresses))
    return folder


def drive(port: int, plan: Path, *, connections: int, seconds: int) -> Run:
    """Ask for the plan's addresses in turn for so long. Raises CalledProcessError when wrk fails."""
    command = [
        "wrk", "--threads", str(min(2, connections)), "--connections", str(connections), "--duration", str(seconds),
        "--timeout", "10", "--script", str(SCRIPT), f"http://127.0.0.1:{port}", "--", str(plan),
    ]  # fmt: skip
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds + GRACE_SECONDS)
    found = re.search(r"^RESULT (.*)$", said.stdout, re.MULTILINE)
    if found is None:
        raise RuntimeError(f"wrk did not say what it measured:\n{said.stdout}{said.stderr}")
    return _run(json.loads(found[1]))


def _run(result: dict[str, int]) -> Run:
    return Run(
        per_second=result["requests"] / (result["us"] / 1_000_000),
        p50_ms=result["p50_us"] / 1000,
        p99_ms=result["p99_us"] / 1000,
        wrong=result["wrong"] + result["failed"],
    )
