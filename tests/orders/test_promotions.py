"""A discount that the platform bears: the maker has what the sale would have brought without it, to the cent.

What goes back to the buyer takes back the platform's part at the same rate.
"""

from collections.abc import Callable
from decimal import Decimal
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from orders.disputes.services import follow_dispute
from orders.ledger.models import LedgerEntry, LedgerTransaction
from orders.ledger.queries import balance, entries_of
from orders.ledger.rules import Account, Entry
from orders.order.models import Line, Order
from orders.payment.models import Payment
from orders.payment.services import ensure_intent, new_payment, settle_intent
from orders.payment.shapes import payment as shape
from orders.refunds.closing import cancel_paid_order
from orders.refunds.following import follow_refund
from orders.refunds.models import Refund
from shop.actors import SYSTEM
from tests.factories import make_maker, make_offer, make_piece, make_variant
from tests.fakes.local_stripe import LocalStripe
from tests.invariants import assert_nothing_is_broken
from tests.orders.documented import DocumentedApi
from tests.orders.refunds.steps import bought, home, order_of, payment_of, pieces, post, problem, refund, team, usd
from tests.orders.steps import at_stripe, hold_over, intent_id, lapse, pay, pay_due, payment_row, read_order

pytestmark = pytest.mark.django_db
D = Decimal
Placed = dict[str, Any]
RunJobs = Callable[[], int]


@pytest.fixture(autouse=True)
def pieces_for_sale(stripe_server: LocalStripe) -> None:
    make_piece("band", make_variant("BAND-1", price="33.35", stock=50))
    make_piece("hoop", make_variant("HOOP-1", price="70.00", stock=50), maker=make_maker("birch"))


@pytest.fixture
def tenth(db: None) -> None:
    """Ten percent off everything, borne by the platform."""
    make_offer("percentage", "10")


@pytest.fixture(autouse=True)
def nothing_breaks(pieces_for_sale: None) -> Any:
    yield
    assert_nothing_is_broken()


def owed(maker: str = "alder") -> Decimal:
    """What the maker is to get, its shipping included."""
    pk = make_maker(maker).pk
    return -balance(Account.OWED_TO_MAKER, "USD", maker=pk) - balance(Account.SHIPPING, "USD", maker=pk)


def spent() -> Decimal:
    return balance(Account.PROMOTIONS, "USD")


# What is sold


def test_the_maker_has_the_price_and_the_platform_pays_the_rest(tenth: None, stripe_server: LocalStripe) -> None:
    placed, alder = bought(stripe_server, BAND_1=3), make_maker("alder").pk
    assert placed["order"]["totals"]["total"] == usd("102.04")  # 100.05 - 10.01 + 12.00
    assert entries_of(f"charge:{placed['payment']['id']}") == [
        Entry(Account.STRIPE, D("102.04")),
        Entry(Account.OWED_TO_MAKER, D("-90.04"), alder),
        Entry(Account.SHIPPING, D("-12.00"), alder),
    ]
    assert entries_of(f"promotion:{order_of(placed).public_id}") == [
        Entry(Account.OWED_TO_MAKER, D("-10.01"), alder),
        Entry(Account.PROMOTIONS, D("10.01"), alder),
    ]
    assert team().get(home(placed)).json()["totals"] == {
        "items": usd("100.05"), "shipping": usd("12.00"), "total": usd("112.05"), "refunded": usd("0.00"),
    }  # fmt: skip


def test_what_a_maker_bears_is_out_of_its_own(stripe_server: LocalStripe) -> None:
    make_offer("percentage", "10", maker=make_maker("alder"))
    bought(stripe_server, BAND_1=3)
    assert (owed(), spent()) == (D("102.04"), 0)
    assert not LedgerTransaction.objects.filter(kind="promotion").exists()


