"""Orders are tested through their doors; each answer is held against the API document."""

from collections.abc import Iterator

import pytest
import stripe

from tests.jobs import forget_jobs
from tests.orders.documented import DocumentedApi


@pytest.fixture
def api(db: None) -> DocumentedApi:
    return DocumentedApi()


@pytest.fixture(autouse=True)
def hasty_stripe_client(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stripe's library waits before it repeats a call; a test does not."""
    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0)
    monkeypatch.setattr(stripe.HTTPClient, "MAX_DELAY", 0)


@pytest.fixture(autouse=True)
def emptied_queue(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    marker = request.node.get_closest_marker("django_db")
    if marker is not None and marker.kwargs.get("transaction"):
        forget_jobs()
