"""Checkout: an order of exactly what was shown, or a refusal that says what differs and changes nothing."""

from typing import Any

import pytest
from django.http import HttpResponse

from catalog.catalogue.models import Product
from catalog.inventory.services import hold
from catalog.partner.models import Partner, StockRecord
from orders.basket.models import Basket
from orders.order.models import Order
from orders.payment.models import Payment
from shop.storefronts.models import Storefront
from tests.api import ADDRESS, Api
from tests.factories import make_maker, make_piece, make_variant, stock
from tests.fakes.local_stripe import LocalStripe
from tests.orders.steps import read_order

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stripe_server")]


@pytest.fixture
def basket(api: Api) -> dict[str, Any]:
    make_piece("band")
    return api.ready_basket(BAND_1=2)


def refusal(answer: HttpResponse) -> tuple[int, str, set[tuple[str, str]]]:
    problem = answer.json()
    return answer.status_code, problem["code"], {(error["field"], error["code"]) for error in problem["errors"]}


def assert_nothing_happened(api: Api, basket: dict[str, Any], stripe_server: LocalStripe, held: int = 0) -> None:
    assert Order.objects.count() == 0
    assert Payment.objects.count() == 0
    assert stock("BAND-1").num_allocated == held
    assert stripe_server.requests() == []
    assert api.get(f"/store/baskets/{basket['id']}").json()["status"] == "open"


def test_an_order_is_placed(api: Api, basket: dict[str, Any]) -> None:
    answer = api.checkout(basket)
    order, payment = answer.json()["order"], answer.json()["payment"]
    assert answer.status_code == 201
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert (order["status"], order["email"]) == ("awaiting_payment", "ada@example.com")
    assert order["shipping_address"] == {**ADDRESS, "company": "", "line2": "", "phone": ""}
    assert order["shipping_option"]["code"] == "standard"
    assert {name: part["amount"] for name, part in order["totals"].items()} == {
        "items": "360.00", "discounts": "0.00", "shipping": "0.00", "tax": "0.00", "total": "360.00",
        "paid": "0.00", "refunded": "0.00", "due": "360.00",
    }  # fmt: skip
    assert [(step["status"]) for step in order["timeline"]] == ["awaiting_payment"]
    assert (payment["status"], payment["amount"]) == ("pending", order["totals"]["total"])
    assert payment["client_secret"].startswith("pi_")
    assert payment["publishable_key"] == "pk_test_tests"


@pytest.mark.parametrize("provider", ["stripe", "manual"])
def test_the_order_is_answered_as_it_is_read_afterwards(api: Api, basket: dict[str, Any], provider: str) -> None:
    Storefront.objects.update(providers=["stripe", "manual"], payment_instructions="To the shop's account")
    make_piece("ring", make_variant("RING-1"))
    api.post(f"/store/baskets/{basket['id']}/lines", {"sku": "RING-1"})
    address = {**ADDRESS, "phone": "+1 503 555 0100"}
    changes = {"gift_note": "For Ada\nfrom Charles", "billing_address": address}
    placed = api.checkout(api.patch(f"/store/baskets/{basket['id']}", changes).json(), provider=provider).json()
    assert read_order(api, placed["order"]) | {"access_token": placed["order"]["access_token"]} == placed["order"]
    assert placed["order"]["payments"] == [placed["payment"]]


def test_the_order_holds_its_stock(api: Api, basket: dict[str, Any]) -> None:
    api.checkout(basket)
    assert (stock("BAND-1").num_in_stock, stock("BAND-1").num_allocated) == (5, 2)


def test_an_order_reads_as_it_was_placed(api: Api, basket: dict[str, Any]) -> None:
    order = api.checkout(basket).json()["order"]
    assert {**read_order(api, order), "access_token": order["access_token"]} == order


@pytest.mark.parametrize("missing", ["email", "shipping_address", "shipping_option"])
def test_what_is_missing_is_named(api: Api, stripe_server: LocalStripe, missing: str) -> None:
    make_piece("band")
    basket = api.basket(BAND_1=1)
    details = {"email": "ada@example.com", "shipping_address": ADDRESS, "shipping_option": "standard"}
    del details[missing]
    basket = api.patch(f"/store/baskets/{basket['id']}", details).json()
    assert refusal(api.checkout(basket)) == (422, "checkout_incomplete", {(missing, "required")})
    assert_nothing_happened(api, basket, stripe_server)


def test_an_empty_basket_lacks_everything(api: Api) -> None:
    expected = {"lines", "email", "shipping_address", "shipping_option"}
    status, code, errors = refusal(api.checkout(api.basket()))
    assert (status, code, {field for field, _ in errors}) == (422, "checkout_incomplete", expected)


