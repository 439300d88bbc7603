"""Ten requests of a member are running when their right to make them ends: none of them succeeds after that.

Nothing here is left to chance: the test holds a lock that the requests need, sees each of them wait for it in the
middle of its work, and lets all of them go on at once.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from shop.audit.models import AuditEntry
from shop.keys.models import SecretKey
from shop.makers.models import Membership
from shop.storefronts.models import Storefront
from tests.concurrency.servers import Answer, Caller, ReservedPort, WebServer
from tests.concurrency.shop import outcomes
from tests.factories import make_key, make_member, make_storefront, sign_in

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("processes"),
    pytest.mark.usefixtures("empty_queue"),
]

REQUESTS = 10
# In one process: all ten may come to the same one, and whoever ends them, too.
THREADS = REQUESTS + 2
PATIENCE_SECONDS = 30
MAKER = "/studio/makers/alder"
GUARDED = "config.wsgi:application"
UNGUARDED = "tests.concurrency.unguarded_wsgi:application"
# Where requests are stopped: hers once they have been let in; the other's as their last step, all but committed.
HERS = "SELECT 1 FROM storefronts_storefront FOR UPDATE"
THE_END = "LOCK TABLE audit_auditentry IN SHARE MODE"
Call = tuple[str, str, dict[str, Any] | None, dict[str, str]]


@contextmanager
def running(log: Path, application: str = GUARDED, **environment: str) -> Iterator[int]:
    """A shop with a thread for each request; its port."""
    port = ReservedPort()
    try:
        with WebServer(port.number, log, stripe="", application=application, threads=THREADS, **environment):
            yield port.number
    finally:
        port.close()


@pytest.fixture(scope="module")
def port(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any) -> Iterator[int]:
    with django_db_blocker.unblock(), running(tmp_path_factory.mktemp("web") / "web.log") as port:
        yield port


@pytest.fixture
def twin(tmp_path: Path) -> Callable[[str], AbstractContextManager[int]]:
    """`with twin("unheld") as port:` is a shop whose guard is out; see unguarded_wsgi."""
    return lambda guard: running(tmp_path / "twin.log", UNGUARDED, WITHOUT_GUARD=guard)


@dataclass
class Team:
    """Ada owns the maker; Mia is a manager there, with a key. Ten storefronts, for her to change one each."""

    ada: dict[str, str]
    mia: dict[str, str]
    tool: dict[str, str]
    member: Membership
    key: SecretKey
    windows: list[Storefront]

    def changes(self, *ways_in: dict[str, str]) -> list[Call]:
        """Ten changes of Mia's, made in these ways in turn."""
        return [
            ("PATCH", f"{MAKER}/storefronts/{window.public_id}", {"name": "Late"}, ways_in[number % len(ways_in)])
            for number, window in enumerate(self.windows)
        ]

    def changed(self) -> int:
        return Storefront.objects.filter(name="Late").count()

    def entries(self) -> list[str]:
        """Who wrote what, in the order in which it was written: `mia` for her or her key."""
        hers = {self.member.user.public_id: "mia", self.key.public_id: "mia"}
        rows = AuditEntry.objects.order_by("pk").values_list("actor", "action")
        return [f"{hers.get(actor, 'ada')} {action}" for actor, action in rows]


@pytest.fixture
def team(transactional_db: None) -> Team:
    owner, member = make_member("ada@example.com", "owner"), make_member("mia@example.com", "manager")
    secret = make_key(member, "storefronts.manage")
    return Team(
        ada={"X_Session_Token": sign_in(owner.user)},
        mia={"X_Session_Token": sign_in(member.user)},
        tool={"Authorization": f"Bearer {secret}"},
        member=member,
        key=SecretKey.objects.get(),
        windows=[make_storefront(owner=owner.maker) for _ in range(REQUESTS)],
    )


@dataclass
class Ending:
    """What ends Mia's right, how her ten changes come in, and what those are told that come after it."""

    end: Callable[[Team], Call]
    written: Sequence[str]
    ways_in: Callable[[Team], Sequence[dict[str, str]]]
    refusals: dict[tuple[int, str], int]


def both(team: Team) -> Sequence[dict[str, str]]:
    return team.mia, team.tool


def by_key(team: Team) -> Sequence[dict[str, str]]:
    return (team.tool,)


def member_path(team: Team) -> str:
    return f"{MAKER}/members/{team.member.public_id}"


def key_path(team: Team) -> str:
    return f"{MAKER}/keys/{team.key.public_id}"


HALF = REQUESTS // 2
ENDINGS = {
    "removal": Ending(
        end=lambda team: ("DELETE", member_path(team), None, team.ada),
        written=["ada member.removed"],
        ways_in=both,
        # A stranger asks for a maker that is not there; her key is no key any more.
        refusals={(404, "not_found"): HALF, (401, "invalid_credentials"): HALF},
    ),
    "other roles": Ending(
        end=lambda team: ("PATCH", member_path(team), {"roles": ["instructor"]}, team.ada),
        written=["ada member.roles_changed"],
        ways_in=both,
        refusals={(403, "not_permitted"): REQUESTS},
    ),
    "revocation of the key": Ending(
        end=lambda team: ("DELETE", key_path(team), None, team.ada),
        written=["ada key.revoked"],
        ways_in=by_key,
        refusals={(401, "invalid_credentials"): REQUESTS},
    ),
    "rotation of the key": Ending(
        end=lambda team: ("POST", f"{key_path(team)}/rotate", {"overlap_hours": 0}, team.mia),
        written=["mia key.created", "mia key.rotated"],
        ways_in=by_key,
        refusals={(401, "invalid_credentials"): REQUESTS},
    ),
}


