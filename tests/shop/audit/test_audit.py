"""Reading who did what: only one's own maker's, by actor, action, object and time."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine
from django.db import connection

from shop.actors import SYSTEM, Actor
from shop.audit.models import AuditEntry
from shop.audit.services import changes, record
from shop.makers.models import Membership
from tests.api import Api
from tests.factories import api_of, make_key, make_maker, make_member, make_user

pytestmark = pytest.mark.django_db

AUDIT = "/studio/makers/alder/audit"
NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def clock(db: None) -> Iterator[Any]:
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def owner(clock: Any) -> Membership:
    return make_member("ada@example.com", "owner")


@pytest.fixture
def ada(owner: Membership) -> Api:
    return api_of(owner)


def wrote(who: Membership | None, action: str, thing: str = "", **values: Any) -> None:
    """An entry of the maker alder."""
    actor = Actor(user=who.user, sign_in="sin_1", address="203.0.113.7") if who else SYSTEM
    record(actor, action, maker=make_maker().public_id, object=thing, **values)


def found(api: Api, path: str = AUDIT, **query: str) -> list[str]:
    answer = api.get(f"{path}?{urlencode(query)}")
    assert answer.status_code == 200, answer.content
    return [entry["action"] for entry in answer.json()["results"]]


# What is written


def test_a_change_through_a_door_says_who_did_it_and_from_where(ada: Api, owner: Membership) -> None:
    answer = ada.post(
        "/studio/makers/alder/keys", {"name": "Till", "scopes": ["audit.read"]}, X_Request_Id="req-of-mine"
    )
    [entry] = ada.get(AUDIT).json()["results"]
    assert entry == {
        "id": AuditEntry.objects.get().public_id,
        "at": "2026-05-04T12:00:00Z",
        "actor": {
            "id": owner.user.public_id,
            "kind": "person",
            "name": "ada@example.com",
            "user": owner.user.public_id,
        },
        "sign_in": AuditEntry.objects.get().sign_in,
        "address": "127.0.0.1",
        "request_id": "req-of-mine",
        "action": "key.created",
        "object": answer.json()["id"],
        "before": None,
        "after": {"scopes": ["audit.read"], "expires_at": "2027-05-05T12:00:00Z"},
    }
    assert entry["sign_in"].startswith("sin_")
    # It names the sign-in and does not open it.
    assert ada.headers["X_Session_Token"] not in str(entry)


def test_what_failed_did_not_happen(ada: Api, owner: Membership, monkeypatch: pytest.MonkeyPatch) -> None:
    """The entry and the change stand or fall together."""
    created = ada.post("/studio/makers/alder/keys", {"name": "Till", "scopes": ["audit.read"]}).json()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_auditentry ADD CHECK (action <> 'key.revoked') NOT VALID")
    ada.client.raise_request_exception = False
    assert ada.delete(f"/studio/makers/alder/keys/{created['id']}").status_code == 500
    assert ada.get(f"/studio/makers/alder/keys/{created['id']}").json()["status"] == "active"
    assert found(ada) == ["key.created"]


def test_only_what_differs_is_kept() -> None:
    old, new = {"title": "Ring", "stock": 3, "gone": 1}, {"title": "Ring", "stock": 2, "policy": "stock"}
    assert changes(old, new) == {"before": {"stock": 3, "policy": None}, "after": {"stock": 2, "policy": "stock"}}


def test_no_entry_holds_an_address_of_a_person(ada: Api, owner: Membership) -> None:
    """Whatever people write into names: entries outlive those they speak of."""
    keys = "/studio/makers/alder/keys"
    body = {"name": "ada@example.com's till", "scopes": ["audit.read"]}
    first = ada.post(keys, body, X_Request_Id="ada@example.com").json()
    ada.patch(f"{keys}/{first['id']}", {"name": "bo@example.com"}, User_Agent="ada@example.com")
    second = ada.post(f"{keys}/{first['id']}/rotate", {}).json()
    ada.delete(f"{keys}/{first['id']}")
    ada.delete(f"{keys}/{second['id']}")
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(a)::text FROM audit_auditentry a")
        rows = [row for (row,) in cursor.fetchall()]
    assert len(rows) == 6
    assert not [row for row in rows if "@" in row or "example.com" in row]


# Who is shown


def test_actors_are_people_keys_and_the_shop_itself(ada: Api, owner: Membership) -> None:
    user = owner.user
    user.first_name, user.last_name = "Ada", "Lovelace"
    user.save()
    make_key(owner, "audit.read")
    key = owner.secret_keys.get()
    wrote(owner, "product.created")
    record(Actor(user=user, key=key.public_id), "product.changed", maker=owner.maker.public_id)
    wrote(None, "product.hidden")
    actors = {entry["action"]: entry["actor"] for entry in ada.get(AUDIT).json()["results"]}
    assert actors == {
        "product.created": {"id": user.public_id, "kind": "person", "name": "Ada Lovelace", "user": user.public_id},
        "product.changed": {"id": key.public_id, "kind": "key", "name": "Test", "user": user.public_id},
        "product.hidden": {"id": "system", "kind": "system", "name": "", "user": None},
    }


def test_who_left_is_named_and_who_was_erased_is_an_id(ada: Api) -> None:
    """An address is shown to a team of the person's only, a name to whoever sees what they did."""
    left, erased = make_member("mia@example.com", "manager"), make_member("tom@example.com", "manager")
    named = make_member("kim@example.com", "manager")
    named.user.first_name = "Kim"
    named.user.save()
    for member in (left, erased, named):
        wrote(member, "product.created", member.user.public_id)
    left.delete()
    named.delete()
    erased.user.delete()
    names = {entry["object"]: entry["actor"]["name"] for entry in ada.get(AUDIT).json()["results"]}
    assert names == {left.user.public_id: "", erased.user.public_id: "", named.user.public_id: "Kim"}


