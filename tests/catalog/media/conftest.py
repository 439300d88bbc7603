from collections.abc import Iterator

import pytest

from tests.catalog.media.outside import Outside


@pytest.fixture
def outside() -> Iterator[Outside]:
    server = Outside()
    yield server
    server.close()