def test_each_discount_is_borne_by_whose_it_is(stripe_server: LocalStripe) -> None:
    make_offer("percentage", "10", maker=make_maker("alder"))
    make_offer("amount", "20", label="Twenty")
    make_offer("shipping_percentage", "50", label="Half")
    placed = bought(stripe_server, BAND_1=2, HOOP_1=1)
    discounts = {each["label"]: D(each["amount"]["amount"]) for each in placed["order"]["discounts"]}
    assert (owed("alder"), owed("birch")) == (D("66.70") - discounts["Ten percent"], D("70.00"))
    assert -balance(Account.SHIPPING, "USD") == D("12.00")
    assert spent() == discounts["Twenty"] + discounts["Half"] == D("26.00")


def test_what_costs_the_buyer_nothing_is_paid_to_its_maker(stripe_server: LocalStripe) -> None:
    make_offer("percentage", "100")
    make_offer("shipping_percentage", "100", label="Free")
    placed = DocumentedApi().placed(BAND_1=2)
    assert (placed["payment"], placed["order"]["status"]) == (None, "paid")
    assert (owed(), spent()) == (D("78.70"), D("78.70"))


def test_an_order_that_is_not_paid_costs_the_platform_nothing(tenth: None) -> None:
    DocumentedApi().placed(BAND_1=1)
    with hold_over():
        lapse()
    assert not LedgerEntry.objects.exists()


def test_money_that_comes_late_and_is_kept_is_added_to_once(tenth: None, stripe_server: LocalStripe) -> None:
    placed = DocumentedApi().placed(BAND_1=1)
    Payment.objects.update(intent_id=None)
    with hold_over():
        lapse()
    pay(stripe_server, placed["payment"])
    for _ in range(2):
        settle_intent(intent_id(placed["payment"]))
    assert (order_of(placed).status, owed(), spent()) == ("paid", D("45.35"), D("3.34"))


def test_with_a_deposit_it_is_added_when_all_is_paid(tenth: None, stripe_server: LocalStripe) -> None:
    placed = DocumentedApi().placed(BAND_1=1)  # 33.35 - 3.34 + 12.00
    order = order_of(placed)
    Payment.objects.all().delete()
    ensure_intent(new_payment(order, provider="stripe", amount=D("20.01")))
    pay(stripe_server, shape(payment_row(placed["order"])))
    settle_intent(str(payment_row(placed["order"]).intent_id))
    assert (owed(), spent()) == (D("20.01"), 0)
    rest = pay_due(DocumentedApi(), placed["order"]).json()
    assert rest["amount"] == usd("22.00")
    pay(stripe_server, rest)
    settle_intent(intent_id(rest))
    assert (owed(), spent()) == (D("45.35"), D("3.34"))
    answer = refund(team(), placed, lines=pieces(placed, 1))
    assert [row["amount"] for row in answer.json()["refunds"]] == [usd("20.01"), usd("10.00")]
    assert (owed(), spent()) == (D("12.00"), 0)


# What goes back


def test_everything_leaves_nobody_anything(tenth: None, stripe_server: LocalStripe) -> None:
    make_offer("shipping_percentage", "50", label="Half")
    placed = bought(stripe_server, BAND_1=3)
    [row] = refund(team(), placed, everything=True).json()["refunds"]
    assert (row["amount"], row["promotion"]) == (usd("96.04"), usd("16.01"))
    assert (owed(), spent()) == (0, 0)
    totals = team().get(home(placed)).json()["totals"]
    assert totals["total"] == totals["refunded"] == usd("112.05")


def test_piece_by_piece_it_comes_to_the_whole(tenth: None, stripe_server: LocalStripe) -> None:
    placed, api = bought(stripe_server, BAND_1=3), team()
    made = [refund(api, placed, lines=pieces(placed, 1)).json()["refunds"][0] for _ in range(3)]
    assert [(row["amount"]["amount"], row["promotion"]["amount"]) for row in made] == [
        ("30.01", "3.33"), ("30.01", "3.34"), ("30.02", "3.34"),
    ]  # fmt: skip
    assert (owed(), spent()) == (D("12.00"), 0)


