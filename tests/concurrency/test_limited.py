"""A voucher for one, an offer for so many: ten at once get no more, and a twin without the lock shows the damage."""

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db.models import Sum

from orders.order.models import Order, OrderDiscount
from orders.voucher.models import VoucherApplication
from tests.concurrency.shop import Shop, check_out, outcomes
from tests.factories import make_offer, make_piece, make_variant, make_voucher

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("processes")]

SKU = "BAND-1"
BUYERS = 10
Twin = Callable[[str], AbstractContextManager[Shop]]


def baskets(shop: Shop, code: str = "") -> list[dict[str, Any]]:
    """A ready basket of each buyer's, with the voucher in it."""
    make_piece("band", make_variant(SKU, "100.00", stock=50))
    found = shop.ready_baskets(BUYERS, SKU)
    if not code:
        return found
    with shop.caller() as caller:
        return [caller.call("POST", f"/store/baskets/{each['id']}/vouchers", {"code": code}).json() for each in found]


def all_check_out(shop: Shop, ready: list[dict[str, Any]]) -> Counter[tuple[int, str]]:
    return outcomes(shop.all_at_once([partial(check_out, basket=basket) for basket in ready]))


def test_a_voucher_for_one_is_used_by_one(shop: Shop) -> None:
    make_voucher("ONCE", usage="single")
    ready = baskets(shop, "ONCE")
    assert {basket["totals"]["total"]["amount"] for basket in ready} == {"102.00"}

    assert all_check_out(shop, ready) == {(201, ""): 1, (409, "basket_changed"): BUYERS - 1}

    assert VoucherApplication.objects.count() == OrderDiscount.objects.count() == Order.objects.count() == 1
    assert Order.objects.get().total_incl_tax == Decimal("102.00")
    problems = Counter(shop.read_basket(basket)["vouchers"][0]["problem"] for basket in ready)
    assert problems == {"voucher_used_up": BUYERS - 1, None: 1}


def test_a_customer_uses_once_what_is_for_each_once(shop: Shop) -> None:
    """All ten baskets have the same mail address."""
    make_voucher("EACH", usage="once_per_customer")
    ready = baskets(shop, "EACH")
    assert all_check_out(shop, ready) == {(201, ""): 1, (409, "basket_changed"): BUYERS - 1}


def test_a_customer_uses_it_once_however_the_address_is_spelled(shop: Shop) -> None:
    make_voucher("EACH", usage="once_per_customer")
    ready = baskets(shop, "EACH")
    with shop.caller() as caller:
        spelled = [
            caller.call("PATCH", f"/store/baskets/{each['id']}", {"email": f"Ada+{number}@Example.com"}).json()
            for number, each in enumerate(ready)
        ]
    assert {basket["totals"]["total"]["amount"] for basket in spelled} == {"102.00"}
    assert all_check_out(shop, spelled) == {(201, ""): 1, (409, "basket_changed"): BUYERS - 1}


def test_an_offer_for_three_is_given_three_times(shop: Shop) -> None:
    make_offer(limits={"uses": 3})
    assert all_check_out(shop, baskets(shop)) == {(201, ""): 3, (409, "basket_changed"): BUYERS - 3}
    assert OrderDiscount.objects.count() == 3


def test_a_budget_is_not_overspent(shop: Shop) -> None:
    make_offer(limits={"discount": Decimal("25.00")})
    ready = baskets(shop)
    # The third would get half of it: its basket showed the whole.
    assert all_check_out(shop, ready) == {(201, ""): 2, (409, "basket_changed"): BUYERS - 2}
    assert OrderDiscount.objects.aggregate(all=Sum("amount"))["all"] == Decimal("20.00")


def test_without_a_limit_nobody_is_kept_from_it(shop: Shop) -> None:
    make_offer()
    make_voucher("ALL", make_offer("amount", "5", label="Five", by_voucher=True))
    assert all_check_out(shop, baskets(shop, "ALL")) == {(201, ""): BUYERS}
    assert OrderDiscount.objects.count() == 2 * BUYERS


@pytest.mark.parametrize("code", ["ONCE", ""])
def test_control_without_the_lock_several_get_it(twin: Twin, code: str) -> None:
    if code:
        make_voucher(code, usage="single")
    else:
        make_offer(limits={"uses": 1})
    with twin("unlocked_discounts") as shop:
        all_check_out(shop, baskets(shop, code))
    assert OrderDiscount.objects.count() == Order.objects.count() > 1
    print(f"What was for one went to {OrderDiscount.objects.count()}")
