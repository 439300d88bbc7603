"""What a discounted order keeps, what it frees when it ends, and what stops it when something has moved."""

from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from catalog.partner.models import StockRecord
from orders.offer.models import ConditionalOffer
from orders.order.models import Line, Order, OrderDiscount, OrderLineDiscount
from orders.payment.models import Payment
from orders.voucher.models import VoucherApplication
from tests.api import Api
from tests.factories import make_maker, make_offer, make_piece, make_variant, make_voucher
from tests.fakes.local_stripe import LocalStripe
from tests.orders.offer.test_vouchers import buy, enter, read
from tests.orders.steps import cancel, hold_over, lapse, pay, read_order, refresh
from tests.scene import snapshot

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(api: Api, stripe_server: LocalStripe) -> Api:
    make_piece("band", make_variant("BAND-1", "100.00"), make_variant("BAND-2", "33.33"))
    return api


def errors(answer: Any) -> list[tuple[str, str]]:
    return [(each["field"], each["code"]) for each in answer.json()["errors"]]


def test_the_order_keeps_what_was_taken_off_and_who_bears_it(api: Api) -> None:
    alder = make_maker("alder")
    make_offer("percentage", "10", label="Alder's", maker=alder)
    make_offer("shipping_percentage", "50", label="Half shipping")
    make_voucher("FIVE", make_offer("amount", "5", label="Five", by_voucher=True))
    basket = api.ready_basket(BAND_1=1, BAND_2=1)
    basket = enter(api, basket, "five").json()
    assert basket["totals"]["total"]["amount"] == "121.50"  # 133.33 - 5.00 - 12.83 + 12.00 - 6.00

    placed = api.checkout(basket)
    assert placed.status_code == 201
    order = placed.json()["order"]
    assert {name: order["totals"][name] for name in basket["totals"]} == basket["totals"]
    assert order["discounts"] == basket["discounts"]
    assert [line["discount"] for line in order["lines"]] == [line["discount"] for line in basket["lines"]]
    assert read_order(api, order) | {"access_token": order["access_token"]} == order
    frozen = read(api, basket)
    assert {name: frozen[name] for name in ("totals", "discounts", "vouchers", "lines")} == {
        name: basket[name] for name in ("totals", "discounts", "vouchers", "lines")
    }

    row = Order.objects.get()
    assert Payment.objects.get().amount == row.total_incl_tax
    assert row.total_incl_tax == sum(line.line_price_incl_tax for line in row.lines.all()) + row.shipping_incl_tax
    kept = list(OrderDiscount.objects.order_by("pk").values_list("offer_name", "voucher_code", "category", "maker"))
    assert kept == [
        ("Five", "FIVE", "Basket", None), ("Alder's", "", "Basket", alder.pk), ("Half shipping", "", "Shipping", None),
    ]  # fmt: skip
    for line in Line.objects.all():
        off = sum(each.amount for each in OrderLineDiscount.objects.filter(line=line))
        assert line.line_price_before_discounts_incl_tax - off == line.line_price_incl_tax
    assert VoucherApplication.objects.get().voucher.code == "FIVE"


def test_a_total_of_zero_is_paid_at_once(api: Api) -> None:
    make_voucher("GIFT", make_offer("percentage", "100", by_voucher=True), usage="single")
    make_offer("shipping_percentage", "100", label="Free shipping")
    answer = api.checkout(enter(api, api.ready_basket(BAND_1=1), "GIFT").json()).json()
    assert (answer["payment"], answer["order"]["status"]) == (None, "paid")
    assert answer["order"]["totals"]["total"]["amount"] == "0.00"
    assert not Payment.objects.exists()


def test_a_voucher_that_somebody_else_used_up_meanwhile(api: Api) -> None:
    make_voucher("ONCE", usage="single")
    basket = enter(api, api.ready_basket(BAND_1=1), "ONCE").json()
    buy(api, "ONCE", email="bea@example.com")
    before = snapshot()
    answer = api.checkout(basket)
    assert (answer.status_code, answer.json()["code"]) == (409, "basket_changed")
    assert errors(answer) == [
        ("expected.total", "total"), ("expected.version", "prices"), ("vouchers.ONCE", "voucher_used_up"),
    ]  # fmt: skip
    assert snapshot() == before
    now = read(api, basket)
    assert (now["vouchers"][0]["problem"], now["totals"]["total"]["amount"]) == ("voucher_used_up", "112.00")
    assert api.checkout(now).status_code == 201


def test_an_offer_that_ended_meanwhile(api: Api) -> None:
    make_offer()
    basket = api.ready_basket(BAND_1=1)
    ConditionalOffer.objects.update(ended_at=timezone.now())
    answer = api.checkout(basket)
    assert (answer.status_code, answer.json()["code"]) == (409, "basket_changed")
    assert not Order.objects.exists()


