"""Stripe down, failing, slow, or answering too late; webhooks lost, doubled, shuffled. All ends the same."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from orders.order.models import Order
from orders.payment.models import Payment
from shop.jobs.services import defer
from tests.concurrency.shop import check_out
from tests.factories import make_piece, make_variant, stock
from tests.faults.mortals import MortalShop
from tests.faults.state import assert_all_is_well, sale
from tests.faults.test_crashes import SKU, at_order, overdue, row

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("faults")]

FAULTS: dict[str, dict[str, Any]] = {
    "down": {"action": "drop"},
    "500": {"action": "error", "status": 500},
    "slow": {"action": "hang", "seconds": 1},
    "time-out after success": {"action": "hang_after", "seconds": 1},
    "connection lost after success": {"action": "drop_after"},
    "too many requests": {"action": "error", "status": 429},
}


@pytest.fixture(autouse=True)
def bands(empty_queue: None) -> None:
    make_piece("band", make_variant(SKU, stock=90))


def breaks(shop: MortalShop, fault: dict[str, Any], path: str) -> None:
    if fault:
        shop.stripe.control("faults", path=path, times=1000, **fault)


def mended(shop: MortalShop) -> None:
    """Stripe is well again, and some minutes have passed."""
    shop.stripe.control("faults", "DELETE")
    Payment.objects.update(created_at=timezone.now() - timedelta(minutes=10))


def reconciled(shop: MortalShop) -> None:
    defer("orders.reconcile.payments", timestamp=0)
    shop.work_on()


def buying(shop: MortalShop, fault: dict[str, Any]) -> Order:
    """The buyer pays once their payment can be paid; no webhook comes."""
    [basket] = shop.ready_baskets(1, SKU)
    breaks(shop, fault, "/v1/payment_intents$")
    placed = shop.do(lambda caller: check_out(caller, basket)).json()
    assert (placed["payment"]["client_secret"] is None) == bool(fault)
    mended(shop)
    reconciled(shop)
    [payment] = shop.read_order(placed["order"])["payments"]
    shop.pay(payment).raise_for_status()
    reconciled(shop)
    return row(placed)


def cancelling(shop: MortalShop, fault: dict[str, Any]) -> Order:
    placed = shop.placed(SKU)
    breaks(shop, fault, "/cancel$")
    if fault:
        answer = shop.do(at_order(placed, "cancel"))
        assert (answer.status, answer.code) == (503, "payment_unavailable")
        assert row(placed).status == "awaiting_payment", "The hold outlives what is not known."
    mended(shop)
    assert shop.do(at_order(placed, "cancel")).json()["status"] == "cancelled"
    return row(placed)


def lapsing(shop: MortalShop, fault: dict[str, Any]) -> Order:
    placed = shop.placed(SKU)
    overdue(placed)
    breaks(shop, fault, "/cancel$")
    for _ in range(2):
        defer("orders.checkout.lapse", timestamp=0)
        shop.work_on()
        if fault:
            assert row(placed).status == "awaiting_payment"
        mended(shop)
        fault = {}
    return row(placed)


@pytest.mark.parametrize("doing", [buying, cancelling, lapsing], ids=lambda doing: doing.__name__)
def test_whatever_stripe_does_it_ends_the_same(
    shop: MortalShop, doing: Callable[[MortalShop, dict[str, Any]], Order]
) -> None:
    expected = sale(shop.stripe, doing(shop, {}))
    for name, fault in FAULTS.items():
        assert (name, sale(shop.stripe, doing(shop, fault))) == (name, expected)
    assert_all_is_well(shop)


# Webhooks


def once(shop: MortalShop) -> None:
    shop.stripe.control("webhooks/release")


def shuffled_and_three_times(shop: MortalShop) -> None:
    shop.stripe.control("webhooks/release", order="shuffled", copies=3)


def newest_first(shop: MortalShop) -> None:
    shop.stripe.control("webhooks/release", order="newest_first")


def lost_but_events_are_listed(shop: MortalShop) -> None:
    shop.stripe.control("webhooks/drop")
    defer("orders.reconcile.events", timestamp=0)


def lost_but_payments_are_read(shop: MortalShop) -> None:
    shop.stripe.control("webhooks/drop")
    Payment.objects.update(created_at=timezone.now() - timedelta(minutes=10))
    defer("orders.reconcile.payments", timestamp=0)


def lost(shop: MortalShop) -> None:
    shop.stripe.control("webhooks/drop")


def three_sales(shop: MortalShop, told: Callable[[MortalShop], None]) -> list[dict[str, Any]]:
    """Two are paid, one is not; what of events was kept does not matter."""
    sales = [shop.placed(SKU) for _ in range(3)]
    for placed in sales[:2]:
        shop.pay(placed["payment"]).raise_for_status()
    told(shop)
    shop.work_on()
    return [sale(shop.stripe, row(placed)) for placed in sales]


def test_however_webhooks_come_it_ends_the_same(shop: MortalShop) -> None:
    expected = three_sales(shop, once)
    assert [each["order"] for each in expected] == ["paid", "paid", "awaiting_payment"]
    for told in (shuffled_and_three_times, newest_first, lost_but_events_are_listed, lost_but_payments_are_read):
        assert (told.__name__, three_sales(shop, told)) == (told.__name__, expected)
    assert stock(SKU).num_allocated == 15
    assert_all_is_well(shop)


def test_control_lost_webhooks_that_nobody_asks_for(shop: MortalShop) -> None:
    found = three_sales(shop, lost)
    assert [(each["order"], each["intents"][0][0]) for each in found[:2]] == [("awaiting_payment", "succeeded")] * 2
