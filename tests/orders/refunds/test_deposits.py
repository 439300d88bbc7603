"""What goes back of a deposit, before all of its order is paid: out of what each share has, and of no certain piece."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from orders.checkout.closing import call_off
from orders.ledger.queries import balance, shares_charged, shares_paid
from orders.ledger.rules import Account, Holder
from orders.paying.services import receive_payment
from orders.payment.models import Payment
from orders.payment.services import ensure_intent, new_payment, settle_intent
from orders.payment.shapes import payment as shape
from orders.refunds.following import follow_refund
from orders.refunds.models import RefundPart
from shop.actors import SYSTEM
from shop.mail.models import Mail
from shop.storefronts.models import Storefront
from tests.factories import make_maker, make_offer, make_piece, make_variant, stock
from tests.fakes.local_stripe import LocalStripe
from tests.invariants import assert_nothing_is_broken
from tests.orders.documented import DocumentedApi
from tests.orders.refunds.steps import home, order_of, pieces, post, problem, refund, team, usd
from tests.orders.steps import at_stripe, pay, pay_due, payment_row

pytestmark = pytest.mark.django_db
D = Decimal
Placed = dict[str, Any]


@pytest.fixture(autouse=True)
def nothing_breaks(stripe_server: LocalStripe) -> Any:
    make_piece("band", make_variant("BAND-1", price="180.00", stock=50))
    make_piece("hoop", make_variant("HOOP-1", price="36.00", stock=50), maker=make_maker("birch"))
    yield
    assert_nothing_is_broken()


def deposited(server: LocalStripe, amount: str, **lines: int) -> Placed:
    """A placed order of which so much is paid."""
    placed = DocumentedApi().placed(**lines)
    Payment.objects.all().delete()
    ensure_intent(new_payment(order_of(placed), provider="stripe", amount=D(amount)))
    pay(server, shape(payment_row(placed["order"])))
    settle_intent(str(payment_row(placed["order"]).intent_id))
    return placed


def pay_the_rest(server: LocalStripe, placed: Placed) -> None:
    rest = pay_due(DocumentedApi(), placed["order"]).json()
    pay(server, rest)
    settle_intent(rest["client_secret"].partition("_secret")[0])


def left(placed: Placed) -> dict[tuple[str, str], Decimal]:
    """What each has of the order, by account and maker."""
    names = {make_maker(name).pk: name for name in ("alder", "birch")} | {None: ""}
    return {(holder.account, names[holder.maker]): amount for holder, amount in shares_paid(order_of(placed)).items()}


def parts() -> list[tuple[str, Decimal, int]]:
    return list(RefundPart.objects.order_by("pk").values_list("kind", "amount", "quantity"))


def test_a_makers_own_is_what_its_share_has_brought(stripe_server: LocalStripe) -> None:
    """48.00 of 192.00: a quarter of the piece, a quarter of the shipping."""
    placed = deposited(stripe_server, "48.00", BAND_1=1)
    answer = refund(team(), placed, goodwill=usd("48.00"))
    assert problem(answer) == (409, "refund_too_large")
    assert "45.00 USD of yours are left" in answer.json()["errors"][0]["message"]
    assert refund(team(), placed, goodwill=usd("45.00")).status_code == 201
    assert refund(team(), placed, shipping=usd("3.00")).status_code == 201
    assert left(placed) == {}


def test_of_several_makers_none_pays_for_another(stripe_server: LocalStripe) -> None:
    """57.00 of 228.00: 180.00 are alder's, 36.00 birch's and 12.00 the one shipping's."""
    placed = deposited(stripe_server, "57.00", BAND_1=1, HOOP_1=1)
    assert problem(refund(team(), placed, goodwill=usd("57.00"))) == (409, "refund_too_large")
    assert refund(team("birch"), placed, maker="birch", goodwill=usd("4.00")).status_code == 201
    assert refund(team(), placed, everything=True).status_code == 201
    assert left(placed) == {("owed_to_maker", "birch"): D("5.00"), ("shipping", ""): D("3.00")}
    pay_the_rest(stripe_server, placed)
    assert left(placed) == {
        ("owed_to_maker", "alder"): D("135.00"), ("owed_to_maker", "birch"): D("32.00"), ("shipping", ""): D("12.00"),
    }  # fmt: skip


def test_what_is_on_its_way_back_is_not_there(stripe_server: LocalStripe) -> None:
    placed = deposited(stripe_server, "48.00", BAND_1=1)
    Payment.objects.update(provider="manual")
    assert refund(team(), placed, goodwill=usd("30.00")).json()["refunds"][0]["status"] == "pending"
    assert problem(refund(team(), placed, goodwill=usd("15.01"))) == (409, "refund_too_large")


