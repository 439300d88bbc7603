"""The orders a customer has placed."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from orders.order.models import Line, Order
from tests.factories import make_key, make_maker, make_member, make_piece, make_storefront, make_user
from tests.fakes.local_stripe import LocalStripe
from tests.orders.customers.steps import bought, customer, person, refused
from tests.orders.documented import DocumentedApi
from tests.orders.steps import token

pytestmark = pytest.mark.django_db
HOME = "/store/customer/orders"


@pytest.fixture(autouse=True)
def pieces(stripe_server: LocalStripe) -> None:
    for name in ("band", "signet", "stud", "hoop"):
        make_piece(name)


def numbers(api: DocumentedApi, query: str = "") -> list[str]:
    answer = api.get(HOME + query)
    assert answer.status_code == 200, answer.content
    return [order["number"] for order in answer.json()["results"]]


def test_what_is_bought_signed_in_is_the_customers() -> None:
    ada = customer()
    order = bought(ada, email="ada@work.example", BAND_1=2)
    assert Order.objects.get().user == person()
    [shown] = ada.get(HOME).json()["results"]
    assert shown == {
        "id": order["id"],
        "number": order["number"],
        "status": "awaiting_payment",
        "placed_at": order["placed_at"],
        "totals": order["totals"],
        "line_count": 1,
        "lines": order["lines"],
    }


def test_what_a_guest_or_somebody_else_buys_is_not() -> None:
    bought(DocumentedApi(), BAND_1=1)
    bought(customer("eve@example.com"), email="eve@example.com", BAND_1=1)
    assert numbers(customer()) == []


def test_a_signed_in_buyer_of_a_guests_basket_is_its_customer() -> None:
    basket = DocumentedApi().ready_basket(BAND_1=1)
    assert customer().checkout(basket).status_code == 201
    assert Order.objects.get().user == person()


def test_a_key_buys_as_a_guest() -> None:
    tool = DocumentedApi(Authorization=f"Bearer {make_key(make_member('owner@example.com'), 'products.read')}")
    assert tool.checkout(tool.ready_basket(BAND_1=1)).status_code == 201
    assert Order.objects.get().user is None


def test_the_first_lines_and_how_many_there_are() -> None:
    ada = customer()
    order = bought(ada, BAND_1=1, SIGNET_1=1, STUD_1=1, HOOP_1=1)
    [shown] = ada.get(HOME).json()["results"]
    assert (shown["line_count"], shown["lines"]) == (4, order["lines"][:3])


def test_newest_first_page_by_page() -> None:
    ada = customer()
    placed = [order(minutes) for minutes in range(5)]
    seen, path = [], f"{HOME}?limit=2"
    while path:
        page = ada.get(path).json()
        seen += [row["number"] for row in page["results"]]
        path = page["next"].partition("/v1")[2] if page["next"] else ""
    assert seen == placed[::-1]


def order(minutes: int, lines: int = 1) -> str:
    """An order of the customer's, put straight into the database."""
    row = Order.objects.create(
        number=f"NR-{minutes}", user=make_user(), guest_email="ada@example.com", currency="USD", total_incl_tax=10,
        total_excl_tax=10, date_placed=timezone.now() + timedelta(minutes=minutes),
    )  # fmt: skip
    Line.objects.bulk_create(
        Line(
            order=row, partner=make_maker(), partner_sku=f"S{number}", title="Ring", quantity=1, num_allocated=0,
            line_price_incl_tax=10, line_price_excl_tax=10, line_price_before_discounts_incl_tax=10,
            line_price_before_discounts_excl_tax=10, unit_price_incl_tax=10, unit_price_excl_tax=10,
        )
        for number in range(lines)
    )  # fmt: skip
    return row.number


@pytest.mark.parametrize("count", [1, 24])
def test_the_list_costs_the_same_for_one_and_for_many(
    count: int, django_assert_num_queries: Callable[[int], Any]
) -> None:
    ada = customer()
    for minutes in range(count):
        order(minutes, lines=3)
    # session, person, storefront; orders, lines with makers, discounts, payments, refunds
    with django_assert_num_queries(8):
        assert len(numbers(ada)) == count


