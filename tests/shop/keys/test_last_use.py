"""When a key was last used: noted at most once a minute, and only of requests that were let in."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shop.keys.models import SecretKey
from shop.keys.services import note_use
from shop.makers.models import Membership
from tests.api import Api
from tests.factories import api_of, make_key, make_maker, make_member

pytestmark = pytest.mark.django_db

MAKER = "/studio/makers/alder"
NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def clock(db: None) -> Iterator[Any]:
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def owner(clock: Any) -> Membership:
    return make_member("ada@example.com", "owner")


@pytest.fixture
def tool(owner: Membership) -> Api:
    """It has never been used."""
    api = api_of(make_key(owner, "audit.read", "storefronts.manage"))
    SecretKey.objects.update(last_used_at=None)
    return api


def last_use() -> datetime | None:
    return SecretKey.objects.get().last_used_at


def noted(queries: CaptureQueriesContext) -> int:
    """How many statements wrote to a key."""
    return sum(query["sql"].startswith('UPDATE "keys_secretkey"') for query in queries)


def use(api: Api) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert api.get(f"{MAKER}/audit").status_code == 200
    return noted(queries)


def test_a_use_is_noted_once_a_minute(tool: Api, clock: Any) -> None:
    assert (use(tool), last_use()) == (1, NOW)
    clock.shift(59 * SECOND)
    assert (use(tool), last_use()) == (0, NOW)
    clock.shift(SECOND)
    assert (use(tool), last_use()) == (1, NOW + 60 * SECOND)


def test_it_is_shown(tool: Api, owner: Membership) -> None:
    use(tool)
    [key] = api_of(owner).get(f"{MAKER}/keys").json()["results"]
    assert key["last_used_at"] == "2026-05-04T12:00:00Z"


def test_a_change_is_noted_once(tool: Api) -> None:
    """Though a change asks twice who calls."""
    with CaptureQueriesContext(connection) as queries:
        assert tool.post(f"{MAKER}/storefronts", {"name": "Alder's window"}).status_code == 201
    assert (noted(queries), last_use()) == (1, NOW)


def test_who_is_let_in_and_then_refused_has_used_the_key(tool: Api) -> None:
    assert tool.post(f"{MAKER}/storefronts", {}).status_code == 422
    assert last_use() == NOW


def test_who_is_not_let_in_has_not_used_it(tool: Api, owner: Membership) -> None:
    make_maker("birch")
    assert tool.get(f"{MAKER}/keys").status_code == 403
    assert tool.get("/studio/makers/birch/audit").status_code == 404
    assert tool.get("/studio/roles").status_code == 403
    SecretKey.objects.update(revoked_at=NOW)
    assert tool.get(f"{MAKER}/audit").status_code == 401
    assert last_use() is None


def test_of_two_requests_at_once_one_notes_it(tool: Api, clock: Any) -> None:
    """Both have read that it was not noted; the condition of the statement decides."""
    key = SecretKey.objects.get()
    note_use(key.public_id, last_used_at=None)
    clock.shift(SECOND)
    note_use(key.public_id, last_used_at=None)
    assert last_use() == NOW
