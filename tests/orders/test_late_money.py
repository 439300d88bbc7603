"""Money that arrives for an order that has ended: the order lives again, or the money goes back, once."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.utils.module_loading import import_string

from catalog.inventory.models import StockMovement
from catalog.inventory.services import hold, release
from orders.basket.models import Basket
from orders.order.models import Order
from orders.payment.models import Payment
from orders.payment.services import settle_intent
from orders.refunds.following import send_refund
from orders.refunds.models import Refund
from shop.stripe_gateway import StripeUnreachableError
from tests.api import Api
from tests.factories import make_piece, make_variant, stock
from tests.fakes.local_stripe import LocalStripe
from tests.invariants import assert_nothing_is_broken, broken
from tests.orders.steps import (
    answers_lost,
    at_stripe,
    cancel,
    deliver,
    down,
    events,
    hold_over,
    intents,
    lapse,
    payment_row,
    read_basket,
    read_order,
    up,
)

pytestmark = pytest.mark.django_db

Placed = dict[str, Any]
RunJobs = Callable[[], int]


@pytest.fixture
def lost(api: Api, stripe_server: LocalStripe) -> Placed:
    """An order of the one piece there is; its intent's id never reached us, so that it ends without Stripe."""
    make_piece("one", make_variant("A", stock=1))
    answers_lost(stripe_server, "/v1/payment_intents$")
    placed = api.placed(A=1)
    up(stripe_server)
    return placed


def end(api: Api, how: str, order: dict[str, Any]) -> None:
    if how == "cancelled":
        cancel(api, order)
        return
    with hold_over():
        lapse()


def money_arrives(server: LocalStripe, place: int = 0) -> str:
    """Stripe takes the money of the first intent after all, or of another."""
    intent = intents(server)[place]
    paid = at_stripe(server, "POST", f"payment_intents/{intent['id']}/confirm", payment_method="pm_card_visa")
    assert paid["status"] == "succeeded"
    return str(intent["id"])


def refunds(server: LocalStripe) -> list[dict[str, Any]]:
    return server.requests("POST", "/v1/refunds$")


@pytest.mark.parametrize("how", ["lapsed", "cancelled"])
def test_while_the_piece_is_there_the_order_is_paid_and_holds_it_again(
    api: Api, lost: Placed, stripe_server: LocalStripe, how: str
) -> None:
    end(api, how, lost["order"])
    settle_intent(money_arrives(stripe_server))
    order = read_order(api, lost["order"])
    assert (order["status"], order["payments"][0]["status"], order["refunds"]) == ("paid", "paid", [])
    assert [step["status"] for step in order["timeline"]] == ["awaiting_payment", how, "paid"]
    assert stock("A").num_allocated == 1
    kinds = StockMovement.objects.filter(reference=order["number"]).order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["hold", "release", "hold"]


def test_the_orphans_cancel_leaves_a_paid_order_alone(
    api: Api, lost: Placed, stripe_server: LocalStripe, run_jobs: RunJobs
) -> None:
    end(api, "lapsed", lost["order"])
    settle_intent(money_arrives(stripe_server))
    run_jobs()
    assert read_order(api, lost["order"])["status"] == "paid"
    assert refunds(stripe_server) == []


def test_the_orphans_cancel_finds_the_money_itself(
    api: Api, lost: Placed, stripe_server: LocalStripe, run_jobs: RunJobs
) -> None:
    end(api, "lapsed", lost["order"])
    money_arrives(stripe_server)
    run_jobs()
    assert read_order(api, lost["order"])["status"] == "paid"


@pytest.mark.parametrize("how", ["lapsed", "cancelled"])
def test_when_the_piece_is_gone_the_money_goes_back(
    api: Api, lost: Placed, stripe_server: LocalStripe, run_jobs: RunJobs, how: str
) -> None:
    end(api, how, lost["order"])
    hold({stock("A").pk: 1}, reference="somebody-else")
    settle_intent(money_arrives(stripe_server))
    order = read_order(api, lost["order"])
    assert (order["status"], order["payments"][0]["status"]) == (how, "paid")
    [shown] = order["refunds"]
    assert (shown["payment"], shown["amount"]) == (lost["payment"]["id"], {"amount": "192.00", "currency": "USD"})
    assert (shown["status"], shown["reason"]) == ("pending", "late_payment")
    run_jobs()
    assert [refund["status"] for refund in read_order(api, lost["order"])["refunds"]] == ["succeeded"]
    [asked] = refunds(stripe_server)
    assert asked["params"] == {
        "payment_intent": intents(stripe_server)[0]["id"],
        "amount": "19200",
        "metadata": {"refund": shown["id"]},
    }
    assert asked["idempotency_key"] == f"refund:{shown['id']}"
    assert stock("A").num_allocated == 1
    totals = read_order(api, lost["order"])["totals"]
    assert (totals["paid"]["amount"], totals["refunded"]["amount"]) == ("0.00", "0.00")


def late_refund(api: Api, lost: Placed, server: LocalStripe) -> int:
    """The piece is gone and its money is there; the refund's job has not run."""
    end(api, "lapsed", lost["order"])
    hold({stock("A").pk: 1}, reference="somebody-else")
    settle_intent(money_arrives(server))
    return Refund.objects.get().pk


