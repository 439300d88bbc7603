"""Limits by storefront key beside those by client address."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client

from shop.storefronts.models import Storefront
from shop.throttling import network_of
from tests.factories import make_maker, make_storefront

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 2, 12, 0, 15, tzinfo=UTC)


@pytest.fixture(autouse=True)
def limits(settings: Any) -> Iterator[None]:
    """Three reads a minute and address, four a minute and key."""
    settings.LIMITS = True
    settings.RATE_LIMITS = {"read": 3, "write": 3}
    settings.KEY_RATE_LIMITS = {"read": 4, "write": 1}
    cache.clear()
    with time_machine.travel(NOON, tick=False):
        yield
    cache.clear()


@pytest.fixture
def alder() -> Storefront:
    return make_storefront(owner=make_maker("alder"))


def read(key: str, address: str = "192.0.2.1") -> HttpResponse:
    return Client().get("/v1/store/products", headers={"Benchpin-Key": key}, REMOTE_ADDR=address)


def write(key: str, address: str = "192.0.2.1") -> HttpResponse:
    headers = {"Benchpin-Key": key}
    return Client().post("/v1/store/baskets", b"{}", "application/json", headers=headers, REMOTE_ADDR=address)


def test_both_are_told(alder: Storefront) -> None:
    answer = read(alder.publishable_key)
    assert answer.headers["RateLimit-Policy"] == '"read";q=3;w=60, "key-read";q=4;w=60'
    assert answer.headers["RateLimit"] == '"read";r=2;t=45, "key-read";r=3;t=45'


def test_a_key_is_counted_over_all_addresses(alder: Storefront) -> None:
    answers = [read(alder.publishable_key, f"192.0.2.{number}") for number in range(6)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 429, 429]
    assert answers[4].headers["RateLimit"] == '"read";r=2;t=45, "key-read";r=0;t=45'
    assert (answers[4].headers["Retry-After"], answers[4].json()["code"]) == ("45", "rate_limited")


def test_reads_and_writes_apart(alder: Storefront) -> None:
    assert [write(alder.publishable_key).status_code for _ in range(2)] == [201, 429]
    assert read(alder.publishable_key).status_code == 200


def test_one_storefronts_traffic_is_not_anothers(alder: Storefront) -> None:
    birch = make_storefront(owner=make_maker("birch"))
    for number in range(5):
        read(alder.publishable_key, f"192.0.2.{number}")
    assert read(alder.publishable_key, "192.0.2.9").status_code == 429
    assert read(birch.publishable_key, "192.0.2.9").status_code == 200


def test_an_address_at_its_limit_takes_nothing_from_the_key(alder: Storefront) -> None:
    answers = [read(alder.publishable_key) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert answers[-1].headers["RateLimit"] == '"read";r=0;t=45, "key-read";r=1;t=45'


def counters() -> int:
    """How many there are in the cache of this process."""
    return len(cache._cache)  # type: ignore[attr-defined]


def test_made_up_keys_make_no_counters(alder: Storefront) -> None:
    read(alder.publishable_key)
    before = counters()
    statuses = [read(f"pk_made_up_{number}").status_code for number in range(20)]
    assert set(statuses) == {401, 429}
    assert counters() == before
    assert "key-read" not in read("pk_made_up_0").headers["RateLimit"]


@pytest.mark.parametrize("key", ["\0", "x" * 5000, "a b\tc", "é"])
def test_a_strange_key_breaks_nothing(key: str) -> None:
    assert read(key).status_code == 401


def test_an_ipv6_host_counts_with_its_whole_network(alder: Storefront) -> None:
    answers = [read(alder.publishable_key, f"2001:db8:0:1::{number:x}") for number in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    cache.clear()
    answers = [read(alder.publishable_key, f"2001:db8:0:{number:x}::1") for number in range(4)]
    assert [answer.status_code for answer in answers] == [200] * 4


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"), ("2001:db8::1", "2001:db8::"), ("2001:DB8:0:0:ffff::1", "2001:db8::"),
        ("2001:db8:0:1:ffff:ffff:ffff:ffff", "2001:db8:0:1::"), ("::ffff:192.0.2.1", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::"), ("", ""), ("unknown", "unknown"),
    ],
)  # fmt: skip
def test_whom_an_address_counts_for(address: str, network: str) -> None:
    assert network_of(address) == network
