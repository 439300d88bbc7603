"""Orders are tested through their doors; each answer is held against the API document."""

import pytest
import stripe

from tests.orders.documented import DocumentedApi


@pytest.fixture
def api(db: None) -> DocumentedApi:
    return DocumentedApi()


@pytest.fixture(autouse=True)
def hasty_stripe_client(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stripe's library waits before it repeats a call; a test does not."""
    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0)
    monkeypatch.setattr(stripe.HTTPClient, "MAX_DELAY", 0)
