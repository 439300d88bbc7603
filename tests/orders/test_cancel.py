"""The buyer's own cancel, while unpaid."""

from collections.abc import Callable
from typing import Any

import pytest

from catalog.inventory.models import StockMovement
from tests.api import Api
from tests.factories import make_piece, stock
from tests.fakes.local_stripe import LocalStripe
from tests.orders.steps import (
    BANK,
    answers_lost,
    cancel,
    down,
    hold_over,
    intent_id,
    intents,
    lapse,
    pay,
    read_basket,
    read_order,
    token,
    up,
)

pytestmark = pytest.mark.django_db

Placed = dict[str, Any]


@pytest.fixture
def placed(api: Api, stripe_server: LocalStripe) -> Placed:
    make_piece("band")
    return api.placed(BAND_1=2)


def refusal(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_an_unpaid_order_is_cancelled(api: Api, placed: Placed, stripe_server: LocalStripe) -> None:
    before = read_basket(api, placed["order"])
    answer = cancel(api, placed["order"])
    order = answer.json()
    assert (answer.status_code, order["status"]) == (200, "cancelled")
    assert order["payments"][0]["status"] == "cancelled"
    assert [step["status"] for step in order["timeline"]] == ["awaiting_payment", "cancelled"]
    assert order == read_order(api, placed["order"])
    assert [intent["status"] for intent in intents(stripe_server)] == ["canceled"]
    assert stock("BAND-1").num_allocated == 0
    after = read_basket(api, placed["order"])
    assert (after["status"], after["version"], after["lines"]) == ("open", before["version"] + 1, before["lines"])


def test_the_basket_can_be_ordered_again(api: Api, placed: Placed) -> None:
    cancel(api, placed["order"])
    again = api.checkout(read_basket(api, placed["order"]))
    assert again.status_code == 201
    assert stock("BAND-1").num_allocated == 2


def test_a_cancel_repeated_changes_nothing_more(api: Api, placed: Placed) -> None:
    cancel(api, placed["order"])
    again = cancel(api, placed["order"])
    assert (again.status_code, again.json()["status"]) == (200, "cancelled")
    assert StockMovement.objects.filter(kind="release").count() == 1


def test_a_cancel_under_a_key_is_answered_again(api: Api, placed: Placed) -> None:
    path = f"/store/orders/{placed['order']['number']}/cancel"
    answers = [api.post(path, Idempotency_Key="k", **token(placed["order"])) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()


def test_money_that_came_first_pays_the_order(api: Api, placed: Placed, stripe_server: LocalStripe) -> None:
    pay(stripe_server, placed["payment"])
    assert refusal(cancel(api, placed["order"])) == (409, "order_not_in_state")
    order = read_order(api, placed["order"])
    assert (order["status"], order["payments"][0]["status"]) == ("paid", "paid")
    assert stock("BAND-1").num_allocated == 2


def test_money_on_its_way_cannot_be_called_back(api: Api, placed: Placed, stripe_server: LocalStripe) -> None:
    pay(stripe_server, placed["payment"], BANK)
    assert refusal(cancel(api, placed["order"])) == (409, "order_not_in_state")
    order = read_order(api, placed["order"])
    assert (order["status"], order["payments"][0]["status"]) == ("awaiting_payment", "processing")


def test_once_that_money_failed_the_order_can_be_cancelled(
    api: Api, placed: Placed, stripe_server: LocalStripe
) -> None:
    pay(stripe_server, placed["payment"], BANK)
    cancel(api, placed["order"])
    stripe_server.control(f"payment_intents/{intent_id(placed['payment'])}/finish", outcome="fail")
    assert cancel(api, placed["order"]).json()["status"] == "cancelled"


def test_while_stripe_is_away_nothing_is_cancelled(api: Api, placed: Placed, stripe_server: LocalStripe) -> None:
    down(stripe_server)
    answer = cancel(api, placed["order"])
    assert refusal(answer) == (503, "payment_unavailable")
    assert answer.headers["Retry-After"]
    assert read_order(api, placed["order"])["status"] == "awaiting_payment"
    assert stock("BAND-1").num_allocated == 2
    up(stripe_server)
    assert cancel(api, placed["order"]).json()["status"] == "cancelled"


@pytest.mark.parametrize("status", [401, 403])
def test_while_stripe_takes_our_key_for_nobodys_nothing_is_cancelled(
    api: Api, placed: Placed, stripe_server: LocalStripe, status: int
) -> None:
    stripe_server.control("faults", action="error", status=status, path="/cancel$", times=1000)
    assert refusal(cancel(api, placed["order"])) == (503, "payment_unavailable")
    up(stripe_server)
    assert cancel(api, placed["order"]).json()["status"] == "cancelled"
    assert [each["status"] for each in intents(stripe_server)] == ["canceled"]


def test_an_order_whose_intent_never_reached_us_is_cancelled_at_once(
    api: Api, stripe_server: LocalStripe, run_jobs: Callable[[], int]
) -> None:
    make_piece("band")
    answers_lost(stripe_server, "/v1/payment_intents$")
    placed = api.placed(BAND_1=2)
    up(stripe_server)
    assert cancel(api, placed["order"]).json()["status"] == "cancelled"
    assert stock("BAND-1").num_allocated == 0
    run_jobs()
    assert [intent["status"] for intent in intents(stripe_server)] == ["canceled"]


def test_a_lapsed_order_is_not_cancelled(api: Api, placed: Placed) -> None:
    with hold_over():
        lapse()
        assert refusal(cancel(api, placed["order"])) == (409, "order_not_in_state")


def test_a_cancel_takes_no_fields(api: Api, placed: Placed) -> None:
    answer = api.post(f"/store/orders/{placed['order']['number']}/cancel", {"reason": "x"}, **token(placed["order"]))
    assert refusal(answer) == (422, "invalid_input")
    assert read_order(api, placed["order"])["status"] == "awaiting_payment"