def test_another_version_is_refused(api: Api, basket: dict[str, Any], stripe_server: LocalStripe) -> None:
    other_tab = api.patch(f"/store/baskets/{basket['id']}", {"gift_note": "Hello"}).json()
    assert refusal(api.checkout(basket)) == (409, "basket_changed", {("expected.version", "version")})
    assert_nothing_happened(api, basket, stripe_server)
    assert api.checkout(other_tab).status_code == 201


def test_a_version_from_the_future_is_refused(api: Api, basket: dict[str, Any]) -> None:
    answer = api.checkout(basket, version=basket["version"] + 1)
    assert refusal(answer) == (409, "basket_changed", {("expected.version", "version")})


@pytest.mark.parametrize("amount", ["359.99", "360.01", "0.00"])
def test_another_total_is_refused(api: Api, basket: dict[str, Any], stripe_server: LocalStripe, amount: str) -> None:
    answer = api.checkout(basket, total={"amount": amount, "currency": "USD"})
    assert refusal(answer) == (409, "basket_changed", {("expected.total", "total")})
    assert_nothing_happened(api, basket, stripe_server)


@pytest.mark.parametrize("amount", ["360", "360.0", "0360.00"])
def test_another_spelling_of_the_total_is_the_same(api: Api, basket: dict[str, Any], amount: str) -> None:
    assert api.checkout(basket, total={"amount": amount, "currency": "USD"}).status_code == 201


def test_another_currency_is_refused(api: Api, basket: dict[str, Any], stripe_server: LocalStripe) -> None:
    answer = api.checkout(basket, total={"amount": "360.00", "currency": "EUR"})
    assert refusal(answer) == (409, "basket_changed", {("expected.total.currency", "currency")})
    assert_nothing_happened(api, basket, stripe_server)


def test_a_price_that_rose_meanwhile_is_refused(api: Api, basket: dict[str, Any], stripe_server: LocalStripe) -> None:
    StockRecord.objects.update(price="190.00")
    line = basket["lines"][0]["id"]
    assert refusal(api.checkout(basket)) == (
        409, "basket_changed", {
            ("expected.version", "prices"), ("expected.total", "total"), (f"lines.{line}", "price_changed"),
        },
    )  # fmt: skip
    assert_nothing_happened(api, basket, stripe_server)


def test_a_new_price_that_was_shown_is_charged(api: Api, basket: dict[str, Any]) -> None:
    StockRecord.objects.update(price="190.00")
    shown = api.get(f"/store/baskets/{basket['id']}").json()
    order = api.checkout(shown).json()["order"]
    assert order["totals"]["total"]["amount"] == "380.00"
    assert order["lines"][0]["unit_price"]["amount"] == "190.00"


def test_a_new_shipping_rate_is_refused(
    api: Api, basket: dict[str, Any], stripe_server: LocalStripe, settings: Any
) -> None:
    settings.SHIPPING_FREE_OVER = 1000
    changed = {("expected.version", "prices"), ("expected.total", "total")}
    assert refusal(api.checkout(basket)) == (409, "basket_changed", changed)
    assert_nothing_happened(api, basket, stripe_server)


def test_a_withdrawn_piece_is_refused(api: Api, basket: dict[str, Any], stripe_server: LocalStripe) -> None:
    Product.objects.update(is_public=False)
    line = basket["lines"][0]["id"]
    assert refusal(api.checkout(basket)) == (409, "basket_changed", {(f"lines.{line}", "unavailable")})
    assert_nothing_happened(api, basket, stripe_server)


@pytest.mark.parametrize(("taken", "code"), [(5, "out_of_stock"), (4, "insufficient_stock")])
def test_somebody_who_was_faster_is_told_by_line(
    api: Api, basket: dict[str, Any], stripe_server: LocalStripe, taken: int, code: str
) -> None:
    hold({stock("BAND-1").pk: taken}, reference="somebody-else")
    line = basket["lines"][0]["id"]
    assert refusal(api.checkout(basket)) == (409, "out_of_stock", {(f"lines.{line}", code)})
    assert_nothing_happened(api, basket, stripe_server, held=taken)


def test_stock_and_total_together_are_a_changed_basket(api: Api, basket: dict[str, Any]) -> None:
    hold({stock("BAND-1").pk: 5}, reference="somebody-else")
    answer = api.checkout(basket, total={"amount": "1.00", "currency": "USD"})
    line = basket["lines"][0]["id"]
    expected = {("expected.total", "total"), (f"lines.{line}", "out_of_stock")}
    assert refusal(answer) == (409, "basket_changed", expected)