def test_the_address_of_an_operator_is_nobodys_business(ada: Api) -> None:
    operator = make_user("operator@example.com")
    record(Actor(user=operator), "maker.closed", maker=make_maker().public_id)
    [entry] = ada.get(AUDIT).json()["results"]
    assert entry["actor"] == {"id": operator.public_id, "kind": "person", "name": "", "user": operator.public_id}


# Finding


@pytest.fixture
def week(owner: Membership, clock: Any) -> dict[str, Membership]:
    """An entry an hour."""
    bo = make_member("bo@example.com", "manager")
    for who, action, thing in (
        (owner, "product.created", "prd_1"),
        (bo, "product.published", "prd_1"),
        (owner, "product.created", "prd_2"),
        (None, "products.counted", ""),
        (bo, "key.created", "key_1"),
    ):
        wrote(who, action, thing)
        clock.shift(HOUR)
    return {"ada": owner, "bo": bo}


def test_the_newest_come_first(ada: Api, week: Any) -> None:
    assert found(ada) == ["key.created", "products.counted", "product.created", "product.published", "product.created"]


def test_by_actor(ada: Api, week: dict[str, Membership]) -> None:
    assert found(ada, actor=week["bo"].user.public_id) == ["key.created", "product.published"]
    assert found(ada, actor="system") == ["products.counted"]
    assert found(ada, actor="usr_0000000000000000000000") == []


def test_by_action_or_its_beginning(ada: Api, week: Any) -> None:
    assert found(ada, action="product.created") == ["product.created", "product.created"]
    assert found(ada, action="product.") == ["product.created", "product.published", "product.created"]
    # A word alone is no beginning, and `_` stands for itself.
    assert found(ada, action="product") == []
    assert found(ada, action="prod_ct.") == []


def test_by_object(ada: Api, week: Any) -> None:
    assert found(ada, object="prd_1") == ["product.published", "product.created"]
    assert found(ada, object="prd") == []


def test_by_time(ada: Api, week: Any) -> None:
    assert found(ada, **{"from": "2026-05-04T15:00:00Z"}) == ["key.created", "products.counted"]
    assert found(ada, to="2026-05-04T13:00:00Z") == ["product.created"]
    window = {"from": "2026-05-04T15:00:00+02:00", "to": "2026-05-04T10:00:00.000001-04:00"}
    assert found(ada, **window) == ["product.created", "product.published"]
    assert found(ada, **{"from": "2026-05-05T00:00:00Z", "to": "2026-05-04T00:00:00Z"}) == []


def test_all_filters_hold_together(ada: Api, week: dict[str, Membership]) -> None:
    query = {"actor": week["ada"].user.public_id, "action": "product.", "from": "2026-05-04T13:00:00Z"}
    assert found(ada, **query) == ["product.created"]
    assert found(ada, **query, object="prd_1") == []


def test_pages_follow_one_another_while_entries_are_added(ada: Api, week: dict[str, Membership]) -> None:
    first = ada.get(f"{AUDIT}?limit=2&action=product.").json()
    wrote(week["ada"], "product.sold")
    second = ada.get(first["next"].partition("/v1")[2]).json()
    seen = [entry["id"] for page in (first, second) for entry in page["results"]]
    assert len(set(seen)) == len(seen) == 3
    assert (first["previous"], second["next"]) == (None, None)
    back = ada.get(second["previous"].partition("/v1")[2]).json()
    assert [entry["id"] for entry in back["results"]] == seen[:2]


def test_entries_of_one_moment_are_all_seen(ada: Api, owner: Membership) -> None:
    for number in range(5):
        wrote(owner, "product.created", f"prd_{number}")
    seen, path = [], f"{AUDIT}?limit=2"
    while path:
        page = ada.get(path).json()
        seen += [entry["object"] for entry in page["results"]]
        path = (page["next"] or "").partition("/v1")[2]
    assert seen == ["prd_4", "prd_3", "prd_2", "prd_1", "prd_0"]


