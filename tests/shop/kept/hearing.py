"""What is kept, in tests that are rolled back."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from shop.kept.services import watch

PATIENCE_SECONDS = 20


@contextmanager
def heard() -> Iterator[None]:
    """With the real listener, which hears nothing of a test that is rolled back: what was kept is dropped by hand."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not watch.is_trusted():
        assert time.monotonic() < deadline
    watch.drop()
    yield
    watch.drop()
