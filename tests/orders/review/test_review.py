"""A paid order that looks wrong waits until its maker has looked."""

from collections.abc import Callable
from typing import Any

import pytest

from orders.order.models import Order
from orders.order.services import OrderHeldForReview, lock_order, move
from orders.order.status import MADE_OR_SENT, OrderStatus
from orders.refunds.models import Refund
from shop.audit.models import AuditEntry
from tests.api import ADDRESS, Api
from tests.factories import api_of, make_maker, make_member, make_piece, make_variant, stock
from tests.fakes.local_stripe import LocalStripe
from tests.orders.steps import DECLINED, deliver, events, pay, read_order, refresh, token

pytestmark = pytest.mark.django_db

BASE = "/studio/makers/alder"
RunJobs = Callable[[], int]


@pytest.fixture(autouse=True)
def limits(settings: Any) -> None:
    settings.REVIEW_OVER, settings.REVIEW_DECLINES, settings.REVIEW_ADDRESSES = 1000, 3, True


@pytest.fixture
def owner() -> Api:
    return api_of(make_member("owner@alder.example"))


def bought(
    api: Api, server: LocalStripe, card: str = "pm_card_visa", price: str = "180.00", **details: Any
) -> dict[str, Any]:
    """A paid order of one piece, as its buyer reads it after having paid."""
    if not Order.objects.exists():
        make_piece("band", make_variant("BAND-1", price=price))
    basket = api.ready_basket(BAND_1=1)
    basket = api.patch(f"/store/baskets/{basket['id']}", details).json() if details else basket
    placed = api.checkout(basket).json()
    pay(server, placed["payment"], card)
    refresh(api, placed["order"], placed["payment"])
    return dict(placed["order"])


def review(owner: Api, order: dict[str, Any]) -> tuple[str, list[str]]:
    found = owner.get(f"{BASE}/orders/{order['number']}").json()["review"]
    return found["status"], [reason["code"] for reason in found["reasons"]]


def decide(owner: Api, order: dict[str, Any], what: str, key: str = "a-key-of-some-length") -> Any:
    return owner.post(f"{BASE}/orders/{order['number']}/review/{what}", {}, Idempotency_Key=key)


def test_an_order_like_any_other_is_not_held(api: Api, owner: Api, stripe_server: LocalStripe) -> None:
    order = bought(api, stripe_server, billing_address=ADDRESS)
    assert review(owner, order) == ("none", [])
    assert owner.get(f"{BASE}/reviews").json()["results"] == []


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ({"price": "1000.01"}, "amount"),
        ({"billing_address": {**ADDRESS, "state": "WA", "postal_code": "98101"}}, "state_mismatch"),
        ({"billing_address": {**ADDRESS, "country": "CA", "state": "", "postal_code": "K1A 0B1"}}, "country_mismatch"),
        ({"card": "pm_card_riskLevelElevated"}, "elevated_risk"),
        ({"card": "pm_card_riskLevelHighest"}, "highest_risk"),
    ],
)
def test_it_is_held_when_it_is_paid(
    api: Api, owner: Api, stripe_server: LocalStripe, how: dict[str, Any], reason: str
) -> None:
    order = bought(api, stripe_server, **how)
    assert review(owner, order) == ("held", [reason])
    [listed] = owner.get(f"{BASE}/reviews").json()["results"]
    assert (listed["number"], listed["review"]["reasons"][0]["code"]) == (order["number"], reason)


@pytest.mark.parametrize(("declines", "status"), [(2, "none"), (3, "held")])
def test_refused_cards_are_counted_by_stripes_events_each_once(
    api: Api, owner: Api, stripe_server: LocalStripe, declines: int, status: str
) -> None:
    make_piece("band")
    placed = api.placed(BAND_1=1)
    for _ in range(declines):
        pay(stripe_server, placed["payment"], DECLINED)
    for event in events(stripe_server, "payment_intent.payment_failed") * 2:
        assert deliver(api, event).status_code == 200
    pay(stripe_server, placed["payment"])
    refresh(api, placed["order"], placed["payment"])
    assert review(owner, placed["order"])[0] == status


