"""Cancelling what is paid, and putting pieces back on the shelf: money and stock each once."""

from decimal import Decimal
from typing import Any

import pytest

from orders.customers.erasure import erase_order
from orders.disputes.services import follow_dispute
from orders.order.models import Order
from orders.order.services import OrderNotInState, mark_paid
from orders.payment.services import settle_intent
from orders.refunds.closing import cancel_paid_order
from orders.refunds.models import Refund
from shop.actors import SYSTEM
from shop.audit.models import AuditEntry
from tests.factories import make_maker, make_offer, make_piece, make_variant, stock
from tests.fakes.local_stripe import LocalStripe
from tests.invariants import assert_nothing_is_broken
from tests.orders.documented import DocumentedApi
from tests.orders.refunds.steps import (
    bought,
    home,
    order_of,
    paid_by_hand,
    payment_of,
    pieces,
    post,
    problem,
    refund,
    team,
    usd,
)
from tests.orders.steps import down, intent_id, read_order, up

pytestmark = pytest.mark.django_db
Placed = dict[str, Any]


@pytest.fixture(autouse=True)
def pieces_for_sale(stripe_server: LocalStripe) -> None:
    make_piece("band", make_variant("BAND-1", price="180.00", stock=5))
    make_piece("hoop", make_variant("HOOP-1", price="70.00", stock=5), maker=make_maker("birch"))


@pytest.fixture
def placed(stripe_server: LocalStripe) -> Placed:
    return bought(stripe_server, BAND_1=3)


def on_shelf(sku: str = "BAND-1") -> tuple[int, int]:
    return stock(sku).num_in_stock, stock(sku).num_allocated


def test_a_paid_order_is_cancelled_with_its_money(placed: Placed, run_jobs: Any) -> None:
    answer = post(team(), f"{home(placed)}/cancel", {"reason": "not_available", "note": "Sold at the fair"})
    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    [row] = answer.json()["refunds"]
    assert (row["amount"], row["status"], row["reason"]) == (usd("540.00"), "pending", "not_available")
    assert on_shelf() == (5, 0)
    run_jobs()
    shown = read_order(DocumentedApi(), placed["order"])
    assert (shown["status"], shown["totals"]["refunded"]) == ("cancelled", usd("540.00"))
    assert [step["status"] for step in shown["timeline"]] == ["awaiting_payment", "paid", "cancelled"]
    assert AuditEntry.objects.filter(action="order.cancelled").count() == 1


def test_only_what_is_left_goes_back(placed: Placed, run_jobs: Any) -> None:
    refund(team(), placed, lines=pieces(placed, 1))
    refund(team(), placed, goodwill=usd("30.00"))
    post(team(), f"{home(placed)}/restock", {"lines": pieces(placed, 1)})
    assert on_shelf() == (5, 2)
    post(team(), f"{home(placed)}/cancel")
    run_jobs()
    assert payment_of(placed).refunded == Decimal("540.00")
    assert sorted(Refund.objects.values_list("amount", flat=True)) == [Decimal("30"), Decimal("180"), Decimal("330")]
    assert on_shelf() == (5, 0)


def test_cancelled_twice_is_cancelled_once(placed: Placed, run_jobs: Any) -> None:
    for _ in range(2):
        assert post(team(), f"{home(placed)}/cancel").status_code == 200
    run_jobs()
    assert (Refund.objects.count(), on_shelf()) == (1, (5, 0))


def test_where_all_has_gone_back_it_only_ends(placed: Placed) -> None:
    refund(team(), placed, everything=True)
    post(team(), f"{home(placed)}/restock", {"lines": pieces(placed, 3)})
    assert on_shelf() == (5, 0)
    assert post(team(), f"{home(placed)}/cancel").json()["status"] == "cancelled"
    assert (Refund.objects.count(), on_shelf()) == (1, (5, 0))


def test_stripe_is_not_needed_for_it(placed: Placed, stripe_server: LocalStripe, run_jobs: Any) -> None:
    down(stripe_server)
    assert post(team(), f"{home(placed)}/cancel").status_code == 200
    up(stripe_server)
    run_jobs()
    assert Refund.objects.get().status == "succeeded"


def test_unpaid_or_sent_it_is_not_cancelled_here(placed: Placed) -> None:
    waiting = DocumentedApi().placed(BAND_1=1)
    assert problem(post(team(), f"{home(waiting)}/cancel")) == (409, "order_not_in_state")
    Order.objects.filter(number=placed["order"]["number"]).update(status="shipped")
    assert problem(post(team(), f"{home(placed)}/cancel")) == (409, "order_not_in_state")
    assert (Refund.objects.count(), on_shelf()) == (0, (5, 4))


