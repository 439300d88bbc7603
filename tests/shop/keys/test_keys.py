"""Secret keys through their doors: made, shown once, named, rotated, revoked."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection

from config.logs import redact
from shop.audit.models import AuditEntry
from shop.idempotency.models import IdempotentRequest
from shop.keys import rules
from shop.keys.models import SecretKey
from shop.makers.models import Membership
from shop.makers.roles import ROLES, SCOPES, Role
from tests.api import Api
from tests.factories import api_of, make_key, make_maker, make_member

pytestmark = pytest.mark.django_db

KEYS = "/studio/makers/alder/keys"
NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def owner(db: None) -> Membership:
    return make_member("ada@example.com", "owner")


@pytest.fixture
def ada(owner: Membership) -> Api:
    return api_of(owner)


@pytest.fixture
def bo(owner: Membership) -> Api:
    """A manager of the same team."""
    return api_of(make_member("bo@example.com", "manager"))


@pytest.fixture
def frozen() -> Iterator[Any]:
    """The clock stands still, so that moments can be named; sign-ins made before last fourteen days."""
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


def made(api: Api, *scopes: str, name: str = "Till", **more: Any) -> dict[str, Any]:
    answer = api.post(KEYS, {"name": name, "scopes": list(scopes) or ["audit.read"], **more})
    assert answer.status_code == 201, answer.content
    return dict(answer.json())


def works(secret: str) -> bool:
    """Whether this key opens a door that its scope `audit.read` is for."""
    answer = api_of(secret).get("/studio/makers/alder/audit")
    if answer.status_code == 401:
        assert answer.json()["code"] == "invalid_credentials"
        return False
    assert answer.status_code == 200, answer.content
    return True


def actions() -> list[str]:
    return list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


# Making one


def test_a_key_is_made_and_works(ada: Api, owner: Membership) -> None:
    with time_machine.travel(NOW, tick=False):
        key = made(ada, "audit.read", "products.read")
        secret = key.pop("secret")
        assert works(secret)
    assert key == {
        "id": SecretKey.objects.get().public_id,
        "name": "Till",
        "hint": secret[-4:],
        "scopes": ["audit.read", "products.read"],
        "status": "active",
        "owner": {"membership": owner.public_id, "name": "", "email": "ada@example.com"},
        "created_at": "2026-05-04T12:00:00Z",
        "expires_at": "2027-05-05T12:00:00Z",
        "last_used_at": None,
        "revoked_at": None,
        "replaced_by": None,
    }


def test_a_secret_cannot_be_guessed_and_holds_nothing_that_a_log_would_cut_short(ada: Api) -> None:
    secrets = {made(ada)["secret"] for _ in range(10)}
    assert len(secrets) == 10
    assert all(secret.startswith("sk_") and len(secret) == 46 and secret[3:].isalnum() for secret in secrets)


def test_the_secret_is_shown_once_and_nowhere_kept(ada: Api) -> None:
    key = made(ada)
    later = [ada.get(KEYS), ada.get(f"{KEYS}/{key['id']}"), ada.patch(f"{KEYS}/{key['id']}", {"name": "Other"})]
    assert all(answer.status_code == 200 and key["secret"] not in answer.content.decode() for answer in later)
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(k)::text FROM keys_secretkey k")
        [[row]] = cursor.fetchall()
        assert key["secret"] not in row
        assert rules.digest(key["secret"]) in row
        cursor.execute(
            "SELECT count(*) FROM audit_auditentry a WHERE row_to_json(a)::text LIKE %s", [f"%{key['secret']}%"]
        )
        assert cursor.fetchone() == (0,)


def test_a_repeated_request_makes_one_key_and_does_not_repeat_its_secret(ada: Api) -> None:
    body = {"name": "Till", "scopes": ["audit.read"]}
    first = ada.post(KEYS, body, Idempotency_Key="the-same-intent")
    again = ada.post(KEYS, body, Idempotency_Key="the-same-intent")
    assert (first.status_code, again.status_code, again["Idempotent-Replayed"]) == (201, 201, "true")
    assert again.json() == {**first.json(), "secret": None}
    assert SecretKey.objects.count() == 1
    kept = bytes(IdempotentRequest.objects.get().body or b"").decode()
    assert first.json()["id"] in kept
    assert first.json()["secret"] not in kept


def test_a_request_is_logged_without_its_key(ada: Api, caplog: pytest.LogCaptureFixture) -> None:
    secret = made(ada)["secret"]
    caplog.clear()
    with caplog.at_level(logging.DEBUG):
        assert works(secret)
    assert "/v1/studio/makers/alder/audit" in caplog.text
    assert secret not in caplog.text


def test_a_key_that_strays_into_a_log_line_is_cut_short(ada: Api) -> None:
    """Somebody will put it into an address."""
    secret = made(ada)["secret"]
    line = redact(None, "info", {"event": "request", "path": f"/v1/x/{secret}?key={secret}", "error": f"({secret!r})"})
    left = str(line).replace(secret[: len("sk_") + 4], "")
    assert not [secret[start : start + 4] for start in range(3, 43) if secret[start : start + 4] in left]


def test_days_may_be_fewer(ada: Api, frozen: Any) -> None:
    assert at(made(ada, expires_in_days=7)["expires_at"]) == NOW + 7 * DAY
    assert at(made(ada, expires_in_days=1)["expires_at"]) == NOW + DAY


BAD = {
    "no name": ({"name": None}, "name"),
    "empty name": ({"name": "  "}, "name"),
    "long name": ({"name": "x" * 101}, "name"),
    "a number for a name": ({"name": 7}, "name"),
    "two lines for a name": ({"name": "Till\r\nBcc: a"}, "name"),
    "NUL in the name": ({"name": "a\0b"}, "name"),
    "no scopes": ({"scopes": None}, "scopes"),
    "none of the scopes": ({"scopes": []}, "scopes"),
    "a word for scopes": ({"scopes": "audit.read"}, "scopes"),
    "an object for scopes": ({"scopes": {"audit.read": True}}, "scopes"),
    "a list in the scopes": ({"scopes": [["audit.read"]]}, "scopes.0"),
    "an unknown scope": ({"scopes": ["audit.read", "audit.burn"]}, "scopes.1"),
    "everything": ({"scopes": ["*"]}, "scopes.0"),
    "a scope twice": ({"scopes": ["audit.read", "audit.read"]}, "scopes"),
    "a thousand scopes": ({"scopes": ["audit.read"] * 1000}, "scopes"),
    "what no key may do": ({"scopes": ["keys.manage"]}, "scopes.0"),
    "nor this": ({"scopes": ["team.manage"]}, "scopes.0"),
    "no days": ({"expires_in_days": 0}, "expires_in_days"),
    "days gone by": ({"expires_in_days": -1}, "expires_in_days"),
    "too many days": ({"expires_in_days": 367}, "expires_in_days"),
    "never": ({"expires_in_days": None}, "expires_in_days"),
    "days as a word": ({"expires_in_days": "30"}, "expires_in_days"),
    "half a day": ({"expires_in_days": 0.5}, "expires_in_days"),
    "a secret of one's own": ({"secret": "sk_mine"}, "secret"),
    "somebody else's": ({"owner": "mem_1"}, "owner"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_makes_no_key(ada: Api, case: str) -> None:
    change, field = BAD[case]
    answer = ada.post(KEYS, {"name": "Till", "scopes": ["audit.read"], **change})
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert not SecretKey.objects.exists()
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("body", [b"", b"[]", b'"sk_"', b"{", b"null"])
def test_what_is_no_object_is_refused(ada: Api, body: bytes) -> None:
    assert ada.raw("POST", KEYS, body).status_code in (400, 422)
    assert not SecretKey.objects.exists()


def test_nobody_gives_a_key_what_they_do_not_have(ada: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """Today whoever manages keys has every scope; the next role in the table may not."""
    keeper = Role("key_keeper", "Key keeper", frozenset({"keys.manage", "products.read"}))
    monkeypatch.setitem(ROLES, keeper.code, keeper)
    api = api_of(make_member("kim@example.com", "key_keeper"))
    answer = api.post(KEYS, {"name": "Till", "scopes": ["products.read", "products.edit", "audit.read"]})
    assert (answer.status_code, answer.json()["code"]) == (422, "scope_not_yours")
    errors = answer.json()["errors"]
    assert [(error["field"], error["code"]) for error in errors] == [
        ("scopes.1", "scope_not_yours"),
        ("scopes.2", "scope_not_yours"),
    ]
    assert ["products.edit" in errors[0]["message"], "audit.read" in errors[1]["message"]] == [True, True]
    assert not SecretKey.objects.exists()
    assert made(api, "products.read")["scopes"] == ["products.read"]


def test_a_maker_has_fifty_keys_at_a_time(ada: Api, owner: Membership, monkeypatch: pytest.MonkeyPatch) -> None:
    assert rules.MAX_LIVE == 50
    monkeypatch.setattr(rules, "MAX_LIVE", 3)
    keys = [made(ada) for _ in range(3)]
    # Those of others do not count.
    make_key(make_member("eve@example.com", "owner", maker=make_maker("birch")), "audit.read")
    refused = ada.post(KEYS, {"name": "Till", "scopes": ["audit.read"]})
    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_keys")
    assert SecretKey.objects.for_maker(owner.maker_id).count() == 3
    assert ada.delete(f"{KEYS}/{keys[0]['id']}").status_code == 204
    made(ada)
    # A successor beside the old key is one more; one in its place is not.
    path = f"{KEYS}/{keys[1]['id']}/rotate"
    refused = ada.post(path, {})
    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_keys")
    assert ada.get(f"{KEYS}/{keys[1]['id']}").json()["expires_at"] == keys[1]["expires_at"]
    assert ada.post(path, {"overlap_hours": 0}).status_code == 201


# What it opens


def test_a_key_does_what_its_scopes_and_its_owners_roles_both_allow(ada: Api, owner: Membership) -> None:
    member = make_member("mia@example.com", "manager")
    secret = made(api_of(member), "audit.read", "products.read")["secret"]
    tool = api_of(secret)
    assert tool.get("/studio/makers/alder/audit").status_code == 200
    # Not in its scopes, though its owner may.
    denied = tool.get(KEYS)
    assert (denied.status_code, denied.json()["code"], denied.json()["permission"]) == (
        403,
        "not_permitted",
        "keys.manage",
    )
    Membership.objects.filter(pk=member.pk).update(roles=["instructor"])
    # Not in its owner's roles any more, though in its scopes.
    denied = tool.get("/studio/makers/alder/audit")
    assert (denied.status_code, denied.json()["permission"]) == (403, "audit.read")


def test_no_key_manages_keys(owner: Membership) -> None:
    tool = api_of(make_key(owner, *SCOPES))
    key = SecretKey.objects.get()
    for answer in (
        tool.get(KEYS),
        tool.post(KEYS, {"name": "More", "scopes": ["audit.read"]}),
        tool.patch(f"{KEYS}/{key.public_id}", {"name": "Mine"}),
        tool.post(f"{KEYS}/{key.public_id}/rotate", {}),
        tool.delete(f"{KEYS}/{key.public_id}"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")
    key.refresh_from_db()
    assert (SecretKey.objects.count(), key.name, key.revoked_at) == (1, "Test", None)


def test_a_key_opens_one_makers_doors_only(ada: Api, owner: Membership) -> None:
    """Also where its owner is on both teams."""
    make_member("ada@example.com", "owner", maker=make_maker("birch"))
    secret = made(ada)["secret"]
    assert works(secret)
    answer = api_of(secret).get("/studio/makers/birch/audit")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_key_is_no_person(ada: Api) -> None:
    answer = api_of(made(ada)["secret"]).get("/studio/roles")
    assert (answer.status_code, answer.json()["code"]) == (403, "person_required")


@pytest.mark.parametrize(
    "header",
    [
        "Bearer sk_unknown", "Bearer sk_", "Bearer", "Basic c2s6", "Bearer sk_" + "x" * 5000, "Bearer sk_é",
        "bearer sk_' OR true --",
    ],
)  # fmt: skip
def test_what_is_no_key_is_refused(ada: Api, header: str) -> None:
    made(ada)
    answer = Api(Authorization=header).get("/studio/makers/alder/audit")
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_credentials")


def test_only_the_whole_secret_counts(ada: Api) -> None:
    secret = made(ada)["secret"]
    for other in (secret[:-1], secret + "x", secret.swapcase(), rules.digest(secret), "sk_" + rules.digest(secret)):
        assert not Api(Authorization=f"Bearer {other}").get("/studio/makers/alder/audit").status_code < 400
    assert works(secret)


def test_a_key_ends_when_its_time_is_up(ada: Api) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        secret = made(ada, expires_in_days=7)["secret"]
        clock.move_to(NOW + 7 * DAY - timedelta(seconds=1))
        assert works(secret)
        clock.move_to(NOW + 7 * DAY)
        assert not works(secret)
        assert api_of(Membership.objects.get()).get(KEYS).json()["results"][0]["status"] == "expired"


def test_a_key_dies_with_its_owners_membership(ada: Api, owner: Membership) -> None:
    """And does not come back with them."""
    mia = make_member("mia@example.com", "manager")
    key = made(api_of(mia))
    mia.delete()
    assert not works(key["secret"])
    shown = ada.get(f"{KEYS}/{key['id']}").json()
    assert (shown["status"], shown["owner"]) == ("owner_left", None)
    make_member("mia@example.com", "owner")
    assert not works(key["secret"])


def test_a_key_of_who_may_not_sign_in_any_more_is_refused(ada: Api, owner: Membership) -> None:
    secret = made(ada)["secret"]
    owner.user.is_active = False
    owner.user.save()
    assert not works(secret)


# Reading and naming


def test_the_list_shows_the_newest_first_and_ended_ones(ada: Api, bo: Api) -> None:
    first, second = made(ada, name="First"), made(bo, name="Second")
    third = made(ada, name="Third")
    ada.delete(f"{KEYS}/{second['id']}")
    page = ada.get(f"{KEYS}?limit=2").json()
    assert [(key["name"], key["status"]) for key in page["results"]] == [("Third", "active"), ("Second", "revoked")]
    rest = ada.get(page["next"].partition("/v1")[2]).json()
    assert ([key["id"] for key in rest["results"]], rest["next"]) == ([first["id"]], None)
    assert rest["previous"]
    assert third["id"] == page["results"][0]["id"]


def test_the_list_takes_as_many_queries_for_many_keys(ada: Api, bo: Api, django_assert_num_queries: Any) -> None:
    """Session, person, place, keys."""
    made(ada)
    with django_assert_num_queries(4):
        ada.get(KEYS)
    for _ in range(5):
        made(bo)
    ada.post(f"{KEYS}/{made(ada)['id']}/rotate", {})
    with django_assert_num_queries(4):
        assert len(ada.get(KEYS).json()["results"]) == 8


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "cursor=x", "status=active", "limit=1&limit=2"])
def test_a_bad_query_is_refused(ada: Api, query: str) -> None:
    assert ada.get(f"{KEYS}?{query}").status_code == 422


def test_a_key_is_given_another_name(ada: Api) -> None:
    key = made(ada)
    read = ada.get(f"{KEYS}/{key['id']}")
    renamed = ada.patch(f"{KEYS}/{key['id']}", {"name": "Workshop"}, If_Match=read["ETag"])
    assert renamed.status_code == 200
    assert renamed.json() == {**read.json(), "name": "Workshop"}
    assert renamed["ETag"] == ada.get(f"{KEYS}/{key['id']}")["ETag"] != read["ETag"]
    stale = ada.patch(f"{KEYS}/{key['id']}", {"name": "Late"}, If_Match=read["ETag"])
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")
    assert SecretKey.objects.get().name == "Workshop"
    ada.patch(f"{KEYS}/{key['id']}", {"name": "Workshop"})
    assert actions() == ["key.created", "key.renamed"]


def test_use_of_a_key_does_not_spoil_a_change_of_it(ada: Api) -> None:
    key = made(ada)
    tag = ada.get(f"{KEYS}/{key['id']}")["ETag"]
    SecretKey.objects.update(last_used_at=NOW)
    assert ada.get(f"{KEYS}/{key['id']}")["ETag"] == tag
    assert ada.patch(f"{KEYS}/{key['id']}", {"name": "Workshop"}, If_Match=tag).status_code == 200


@pytest.mark.parametrize(
    "body", [{}, {"name": ""}, {"name": "x" * 101}, {"name": ["x"]}, {"name": "x", "scopes": ["audit.read"]}]
)
def test_a_bad_name_changes_nothing(ada: Api, body: Any) -> None:
    key = made(ada)
    assert ada.patch(f"{KEYS}/{key['id']}", body).status_code == 422
    assert SecretKey.objects.get().name == "Till"


def test_another_makers_keys_are_not_there(ada: Api) -> None:
    birch = make_maker("birch")
    key = made(ada)
    foreign = api_of(make_member("eve@example.com", "owner", maker=birch))
    for base in ("/studio/makers/alder/keys", "/studio/makers/birch/keys"):
        path = f"{base}/{key['id']}"
        for answer in (
            foreign.get(path),
            foreign.patch(path, {"name": "Mine"}),
            foreign.delete(path),
            foreign.post(f"{path}/rotate", {}),
        ):
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert foreign.get("/studio/makers/birch/keys").json()["results"] == []
    for unknown in ("key_0000000000000000000000", "1", key["secret"]):
        assert ada.get(f"{KEYS}/{unknown}").status_code == 404
    stored = SecretKey.objects.get()
    assert (stored.name, stored.revoked_at, stored.replaced_by) == ("Till", None, None)
    assert actions() == ["key.created"]


# Rotating


def test_a_rotated_key_has_a_successor_and_ends_after_the_overlap(ada: Api, owner: Membership) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        old = made(ada, "audit.read", "products.read", expires_in_days=90)
        clock.move_to(NOW + 3 * DAY)
        answer = ada.post(f"{KEYS}/{old['id']}/rotate", {"overlap_hours": 2})
        assert answer.status_code == 201, answer.content
        new = answer.json()
        assert new["id"] != old["id"]
        assert (new["name"], new["scopes"], new["owner"]) == (old["name"], old["scopes"], old["owner"])
        assert at(new["expires_at"]) == NOW + 93 * DAY
        shown = ada.get(f"{KEYS}/{old['id']}").json()
        assert (shown["replaced_by"], at(shown["expires_at"])) == (new["id"], NOW + 3 * DAY + 2 * HOUR)
        assert works(old["secret"])
        assert works(new["secret"])
        clock.move_to(NOW + 3 * DAY + 2 * HOUR)
        assert not works(old["secret"])
        assert works(new["secret"])
    assert actions() == ["key.created", "key.created", "key.rotated"]
    rotated = AuditEntry.objects.get(action="key.rotated")
    assert (rotated.object, rotated.after["replaced_by"]) == (old["id"], new["id"])


@pytest.mark.parametrize(
    ("body", "overlap"), [({}, 24 * HOUR), ({"overlap_hours": 0}, 0 * HOUR), ({"overlap_hours": 168}, 7 * DAY)]
)
def test_the_overlap_is_a_day_unless_said(ada: Api, frozen: Any, body: Any, overlap: timedelta) -> None:
    old = made(ada)
    assert ada.post(f"{KEYS}/{old['id']}/rotate", body).status_code == 201
    assert at(ada.get(f"{KEYS}/{old['id']}").json()["expires_at"]) == NOW + overlap
    assert works(old["secret"]) == bool(overlap)


def test_the_overlap_never_makes_a_key_live_longer(ada: Api, frozen: Any) -> None:
    old = made(ada, expires_in_days=1)
    frozen.shift(20 * HOUR)
    new = ada.post(f"{KEYS}/{old['id']}/rotate", {"overlap_hours": 168}).json()
    assert ada.get(f"{KEYS}/{old['id']}").json()["expires_at"] == old["expires_at"]
    assert at(new["expires_at"]) == NOW + 20 * HOUR + DAY


@pytest.mark.parametrize("hours", [-1, 169, 10**30, "24", 1.5, None, True, [24]])
def test_a_bad_overlap_rotates_nothing(ada: Api, hours: Any) -> None:
    old = made(ada)
    answer = ada.post(f"{KEYS}/{old['id']}/rotate", {"overlap_hours": hours})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "overlap_hours")
    assert SecretKey.objects.get().replaced_by is None


def test_a_key_is_rotated_once(ada: Api) -> None:
    old = made(ada)
    new = ada.post(f"{KEYS}/{old['id']}/rotate", {}).json()
    again = ada.post(f"{KEYS}/{old['id']}/rotate", {})
    assert (again.status_code, again.json()["code"], again.json()["replaced_by"]) == (409, "key_replaced", new["id"])
    assert SecretKey.objects.count() == 2
    assert ada.post(f"{KEYS}/{new['id']}/rotate", {}).status_code == 201


def test_what_has_ended_is_not_rotated(ada: Api, bo: Api) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        revoked, expired = made(ada), made(ada, expires_in_days=1)
        mia = make_member("mia@example.com", "manager")
        orphan = made(api_of(mia))
        mia.delete()
        ada.delete(f"{KEYS}/{revoked['id']}")
        clock.move_to(NOW + DAY)
        for key in (revoked, expired, orphan):
            answer = ada.post(f"{KEYS}/{key['id']}/rotate", {})
            assert (answer.status_code, answer.json()["code"]) == (409, "key_ended")
    assert SecretKey.objects.count() == 3


def test_only_its_owner_rotates_a_key(ada: Api, bo: Api) -> None:
    """The secret would let one person act in another's name."""
    key = made(ada)
    answer = bo.post(f"{KEYS}/{key['id']}/rotate", {})
    assert (answer.status_code, answer.json()["code"]) == (403, "key_of_another")
    assert SecretKey.objects.count() == 1


