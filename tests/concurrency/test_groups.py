"""Tests that own the machine run one after the other. pytest-xdist once lost its groups without a word."""

import pytest

pytestmark = pytest.mark.xdist_group("processes")


def test_groups_are_kept(request: pytest.FixtureRequest) -> None:
    if not hasattr(request.config, "workerinput"):
        pytest.skip("without pytest-xdist there is one worker")
    assert request.node.nodeid.endswith("@processes")