def test_one_maker_does_not_cancel_for_another(stripe_server: LocalStripe, run_jobs: Any) -> None:
    shared = bought(stripe_server, BAND_1=1, HOOP_1=1)
    assert problem(post(team(), f"{home(shared)}/cancel")) == (409, "order_of_several_makers")
    assert (Refund.objects.count(), order_of(shared).status) == (0, "paid")
    cancel_paid_order(order=order_of(shared), actor=SYSTEM)
    run_jobs()
    assert Refund.objects.get().amount == Decimal("250.00") == payment_of(shared).refunded
    for maker, part in (("alder", "180.00"), ("birch", "70.00")):
        assert team(maker).get(home(shared, maker)).json()["totals"]["refunded"] == usd(part)
    assert (on_shelf(), on_shelf("HOOP-1")) == ((5, 0), (5, 0))
    assert AuditEntry.objects.filter(action="order.cancelled").count() == 2


@pytest.mark.parametrize("borne", ["", "10"])
def test_what_the_bank_has_taken_back_does_not_keep_the_pieces(stripe_server: LocalStripe, borne: str) -> None:
    """A lost dispute leaves nothing to give back; before it is lost, nobody knows whose the money is."""
    if borne:
        make_offer("percentage", borne)  # by the platform
    placed = bought(stripe_server, BAND_1=1)
    dispute = stripe_server.control("disputes", payment_intent=intent_id(placed["payment"]))["id"]
    follow_dispute(str(dispute))
    assert problem(post(team(), f"{home(placed)}/cancel")) == (409, "payment_disputed")
    stripe_server.control(f"disputes/{dispute}/close", outcome="lost")
    follow_dispute(str(dispute))
    answer = post(team(), f"{home(placed)}/cancel")
    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    assert (Refund.objects.count(), on_shelf()) == (0, (5, 0))
    assert_nothing_is_broken()


def test_what_the_bank_has_left_of_it_is_not_kept_unseen(placed: Placed, stripe_server: LocalStripe) -> None:
    dispute = stripe_server.control("disputes", payment_intent=intent_id(placed["payment"]), amount=100)["id"]
    stripe_server.control(f"disputes/{dispute}/close", outcome="lost")
    follow_dispute(str(dispute))
    assert problem(post(team(), f"{home(placed)}/cancel")) == (409, "payment_disputed")


def test_it_does_not_come_back_to_life(placed: Placed) -> None:
    post(team(), f"{home(placed)}/cancel")
    settle_intent(intent_id(placed["payment"]))
    order = order_of(placed)
    assert (order.status, on_shelf()) == ("cancelled", (5, 0))
    with pytest.raises(OrderNotInState):
        mark_paid(order)


def test_of_a_payment_by_hand_the_money_waits_for_a_hand(placed: Placed) -> None:
    paid_by_hand(placed)
    [row] = post(team(), f"{home(placed)}/cancel").json()["refunds"]
    assert row["status"] == "pending"
    assert post(team(), f"{home(placed)}/refunds/{row['id']}/given-back").json()["status"] == "succeeded"


def test_what_the_team_wrote_goes_with_its_buyer(placed: Placed) -> None:
    post(team(), f"{home(placed)}/cancel", {"note": "Ada has moved"})
    Order.objects.update(erase_when_done=True)
    erase_order(order_of(placed).pk)
    assert Refund.objects.get().note == ""


# Back on the shelf


def test_a_piece_goes_back_on_the_shelf_once(placed: Placed) -> None:
    api, path = team(), f"{home(placed)}/restock"
    assert problem(post(api, path, {"lines": pieces(placed, 1)})) == (409, "restock_too_large")
    refund(api, placed, lines=pieces(placed, 2))
    answer = post(api, path, {"lines": pieces(placed, 2)})
    assert (answer.status_code, answer.json()["lines"][0]["restocked_quantity"]) == (200, 2)
    assert on_shelf() == (5, 1)
    answer = post(api, path, {"lines": pieces(placed, 1)})
    assert problem(answer) == (409, "restock_too_large")
    assert answer.json()["errors"][0]["message"] == "0 of it may go back."
    assert on_shelf() == (5, 1)


def test_whose_refund_has_failed_does_not_go_back(placed: Placed) -> None:
    refund(team(), placed, lines=pieces(placed, 1))
    Refund.objects.update(status="failed")
    assert problem(post(team(), f"{home(placed)}/restock", {"lines": pieces(placed, 1)})) == (409, "restock_too_large")


def test_other_makers_lines_and_none_at_all(stripe_server: LocalStripe) -> None:
    shared = bought(stripe_server, BAND_1=1, HOOP_1=1)
    path = f"{home(shared)}/restock"
    for lines in (pieces(shared, 0, 1), [], pieces(shared, 1) * 2, [{"line": "oln_0", "quantity": 1}]):
        assert problem(post(team(), path, {"lines": lines})) == (422, "invalid_input")
    assert (on_shelf(), on_shelf("HOOP-1")) == ((5, 1), (5, 1))