BAD_QUERIES = {
    "an unknown filter": ({"maker": "birch"}, "maker"),
    "a pattern for an action": ({"action": "%"}, "action"),
    "a big word": ({"action": "Product."}, "action"),
    "an action without an end": ({"action": "a" * 65}, "action"),
    "an action of nothing": ({"action": ""}, "action"),
    "a long actor": ({"actor": "u" * 33}, "actor"),
    "a long object": ({"object": "u" * 65}, "object"),
    "a day": ({"from": "2026-05-04"}, "from"),
    "a time of no zone": ({"from": "2026-05-04T00:00:00"}, "from"),
    "a number": ({"to": "1777852800"}, "to"),
    "no such day": ({"to": "2026-02-30T00:00:00Z"}, "to"),
    "no such hour": ({"to": "2026-02-03T25:00:00Z"}, "to"),
    "no such zone": ({"to": "2026-02-03T05:00:00+99:00"}, "to"),
    "other digits": ({"to": "٢٠٢٦-02-03T05:00:00Z"}, "to"),
    "before all time": ({"from": "0001-01-01T00:00:00+23:59"}, "from"),
    "after all time": ({"to": "9999-12-31T23:59:59-23:59"}, "to"),
    "none": ({"limit": "0"}, "limit"),
    "too many": ({"limit": "101"}, "limit"),
}


@pytest.mark.parametrize("case", BAD_QUERIES)
def test_a_bad_filter_is_named(ada: Api, case: str) -> None:
    query, field = BAD_QUERIES[case]
    answer = ada.get(f"{AUDIT}?{urlencode(query)}")
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-01-01T00:00:00+23:59"])
def test_far_away_moments_are_moments(ada: Api, week: Any, moment: str) -> None:
    assert len(found(ada, **{"from": moment})) + len(found(ada, to=moment)) == 5


@pytest.mark.parametrize("cursor", ["x", "a:b", "x" * 1001])
def test_a_forged_cursor_is_refused(ada: Api, cursor: str) -> None:
    assert ada.get(f"{AUDIT}?{urlencode({'cursor': cursor})}").status_code == 422


def test_a_page_takes_as_many_queries_for_many_actors(
    ada: Api, owner: Membership, django_assert_num_queries: Any
) -> None:
    """Session, person, place; entries, people, keys."""
    wrote(owner, "product.created")
    with django_assert_num_queries(6):
        ada.get(AUDIT)
    for number in range(10):
        wrote(make_member(f"p{number}@example.com", "manager"), "product.created")
    with django_assert_num_queries(6):
        assert len(found(ada)) == 11


# Whose


def test_one_entry(ada: Api, week: Any) -> None:
    listed = ada.get(AUDIT).json()["results"][0]
    answer = ada.get(f"{AUDIT}/{listed['id']}")
    assert (answer.status_code, answer.json()) == (200, listed)
    assert answer["ETag"]
    assert answer["Cache-Control"] == "private, no-store"


def test_another_makers_entries_are_not_there(ada: Api, week: Any) -> None:
    birch = make_maker("birch")
    eve = api_of(make_member("eve@example.com", "owner", maker=birch))
    entry = AuditEntry.objects.first()
    assert entry is not None
    assert found(eve, "/studio/makers/birch/audit") == []
    assert found(eve, "/studio/makers/birch/audit", object="prd_1") == []
    for path in (AUDIT, f"{AUDIT}/{entry.public_id}", f"/studio/makers/birch/audit/{entry.public_id}"):
        assert eve.get(path).status_code == 404
    for unknown in ("aud_0000000000000000000000", str(entry.pk)):
        assert ada.get(f"{AUDIT}/{unknown}").status_code == 404


def test_the_platforms_own_entries_are_nobodys(ada: Api) -> None:
    record(SYSTEM, "storefront.created")
    assert found(ada) == []


def test_a_cursor_of_another_maker_leads_nowhere_else(ada: Api, week: Any) -> None:
    cursor = ada.get(f"{AUDIT}?limit=1").json()["next"].partition("cursor=")[2]
    eve = api_of(make_member("eve@example.com", "owner", maker=make_maker("birch")))
    answer = eve.get(f"/studio/makers/birch/audit?cursor={cursor}")
    assert answer.json()["results"] == []


@pytest.mark.parametrize(
    ("role", "status"),
    [
        ("owner", 200), ("manager", 200), ("bookkeeper", 200), ("bench_jeweler", 403), ("stock_keeper", 403),
        ("sales_associate", 403), ("marketer", 403), ("instructor", 403),
    ],
)  # fmt: skip
def test_who_may_read_it(owner: Membership, role: str, status: int) -> None:
    wrote(owner, "product.created")
    entry = AuditEntry.objects.get().public_id
    api = api_of(make_member("mia@example.com", role))
    assert [api.get(path).status_code for path in (AUDIT, f"{AUDIT}/{entry}")] == [status, status]


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nobody_writes_it_through_a_door(ada: Api, owner: Membership, method: str) -> None:
    wrote(owner, "product.created")
    entry = AuditEntry.objects.get().public_id
    for path in (AUDIT, f"{AUDIT}/{entry}"):
        assert getattr(ada, method)(path).status_code == 405
    assert AuditEntry.objects.get().action == "product.created"
