"""Answers kept in the process: within their bytes, and only while nothing can have been missed."""

import time
from typing import Any

import psycopg
import pytest

from shop.kept.listener import Listener
from shop.kept.services import OVERHEAD, TRUSTED_SECONDS, Answers, Kept

KEY = ("/v1/store/products", "", None)


class Deaf(Answers):
    """Answers whose listener the test plays."""

    def _is_trusted(self) -> bool:
        return time.monotonic() < self._trusted_until


@pytest.fixture
def answers(settings: Any) -> Answers:
    settings.KEPT_ANSWERS_BYTES = 3 * (OVERHEAD + 1_000)
    answers = Deaf()
    answers.trust(time.monotonic())
    return answers


def kept(body: bytes = b"{}") -> Kept:
    return Kept(body, {}, None)


def test_an_answer_is_repeated(answers: Answers) -> None:
    answers.put(KEY, kept(), generation=answers.generation)
    assert answers.get(KEY) == kept()
    assert answers.get(("/v1/store/products", "", "pk_other")) is None


def test_what_was_computed_before_a_change_is_not_kept_after_it(answers: Answers) -> None:
    before = answers.generation
    answers.drop()
    answers.put(KEY, kept(), generation=before)
    assert answers.get(KEY) is None


def test_a_change_drops_all(answers: Answers) -> None:
    answers.put(KEY, kept(), generation=answers.generation)
    answers.drop()
    assert answers.get(KEY) is None


def test_nothing_is_repeated_a_second_after_the_last_proof(answers: Answers) -> None:
    answers.put(KEY, kept(), generation=answers.generation)
    answers.trust(time.monotonic() - TRUSTED_SECONDS)
    assert answers.get(KEY) is None
    answers.put(("other", "", None), kept(), generation=answers.generation)
    answers.trust(time.monotonic())
    assert answers.get(("other", "", None)) is None
    assert answers.get(KEY) == kept()


def test_the_one_not_asked_for_longest_makes_room(answers: Answers) -> None:
    keys = [(str(number), "", None) for number in range(4)]
    for key in keys[:3]:
        answers.put(key, kept(bytes(1_000)), generation=answers.generation)
    answers.get(keys[0])
    answers.put(keys[3], kept(bytes(1_000)), generation=answers.generation)
    assert [answers.get(key) is not None for key in keys] == [True, False, True, True]


def test_replacing_an_answer_takes_no_room_twice(answers: Answers) -> None:
    for _ in range(10):
        answers.put(KEY, kept(bytes(1_000)), generation=answers.generation)
    other = ("other", "", None)
    answers.put(other, kept(bytes(1_000)), generation=answers.generation)
    assert answers.get(KEY) and answers.get(other)


def test_one_larger_than_all_the_room_is_not_kept(answers: Answers) -> None:
    answers.put(KEY, kept(bytes(100_000)), generation=answers.generation)
    assert answers.get(KEY) is None


def test_a_late_beat_proves_no_more_than_it_did() -> None:
    proofs: list[float] = []
    listener = Listener(on_change=lambda: None, on_proof=proofs.append)
    listener._hear(psycopg.Notify(channel=listener._beat, payload="17.5", pid=1))
    assert proofs == [17.5]