def test_everything_is_money_and_no_piece(stripe_server: LocalStripe) -> None:
    placed = deposited(stripe_server, "48.00", BAND_1=1)
    assert refund(team(), placed, everything=True).status_code == 201
    assert (left(placed), parts()) == ({}, [("goodwill", D("45.00"), 0), ("shipping", D("3.00"), 0)])


def test_pieces_go_back_when_all_is_paid(stripe_server: LocalStripe) -> None:
    placed = deposited(stripe_server, "48.00", BAND_1=2)
    answer = refund(team(), placed, lines=pieces(placed, 1))
    assert problem(answer) == (409, "order_not_in_state")
    assert "all of the order is paid" in answer.json()["detail"]
    pay_the_rest(stripe_server, placed)
    assert refund(team(), placed, lines=pieces(placed, 1)).status_code == 201
    assert sum(amount for _, amount, _ in parts()) == D("180.00")


def test_what_went_back_of_the_deposit_is_not_due_and_does_not_go_back_again(
    stripe_server: LocalStripe, run_jobs: Callable[[], int]
) -> None:
    make_offer("percentage", "10")  # which the platform bears
    placed = deposited(stripe_server, "87.00", BAND_1=1)  # half of 162.00 + 12.00
    assert refund(team(), placed, everything=True).status_code == 201
    pay_the_rest(stripe_server, placed)
    assert shares_charged(order_of(placed))[Holder(Account.OWED_TO_MAKER, make_maker().pk)] == D("162.00")
    assert left(placed)["owed_to_maker", "alder"] == D("99.00")  # its half, and what the platform bears
    assert post(team(), f"{home(placed)}/cancel").status_code == 200
    run_jobs()
    assert left(placed) == {}


def test_a_refund_that_stripe_tells_of_is_out_of_what_is_there(stripe_server: LocalStripe) -> None:
    placed = deposited(stripe_server, "57.00", BAND_1=1, HOOP_1=1)
    assert refund(team(), placed, everything=True).status_code == 201
    intent = payment_row(placed["order"]).intent_id
    found = at_stripe(stripe_server, "POST", "refunds", payment_intent=intent, amount=1200)
    follow_refund(found["id"])
    assert left(placed) == {}
    assert balance(Account.OWED_TO_BUYER, "USD") == 0


def ended(placed: Placed) -> tuple[str, int, str, dict[Any, Any]]:
    """The order, what it still holds, its basket and what of its money is left."""
    order = order_of(placed)
    return order.status, stock("BAND-1").num_allocated, order.basket.status, left(placed)


def test_its_maker_cancels_the_order(stripe_server: LocalStripe, run_jobs: Callable[[], int]) -> None:
    placed = deposited(stripe_server, "48.00", BAND_1=1)
    assert post(team(), f"{home(placed)}/cancel").json()["status"] == "cancelled"
    run_jobs()
    assert ended(placed) == ("cancelled", 0, "Open", {})
    [mail] = Mail.objects.filter(template="order_cancelled")
    assert "What you have paid goes back" in mail.text


def test_while_the_rest_can_be_paid_the_operator_cancels_it(
    stripe_server: LocalStripe, run_jobs: Callable[[], int]
) -> None:
    """At Stripe first, so that nobody pays for what is not made."""
    placed = deposited(stripe_server, "48.00", BAND_1=1)
    rest = pay_due(DocumentedApi(), placed["order"]).json()
    assert problem(post(team(), f"{home(placed)}/cancel")) == (409, "order_not_in_state")
    call_off(order_of(placed), actor=SYSTEM)
    assert pay(stripe_server, rest)["error"]["code"] == "payment_intent_unexpected_state"
    run_jobs()
    assert ended(placed) == ("cancelled", 0, "Open", {})


def test_the_rest_that_comes_afterwards_goes_back_too(stripe_server: LocalStripe) -> None:
    """By hand, past everybody: the deposit has gone, so it pays for no order."""
    Storefront.objects.update(providers=["stripe", "manual"])
    placed = deposited(stripe_server, "48.00", BAND_1=1)
    pay_due(DocumentedApi(), placed["order"], "manual")
    rest = Payment.objects.get(provider="manual")
    call_off(order_of(placed), actor=SYSTEM)
    assert receive_payment(rest.pk, actor=SYSTEM).late
    assert (order_of(placed).status, stock("BAND-1").num_allocated) == ("cancelled", 0)
    assert rest.refunds.get().amount == D("144.00")
