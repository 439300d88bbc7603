"""A hold that ends unpaid: Stripe is asked first, then stock and basket are free again."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from catalog.inventory.models import StockMovement
from catalog.inventory.services import hold
from orders.order.models import Order
from tests.api import Api
from tests.factories import make_piece, make_variant, stock
from tests.fakes.local_stripe import LocalStripe
from tests.orders.steps import (
    BANK,
    DECLINED,
    SECURE,
    answers_lost,
    at_stripe,
    down,
    hold_over,
    intent_id,
    intents,
    lapse,
    pay,
    payment_row,
    read_basket,
    read_order,
    refresh,
    token,
    up,
)

pytestmark = pytest.mark.django_db

Placed = dict[str, Any]
RunJobs = Callable[[], int]


@pytest.fixture
def placed(api: Api, stripe_server: LocalStripe) -> Placed:
    make_piece("band")
    return api.placed(BAND_1=2)


def ledger() -> list[tuple[str, int]]:
    rows = StockMovement.objects.exclude(kind="set").order_by("pk")
    return list(rows.values_list("kind", "quantity"))


def cancels(server: LocalStripe) -> int:
    return len(server.requests("POST", "/cancel$"))


def test_before_its_time_nothing_lapses(api: Api, placed: Placed, stripe_server: LocalStripe) -> None:
    with hold_over(minutes=-1):
        lapse()
    assert read_order(api, placed["order"])["status"] == "awaiting_payment"
    assert cancels(stripe_server) == 0


@pytest.mark.parametrize("card", [None, DECLINED, SECURE])
def test_an_unpaid_order_lapses(api: Api, placed: Placed, stripe_server: LocalStripe, card: str | None) -> None:
    if card:
        pay(stripe_server, placed["payment"], card)
    with hold_over():
        lapse()
        order = read_order(api, placed["order"])
        assert (order["status"], order["hold_expires_at"]) == ("lapsed", None)
        assert (order["payments"][0]["status"], order["payments"][0]["client_secret"]) == ("cancelled", None)
        assert order["totals"]["due"]["amount"] == "0.00"
    assert [intent["status"] for intent in intents(stripe_server)] == ["canceled"]
    assert (stock("BAND-1").num_in_stock, stock("BAND-1").num_allocated) == (5, 0)


def test_its_basket_is_open_again_with_a_new_version(api: Api, placed: Placed) -> None:
    before = read_basket(api, placed["order"])
    with hold_over():
        lapse()
        after = read_basket(api, placed["order"])
        assert (after["status"], after["version"]) == ("open", before["version"] + 1)
        assert after["lines"] == before["lines"]
        assert after["expires_at"] > before["expires_at"]
        again = api.checkout(after)
        assert again.status_code == 201
        assert again.json()["order"]["number"] != placed["order"]["number"]


def test_the_lapsed_order_cannot_be_paid(api: Api, placed: Placed, stripe_server: LocalStripe) -> None:
    with hold_over():
        lapse()
        assert pay(stripe_server, placed["payment"])["error"]["code"] == "payment_intent_unexpected_state"
        answer = api.post(
            f"/store/orders/{placed['order']['number']}/payments", Idempotency_Key="k", **token(placed["order"])
        )
        assert (answer.status_code, answer.json()["code"]) == (409, "order_not_in_state")


def test_stock_is_given_back_once_however_often_the_job_runs(placed: Placed, stripe_server: LocalStripe) -> None:
    with hold_over():
        for _ in range(3):
            lapse()
    assert ledger() == [("hold", 2), ("release", 2)]
    assert cancels(stripe_server) == 1


def test_money_that_was_there_pays_the_order(api: Api, placed: Placed, stripe_server: LocalStripe) -> None:
    # Its webhook was lost, and the buyer did not come back.
    pay(stripe_server, placed["payment"])
    with hold_over():
        lapse()
        assert read_order(api, placed["order"])["status"] == "paid"
    assert ledger() == [("hold", 2)]
    assert intents(stripe_server)[0]["status"] == "succeeded"


def test_money_on_its_way_extends_the_hold(api: Api, placed: Placed, stripe_server: LocalStripe) -> None:
    pay(stripe_server, placed["payment"], BANK)
    with hold_over():
        lapse()
        order = read_order(api, placed["order"])
        assert (order["status"], order["payments"][0]["status"]) == ("awaiting_payment", "processing")
        assert order["hold_expires_at"] > timezone.now().isoformat()
        assert ledger() == [("hold", 2)]


def test_money_that_was_on_its_way_and_came_is_found_by_the_next_run(
    api: Api, placed: Placed, stripe_server: LocalStripe
) -> None:
    pay(stripe_server, placed["payment"], BANK)
    with hold_over():
        lapse()
        stripe_server.control(f"payment_intents/{intent_id(placed['payment'])}/finish")
        with hold_over():
            lapse()
            assert read_order(api, placed["order"])["status"] == "paid"


def test_money_that_was_on_its_way_and_failed_lets_the_order_lapse(
    api: Api, placed: Placed, stripe_server: LocalStripe
) -> None:
    pay(stripe_server, placed["payment"], BANK)
    with hold_over():
        lapse()
        stripe_server.control(f"payment_intents/{intent_id(placed['payment'])}/finish", outcome="fail")
        with hold_over():
            lapse()
            assert read_order(api, placed["order"])["status"] == "lapsed"
    assert intents(stripe_server)[0]["status"] == "canceled"
    assert stock("BAND-1").num_allocated == 0


def test_a_hold_outlives_its_time_until_stripe_has_answered(
    api: Api, placed: Placed, stripe_server: LocalStripe
) -> None:
    down(stripe_server)
    with hold_over():
        lapse()
        order = read_order(api, placed["order"])
        assert (order["status"], ledger()) == ("awaiting_payment", [("hold", 2)])
        up(stripe_server)
        lapse()
        assert read_order(api, placed["order"])["status"] == "lapsed"
    assert ledger() == [("hold", 2), ("release", 2)]


def test_a_cancel_whose_answer_was_lost_is_a_cancel(api: Api, placed: Placed, stripe_server: LocalStripe) -> None:
    answers_lost(stripe_server, "/cancel$")
    with hold_over():
        lapse()
        assert read_order(api, placed["order"])["status"] == "awaiting_payment"
        up(stripe_server)
        lapse()
        assert read_order(api, placed["order"])["status"] == "lapsed"


def test_one_order_that_fails_does_not_hold_up_the_others(api: Api, placed: Placed, stripe_server: LocalStripe) -> None:
    other = api.placed(BAND_1=1)
    stripe_server.control("faults", action="drop", path=intent_id(placed["payment"]), times=1000)
    with hold_over():
        lapse()
        assert read_order(api, placed["order"])["status"] == "awaiting_payment"
        assert read_order(api, other["order"])["status"] == "lapsed"


def test_a_stripe_that_is_away_is_asked_three_times_not_once_for_each_order(
    api: Api, placed: Placed, stripe_server: LocalStripe
) -> None:
    for number in range(4):
        make_piece(f"band-{number}", make_variant(f"B-{number}"))
        api.placed(**{f"B_{number}": 1})
    stripe_server.control("faults", action="error", path="/cancel$", status=500, times=1000)
    with hold_over():
        lapse()
    asked = {request["path"] for request in stripe_server.requests("POST", "/cancel$")}
    assert len(asked) == 3


def test_an_intent_that_was_cancelled_at_stripe_lets_the_order_lapse(
    api: Api, placed: Placed, stripe_server: LocalStripe
) -> None:
    at_stripe(stripe_server, "POST", f"payment_intents/{intent_id(placed['payment'])}/cancel")
    refresh(api, placed["order"], placed["payment"])
    with hold_over():
        lapse()
        assert read_order(api, placed["order"])["status"] == "lapsed"


@pytest.fixture
def lost(api: Api, stripe_server: LocalStripe) -> Placed:
    """An order whose intent exists, while its id and secret never reached us."""
    make_piece("band")
    answers_lost(stripe_server, "/v1/payment_intents$")
    placed = api.placed(BAND_1=2)
    assert payment_row(placed["order"]).intent_id is None
    return placed


def test_an_intent_nobody_could_pay_does_not_keep_the_hold(
    api: Api, lost: Placed, stripe_server: LocalStripe, run_jobs: RunJobs
) -> None:
    down(stripe_server)
    with hold_over():
        lapse()
        assert read_order(api, lost["order"])["status"] == "lapsed"
        assert (stock("BAND-1").num_allocated, read_basket(api, lost["order"])["status"]) == (0, "open")
        assert [intent["status"] for intent in _when_up(stripe_server)] == ["requires_payment_method"]
        run_jobs()
    assert [intent["status"] for intent in intents(stripe_server)] == ["canceled"]


def _when_up(server: LocalStripe) -> list[dict[str, Any]]:
    up(server)
    return intents(server)


def test_the_orphan_is_found_by_the_key_it_was_made_with(
    lost: Placed, stripe_server: LocalStripe, run_jobs: RunJobs
) -> None:
    up(stripe_server)
    key = f"pi:{lost['payment']['id']}:1"
    with hold_over():
        lapse()
        run_jobs()
    assert {request["idempotency_key"] for request in stripe_server.requests("POST", "/v1/payment_intents$")} == {key}
    assert len(intents(stripe_server)) == 1


def test_orders_of_others_keep_their_stock(api: Api, placed: Placed) -> None:
    make_piece("cuff", make_variant("C-1", stock=3))
    hold({stock("C-1").pk: 1}, reference="somebody-else")
    with hold_over():
        lapse()
    assert (stock("BAND-1").num_allocated, stock("C-1").num_allocated) == (0, 1)


def test_a_paid_order_never_lapses(api: Api, placed: Placed, stripe_server: LocalStripe) -> None:
    pay(stripe_server, placed["payment"])
    refresh(api, placed["order"], placed["payment"])
    with hold_over():
        lapse()
    assert Order.objects.get().status == "paid"
    assert cancels(stripe_server) == 0