def test_a_refunds_posting_adds_up(tenth: None, stripe_server: LocalStripe) -> None:
    placed = bought(stripe_server, BAND_1=3)
    [row] = refund(team(), placed, lines=pieces(placed, 1)).json()["refunds"]
    alder = make_maker("alder").pk
    assert set(entries_of(f"refund:{row['id']}")) == {
        Entry(Account.STRIPE, D("-30.01")),
        Entry(Account.OWED_TO_MAKER, D("33.34"), alder),
        Entry(Account.PROMOTIONS, D("-3.33"), alder),
    }


def test_goodwill_is_at_the_rate_of_the_whole(tenth: None, stripe_server: LocalStripe) -> None:
    placed, api = bought(stripe_server, BAND_1=3), team()
    [row] = refund(api, placed, goodwill=usd("45.02")).json()["refunds"]
    assert (row["goodwill"], row["promotion"]) == (usd("45.02"), usd("5.00"))
    # Of two pieces by name the platform has back what is left of it, and no more.
    assert problem(refund(api, placed, lines=pieces(placed, 2))) == (409, "refund_too_large")
    [row] = refund(api, placed, everything=True).json()["refunds"]
    assert (row["amount"], row["promotion"]) == (usd("57.02"), usd("5.01"))
    assert (owed(), spent()) == (0, 0)


def test_shipping_is_at_its_own_rate(stripe_server: LocalStripe) -> None:
    make_offer("shipping_percentage", "50", label="Half")
    placed, api = bought(stripe_server, BAND_1=1), team()
    assert refund(api, placed, shipping=usd("2.00")).json()["refunds"][0]["promotion"] == usd("2.00")
    assert (owed(), spent()) == (D("41.35"), D("4.00"))
    assert refund(api, placed, lines=pieces(placed, 1)).json()["refunds"][0]["promotion"] == usd("0.00")
    assert refund(api, placed, everything=True).json()["refunds"][0]["promotion"] == usd("4.00")
    assert (owed(), spent()) == (0, 0)


def test_one_that_fails_is_the_makers_and_the_platforms_again(tenth: None, stripe_server: LocalStripe) -> None:
    placed = bought(stripe_server, BAND_1=3)
    before = (owed(), spent())
    refund(team(), placed, everything=True)
    found = str(Refund.objects.get().stripe_id)
    stripe_server.control(f"refunds/{found}", status="failed", failure_reason="lost_or_stolen_card")
    follow_refund(found)
    assert (Refund.objects.get().status, owed(), spent()) == ("failed", *before)
    refund(team(), placed, everything=True)
    assert (owed(), spent()) == (0, 0)


def test_one_made_at_stripe_is_out_of_all_at_one_rate(tenth: None, stripe_server: LocalStripe) -> None:
    placed = bought(stripe_server, BAND_1=3)
    made = at_stripe(stripe_server, "POST", "refunds", payment_intent=intent_id(placed["payment"]), amount=5102)
    follow_refund(made["id"])
    assert (owed(), spent()) == (D("112.05") - D("51.02") - D("5.00"), D("5.01"))
    made = at_stripe(stripe_server, "POST", "refunds", payment_intent=intent_id(placed["payment"]), amount=5102)
    follow_refund(made["id"])
    assert (owed(), spent()) == (0, 0)


@pytest.mark.parametrize("before", [{}, {"goodwill": usd("10.00")}, {"everything": True}])
def test_a_cancelled_order_leaves_nobody_anything(
    tenth: None, stripe_server: LocalStripe, run_jobs: RunJobs, before: dict[str, Any]
) -> None:
    placed = bought(stripe_server, BAND_1=3)
    if before:
        refund(team(), placed, **before)
    assert post(team(), f"{home(placed)}/cancel").status_code == 200
    run_jobs()
    assert (owed(), spent()) == (0, 0)


def test_nor_one_of_several_makers(tenth: None, stripe_server: LocalStripe, run_jobs: RunJobs) -> None:
    make_offer("shipping_percentage", "100", label="Free")
    placed = bought(stripe_server, BAND_1=1, HOOP_1=1)
    refund(team("birch"), placed, maker="birch", everything=True)
    assert (owed("alder"), owed("birch"), spent()) == (D("33.35"), 0, D("15.34"))
    cancel_paid_order(order=order_of(placed), actor=SYSTEM)
    run_jobs()
    assert (owed("alder"), balance(Account.SHIPPING, "USD"), spent()) == (0, 0, 0)


