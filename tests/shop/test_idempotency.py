"""Same key, same request: the same answer, once in effect."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Thread
from typing import Any

import pytest
import time_machine
from django.db import connection, connections
from django.utils import timezone

from shop.idempotency import services
from shop.idempotency.models import IdempotentRequest
from shop.idempotency.services import (
    KEPT,
    LEASE,
    Claim,
    IdempotencyInProgress,
    IdempotencyKeyReused,
    StoredAnswer,
    claim_id,
    claim_request,
    forget_old_requests,
    free,
    store_answer,
)
from tests.races import meeting

pytestmark = pytest.mark.django_db

ANSWER = StoredAnswer(201, "application/json", b'{"number": 1}')
REFUSAL = StoredAnswer(409, "application/problem+json", b"{}")


def claim(key: str = "key", scope: str = "bsk_1", fingerprint: str = "f") -> Claim | StoredAnswer:
    return claim_request(scope=scope, key=key, fingerprint=fingerprint)


def mine(**changes: str) -> Claim:
    found = claim(**changes)
    assert isinstance(found, Claim)
    return found


def later(span: timedelta) -> time_machine.travel:
    return time_machine.travel(timezone.now() + span, tick=False)


def test_the_first_gets_the_claim_and_the_next_its_answer() -> None:
    store_answer(mine(), ANSWER)
    assert claim() == ANSWER


def test_a_refusal_is_an_answer() -> None:
    store_answer(mine(), REFUSAL)
    assert claim() == REFUSAL


def test_an_empty_answer_is_an_answer() -> None:
    empty = StoredAnswer(204, "", b"")
    store_answer(mine(), empty)
    assert claim() == empty


def test_while_the_first_runs_the_next_is_asked_to_wait() -> None:
    mine()
    with pytest.raises(IdempotencyInProgress) as refused:
        claim()
    assert refused.value.status == 409
    assert refused.value.retry_after


@pytest.mark.parametrize("answered", [True, False])
def test_the_key_with_another_request_is_refused(answered: bool) -> None:
    first = mine()
    if answered:
        store_answer(first, ANSWER)
    with pytest.raises(IdempotencyKeyReused):
        claim(fingerprint="other")


def test_keys_and_scopes_do_not_meet() -> None:
    claims = {mine().id, mine(key="other").id, mine(scope="bsk_2").id}
    assert len(claims) == 3
    assert claim_id("a", "bc") != claim_id("ab", "c")


def test_neither_key_nor_scope_is_kept_in_plain() -> None:
    mine(key="the-key", scope="bsk_secret")
    row = IdempotentRequest.objects.values().get()
    assert "the-key" not in str(row)
    assert "bsk_secret" not in str(row)


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_refusals_of_the_moment_free_the_key(status: int) -> None:
    store_answer(mine(), StoredAnswer(status, "", b""))
    assert isinstance(claim(), Claim)


def test_a_freed_key_can_be_claimed() -> None:
    free(mine())
    assert isinstance(claim(), Claim)


def test_until_its_lease_ends_a_run_is_alive() -> None:
    mine()
    with later(LEASE - timedelta(seconds=1)), pytest.raises(IdempotencyInProgress):
        claim()


def test_after_the_lease_exactly_one_takes_over() -> None:
    first = mine()
    with later(LEASE + timedelta(seconds=1)):
        second = mine()
        assert (second.id, second.owner != first.owner) == (first.id, True)
        with pytest.raises(IdempotencyInProgress):
            claim()


def test_a_run_that_lost_its_lease_keeps_nothing() -> None:
    first = mine()
    with later(LEASE + timedelta(seconds=1)):
        second = mine()
        store_answer(first, REFUSAL)
        free(first)
        store_answer(second, ANSWER)
        assert claim() == ANSWER


def test_a_run_may_overstay_its_lease_when_nobody_came() -> None:
    first = mine()
    with later(LEASE + timedelta(seconds=1)):
        store_answer(first, ANSWER)
        assert claim() == ANSWER


def test_an_answer_is_kept_for_a_day() -> None:
    store_answer(mine(), ANSWER)
    with later(KEPT - timedelta(seconds=1)):
        assert claim() == ANSWER
    with later(KEPT + timedelta(seconds=1)):
        assert isinstance(claim(fingerprint="another request"), Claim)
        assert IdempotentRequest.objects.count() == 1


def test_what_is_older_than_a_day_is_forgotten() -> None:
    mine(key="old")
    with later(KEPT + timedelta(seconds=1)):
        mine(key="new")
        assert forget_old_requests() == 1
        assert IdempotentRequest.objects.get().claim == claim_id("bsk_1", "new")


@contextmanager
def freed_in_between(first: Claim) -> Iterator[None]:
    """The other run ends, and frees its key, between our insert and our look."""

    def wrapper(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith("SELECT") and IdempotentRequest._meta.db_table in sql and not seen:
            seen.append(sql)
            free(first)
        return execute(sql, params, many, context)

    seen: list[str] = []
    with connection.execute_wrapper(wrapper):
        yield
    assert seen


def test_a_key_that_is_freed_while_we_look_is_ours() -> None:
    first = mine()
    with freed_in_between(first):
        assert isinstance(claim(), Claim)


def together(work: Any, times: int) -> list[Any]:
    """What `work` returned or raised in as many threads, each with a connection of its own."""
    results: list[Any] = []

    def run() -> None:
        try:
            results.append(work())
        except Exception as error:
            results.append(error)
        finally:
            connections.close_all()

    threads = [Thread(target=run) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_gets_the_claim() -> None:
    results = together(claim, 6)
    assert len([each for each in results if isinstance(each, Claim)]) == 1
    assert len([each for each in results if isinstance(each, IdempotencyInProgress)]) == 5


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_takes_a_dead_run_over() -> None:
    mine()
    IdempotentRequest.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    results = together(claim, 6)
    assert len([each for each in results if isinstance(each, Claim)]) == 1
    assert len([each for each in results if isinstance(each, IdempotencyInProgress)]) == 5


@pytest.mark.django_db(transaction=True)
def test_control_who_looks_first_and_takes_it_then_shares_it_with_all(monkeypatch: pytest.MonkeyPatch) -> None:
    mine()
    IdempotentRequest.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    meet = meeting(6, certain=True)

    def look_then_take(row: IdempotentRequest, owner: str) -> bool:
        is_dead = row.lease_until <= timezone.now()
        meet()
        return is_dead and bool(IdempotentRequest.objects.filter(pk=row.pk).update(owner=owner))

    monkeypatch.setattr(services, "_take_over", look_then_take)
    assert [type(each) for each in together(claim, 6)] == [Claim] * 6