def test_one_line_short_orders_none(api: Api) -> None:
    make_piece("set", make_variant("A"), make_variant("B", stock=1))
    basket = api.ready_basket(A=1, B=1)
    hold({stock("B").pk: 1}, reference="somebody-else")
    assert api.checkout(basket).status_code == 409
    assert stock("A").num_allocated == 0


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "expected"),
        ({"expected": {"version": 1}}, "expected.total"),
        ({"expected": {"total": {"amount": "1.00", "currency": "USD"}}}, "expected.version"),
        ({"expected": {"version": "1", "total": {"amount": "1.00", "currency": "USD"}}}, "expected.version"),
        ({"expected": {"version": 1, "total": {"amount": 1.0, "currency": "USD"}}}, "expected.total.amount"),
        ({"expected": {"version": 1, "total": {"amount": "-1.00", "currency": "USD"}}}, "expected.total.amount"),
        ({"expected": {"version": 1, "total": {"amount": "NaN", "currency": "USD"}}}, "expected.total.amount"),
        ({"expected": {"version": 1, "total": {"amount": "1.001", "currency": "USD"}}}, "expected.total.amount"),
        ({"expected": {"version": 1, "total": {"amount": "1.00", "currency": "usd"}}}, "expected.total.currency"),
        ({"expected": {"version": 1, "total": "1.00"}}, "expected.total"),
        ({"provider": "barter"}, "provider"),
    ],
)
def test_a_malformed_checkout_is_refused_by_field(
    api: Api, basket: dict[str, Any], body: dict[str, Any], field: str
) -> None:
    answer = api.post(f"/store/baskets/{basket['id']}/checkout", body, Idempotency_Key="a-key")
    status, code, errors = refusal(answer)
    assert (status, code) == (422, "invalid_input")
    assert field in {name for name, _ in errors}


def test_a_line_stays_as_it_was_bought(api: Api) -> None:
    maker = make_maker("alder", name="Alder & Co")
    make_piece(
        "ring",
        make_variant("R-7", price="95.50", options={"ring_size": "7"}, metal="14k-yellow-gold", lead_time_days=10),
        maker=maker,
        title="Signet ring",
    )
    order = api.placed(R_7=1)["order"]
    Product.objects.update(title="Another", options={}, metal="", lead_time_days=99, is_public=False)
    Product.objects.filter(structure=Product.PARENT).update(slug="another")
    StockRecord.objects.update(price="1.00", partner_sku="OTHER")
    Partner.objects.update(name="Somebody else")
    Product.objects.filter(structure=Product.CHILD).delete()
    [line] = read_order(api, order)["lines"]
    assert line == order["lines"][0]
    assert (line["sku"], line["title"], line["unit_price"]["amount"]) == ("R-7", "Signet ring", "95.50")
    assert line["options"] == {"ring_size": "7", "metal": "14k-yellow-gold"}
    assert line["maker"]["name"] == "Alder & Co"
    assert line["product"] == {"slug": "ring", "title": "Signet ring", "image_url": None}


def test_each_line_names_its_maker(api: Api) -> None:
    make_piece("ring", make_variant("A", price="10.00"))
    make_piece("cuff", make_variant("B", price="20.00"), maker=make_maker("birch"))
    order = api.placed(A=2, B=1)["order"]
    assert [(line["maker"]["slug"], line["line_total"]["amount"]) for line in order["lines"]] == [
        ("alder", "20.00"),
        ("birch", "20.00"),
    ]
    assert order["totals"]["items"]["amount"] == "40.00"


def test_the_basket_is_frozen_and_refuses_changes(api: Api, basket: dict[str, Any]) -> None:
    api.checkout(basket)
    home, line = f"/store/baskets/{basket['id']}", basket["lines"][0]["id"]
    frozen = api.get(home).json()
    assert (frozen["status"], frozen["version"], frozen["lines"]) == ("frozen", basket["version"], basket["lines"])
    answers = [
        api.post(f"{home}/lines", {"sku": "BAND-1"}),
        api.patch(f"{home}/lines/{line}", {"quantity": 1}),
        api.delete(f"{home}/lines/{line}"),
        api.patch(home, {"gift_note": "Hello"}),
        api.checkout(basket),
    ]
    assert {refusal(answer)[:2] for answer in answers} == {(409, "basket_not_open")}
    assert api.get(home).json() == frozen
    assert Order.objects.count() == 1


def test_a_frozen_basket_keeps_the_prices_of_its_order(api: Api, basket: dict[str, Any]) -> None:
    api.checkout(basket)
    StockRecord.objects.update(price="999.00")
    frozen = api.get(f"/store/baskets/{basket['id']}").json()
    assert (frozen["totals"], frozen["problems"]) == (basket["totals"], [])


def test_the_last_piece_goes_to_one_buyer(api: Api) -> None:
    make_piece("one", make_variant("A", stock=1))
    first, second = api.ready_basket(A=1), api.ready_basket(A=1)
    answers = [api.checkout(first), api.checkout(second)]
    assert [answer.status_code for answer in answers] == [201, 409]
    assert answers[1].json()["code"] == "out_of_stock"
    assert Order.objects.count() == 1


def test_a_frozen_basket_does_not_expire(api: Api, basket: dict[str, Any]) -> None:
    api.checkout(basket)
    Basket.objects.update(expires_at="2001-01-01T00:00:00Z")
    assert api.get(f"/store/baskets/{basket['id']}").status_code == 200
