"""Giving money back: full, partial, by piece, shipping, goodwill; never more than there is, and nobody else's."""

from decimal import Decimal
from typing import Any

import pytest

from orders.ledger.queries import entries_of
from orders.ledger.rules import Account
from orders.payment.models import Payment
from orders.refunds.models import Refund
from shop.audit.models import AuditEntry
from tests.factories import make_maker, make_piece, make_variant, stock
from tests.fakes.local_stripe import LocalStripe
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
from tests.orders.steps import at_stripe, read_order

pytestmark = pytest.mark.django_db
Placed = dict[str, Any]


@pytest.fixture(autouse=True)
def two_makers(stripe_server: LocalStripe) -> None:
    make_piece("band", make_variant("BAND-1", price="180.00", stock=50))
    make_piece("hoop", make_variant("HOOP-1", price="33.35", stock=50), maker=make_maker("birch"))


@pytest.fixture
def placed(stripe_server: LocalStripe) -> Placed:
    """Two bands and their shipping, paid: 360.00."""
    return bought(stripe_server, BAND_1=2)


@pytest.fixture
def shared(stripe_server: LocalStripe) -> Placed:
    """A band of alder's and three hoops of birch's."""
    return bought(stripe_server, BAND_1=1, HOOP_1=3)


def refunded(placed: Placed) -> Decimal:
    return payment_of(placed).refunded


