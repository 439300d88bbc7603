"""Request ids, hosts, and what never stands in a log line."""

import logging
import re
from typing import Any

import pytest
import structlog
from django.http import HttpResponse
from django.test import Client

from orders.order.models import Order
from shop.requests import client_address
from tests.api import ADDRESS, Api
from tests.factories import make_piece
from tests.fakes.local_stripe import LocalStripe

pytestmark = pytest.mark.django_db

OURS = re.compile(r"req_[0-9a-z]{22}")


def get(path: str = "/v1/store/products", **headers: str) -> HttpResponse:
    return Client().get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})


@pytest.mark.parametrize("given", ["a", "abc-123", "4f9f8b1e-0b5c-4b53-a2a2-0001", "a.b:c_d", "x" * 128])
def test_an_id_that_is_given_is_echoed(given: str) -> None:
    assert get(X_Request_Id=given).headers["X-Request-Id"] == given


@pytest.mark.parametrize(
    "given", ["", "x" * 129, "a b", "a\tb", "<script>", "a\u00e9", "a;b", "a,b", 'a"b', "a/b", "a\\nb"]
)
def test_a_hostile_id_is_replaced(given: str) -> None:
    assert OURS.fullmatch(get(X_Request_Id=given).headers["X-Request-Id"])


def test_each_request_has_an_id_of_its_own() -> None:
    assert get().headers["X-Request-Id"] != get().headers["X-Request-Id"]


def test_a_line_a_request_where_the_level_asks_for_it(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, logger="benchpin.request")
    get()
    assert caplog.records == []
    caplog.set_level(logging.INFO, logger="benchpin.request")
    get()
    assert len(caplog.records) == 1


@pytest.mark.parametrize("path", ["/v1/store/products/none", "/v1/nowhere", "/nowhere", "/v1/store/baskets/bsk_x"])
def test_a_problem_names_the_request(path: str) -> None:
    answer = get(path, X_Request_Id="mine")
    assert (answer.status_code, answer.headers["X-Request-Id"]) == (404, "mine")
    assert answer.json()["request_id"] == "mine"


def test_a_foreign_host_is_refused_with_an_id() -> None:
    answer = Client().get("/v1/store/products", headers={"Host": "evil.example"})
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_request")
    assert answer.json()["request_id"] == answer.headers["X-Request-Id"]


@pytest.mark.parametrize("path", ["/v1/store/products/a%00b", "/v1/store/products?maker=%00"])
def test_a_nul_byte_is_refused(path: str) -> None:
    answer = get(path)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_request")


@pytest.mark.parametrize(
    ("proxies", "chain", "address"),
    [
        (0, "198.51.100.1", "192.0.2.1"),
        (1, "198.51.100.1", "198.51.100.1"),
        (1, "203.0.113.1, 198.51.100.1", "198.51.100.1"),
        (2, "203.0.113.1, 198.51.100.1, 10.0.0.1", "198.51.100.1"),
        (2, "198.51.100.1", "192.0.2.1"),
        (1, "", "192.0.2.1"),
        (1, " , ,", "192.0.2.1"),
    ],
)
def test_a_clients_address(rf: Any, settings: Any, proxies: int, chain: str, address: str) -> None:
    settings.TRUSTED_PROXIES = proxies
    request = rf.get("/", REMOTE_ADDR="192.0.2.1", headers={"X-Forwarded-For": chain})
    assert client_address(request) == address


# The log


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Any:
    """Every line as it goes out, exceptions and all."""
    caplog.set_level(logging.DEBUG)
    formatter = next(
        each.formatter
        for each in logging.getLogger("").handlers
        if isinstance(each.formatter, structlog.stdlib.ProcessorFormatter)
    )
    return lambda: [formatter.format(record) for record in caplog.records]


def test_each_request_is_one_line(lines: Any) -> None:
    get("/v1/store/products?maker=somebody", X_Request_Id="mine")
    [line] = [line for line in lines() if "benchpin.request" in line]
    for part in ("method=GET", "path=/v1/store/products", "status=200", "request_id=mine", "ms="):
        assert part in line
    assert "somebody" not in line


def test_a_lines_id_is_gone_with_its_request() -> None:
    get(X_Request_Id="mine")
    assert structlog.contextvars.get_contextvars() == {}


def secrets_of(api: Api) -> set[str]:
    """A whole sale; returns what no line may hold."""
    make_piece("band")
    basket = api.ready_basket(BAND_1=1)
    placed = api.checkout(basket, "the-idempotency-key").json()
    order, payment = placed["order"], placed["payment"]
    home = f"/store/orders/{order['number']}"
    api.get(home, Benchpin_Order_Token=order["access_token"])
    api.get(home, Benchpin_Order_Token="a-wrong-token")
    api.post(f"{home}/payments", Idempotency_Key="another-key", Benchpin_Order_Token=order["access_token"])
    api.post(f"{home}/payments/{payment['id']}/refresh", Benchpin_Order_Token=order["access_token"])
    api.patch(f"/store/baskets/{basket['id']}", {"email": "ada@example.com"})
    api.get(f"/store/baskets/{basket['id']}/nowhere")
    api.post(f"{home}/cancel", Benchpin_Order_Token=order["access_token"])
    return {
        basket["id"], order["access_token"], "a-wrong-token", "ada@example.com", payment["client_secret"],
        "the-idempotency-key", "another-key", ADDRESS["last_name"], "sk_test_tests", "whsec_tests",
    }  # fmt: skip


def assert_silent(lines: list[str], secrets: set[str]) -> None:
    text = "\n".join(lines)
    assert text
    assert [secret for secret in secrets if secret in text] == []


def test_a_sale_leaves_no_secret_in_the_log(api: Api, stripe_server: LocalStripe, lines: Any) -> None:
    secrets = secrets_of(api)
    assert_silent(lines(), secrets)
    assert Order.objects.get().status == "cancelled"


def test_a_sale_without_stripe_leaves_none_either(api: Api, stripe_server: LocalStripe, lines: Any) -> None:
    make_piece("band")
    basket = api.ready_basket(BAND_1=1)
    stripe_server.control("down", mode="503")
    order = api.checkout(basket).json()["order"]
    answer = api.post(
        f"/store/orders/{order['number']}/payments", Idempotency_Key="k", Benchpin_Order_Token=order["access_token"]
    )
    assert answer.status_code == 503
    assert_silent(lines(), {basket["id"], order["access_token"], "ada@example.com", "sk_test_tests"})


def test_a_bug_leaves_its_traceback_and_no_secret_in_the_log(api: Api, lines: Any, settings: Any) -> None:
    make_piece("band")
    basket = api.ready_basket(BAND_1=1)
    api.client.raise_request_exception = False
    settings.HOLD_MINUTES = "thirty"  # stands for any bug of ours
    assert api.checkout(basket, "the-idempotency-key").status_code == 500
    text = "\n".join(lines())
    assert "Traceback" in text
    assert_silent(lines(), {basket["id"], "ada@example.com", "the-idempotency-key", ADDRESS["last_name"]})
