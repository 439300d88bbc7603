"""If-Match: a change names the version it was made on."""

import pytest

from shop import versions
from shop.errors import StaleVersion


@pytest.mark.parametrize("header", [None, '"7"', 'W/"7"', "*", " * ", '"6", "7"', '"6",W/"7"', ' "7" '])
def test_todays_version_passes(header: str | None) -> None:
    versions.check(header, 7)


@pytest.mark.parametrize("header", ['"6"', '"77"', "7", "", '""', 'W/"6"', '"6", "8"', 'w/"7"', '"*"'])
def test_any_other_is_stale(header: str) -> None:
    with pytest.raises(StaleVersion):
        versions.check(header, 7)


def test_a_version_is_a_strong_tag() -> None:
    assert versions.tag(7) == '"7"'
