"""A buyer corrects where the order goes, until it is being made ready; what it costs stays."""

from typing import Any

import pytest

from orders.checkout.correcting import MAX_CORRECTIONS
from orders.order.models import Order
from orders.order.services import lock_order, move
from orders.order.status import OrderStatus
from tests.api import ADDRESS, Api
from tests.factories import make_piece
from tests.fakes.local_stripe import LocalStripe
from tests.orders.customers.steps import customer
from tests.orders.steps import cancel, pay, read_order, refresh, token

pytestmark = pytest.mark.django_db

Placed = dict[str, Any]
NEXT_DOOR = {**ADDRESS, "line1": "2 Main Street", "company": "", "line2": "", "phone": ""}


@pytest.fixture
def placed(api: Api, stripe_server: LocalStripe) -> Placed:
    make_piece("band")
    return api.placed(BAND_1=1)


def correct(api: Api, placed: Placed, **body: Any) -> Any:
    return api.patch(f"/store/orders/{placed['order']['number']}", body, **token(placed["order"]))


def refused(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_address_and_phone_are_corrected(api: Api, placed: Placed) -> None:
    answer = correct(api, placed, shipping_address=NEXT_DOOR, phone="+1 503 555 0101")
    assert answer.status_code == 200, answer.content
    order = read_order(api, placed["order"])
    assert (order["shipping_address"], order["phone"]) == (NEXT_DOOR, "+1 503 555 0101")
    assert order["totals"] == placed["order"]["totals"]


def test_the_timeline_says_that_it_was_done_and_not_what_was(
    api: Api, placed: Placed, stripe_server: LocalStripe
) -> None:
    pay(stripe_server, placed["payment"])
    refresh(api, placed["order"], placed["payment"])
    correct(api, placed, shipping_address=NEXT_DOOR)
    timeline = read_order(api, placed["order"])["timeline"]
    assert [(entry["event"], entry["status"]) for entry in timeline] == [
        ("status_changed", "awaiting_payment"),
        ("status_changed", "paid"),
        ("delivery_corrected", "paid"),
    ]
    assert "Main Street" not in str(timeline)


def test_what_is_the_same_is_no_correction(api: Api, placed: Placed) -> None:
    order = placed["order"]
    assert correct(api, placed, shipping_address=order["shipping_address"], phone=order["phone"]).status_code == 200
    assert correct(api, placed).status_code == 200
    assert len(read_order(api, order)["timeline"]) == 1


def test_so_often_and_no_more(api: Api, placed: Placed) -> None:
    """Each stays in the timeline, so that to and fro would make it longer without an end."""
    for number in range(MAX_CORRECTIONS):
        assert correct(api, placed, phone=f"+1 503 555 {number:04}").status_code == 200
    assert refused(correct(api, placed, phone="+1 503 555 9999")) == (409, "too_many_corrections")
    assert correct(api, placed, phone=f"+1 503 555 {MAX_CORRECTIONS - 1:04}").status_code == 200
    assert Order.objects.get().phone == f"+1 503 555 {MAX_CORRECTIONS - 1:04}"


def test_its_customer_needs_no_token(stripe_server: LocalStripe) -> None:
    make_piece("band")
    ada = customer()
    order = ada.placed(BAND_1=1)["order"]
    assert ada.patch(f"/store/orders/{order['number']}", {"shipping_address": NEXT_DOOR}).status_code == 200
    eve = customer("eve@example.com")
    assert eve.patch(f"/store/orders/{order['number']}", {"shipping_address": ADDRESS}).status_code == 404
    assert Order.objects.get().ship_to["line1"] == "2 Main Street"


@pytest.mark.parametrize("status", [OrderStatus.IN_PROGRESS, OrderStatus.SHIPPED])
def test_once_it_is_being_made_ready_it_stays(
    api: Api, placed: Placed, stripe_server: LocalStripe, status: OrderStatus
) -> None:
    pay(stripe_server, placed["payment"])
    refresh(api, placed["order"], placed["payment"])
    move(lock_order(Order.objects.get().pk), status)
    assert refused(correct(api, placed, shipping_address=NEXT_DOOR)) == (409, "order_not_in_state")


def test_a_cancelled_order_goes_nowhere(api: Api, placed: Placed) -> None:
    cancel(api, placed["order"])
    assert refused(correct(api, placed, phone="+1 503 555 0101")) == (409, "order_not_in_state")


@pytest.mark.parametrize(
    "place",
    [
        {"state": "PR", "postal_code": "00901"},  # by mail only
        {"state": "", "postal_code": "K1A 0B1", "country": "CA"},
    ],
)
def test_it_does_not_go_where_it_would_cost_something_else(
    api: Api, placed: Placed, settings: Any, place: dict[str, str]
) -> None:
    settings.SHIPPING_COUNTRIES = ["US", "CA"]
    answer = correct(api, placed, shipping_address={**NEXT_DOOR, **place})
    assert refused(answer) == (422, "delivery_elsewhere")
    assert read_order(api, placed["order"])["shipping_address"] == placed["order"]["shipping_address"]


def test_where_tax_was_charged_it_stays_in_its_place(api: Api, placed: Placed) -> None:
    Order.objects.update(total_excl_tax="170.00")
    assert refused(correct(api, placed, shipping_address={**NEXT_DOOR, "postal_code": "97202"}))[0] == 422
    assert correct(api, placed, shipping_address=NEXT_DOOR).status_code == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"shipping_address": {**ADDRESS, "state": "ZZ"}}, "shipping_address.state"),
        ({"shipping_address": {**ADDRESS, "country": "FR"}}, "shipping_address.country"),
        ({"shipping_address": {**ADDRESS, "line1": "a" * 10_000}}, "shipping_address.line1"),
        ({"phone": "+1\r\nBcc: eve@example.com"}, "phone"),
        ({"email": "eve@example.com"}, "email"),
    ],
)
def test_what_is_wrong_is_named_and_changes_nothing(api: Api, placed: Placed, body: dict[str, Any], field: str) -> None:
    answer = correct(api, placed, **body)
    assert answer.status_code == 422
    assert field in [error["field"] for error in answer.json()["errors"]]
    assert read_order(api, placed["order"])["timeline"] == placed["order"]["timeline"]
