"""A shop for the whole run, whose processes are born quickly; the database is emptied after each test."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest

from tests.concurrency.conftest import empty_queue
from tests.fakes.local_stripe import LocalStripe
from tests.faults.mortals import MortalShop, Nursery

__all__ = ["empty_queue"]


@pytest.fixture(scope="session")
def nursery(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any) -> Iterator[Nursery]:
    with django_db_blocker.unblock(), LocalStripe(webhook_secret="whsec_tests") as stripe:
        nursery = Nursery(tmp_path_factory.mktemp("faults") / "mortals.log", stripe)
        yield nursery
        nursery.close()


@pytest.fixture
def shop(nursery: Nursery, empty_queue: None) -> Iterator[MortalShop]:
    """Its Stripe holds webhooks back."""
    nursery.stripe.reset()
    with nursery.serving() as web:
        hook = f"http://127.0.0.1:{web.port}/v1/hooks/stripe"
        nursery.stripe.control("webhooks", mode="hold", url=hook, secret="whsec_tests")
        yield MortalShop(web, nursery.stripe, nursery)


@pytest.fixture
def twin(shop: MortalShop, nursery: Nursery) -> Callable[[str], AbstractContextManager[MortalShop]]:
    """`with twin("stored_key") as shop:` is the same shop by processes that lack a guard; see `crashing.py`."""

    @contextmanager
    def start(guard: str) -> Iterator[MortalShop]:
        with nursery.serving(without=guard) as web:
            yield MortalShop(web, nursery.stripe, nursery, without=guard)

    return start