def made(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 201, answer.content
    [refund] = answer.json()["refunds"]
    return dict(refund)


def test_everything(placed: Placed, stripe_server: LocalStripe) -> None:
    row = made(refund(team(), placed, everything=True, reason="returned", note="Came back scratched"))
    assert (row["amount"], row["status"], row["reason"], row["note"]) == (
        usd("360.00"),
        "succeeded",
        "returned",
        "Came back scratched",
    )
    assert row["lines"] == [{**pieces(placed, 2)[0], "amount": usd("360.00")}]
    [there] = at_stripe(stripe_server, "GET", "refunds")["data"]
    assert (there["amount"], there["metadata"]) == (36000, {"refund": row["id"]})
    [asked] = stripe_server.requests("POST", "/v1/refunds$")
    assert asked["idempotency_key"] == f"refund:{row['id']}"
    shown = read_order(DocumentedApi(), placed["order"])
    assert (shown["status"], shown["totals"]["refunded"], shown["totals"]["due"]) == (
        "paid",
        usd("360.00"),
        usd("0.00"),
    )
    [for_buyer] = shown["refunds"]
    assert for_buyer == {name: row[name] for name in ("id", "payment", "amount", "status", "reason", "created_at")}


def test_by_piece_and_the_rest_later(placed: Placed) -> None:
    api = team()
    assert made(refund(api, placed, lines=pieces(placed, 1)))["amount"] == usd("180.00")
    assert made(refund(api, placed, everything=True))["amount"] == usd("180.00")
    assert refunded(placed) == Decimal("360.00")
    assert problem(refund(api, placed, everything=True)) == (409, "refund_too_large")


def test_shipping_once(stripe_server: LocalStripe) -> None:
    placed, api = bought(stripe_server, BAND_1=1), team()
    assert made(refund(api, placed, shipping=usd("5.00")))["shipping"] == usd("5.00")
    answer = refund(api, placed, shipping=usd("7.01"))
    assert problem(answer) == (409, "refund_too_large")
    assert answer.json()["errors"] == [
        {"field": "shipping", "code": "too_large", "message": "7.00 USD of yours are left."}
    ]
    assert made(refund(api, placed, everything=True))["amount"] == usd("187.00")


def test_goodwill_is_out_of_what_the_pieces_brought(placed: Placed) -> None:
    api = team()
    assert made(refund(api, placed, goodwill=usd("10.00")))["goodwill"] == usd("10.00")
    assert problem(refund(api, placed, lines=pieces(placed, 2))) == (409, "refund_too_large")
    row = made(refund(api, placed, everything=True))
    assert (row["amount"], row["lines"][0]["quantity"]) == (usd("350.00"), 2)


def test_pieces_that_do_not_divide(shared: Placed) -> None:
    hoops = [line for line in shared["order"]["lines"] if line["sku"] == "HOOP-1"]
    api = team("birch")
    amounts = [
        made(refund(api, shared, maker="birch", lines=[{"line": hoops[0]["id"], "quantity": 1}]))["amount"]["amount"]
        for _ in range(3)
    ]
    assert sorted(amounts) == ["33.35", "33.35", "33.35"]


def test_a_maker_gives_back_its_own_and_no_more(shared: Placed, stripe_server: LocalStripe) -> None:
    birch = team("birch")
    assert problem(refund(birch, shared, maker="birch", lines=pieces(shared, 1))) == (422, "invalid_input")
    assert problem(refund(birch, shared, maker="birch", goodwill=usd("100.06"))) == (409, "refund_too_large")
    # Two parcels, one price for both: it is neither's alone.
    assert problem(refund(birch, shared, maker="birch", shipping=usd("0.01"))) == (409, "refund_too_large")
    assert refunded(shared) == 0
    assert made(refund(birch, shared, maker="birch", everything=True))["amount"] == usd("100.05")
    assert problem(refund(birch, shared, maker="birch", goodwill=usd("0.01"))) == (409, "refund_too_large")
    assert made(refund(team(), shared, everything=True))["amount"] == usd("180.00")


def test_a_makers_refunds_are_not_another_makers_to_see(shared: Placed) -> None:
    row = made(refund(team("birch"), shared, maker="birch", everything=True))
    assert team().get(f"{home(shared)}/refunds").json()["results"] == []
    assert problem(team().get(f"{home(shared)}/refunds/{row['id']}")) == (404, "not_found")
    own = team("birch").get(f"{home(shared, 'birch')}/refunds/{row['id']}")
    assert own.json() == team("birch").get(f"{home(shared, 'birch')}/refunds").json()["results"][0] == row
    assert own.headers["ETag"]


def test_other_peoples_orders_and_lines(placed: Placed, stripe_server: LocalStripe) -> None:
    other = bought(stripe_server, HOOP_1=1)
    assert problem(refund(team(), other, everything=True)) == (404, "not_found")
    answer = refund(team(), placed, lines=pieces(other, 1))
    assert problem(answer) == (422, "invalid_input")
    assert answer.json()["errors"][0]["code"] == "unknown_line"
    assert Refund.objects.count() == 0


BAD: list[tuple[dict[str, Any], str]] = [
    ({}, ""),
    ({"everything": False}, ""),
    ({"everything": True, "goodwill": usd("1.00")}, "everything"),
    ({"goodwill": usd("0.00")}, "goodwill.amount"),
    ({"goodwill": usd("-1.00")}, "goodwill.amount"),
    ({"goodwill": usd("1.001")}, "goodwill.amount"),
    ({"goodwill": usd("99999999999.00")}, "goodwill.amount"),
    ({"goodwill": usd("NaN")}, "goodwill.amount"),
    ({"goodwill": {"amount": "1.00", "currency": "EUR"}}, "goodwill.currency"),
    ({"goodwill": {"amount": 1, "currency": "USD"}}, "goodwill.amount"),
    ({"shipping": usd("0")}, "shipping.amount"),
    ({"lines": []}, "lines"),
    ({"everything": True, "reason": "late_payment"}, "reason"),
    ({"everything": True, "note": "x" * 501}, "note"),
    ({"everything": True, "amount": usd("1.00")}, "amount"),
]


@pytest.mark.parametrize(("wanted", "field"), BAD)
def test_what_makes_no_sense_is_refused(placed: Placed, wanted: dict[str, Any], field: str) -> None:
    answer = refund(team(), placed, **wanted)
    assert problem(answer) == (422, "invalid_input")
    assert field in {error["field"] for error in answer.json()["errors"]}
    assert (Refund.objects.count(), refunded(placed)) == (0, 0)


@pytest.mark.parametrize("quantity", [0, -1, 10_001, 1.5, "1", True])
def test_a_number_of_pieces_that_is_none(placed: Placed, quantity: Any) -> None:
    lines = [{"line": placed["order"]["lines"][0]["id"], "quantity": quantity}]
    assert problem(refund(team(), placed, lines=lines)) == (422, "invalid_input")


def test_too_many_pieces_and_one_line_twice(placed: Placed) -> None:
    answer = refund(team(), placed, lines=pieces(placed, 3))
    assert problem(answer) == (409, "refund_too_large")
    assert answer.json()["errors"][0]["message"] == "2 of it are left."
    assert problem(refund(team(), placed, lines=pieces(placed, 1) * 2)) == (422, "invalid_input")
    assert refunded(placed) == 0


def test_more_decimals_than_the_currency_has(placed: Placed) -> None:
    yen = {"currency": "JPY"}
    Payment.objects.update(**yen)
    order = order_of(placed)
    type(order).objects.update(**yen)
    answer = refund(team(), placed, goodwill={"amount": "1.50", "currency": "JPY"})
    assert (problem(answer), answer.json()["errors"][0]["code"]) == ((422, "invalid_input"), "too_fine")


def test_an_order_that_was_not_paid() -> None:
    placed = DocumentedApi().placed(BAND_1=1)
    assert problem(refund(team(), placed, everything=True)) == (409, "order_not_in_state")


def test_twice_with_one_key_is_once(placed: Placed, stripe_server: LocalStripe) -> None:
    api = team()
    first = refund(api, placed, key="a-key", goodwill=usd("5.00"))
    again = refund(api, placed, key="a-key", goodwill=usd("5.00"))
    assert again.json() == first.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    assert problem(refund(api, placed, key="a-key", goodwill=usd("6.00"))) == (422, "idempotency_key_reused")
    assert refunded(placed) == Decimal("5.00")
    assert len(stripe_server.requests("POST", "/v1/refunds$")) == 1


def test_without_a_key(placed: Placed) -> None:
    answer = team().post(f"{home(placed)}/refunds", {"reason": "other", "everything": True})
    assert problem(answer) == (400, "idempotency_key_required")


def test_who_may(placed: Placed) -> None:
    for role in ("bookkeeper", "sales_associate", "bench_jeweler"):
        assert team(role=role).get(f"{home(placed)}/refunds").status_code == 200
        assert problem(refund(team(role=role), placed, everything=True)) == (403, "not_permitted")
    assert problem(team(role="marketer").get(f"{home(placed)}/refunds")) == (403, "not_permitted")
    made(refund(team(role="manager"), placed, everything=True))
    entry = AuditEntry.objects.get(action="refund.requested")
    assert entry.after == {"order": placed["order"]["number"], "amount": usd("360.00"), "reason": "customer_request"}


def test_what_went_back_is_in_the_ledger(shared: Placed) -> None:
    row = made(refund(team("birch"), shared, maker="birch", lines=pieces(shared, 0, 2)))
    entries = {entry.account: (entry.amount, entry.maker) for entry in entries_of(f"refund:{row['id']}")}
    assert entries == {
        Account.STRIPE: (Decimal("-66.70"), None),
        Account.OWED_TO_MAKER: (Decimal("66.70"), make_maker("birch").pk),
    }


def test_a_payment_made_by_hand_is_given_back_by_hand(placed: Placed, stripe_server: LocalStripe) -> None:
    paid_by_hand(placed)
    api = team()
    row = made(refund(api, placed, lines=pieces(placed, 1)))
    assert (row["status"], row["provider"]) == ("pending", "manual")
    assert refunded(placed) == Decimal("180.00")
    for _ in range(2):
        answer = post(api, f"{home(placed)}/refunds/{row['id']}/given-back")
        assert (answer.status_code, answer.json()["status"]) == (200, "succeeded")
    assert stripe_server.requests("POST", "/v1/refunds$") == []
    assert {entry.account for entry in entries_of(f"refund:{row['id']}")} == {Account.AT_HAND, Account.OWED_TO_MAKER}
    assert AuditEntry.objects.filter(action="refund.given_back").count() == 1


def test_what_stripe_gives_back_nobody_gives_back_by_hand(placed: Placed) -> None:
    row = made(refund(team(), placed, everything=True))
    assert problem(post(team(), f"{home(placed)}/refunds/{row['id']}/given-back")) == (409, "refund_not_manual")
    assert problem(post(team(), f"{home(placed)}/refunds/rfd_0/given-back")) == (404, "not_found")


def test_the_pieces_stay_where_they_are(placed: Placed) -> None:
    made(refund(team(), placed, everything=True))
    assert (stock("BAND-1").num_in_stock, stock("BAND-1").num_allocated) == (50, 2)


def test_an_order_paid_in_two_payments(placed: Placed) -> None:
    """A deposit of 100.00 and the rest, both by hand: what goes back is taken from the first as far as it reaches."""
    paid_by_hand(placed)
    payment = payment_of(placed)
    Payment.objects.filter(pk=payment.pk).update(amount=Decimal("100.00"))
    rest = Payment.objects.create(
        order=payment.order, provider="manual", amount=Decimal("260.00"), currency="USD", status="paid",
        paid_at=payment.paid_at,
    )  # fmt: skip
    answer = refund(team(), placed, lines=pieces(placed, 1))
    shown = [(row["payment"], row["amount"], row["lines"][0]["quantity"]) for row in answer.json()["refunds"]]
    assert shown == [(payment.public_id, usd("100.00"), 1), (rest.public_id, usd("80.00"), 0)]
    assert made(refund(team(), placed, everything=True))["amount"] == usd("180.00")
    assert problem(refund(team(), placed, goodwill=usd("0.01"))) == (409, "refund_too_large")
