"""Changes to keys at the same moment: each is stopped just before its end, and then all go on at once."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from shop.audit.models import AuditEntry
from shop.keys import rules
from shop.keys.models import SecretKey
from shop.makers.models import Membership
from tests.api import Api
from tests.factories import api_of, make_key, make_member

pytestmark = pytest.mark.django_db(transaction=True)

KEYS = "/studio/makers/alder/keys"
PATIENCE_SECONDS = 60
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
Change = Callable[[], tuple[int, str]]


@pytest.fixture
def owner(transactional_db: None) -> Membership:
    return make_member("ada@example.com", "owner")


@pytest.fixture
def key(owner: Membership) -> SecretKey:
    make_key(owner, "audit.read")
    return SecretKey.objects.get()


def change(api: Api, method: str, path: str, body: object = None) -> Change:
    """What a thread does: status and code of the answer."""

    def run() -> tuple[int, str]:
        try:
            answer = api._send(method, path, body, {})
            return answer.status_code, answer.json()["code"] if answer.status_code >= 400 else ""
        finally:
            connection.close()

    return run


def at_once(changes: Sequence[Change]) -> Counter[tuple[int, str]]:
    """Their answers. Each stands before a lock, ours or one that another of them holds, before any goes on."""
    with ThreadPoolExecutor(len(changes)) as pool:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE audit_auditentry IN SHARE MODE")
            running = [pool.submit(each) for each in changes]
            deadline = time.monotonic() + PATIENCE_SECONDS
            waiting = 0
            while waiting < len(changes):
                assert time.monotonic() < deadline, "They never met."
                # Within a transaction it would show the same for ever.
                cursor.execute("SELECT pg_stat_clear_snapshot()")
                cursor.execute(WAITING)
                (waiting,) = cursor.fetchone()
        return Counter(each.result(timeout=PATIENCE_SECONDS) for each in running)


def test_two_rotations_make_one_successor(owner: Membership, key: SecretKey) -> None:
    path = f"{KEYS}/{key.public_id}/rotate"
    answers = at_once([change(api_of(owner), "post", path, {}) for _ in range(2)])
    assert answers == {(201, ""): 1, (409, "key_replaced"): 1}
    assert SecretKey.objects.count() == 2


def test_a_key_that_is_revoked_while_it_is_rotated_stays_revoked(owner: Membership, key: SecretKey) -> None:
    path = f"{KEYS}/{key.public_id}"
    answers = at_once([change(api_of(owner), "post", f"{path}/rotate", {}), change(api_of(owner), "delete", path)])
    assert answers in ({(201, ""): 1, (204, ""): 1}, {(409, "key_ended"): 1, (204, ""): 1})
    key.refresh_from_db()
    assert key.revoked_at is not None


def test_who_revokes_all_their_keys_at_once_is_not_in_their_own_way(owner: Membership) -> None:
    """Each of the requests holds its owner's place, and none of them needs it for itself."""
    for _ in range(6):
        make_key(owner, "audit.read")
    keys = SecretKey.objects.values_list("public_id", flat=True)
    answers = at_once([change(api_of(owner), "delete", f"{KEYS}/{key}") for key in keys])
    assert answers == {(204, ""): 6}
    assert not SecretKey.objects.usable().exists()


def test_two_who_revoke_each_others_keys_are_not_in_each_others_way(owner: Membership) -> None:
    other = make_member("bo@example.com", "owner")
    for member in (owner, other):
        make_key(member, "audit.read")
    hers, his = SecretKey.objects.order_by("pk")
    answers = at_once(
        [
            change(api_of(owner), "delete", f"{KEYS}/{his.public_id}"),
            change(api_of(other), "delete", f"{KEYS}/{hers.public_id}"),
        ]
    )
    assert answers == {(204, ""): 2}


def test_one_key_revoked_twice_at_once_is_written_down_once(owner: Membership, key: SecretKey) -> None:
    answers = at_once([change(api_of(owner), "delete", f"{KEYS}/{key.public_id}") for _ in range(2)])
    assert answers == {(204, ""): 2}
    assert AuditEntry.objects.count() == 1


def test_the_last_of_the_keys_a_maker_may_have_is_made_once(owner: Membership, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MAX_LIVE", 3)
    make_key(owner, "audit.read")
    make_key(owner, "audit.read")
    body = {"name": "Till", "scopes": ["audit.read"]}
    answers = at_once([change(api_of(owner), "post", KEYS, body) for _ in range(5)])
    assert answers == {(201, ""): 1, (409, "too_many_keys"): 4}
    assert SecretKey.objects.count() == 3