def test_what_cost_nothing_is_the_platforms_again_when_it_is_cancelled(stripe_server: LocalStripe) -> None:
    make_offer("percentage", "100")
    make_offer("shipping_percentage", "100", label="Free")
    placed = DocumentedApi().placed(BAND_1=1)
    assert problem(refund(team(), placed, everything=True)) == (409, "order_not_in_state")
    for _ in range(2):
        assert post(team(), f"{home(placed)}/cancel").status_code == 200
    assert (Refund.objects.count(), owed(), spent()) == (0, 0, 0)


def test_a_piece_that_cost_nothing_beside_one_that_did(stripe_server: LocalStripe, run_jobs: RunJobs) -> None:
    """The refund of what was paid fails after the cancel: what the platform had back it does not get twice."""
    piece = make_piece("gift", make_variant("GIFT-1", price="5.00", stock=5))
    make_offer("percentage", "100", applies_to={"products": [piece.public_id]})
    placed = bought(stripe_server, BAND_1=1, GIFT_1=1)
    paid = Line.objects.get(partner_sku="BAND-1", order__number=placed["order"]["number"])
    refund(team(), placed, lines=[{"line": paid.public_id, "quantity": 1}], shipping=usd("12.00"))
    assert (owed(), spent()) == (D("5.00"), D("5.00"))
    post(team(), f"{home(placed)}/cancel")
    assert (owed(), spent()) == (0, 0)
    found = str(Refund.objects.get().stripe_id)
    stripe_server.control(f"refunds/{found}", status="failed", failure_reason="lost_or_stolen_card")
    follow_refund(found)
    assert (owed(), spent()) == (D("45.35"), 0)
    refund(team(), placed, everything=True)
    assert (owed(), spent()) == (0, 0)


@pytest.mark.parametrize(("amount", "left"), [(None, (0, 0)), (5102, (D("56.03"), D("5.01")))])
def test_a_lost_dispute_is_out_of_all_at_one_rate(
    tenth: None, stripe_server: LocalStripe, amount: int | None, left: tuple[Decimal, Decimal]
) -> None:
    placed = bought(stripe_server, BAND_1=3)
    values = {"amount": amount} if amount else {}
    dispute = stripe_server.control("disputes", payment_intent=intent_id(placed["payment"]), **values)["id"]
    follow_dispute(dispute)
    stripe_server.control(f"disputes/{dispute}/close", outcome="lost")
    follow_dispute(dispute)
    assert (owed(), spent()) == left


# Sales from before


def test_of_sales_from_before_the_platform_pays_its_part(tenth: None, stripe_server: LocalStripe) -> None:
    make_offer("shipping_percentage", "50", label="Half")
    placed, waits = bought(stripe_server, BAND_1=3), DocumentedApi().placed(BAND_1=1)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET session_replication_role = replica")
        for table, condition in (("ledgerentry", "transaction_id IN"), ("ledgertransaction", "id IN")):
            postings = "(SELECT id FROM ledger_ledgertransaction WHERE kind = 'promotion')"
            cursor.execute(f"DELETE FROM ledger_{table} WHERE {condition} {postings}")
        cursor.execute("SET session_replication_role = origin")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    Line.objects.update(promotion=0)
    Order.objects.update(shipping_promotion=0)
    assert (owed(), spent()) == (D("96.04"), 0)
    columns = import_module("orders.order.migrations.0030_promotions_of_before")
    with connection.cursor() as cursor:
        for statement in (columns.OF_LINES, columns.OF_SHIPPING):
            cursor.execute(statement)
    import_module("orders.ledger.migrations.0004_promotions_of_before").add_promotions(apps, None)
    assert (owed(), spent()) == (D("112.05"), D("16.01"))
    assert order_of(waits).lines.get().promotion == D("3.34")
    assert payment_of(placed).amount == D("96.04")
    assert read_order(DocumentedApi(), placed["order"])["totals"]["paid"] == usd("96.04")
