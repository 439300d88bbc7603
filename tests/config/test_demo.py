"""`manage.py demo` as a real process: it comes up, sells, keeps its data, and leaves nothing running behind."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from config.database import BASE_DIR
from tests.concurrency.servers import BOOT, Caller
from tests.concurrency.shop import Shop

# All on one worker: the first start draws the catalog's pictures, the others use it again.
pytestmark = pytest.mark.xdist_group("demo")

FIRST_START_SECONDS = 240
START_SECONDS = 60
STOP_SECONDS = 20
SKU = "HB-SS-7"
# What pictures look like is not asked here; their full size would take a minute to draw.
PICTURE_PX = "240"


def wait_until(what: Callable[[], Any], seconds: float, words: Callable[[], str] = lambda: "") -> Any:
    deadline = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < deadline, f"It did not happen within {seconds} s. {words()}"
        time.sleep(0.05)
    return found


def free_ports() -> int:
    """A port that is free together with the next one; below those that the system gives to others by itself."""
    for _ in range(100):
        port = random.randrange(20_000, 32_000)
        with socket.socket() as first, socket.socket() as second, suppress(OSError):
            first.bind(("127.0.0.1", port))
            second.bind(("127.0.0.1", port + 1))
            return port
    raise AssertionError("No two free ports.")


class Demo:
    """A demo in a process of its own on a data folder. `url` is its Stripe's."""

    def __init__(self, data: Path, port: int) -> None:
        self.data = data
        self.port = port
        self.url = f"http://127.0.0.1:{port + 1}"
        self.output = data.parent / f"demo-{port}-{time.monotonic_ns()}.log"
        kept = {
            name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE")
        }
        with self.output.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-c", BOOT, "manage", "demo", "--port", str(port), "--picture-px", PICTURE_PX],
                cwd=BASE_DIR,
                env={**kept, "DATA_DIR": str(data)},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def words(self) -> str:
        return self.output.read_text(errors="replace")

    def wait_for_words(self, words: str, seconds: float) -> None:
        wait_until(lambda: words in self.words() or self.process.poll() is not None, seconds, self.words)
        assert words in self.words(), self.words()

    def wait_for_end(self) -> int:
        return self.process.wait(STOP_SECONDS)

    def child(self, part: str) -> int:
        """The process, started by the demo itself, whose command has this in it."""
        [pid] = [pid for pid, command in self.left().items() if part in command and parent_of(pid) == self.process.pid]
        return pid

    def left(self) -> dict[int, str]:
        """Every process that runs on this data folder, whoever its parent is by now, with its command."""
        return {pid: command for pid, command, about in processes() if str(self.data) in about}

    def assert_nothing_left(self) -> None:
        wait_until(lambda: not self.left(), STOP_SECONDS, lambda: f"Left: {self.left()}")

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self.wait_for_end()
        for pid in self.left():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()


def processes() -> Iterator[tuple[int, str, str]]:
    """Pid, command, and command with environment of each process that we may look at and that is not a zombie."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(OSError):
                command = folder.joinpath("cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                environment = folder.joinpath("environ").read_bytes().decode(errors="replace")
                if command:
                    yield int(folder.name), command, command + environment


def parent_of(pid: int) -> int:
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return 0


@contextmanager
def running(data: Path, seconds: float = START_SECONDS) -> Iterator[Demo]:
    demo = Demo(data, free_ports())
    try:
        demo.wait_for_words("Benchpin is up.", seconds)
        yield demo
    finally:
        demo.close()


@pytest.fixture(scope="module")
def data(tmp_path_factory: Any) -> Path:
    """A data folder with the demo's catalog; its first preparation was broken off by Ctrl-C."""
    folder: Path = tmp_path_factory.mktemp("demo") / "data"
    broken_off = Demo(folder, free_ports())
    try:
        broken_off.wait_for_words("Drawing", FIRST_START_SECONDS)
        broken_off.process.send_signal(signal.SIGINT)
        broken_off.wait_for_end()
        broken_off.assert_nothing_left()
    finally:
        broken_off.close()
    with running(folder, FIRST_START_SECONDS) as demo:
        print(demo.words())
    return folder


@pytest.fixture
def demo(data: Path) -> Iterator[Demo]:
    with running(data) as demo:
        yield demo


def shop_of(demo: Demo) -> Shop:
    return Shop(SimpleNamespace(port=demo.port), SimpleNamespace(url=demo.url))  # type: ignore[arg-type]


def is_paid(demo: Demo, order: dict[str, Any]) -> bool:
    return bool(shop_of(demo).read_order(order)["status"] == "paid")


def test_a_sale_goes_through_and_is_kept(data: Path) -> None:
    """Nobody asks the payment to be refreshed: Stripe's webhook and the worker make the order paid."""
    with running(data) as demo:
        with Caller(demo.port) as caller:
            assert caller.call("GET", "/health").json() == {"status": "ok"}
            assert len(caller.call("GET", "/store/products").json()["results"]) == 24
        placed = shop_of(demo).placed(SKU)
        shop_of(demo).pay(placed["payment"]).raise_for_status()
        wait_until(lambda: is_paid(demo, placed["order"]), START_SECONDS)
    demo.assert_nothing_left()
    with running(data) as again:
        assert is_paid(again, placed["order"])
        assert "Drawing" not in again.words() and "Loading" not in again.words()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP], ids=lambda number: number.name)
def test_a_signal_stops_all_of_it(demo: Demo, number: int) -> None:
    assert len(demo.left()) > 5
    demo.process.send_signal(number)
    assert demo.wait_for_end() == 0
    assert demo.words().endswith("Stopped.\n")
    demo.assert_nothing_left()


@pytest.mark.parametrize("which", [0, 1])
def test_a_taken_port_is_said_plainly(data: Path, which: int) -> None:
    port = free_ports()
    with socket.socket() as other:
        other.bind(("127.0.0.1", port + which))
        other.listen()
        demo = Demo(data, port)
        assert demo.wait_for_end() == 1
    assert f"Port {port + which} is taken" in demo.words()
    assert "Traceback" not in demo.words()
    demo.assert_nothing_left()


def test_two_demos_do_not_share_a_data_folder(demo: Demo) -> None:
    second = Demo(demo.data, free_ports())
    assert second.wait_for_end() == 1
    assert f"A demo is running on {demo.data} already." in second.words()
    with Caller(demo.port) as caller:
        assert caller.call("GET", "/health").status == 200


def test_when_one_web_process_is_killed_all_stop(demo: Demo) -> None:
    server = demo.child("granian")
    one_of_two = next(pid for pid in demo.left() if parent_of(pid) == server)
    os.kill(one_of_two, signal.SIGKILL)
    assert demo.wait_for_end() == 1
    assert "The web server has stopped" in demo.words()
    demo.assert_nothing_left()


def test_killed_itself_it_takes_everything_along(demo: Demo) -> None:
    demo.process.kill()
    demo.process.wait()
    demo.assert_nothing_left()


@pytest.mark.parametrize(
    ("part", "name"),
    [
        ("local_stripe", "local Stripe"),
        ("granian", "web server"),
        ("procrastinate", "worker"),
        ("bin/postgres", "database"),
    ],
)
def test_when_a_part_is_killed_all_stop(demo: Demo, part: str, name: str) -> None:
    os.kill(demo.child(part), signal.SIGKILL)
    assert demo.wait_for_end() == 1
    assert f"The {name} has stopped" in demo.words()
    assert "Traceback" not in demo.words()
    demo.assert_nothing_left()
