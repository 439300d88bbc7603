"""What every test that sells or pays ends with."""

from orders.invariants.queries import findings


def assert_nothing_is_broken() -> None:
    found = findings()
    assert not found, "\n".join(map(str, found))


def broken() -> set[str]:
    """The names of the checks that find something: for controls, which break it."""
    return {finding.check.name for finding in findings()}
