"""Two change a team at the same moment: the second waits for the first, and is asked again.

As in `test_removed_member` nothing is left to chance: each request is stopped at its last step, all but committed,
until the other one waits.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.http import HttpResponse

from shop.audit.models import AuditEntry
from shop.mail.models import Mail
from shop.makers import permissions, services
from shop.makers.models import Invitation, Membership, OwnershipTransfer
from tests.api import Api
from tests.concurrency.test_removed_member import THE_END, wait_until_they_wait
from tests.factories import api_of, make_maker, make_member, make_user
from tests.shop.makers.steps import ALDER, accept, invite, invited, mailed_token

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("empty_queue"),
]

PATIENCE_SECONDS = 30
Work = Callable[[], HttpResponse]


@pytest.fixture
def ada(transactional_db: None) -> Membership:
    return make_member("ada@example.com")


@pytest.fixture
def bea(ada: Membership) -> Membership:
    """A second owner."""
    return make_member("bea@example.com")


def at(member: Membership) -> str:
    return f"{ALDER}/members/{member.public_id}"


def outcome(answer: HttpResponse) -> tuple[int, str]:
    refused = answer.status_code >= 400
    return answer.status_code, answer.json()["code"] if refused else ""


def ended(work: Work) -> tuple[int, str]:
    try:
        return outcome(work())
    finally:
        connections.close_all()


@contextmanager
def at_once(*works: Work) -> Iterator[list[Future[tuple[int, str]]]]:
    """Begin the works in this order, each once the one before stands before a lock; they go on after the block."""
    with ThreadPoolExecutor(len(works)) as pool:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(THE_END)
            running = []
            for count, work in enumerate(works, start=1):
                running.append(pool.submit(ended, work))
                wait_until_they_wait(count)
            assert not [each for each in running if each.done()]
        yield running


def outcomes(*works: Work) -> list[tuple[int, str]]:
    with at_once(*works) as running:
        return [each.result(timeout=PATIENCE_SECONDS) for each in running]


# Two owners


def step_down(api: Api, own: Membership, other: Membership) -> HttpResponse:
    return api.patch(at(own), {"roles": ["manager"]})


def leave(api: Api, own: Membership, other: Membership) -> HttpResponse:
    return api.post(f"{ALDER}/leave")


def demote(api: Api, own: Membership, other: Membership) -> HttpResponse:
    return api.patch(at(other), {"roles": ["manager"]})


def remove(api: Api, own: Membership, other: Membership) -> HttpResponse:
    return api.delete(at(other))


WAYS = {
    # Each by both; what the second one is told.
    "step down": (step_down, (409, "last_owner")),
    "leave": (leave, (409, "last_owner")),
    "demote each other": (demote, (403, "beyond_own_roles")),
    "remove each other": (remove, (404, "not_found")),
}


def both(way: Callable[..., HttpResponse], ada: Membership, bea: Membership) -> Sequence[Work]:
    hers, theirs = api_of(ada), api_of(bea)
    return (lambda: way(hers, ada, bea)), (lambda: way(theirs, bea, ada))


@pytest.mark.parametrize("name", WAYS)
def test_one_owner_is_left(ada: Membership, bea: Membership, name: str) -> None:
    way, refusal = WAYS[name]
    first, second = outcomes(*both(way, ada, bea))
    assert first in [(200, ""), (204, "")]
    assert second == refusal
    assert Membership.objects.owners().count() == 1
    assert AuditEntry.objects.count() == 1


@pytest.mark.parametrize("name", WAYS)
def test_control_without_the_locks_none_is_left(
    ada: Membership, bea: Membership, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "lock_team", lambda maker_id: None)
    monkeypatch.setattr(permissions, "hold", lambda membership: None)
    way, _ = WAYS[name]
    assert {status for status, _ in outcomes(*both(way, ada, bea))} <= {200, 204}
    assert Membership.objects.owners().count() == 0


def test_another_makers_team_is_not_waited_for(ada: Membership) -> None:
    sue = make_member("sue@example.com", maker=make_maker("birch"))
    kim = make_member("kim@example.com", "instructor", maker=sue.maker)
    theirs, path = api_of(sue), f"/studio/makers/birch/members/{kim.public_id}"
    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        services.lock_team(ada.maker_id)
        removal = pool.submit(ended, lambda: theirs.delete(path))
        assert removal.result(timeout=PATIENCE_SECONDS) == (204, "")


# Invitations


def test_an_invitation_is_accepted_once(ada: Membership) -> None:
    invited(api_of(ada), "cleo@example.com")
    token, cleo = mailed_token("cleo@example.com"), make_user("cleo@example.com")
    one, other = api_of(cleo), api_of(cleo)
    found = outcomes(lambda: accept(one, token), lambda: accept(other, token))
    assert found == [(201, ""), (409, "invitation_used")]
    assert Membership.objects.filter(user=cleo).count() == 1


def test_an_address_is_invited_once(ada: Membership, bea: Membership) -> None:
    one, other = api_of(ada), api_of(bea)
    found = outcomes(lambda: invite(one, "cleo@example.com"), lambda: invite(other, "cleo@example.com"))
    assert found == [(201, ""), (409, "already_invited")]
    assert (Invitation.objects.count(), Mail.objects.count()) == (1, 1)


def test_who_invited_is_removed_first(ada: Membership) -> None:
    mia = make_member("mia@example.com", "manager")
    invited(api_of(mia), "cleo@example.com")
    token, mine, cleo = mailed_token("cleo@example.com"), api_of(ada), api_of(make_user("cleo@example.com"))
    assert outcomes(lambda: mine.delete(at(mia)), lambda: accept(cleo, token)) == [(204, ""), (404, "not_found")]
    assert [member.pk for member in Membership.objects.all()] == [ada.pk]


def test_who_invited_is_removed_second(ada: Membership) -> None:
    """The one invited has joined by then, and stays."""
    mia, cleo = make_member("mia@example.com", "manager"), make_user("cleo@example.com")
    invited(api_of(mia), "cleo@example.com")
    token, mine, theirs = mailed_token("cleo@example.com"), api_of(ada), api_of(cleo)
    assert outcomes(lambda: accept(theirs, token), lambda: mine.delete(at(mia))) == [(201, ""), (204, "")]
    assert set(Membership.objects.values_list("user", flat=True)) == {ada.user_id, cleo.pk}


@pytest.mark.parametrize("change", ["resend", "revoke"])
def test_a_token_that_dies_while_it_is_accepted_lets_nobody_in(ada: Membership, change: str) -> None:
    sent = invited(api_of(ada), "cleo@example.com")
    token, mine, cleo = mailed_token("cleo@example.com"), api_of(ada), api_of(make_user("cleo@example.com"))
    path = f"{ALDER}/invitations/{sent['id']}"
    end: Any = {"resend": lambda: mine.post(f"{path}/resend"), "revoke": lambda: mine.delete(path)}[change]
    assert outcomes(end, lambda: accept(cleo, token))[1] == (404, "not_found")
    assert Membership.objects.count() == 1


# Ownership


def test_a_maker_is_offered_once(ada: Membership, bea: Membership) -> None:
    jo = make_member("jo@example.com", "instructor")
    one, other = api_of(ada), api_of(bea)
    path, body = f"{ALDER}/ownership-transfer", {"member": jo.public_id}
    assert outcomes(lambda: one.post(path, body), lambda: other.post(path, body)) == [(201, ""), (409, "transfer_open")]
    assert OwnershipTransfer.objects.count() == 1


def test_an_offer_that_is_withdrawn_is_not_accepted(ada: Membership) -> None:
    jo = make_member("jo@example.com", "instructor")
    path, mine, theirs = f"{ALDER}/ownership-transfer", api_of(ada), api_of(jo)
    mine.post(path, {"member": jo.public_id})
    found = outcomes(lambda: mine.delete(path), lambda: theirs.post(f"{path}/accept"))
    assert found == [(204, ""), (404, "not_found")]
    assert Membership.objects.get(pk=jo.pk).roles == ["instructor"]


def test_who_owns_no_more_has_given_nothing(ada: Membership, bea: Membership) -> None:
    jo = make_member("jo@example.com", "instructor")
    path, theirs, other = f"{ALDER}/ownership-transfer", api_of(jo), api_of(bea)
    api_of(ada).post(path, {"member": jo.public_id})
    found = outcomes(lambda: demote(other, bea, ada), lambda: theirs.post(f"{path}/accept"))
    assert found == [(200, ""), (404, "not_found")]
    assert list(Membership.objects.owners()) == [bea]
