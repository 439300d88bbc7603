"""Answers kept in the process: within their bytes, and only while nothing can have been missed."""

import time
from typing import Any

import psycopg
import pytest

from shop.kept.listener import Listener
from shop.kept.services import OVERHEAD, TRUSTED_SECONDS, Memory, Watch

KEY = ("/v1/store/products", "", None)


class Deaf(Watch):
    """A watch whose listener the test plays."""

    def is_trusted(self) -> bool:
        return time.monotonic() < self._trusted_until


@pytest.fixture
def watch() -> Watch:
    watch = Deaf()
    watch.trust(time.monotonic())
    return watch


@pytest.fixture
def answers(watch: Watch) -> Memory[bytes]:
    return Memory(watch, lambda: 3 * (OVERHEAD + 1_000))


def put(memory: Memory[bytes], key: Any, body: bytes = b"{}") -> None:
    memory.put(key, body, size=len(body), generation=memory.generation)


def test_an_answer_is_repeated(answers: Memory[bytes]) -> None:
    put(answers, KEY)
    assert answers.get(KEY) == b"{}"
    assert answers.get(("/v1/store/products", "", "pk_other")) is None


def test_what_was_computed_before_a_change_is_not_kept_after_it(watch: Watch, answers: Memory[bytes]) -> None:
    before = answers.generation
    watch.drop()
    answers.put(KEY, b"{}", size=2, generation=before)
    assert answers.get(KEY) is None


def test_a_change_drops_all(watch: Watch, answers: Memory[bytes]) -> None:
    put(answers, KEY)
    watch.drop()
    assert answers.get(KEY) is None


def test_nothing_is_repeated_a_second_after_the_last_proof(watch: Watch, answers: Memory[bytes]) -> None:
    put(answers, KEY)
    watch.trust(time.monotonic() - TRUSTED_SECONDS)
    assert answers.get(KEY) is None
    put(answers, ("other", "", None))
    watch.trust(time.monotonic())
    assert answers.get(("other", "", None)) is None
    assert answers.get(KEY) == b"{}"


def test_the_one_not_asked_for_longest_makes_room(answers: Memory[bytes]) -> None:
    keys = [(str(number), "", None) for number in range(4)]
    for key in keys[:3]:
        put(answers, key, bytes(1_000))
    answers.get(keys[0])
    put(answers, keys[3], bytes(1_000))
    assert [answers.get(key) is not None for key in keys] == [True, False, True, True]


def test_replacing_an_answer_takes_no_room_twice(answers: Memory[bytes]) -> None:
    for _ in range(10):
        put(answers, KEY, bytes(1_000))
    other = ("other", "", None)
    put(answers, other, bytes(1_000))
    assert answers.get(KEY) and answers.get(other)


def test_one_larger_than_all_the_room_is_not_kept(answers: Memory[bytes]) -> None:
    put(answers, KEY, bytes(100_000))
    assert answers.get(KEY) is None


def test_a_late_beat_proves_no_more_than_it_did() -> None:
    proofs: list[float] = []
    listener = Listener(on_change=lambda: None, on_proof=proofs.append)
    listener._hear(psycopg.Notify(channel=listener._beat, payload="17.5", pid=1))
    assert proofs == [17.5]
