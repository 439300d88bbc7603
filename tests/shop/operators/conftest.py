from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from django.test import Client

from tests.shop.operators.steps import signed_in


@pytest.fixture
def stopped_clock() -> Iterator[None]:
    with time_machine.travel(datetime.now(UTC), tick=False):
        yield


@pytest.fixture
def site(db: None) -> Client:
    """An operator's browser."""
    return signed_in()