def test_a_key_is_not_renewed_beyond_its_owners_roles(ada: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    key = made(ada, "audit.read", "products.edit")
    lesser = Role("owner", "Owner", frozenset({"keys.manage", "audit.read"}))
    monkeypatch.setitem(ROLES, "owner", lesser)
    answer = ada.post(f"{KEYS}/{key['id']}/rotate", {})
    assert (answer.status_code, answer.json()["code"]) == (422, "scope_not_yours")
    assert SecretKey.objects.get().replaced_by is None


def test_a_rotation_is_made_on_what_was_read(ada: Api) -> None:
    key = made(ada)
    tag = ada.get(f"{KEYS}/{key['id']}")["ETag"]
    ada.patch(f"{KEYS}/{key['id']}", {"name": "Other"})
    assert ada.post(f"{KEYS}/{key['id']}/rotate", {}, If_Match=tag).status_code == 412
    assert SecretKey.objects.count() == 1


def test_a_repeated_rotation_does_not_repeat_the_secret(ada: Api) -> None:
    path = f"{KEYS}/{made(ada)['id']}/rotate"
    first = ada.post(path, {}, Idempotency_Key="rotate-once")
    again = ada.post(path, {}, Idempotency_Key="rotate-once")
    assert again.json() == {**first.json(), "secret": None}
    assert SecretKey.objects.count() == 2


# Revoking


def test_a_revoked_key_is_refused_at_once(ada: Api) -> None:
    key = made(ada)
    assert works(key["secret"])
    assert ada.delete(f"{KEYS}/{key['id']}").status_code == 204
    assert not works(key["secret"])
    shown = ada.get(f"{KEYS}/{key['id']}").json()
    assert shown["status"] == "revoked"
    # Once more: nothing is left to do.
    assert ada.delete(f"{KEYS}/{key['id']}").status_code == 204
    assert ada.get(f"{KEYS}/{key['id']}").json() == shown
    assert actions() == ["key.created", "key.revoked"]


def test_revoking_ends_an_overlap(ada: Api) -> None:
    old = made(ada)
    new = ada.post(f"{KEYS}/{old['id']}/rotate", {}).json()
    ada.delete(f"{KEYS}/{old['id']}")
    assert not works(old["secret"])
    assert works(new["secret"])


def test_a_manager_revokes_anybodys_key(ada: Api, bo: Api) -> None:
    key = made(ada)
    assert bo.delete(f"{KEYS}/{key['id']}").status_code == 204
    assert not works(key["secret"])


def test_a_revocation_is_made_on_what_was_read(ada: Api) -> None:
    key = made(ada)
    tag = ada.get(f"{KEYS}/{key['id']}")["ETag"]
    ada.patch(f"{KEYS}/{key['id']}", {"name": "Other"})
    assert ada.delete(f"{KEYS}/{key['id']}", If_Match=tag).status_code == 412
    assert works(key["secret"])


@pytest.mark.parametrize(
    "role", ["bench_jeweler", "stock_keeper", "sales_associate", "marketer", "instructor", "bookkeeper"]
)
def test_other_roles_have_nothing_to_do_with_keys(ada: Api, role: str) -> None:
    key = made(ada)
    member = api_of(make_member("mia@example.com", role))
    for answer in (
        member.get(KEYS),
        member.delete(f"{KEYS}/{key['id']}"),
        member.post(KEYS, {"name": "x", "scopes": ["maker.read"]}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")
    assert SecretKey.objects.get().revoked_at is None