def test_the_money_goes_back_once_however_often_it_is_told(
    api: Api, lost: Placed, stripe_server: LocalStripe, run_jobs: RunJobs
) -> None:
    pk = late_refund(api, lost, stripe_server)
    settle_intent(intents(stripe_server)[0]["id"])
    run_jobs()
    send_refund(pk)
    deliver(api, events(stripe_server, "payment_intent.succeeded")[0])
    run_jobs()
    assert len(refunds(stripe_server)) == 1


def test_a_refund_whose_answer_was_lost_is_one_refund(api: Api, lost: Placed, stripe_server: LocalStripe) -> None:
    pk = late_refund(api, lost, stripe_server)
    answers_lost(stripe_server, "/v1/refunds$")
    with pytest.raises(StripeUnreachableError):
        send_refund(pk)
    assert read_order(api, lost["order"])["refunds"][0]["status"] == "pending"
    up(stripe_server)
    send_refund(pk)
    assert read_order(api, lost["order"])["refunds"][0]["status"] == "succeeded"
    assert len(at_stripe(stripe_server, "GET", "refunds")["data"]) == 1


def test_a_refund_waits_for_stripe(api: Api, lost: Placed, stripe_server: LocalStripe) -> None:
    pk = late_refund(api, lost, stripe_server)
    down(stripe_server)
    with pytest.raises(StripeUnreachableError):
        send_refund(pk)
    assert (Refund.objects.get().status, Refund.objects.get().stripe_id) == ("pending", None)


def test_a_refund_found_again_a_day_later_is_that_refund(api: Api, lost: Placed, stripe_server: LocalStripe) -> None:
    pk = late_refund(api, lost, stripe_server)
    answers_lost(stripe_server, "/v1/refunds$")
    with pytest.raises(StripeUnreachableError):
        send_refund(pk)
    up(stripe_server)
    stripe_server.control("clock", advance=25 * 3600)  # Stripe has forgotten the key
    send_refund(pk)
    [refund] = at_stripe(stripe_server, "GET", "refunds")["data"]
    assert Refund.objects.get().stripe_id == refund["id"]


def test_a_basket_that_went_on_to_another_order_is_not_charged_twice(
    api: Api, stripe_server: LocalStripe, run_jobs: RunJobs
) -> None:
    make_piece("band")
    answers_lost(stripe_server, "/v1/payment_intents$")
    first = api.placed(BAND_1=1)
    up(stripe_server)
    cancel(api, first["order"])
    second = api.checkout(read_basket(api, first["order"])).json()
    settle_intent(money_arrives(stripe_server))
    run_jobs()
    assert read_order(api, first["order"])["status"] == "cancelled"
    assert read_order(api, first["order"])["refunds"][0]["status"] == "succeeded"
    assert read_order(api, second["order"])["status"] == "awaiting_payment"
    assert stock("BAND-1").num_allocated == 1


def test_a_basket_whose_first_order_came_back_is_not_ordered_twice(api: Api, stripe_server: LocalStripe) -> None:
    make_piece("band")
    answers_lost(stripe_server, "/v1/payment_intents$")
    placed = api.placed(BAND_1=1)
    up(stripe_server)
    cancel(api, placed["order"])
    settle_intent(money_arrives(stripe_server))
    answer = api.checkout(read_basket(api, placed["order"]))
    assert (answer.status_code, answer.json()["code"]) == (409, "basket_not_open")
    assert (Order.objects.count(), stock("BAND-1").num_allocated) == (1, 1)


def test_an_order_whose_basket_is_long_gone_is_paid_all_the_same(api: Api, stripe_server: LocalStripe) -> None:
    make_piece("band")
    answers_lost(stripe_server, "/v1/payment_intents$")
    first, second = api.placed(BAND_1=1), api.placed(BAND_1=1)
    up(stripe_server)
    end(api, "cancelled", first["order"])
    Basket.objects.all().delete()
    settle_intent(money_arrives(stripe_server))
    assert read_order(api, first["order"])["status"] == "paid"
    assert read_order(api, second["order"])["status"] == "awaiting_payment"


def test_the_migration_says_which_money_of_before_was_late(api: Api, stripe_server: LocalStripe) -> None:
    """What has gone back already and what is about to; not what an order has, nor what has not come."""
    make_piece("one", make_variant("A", stock=3))
    answers_lost(stripe_server, "/v1/payment_intents$")
    gone_back, going_back, lives_again = (api.placed(A=1) for _ in range(3))
    up(stripe_server)
    end(api, "lapsed", gone_back["order"])  # and the others with it
    settle_intent(money_arrives(stripe_server, 2))
    hold({stock("A").pk: 2}, reference="somebody-else")
    settle_intent(money_arrives(stripe_server, 0))
    send_refund(Refund.objects.get().pk)
    settle_intent(money_arrives(stripe_server, 1))
    release({stock("A").pk: 2}, reference="somebody-else")
    waits = api.placed(A=1)
    Payment.objects.update(late=False)
    assert broken() == {"payments_are_entered"}
    with connection.cursor() as cursor:
        cursor.execute(import_string("orders.payment.migrations.0013_late_money.SAY_WHICH_WERE_LATE"))
    assert [payment_row(each["order"]).late for each in (gone_back, going_back, lives_again, waits)] == [
        True, True, False, False,
    ]  # fmt: skip
    assert_nothing_is_broken()