def test_the_buyer_is_told_nothing_of_it(api: Api, owner: Api, stripe_server: LocalStripe) -> None:
    order = bought(api, stripe_server, price="1000.01")
    shown = read_order(api, order)
    assert shown["status"] == "paid"
    assert "review" not in str(shown) and "held" not in str(shown)


@pytest.mark.parametrize("status", sorted(MADE_OR_SENT - {OrderStatus.DELIVERED}))
def test_a_held_order_is_neither_made_nor_sent(
    api: Api, owner: Api, stripe_server: LocalStripe, status: OrderStatus
) -> None:
    order = bought(api, stripe_server, price="1000.01")
    row = Order.objects.get()
    with pytest.raises(OrderHeldForReview):
        move(lock_order(row.pk), status)
    assert read_order(api, order)["status"] == "paid"
    assert decide(owner, order, "approve").status_code == 200
    move(lock_order(row.pk), status)
    assert read_order(api, order)["status"] == status


def test_approving_is_written_down_and_done_once(api: Api, owner: Api, stripe_server: LocalStripe) -> None:
    order = bought(api, stripe_server, price="1000.01")
    answer = decide(owner, order, "approve")
    assert answer.json()["review"]["status"] == "approved"
    assert answer.json()["review"]["reviewed_at"] is not None
    assert decide(owner, order, "approve").headers["Idempotent-Replayed"] == "true"
    again = decide(owner, order, "approve", key="another-key-of-some-length")
    assert (again.status_code, again.json()["code"]) == (409, "not_under_review")
    [entry] = AuditEntry.objects.filter(action="order.review_approved")
    assert (entry.object, entry.after) == (order["id"], {"review": "approved", "reasons": ["amount"]})
    assert owner.get(f"{BASE}/reviews").json()["results"] == []
    assert len(owner.get(f"{BASE}/reviews?status=approved").json()["results"]) == 1


def test_cancelling_gives_back_money_and_pieces(
    api: Api, owner: Api, stripe_server: LocalStripe, run_jobs: RunJobs
) -> None:
    order = bought(api, stripe_server, price="1000.01")
    assert stock("BAND-1").num_allocated == 1
    answer = decide(owner, order, "cancel")
    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    assert answer.json()["review"]["status"] == "cancelled"
    run_jobs()
    assert (Refund.objects.get().status, stock("BAND-1").num_allocated) == ("succeeded", 0)
    shown = read_order(api, order)
    assert (shown["status"], shown["refunds"][0]["reason"]) == ("cancelled", "order_cancelled")
    assert AuditEntry.objects.filter(action="order.review_cancelled").count() == 1


def test_what_is_not_held_is_not_cancelled_here(api: Api, owner: Api, stripe_server: LocalStripe) -> None:
    order = bought(api, stripe_server)
    answer = decide(owner, order, "cancel")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_under_review")
    assert read_order(api, order)["status"] == "paid"


def test_another_makers_order_is_not_there(api: Api, owner: Api, stripe_server: LocalStripe) -> None:
    order = bought(api, stripe_server, price="1000.01")
    stranger = api_of(make_member("owner@birch.example", maker=make_maker("birch")))
    for what in ("approve", "cancel"):
        path = f"/studio/makers/birch/orders/{order['number']}/review/{what}"
        assert stranger.post(path, {}, Idempotency_Key="a-key-of-some-length").status_code == 404
    assert stranger.get("/studio/makers/birch/reviews").json()["results"] == []
    assert review(owner, order)[0] == "held"


def test_a_corrected_address_that_no_longer_fits_the_bill_holds_an_approved_order_again(
    api: Api, owner: Api, stripe_server: LocalStripe
) -> None:
    order = bought(api, stripe_server, price="1000.01", billing_address=ADDRESS)
    decide(owner, order, "approve")
    same_state = {**ADDRESS, "line1": "2 Main Street"}
    api.patch(f"/store/orders/{order['number']}", {"shipping_address": same_state}, **token(order))
    assert review(owner, order) == ("approved", ["amount"])
    elsewhere = {**ADDRESS, "state": "WA", "postal_code": "98101"}
    answer = api.patch(f"/store/orders/{order['number']}", {"shipping_address": elsewhere}, **token(order))
    assert answer.status_code == 200, answer.content
    assert review(owner, order) == ("held", ["amount", "state_mismatch"])