def test_a_makers_own_storefront_shows_what_was_placed_there() -> None:
    window = make_storefront(owner=make_maker())
    platform = make_storefront()
    there, elsewhere = customer(Benchpin_Key=window.publishable_key), customer()
    first, second = bought(there, BAND_1=1), bought(elsewhere, BAND_1=1)
    assert numbers(there) == [first["number"]]
    assert numbers(elsewhere) == [second["number"], first["number"]]
    assert numbers(customer(Benchpin_Key=platform.publishable_key)) == [second["number"], first["number"]]
    assert there.get(f"/store/orders/{first['number']}").status_code == 200
    assert refused(there.get(f"/store/orders/{second['number']}")) == (404, "not_found")
    assert elsewhere.get(f"/store/orders/{first['number']}").status_code == 200


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("?limit=0", "invalid_input"),
        ("?limit=101", "invalid_input"),
        ("?cursor=forged", "invalid_cursor"),
        ("?customer=usr_1", "invalid_input"),
        ("?user=1", "invalid_input"),
    ],
)
def test_bad_queries_are_refused(query: str, code: str) -> None:
    assert refused(customer().get(HOME + query)) == (422, code)


def test_guests_and_keys_have_no_history() -> None:
    assert refused(DocumentedApi().get(HOME)) == (401, "sign_in_required")
    tool = DocumentedApi(Authorization=f"Bearer {make_key(make_member('owner@example.com'), 'products.read')}")
    assert refused(tool.get(HOME)) == (403, "person_required")


# One order, as its customer


def doors(api: DocumentedApi, number: str, **headers: str) -> list[Any]:
    home = f"/store/orders/{number}"
    return [
        api.get(home, **headers),
        api.post(f"{home}/payments", Idempotency_Key="a-key-of-some-length", **headers),
        api.post(f"{home}/cancel", **headers),
    ]


def test_its_customer_needs_no_token() -> None:
    ada = customer()
    order = bought(ada, BAND_1=1)
    assert [answer.status_code for answer in doors(ada, order["number"])] == [200, 201, 200]
    assert Order.objects.get().status == "cancelled"


def test_its_customer_comes_in_whatever_token_they_send_along() -> None:
    ada = customer()
    order = bought(ada, BAND_1=1)
    assert ada.get(f"/store/orders/{order['number']}", Benchpin_Order_Token="worn-out").status_code == 200


def test_another_customer_finds_nothing() -> None:
    order = bought(customer(), BAND_1=1)
    eve = customer("eve@example.com")
    known, unknown = doors(eve, order["number"]), doors(eve, "0000-0000-0000")
    assert {refused(answer) for answer in known + unknown} == {(404, "not_found")}
    wrong = doors(eve, order["number"], Benchpin_Order_Token="wrong")
    assert {refused(answer) for answer in wrong} == {(404, "not_found")}
    assert Order.objects.get().status == "awaiting_payment"


def test_the_token_of_another_order_opens_nothing_for_a_customer() -> None:
    order = bought(customer(), BAND_1=1)
    eve = customer("eve@example.com")
    own = bought(eve, email="eve@example.com", BAND_1=1)
    answers = doors(eve, order["number"], **token(own))
    assert {refused(answer) for answer in answers} == {(404, "not_found")}


def test_the_token_still_opens_an_order_to_whoever_holds_it() -> None:
    order = bought(customer(), BAND_1=1)
    for holder in (DocumentedApi(), customer("eve@example.com")):
        assert holder.get(f"/store/orders/{order['number']}", **token(order)).status_code == 200


def test_a_stored_answer_is_not_repeated_to_another_customer() -> None:
    ada = customer()
    order = bought(ada, BAND_1=1)
    path = f"/store/orders/{order['number']}/payments"
    assert ada.post(path, Idempotency_Key="one-key-for-everybody").status_code == 201
    for other in (customer("eve@example.com"), DocumentedApi()):
        assert other.post(path, Idempotency_Key="one-key-for-everybody").status_code in (401, 404)
    assert ada.post(path, Idempotency_Key="one-key-for-everybody").headers["Idempotent-Replayed"] == "true"