@pytest.fixture(params=ENDINGS)
def ending(request: pytest.FixtureRequest) -> Ending:
    return ENDINGS[request.param]


class Race:
    """Requests that run while the test holds a lock."""

    def __init__(self, port: int, pool: ThreadPoolExecutor) -> None:
        self.port = port
        self.pool = pool
        self.waiting = 0

    def send(self, *calls: Call) -> list[Future[Answer]]:
        return [self.pool.submit(send, self.port, call) for call in calls]

    def send_and_see_wait(self, *calls: Call) -> list[Future[Answer]]:
        """Send them, and see each of them come to stand before a lock."""
        sent = self.send(*calls)
        self.waiting += len(calls)
        wait_until_they_wait(self.waiting)
        return sent


@contextmanager
def race(port: int, *, stopping: str) -> Iterator[Race]:
    """Requests that need what the statement locks go on when the block ends."""
    with ThreadPoolExecutor(REQUESTS + 1) as pool, transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(stopping)
        yield Race(port, pool)


def send(port: int, call: Call) -> Answer:
    method, path, body, headers = call
    with Caller(port, timeout=PATIENCE_SECONDS) as caller:
        return caller.call(method, path, body, **headers)


def wait_until_they_wait(count: int) -> None:
    """Until so many sessions of this database stand before a lock."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    with connection.cursor() as cursor:
        waiting = -1
        while waiting != count:
            assert time.monotonic() < deadline, f"{waiting} wait and not {count}."
            time.sleep(0.01)
            # Within a transaction it would show the same for ever.
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            [waiting] = cursor.fetchone()


def answer(sent: Future[Answer]) -> Answer:
    return sent.result(timeout=PATIENCE_SECONDS)


def answers(sent: Sequence[Future[Answer]]) -> list[Answer]:
    return [answer(each) for each in sent]


def test_what_runs_is_waited_for(port: int, team: Team, ending: Ending) -> None:
    """They were let in and hold their place, so the end of it comes after theirs; what comes later is refused."""
    changes = team.changes(*ending.ways_in(team))
    with race(port, stopping=HERS) as requests:
        early = requests.send_and_see_wait(*changes)
        [end] = requests.send_and_see_wait(ending.end(team))
        assert not end.done()
    assert outcomes(answers(early)) == {(200, ""): REQUESTS}
    assert answer(end).status < 300
    assert team.entries() == ["mia storefront.changed"] * REQUESTS + list(ending.written)

    late = [send(port, (method, path, {"name": "Later"}, way_in)) for method, path, _, way_in in changes]

    assert outcomes(late) == ending.refusals
    assert team.changed() == REQUESTS


def test_what_is_let_in_and_then_waits_is_asked_again(port: int, team: Team, ending: Ending) -> None:
    """The end comes first and nobody sees it yet: all ten are let in, stand before its lock, and are refused."""
    with race(port, stopping=THE_END) as requests:
        [end] = requests.send_and_see_wait(ending.end(team))
        late = requests.send_and_see_wait(*team.changes(*ending.ways_in(team)))
    assert answer(end).status < 300
    assert outcomes(answers(late)) == ending.refusals
    assert team.entries() == list(ending.written)
    assert team.changed() == 0


Twin = Callable[[str], AbstractContextManager[int]]


@pytest.mark.parametrize(("guard", "name"), [("unheld", "removal"), ("key_unheld", "revocation of the key")])
def test_control_what_runs_is_not_waited_for(twin: Twin, team: Team, guard: str, name: str) -> None:
    """The removal is answered while they run, and then all ten succeed."""
    ending = ENDINGS[name]
    with twin(guard) as port:
        with race(port, stopping=HERS) as requests:
            late = requests.send_and_see_wait(*team.changes(*ending.ways_in(team)))
            [end] = requests.send(ending.end(team))
            assert answer(end).status == 204
            assert not [each for each in late if each.done()]
        assert outcomes(answers(late)) == {(200, ""): REQUESTS}
    assert team.entries() == [*ending.written, *["mia storefront.changed"] * REQUESTS]
    assert team.changed() == REQUESTS


def test_control_nobody_is_asked_again(twin: Twin, team: Team) -> None:
    """They wait for the removal, and then go on as if nothing had happened."""
    ending = ENDINGS["removal"]
    with twin("not_asked_again") as port:
        with race(port, stopping=THE_END) as requests:
            [end] = requests.send_and_see_wait(ending.end(team))
            late = requests.send_and_see_wait(*team.changes(*ending.ways_in(team)))
        assert answer(end).status == 204
        assert outcomes(answers(late)) == {(200, ""): REQUESTS}
    assert team.entries() == [*ending.written, *["mia storefront.changed"] * REQUESTS]
    assert team.changed() == REQUESTS
