"""Request limits per client address."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 2, 12, 0, 15, tzinfo=UTC)
READ, WRITE = "/v1/store/products", "/v1/store/baskets"


@pytest.fixture(autouse=True)
def limits(settings: Any) -> Iterator[time_machine.Traveller]:
    """Three reads and two writes a minute; the clock stands 15 seconds into one."""
    settings.LIMITS = True
    settings.RATE_LIMITS = {"read": 3, "write": 2}
    cache.clear()
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock
    cache.clear()


def read(address: str = "192.0.2.1", **headers: str) -> HttpResponse:
    return Client().get(READ, REMOTE_ADDR=address, headers=headers)


def write(path: str = WRITE, address: str = "192.0.2.1") -> HttpResponse:
    return Client().post(path, b"{}", "application/json", REMOTE_ADDR=address)


def statuses(answers: list[HttpResponse]) -> list[int]:
    return [answer.status_code for answer in answers]


def test_each_answer_says_what_is_left() -> None:
    answers = [read(), read(), write()]
    assert [answer.headers["RateLimit"] for answer in answers] == [
        '"read";r=2;t=45', '"read";r=1;t=45', '"write";r=1;t=45',
    ]  # fmt: skip
    assert [answer.headers["RateLimit-Policy"] for answer in answers] == [
        '"read";q=3;w=60', '"read";q=3;w=60', '"write";q=2;w=60',
    ]  # fmt: skip


def test_beyond_the_limit_one_is_asked_to_wait() -> None:
    answers = [read() for _ in range(4)]
    assert statuses(answers) == [200, 200, 200, 429]
    refused = answers[-1]
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert (refused.json()["code"], refused.json()["status"]) == ("rate_limited", 429)
    assert refused.headers["Retry-After"] == "45"
    assert refused.headers["RateLimit"] == '"read";r=0;t=45'
    assert refused.headers["X-Request-Id"] == refused.json()["request_id"]


def test_after_the_wait_there_is_room_again(limits: time_machine.Traveller) -> None:
    refused = [write() for _ in range(3)][-1]
    limits.shift(int(refused.headers["Retry-After"]))
    assert write().status_code == 201


def test_reads_and_writes_are_counted_apart() -> None:
    assert statuses([write() for _ in range(3)]) == [201, 201, 429]
    assert read().status_code == 200


def test_each_address_is_counted_for_itself() -> None:
    assert statuses([read("192.0.2.1") for _ in range(4)])[-1] == 429
    assert read("192.0.2.2").status_code == 200


def test_refused_and_failed_requests_count_as_well() -> None:
    answers = [write("/v1/store/baskets/bsk_none/lines") for _ in range(3)]
    assert statuses(answers) == [422, 422, 429]


def test_webhooks_are_never_refused() -> None:
    answers = [write("/v1/hooks/stripe") for _ in range(5)]
    assert statuses(answers) == [400] * 5
    assert "RateLimit" not in answers[0].headers


def test_only_the_api_is_limited() -> None:
    assert statuses([Client().get("/", REMOTE_ADDR="192.0.2.1") for _ in range(5)]) == [200] * 5


def test_off_means_off(settings: Any) -> None:
    settings.LIMITS = False
    answers = [read() for _ in range(5)]
    assert statuses(answers) == [200] * 5
    assert "RateLimit" not in answers[0].headers


def test_without_a_proxy_nobody_can_forge_an_address() -> None:
    answers = [read(**{"X-Forwarded-For": f"198.51.100.{number}"}) for number in range(4)]
    assert statuses(answers) == [200, 200, 200, 429]


def test_behind_a_proxy_the_address_it_saw_counts(settings: Any) -> None:
    settings.TRUSTED_PROXIES = 1
    shoppers = [read("10.0.0.1", **{"X-Forwarded-For": f"198.51.100.{number}"}) for number in range(5)]
    assert statuses(shoppers) == [200] * 5
    one = [read("10.0.0.1", **{"X-Forwarded-For": f"203.0.113.{number}, 198.51.100.9"}) for number in range(4)]
    assert statuses(one) == [200, 200, 200, 429]


def test_behind_two_proxies_the_outer_one_is_believed(settings: Any) -> None:
    settings.TRUSTED_PROXIES = 2
    chain = "203.0.113.{}, 198.51.100.9, 10.0.0.2"
    answers = [read("10.0.0.1", **{"X-Forwarded-For": chain.format(number)}) for number in range(4)]
    assert statuses(answers) == [200, 200, 200, 429]


def test_a_request_that_went_around_the_proxies_counts_by_its_own_address(settings: Any) -> None:
    settings.TRUSTED_PROXIES = 2
    answers = [read("192.0.2.1", **{"X-Forwarded-For": f"198.51.100.{number}"}) for number in range(4)]
    assert statuses(answers) == [200, 200, 200, 429]