def test_a_budget_is_spent_to_its_last_cent_and_no_further(api: Api) -> None:
    make_offer("percentage", "10", limits={"discount": Decimal("15.00")})
    taken = [api.placed(BAND_1=1)["order"]["totals"]["discounts"]["amount"] for _ in range(3)]
    assert taken == ["10.00", "5.00", "0.00"]


def test_so_many_uses_of_each_customer(api: Api) -> None:
    make_offer(limits={"uses_per_customer": 1})
    first, second = api.placed(BAND_1=1)["order"], api.placed(BAND_1=1)["order"]
    assert [order["totals"]["discounts"]["amount"] for order in (first, second)] == ["10.00", "0.00"]


@pytest.mark.parametrize("how", ["cancelled", "lapsed"])
def test_an_order_that_ends_unpaid_frees_what_it_used(api: Api, how: str) -> None:
    make_voucher("ONCE", usage="single")
    placed = buy(api, "ONCE")
    basket = Order.objects.get().basket.public_id
    if how == "cancelled":
        assert cancel(api, placed["order"]).status_code == 200
    else:
        with hold_over():
            lapse()
    assert Order.objects.get().status == how
    again = api.get(f"/store/baskets/{basket}").json()
    assert (again["status"], again["vouchers"][0]["problem"]) == ("open", None)
    buy(api, "ONCE")


def test_money_that_comes_late_is_taken_at_the_price_that_was_promised(api: Api, stripe_server: LocalStripe) -> None:
    """The buyer was asked for so much and has paid it, although somebody else has used the voucher meanwhile."""
    make_voucher("ONCE", usage="single")
    late = buy(api, "ONCE")
    Order.objects.update(status="lapsed")
    buy(api, "ONCE", email="bea@example.com")
    pay(stripe_server, late["payment"])
    refresh(api, late["order"], late["payment"])
    order = read_order(api, late["order"])
    assert (order["status"], order["totals"]["paid"]["amount"]) == ("paid", "102.00")
    assert VoucherApplication.objects.exclude(order__status__in=("lapsed", "cancelled")).count() == 2


class TestShownIsCharged:
    """The total alone does not tell whether the shopper has seen the prices that it is made of."""

    def reprice(self, sku: str, price: str) -> None:
        StockRecord.objects.filter(partner_sku=sku).update(price=price)

    def test_two_prices_that_moved_against_each_other_are_a_difference(self, api: Api) -> None:
        basket = api.ready_basket(BAND_1=1, BAND_2=1)
        self.reprice("BAND-1", "110.00")
        self.reprice("BAND-2", "23.33")
        answer = api.checkout(basket)
        assert (answer.status_code, answer.json()["code"]) == (409, "basket_changed")
        lines = [f"lines.{line['id']}" for line in basket["lines"]]
        assert errors(answer) == [("expected.version", "prices"), *((line, "price_changed") for line in lines)]
        assert not Order.objects.exists()

    def test_reading_shows_them_as_another_version_which_can_be_ordered(self, api: Api) -> None:
        basket = api.ready_basket(BAND_1=1, BAND_2=1)
        self.reprice("BAND-1", "110.00")
        self.reprice("BAND-2", "23.33")
        now = read(api, basket)
        assert (now["version"], now["totals"]) == (basket["version"] + 1, basket["totals"])
        assert read(api, basket) == now
        assert errors(api.checkout(basket))[0] == ("expected.version", "version")
        assert api.checkout(now).status_code == 201

    def test_prices_that_were_seen_at_another_reading_are_a_difference_as_well(self, api: Api) -> None:
        basket = api.ready_basket(BAND_1=1, BAND_2=1)
        self.reprice("BAND-1", "110.00")
        seen = read(api, basket)
        self.reprice("BAND-1", "100.00")
        self.reprice("BAND-2", "43.33")
        assert errors(api.checkout(seen))[0] == ("expected.version", "prices")

    def test_so_are_discounts(self, api: Api) -> None:
        make_offer("amount", "10", label="Before")
        basket = api.ready_basket(BAND_1=1, BAND_2=1)
        ConditionalOffer.objects.update(ended_at=timezone.now())
        piece = StockRecord.objects.get(partner_sku="BAND-1").product.parent
        make_offer("amount", "10", label="After", applies_to={"products": [piece.public_id]})
        assert api.checkout(basket).status_code == 201, "the same money off the same lines"
        basket = api.ready_basket(BAND_1=1, BAND_2=1)
        ConditionalOffer.objects.update(ended_at=timezone.now())
        make_offer("shipping_amount", "10", label="Off shipping")
        assert errors(api.checkout(basket)) == [("expected.version", "prices")]
