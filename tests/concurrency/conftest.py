"""A real shop for each test: the web server and a local Stripe as processes, the database emptied afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.concurrency.servers import ReservedPort, WebServer, Worker
from tests.concurrency.shop import Shop
from tests.fakes.local_stripe import LocalStripe
from tests.invariants import assert_nothing_is_broken
from tests.jobs import forget_jobs


@contextmanager
def _shop(log: Path, **options: str) -> Iterator[Shop]:
    port = ReservedPort()
    hook = f"http://127.0.0.1:{port.number}/v1/hooks/stripe"
    try:
        with (
            LocalStripe(webhook=hook, webhook_secret="whsec_tests") as stripe,
            WebServer(port.number, log, stripe=stripe.url, **options) as web,
        ):
            yield Shop(web, stripe)
    finally:
        port.close()


@pytest.fixture(scope="session")
def _running_shop(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any) -> Iterator[Shop]:
    with django_db_blocker.unblock(), _shop(tmp_path_factory.mktemp("web") / "web.log") as shop:
        yield shop


@pytest.fixture
def empty_queue(transactional_db: None) -> Iterator[None]:
    yield
    forget_jobs()


@pytest.fixture
def shop(_running_shop: Shop, empty_queue: None) -> Iterator[Shop]:
    """The shop as it is sold: two web processes of four threads each. Its Stripe holds webhooks back.

    Whatever a test does with it, nothing is broken afterwards that must never break.
    """
    _running_shop.stripe.reset()
    _running_shop.stripe.control("webhooks", mode="hold")
    yield _running_shop
    assert_nothing_is_broken()


@pytest.fixture
def worker(shop: Shop, tmp_path: Path) -> Iterator[Worker]:
    with Worker(tmp_path / "worker.log", stripe=shop.stripe.url) as process:
        yield process


@pytest.fixture
def twin(empty_queue: None, tmp_path: Path) -> Iterator[Any]:
    """`with twin("read_then_write") as shop:` is a shop whose guard is out; see unguarded_wsgi."""

    def start(guard: str) -> Any:
        application = "tests.concurrency.unguarded_wsgi:application"
        return _shop(tmp_path / "twin.log", application=application, WITHOUT_GUARD=guard)

    yield start
