"""Signed, expiring tokens."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop import tokens

END = datetime(2027, 1, 2, 3, 4, 5, tzinfo=UTC)
TOKEN_ARGUMENTS = {"purpose": "order", "subject": "7K3M-92QX-H4TD"}


def expiry(token: str, **changes: str) -> datetime | None:
    return tokens.expiry_of(token, **{**TOKEN_ARGUMENTS, **changes})


@pytest.fixture
def token() -> str:
    return tokens.issue("order", "7K3M-92QX-H4TD", expires_at=END)


def test_a_token_is_the_same_each_time_and_tells_its_end(token: str) -> None:
    assert tokens.issue("order", "7K3M-92QX-H4TD", expires_at=END) == token
    assert expiry(token) == END


def test_a_past_end_is_told_as_well() -> None:
    past = datetime(2001, 1, 1, tzinfo=UTC)
    assert expiry(tokens.issue("order", "7K3M-92QX-H4TD", expires_at=past)) == past


def test_another_purpose_or_subject_is_refused(token: str) -> None:
    assert expiry(token, purpose="invite") is None
    assert expiry(token, subject="7K3M-92QX-H4TE") is None


def test_purpose_and_subject_do_not_run_into_each_other() -> None:
    token = tokens.issue("a", "bc", expires_at=END)
    assert tokens.expiry_of(token, purpose="ab", subject="c") is None


def test_another_secret_key_is_refused(token: str, settings: Any) -> None:
    settings.SECRET_KEY = "another-key" * 5
    assert expiry(token) is None


@given(st.text(max_size=80))
def test_what_we_did_not_issue_is_refused_and_never_an_error(text: str) -> None:
    assert expiry(text) is None


@given(st.data())
def test_a_change_of_any_character_is_refused(data: st.DataObject) -> None:
    token = tokens.issue("order", "7K3M-92QX-H4TD", expires_at=END)
    place = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.characters(min_codepoint=32, max_codepoint=126).filter(lambda each: each != token[place]))
    assert expiry(token[:place] + letter + token[place + 1 :]) is None


def test_a_later_end_needs_a_new_signature(token: str) -> None:
    later = int((END + timedelta(days=1)).timestamp())
    assert expiry(f"{later:x}.{token.partition('.')[2]}") is None


@pytest.mark.parametrize("spelling", ["0x{}", "0{}", "+{}", " {}", "{} ", "{}_"])
def test_an_end_has_one_spelling(token: str, spelling: str) -> None:
    head, _, signature = token.partition(".")
    assert expiry(f"{spelling.format(head)}.{signature}") is None
    assert head != head.upper()
    assert expiry(f"{head.upper()}.{signature}") is None


@pytest.mark.parametrize("token", ["", ".", "ffffffffffffffffffff.x", "-1.x", "1.", "1.é", f"{'f' * 5000}.x"])
def test_hostile_tokens_are_refused(token: str) -> None:
    assert expiry(token) is None
