"""Contact, addresses, shipping option, gift note."""

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.http import HttpResponse

from tests.api import ADDRESS, Api
from tests.factories import make_piece, make_variant

pytestmark = pytest.mark.django_db

FULL_ADDRESS = {**ADDRESS, "company": "", "line2": "", "phone": ""}


@pytest.fixture
def basket(api: Api) -> dict[str, Any]:
    make_piece("band")
    return api.basket(BAND_1=1)


def patch(api: Api, basket: dict[str, Any], **details: Any) -> HttpResponse:
    return api.patch(f"/store/baskets/{basket['id']}", details)


def refused(answer: HttpResponse) -> set[tuple[str, str]]:
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
    return {(error["field"], error["code"]) for error in answer.json()["errors"]}


def test_details_are_kept(api: Api, basket: dict[str, Any]) -> None:
    details = {
        "email": "ada@example.com",
        "phone": "+1 503 555 0100",
        "shipping_address": {**FULL_ADDRESS, "company": "Engines", "line2": "Unit 2", "phone": "503-555-0100"},
        "billing_address": {**FULL_ADDRESS, "first_name": "Byron"},
        "gift_note": "For your birthday.\nÅsa ♥",
    }
    answer = patch(api, basket, **details, shipping_option="express")
    assert answer.status_code == 200
    kept = answer.json()
    assert {name: kept[name] for name in details} == details
    assert kept["shipping_option"]["code"] == "express"
    assert api.get(f"/store/baskets/{basket['id']}").json() == kept


def test_what_is_left_out_stays(api: Api, basket: dict[str, Any]) -> None:
    patch(api, basket, email="ada@example.com", gift_note="Hello")
    kept = patch(api, basket, gift_note="").json()
    assert (kept["email"], kept["gift_note"]) == ("ada@example.com", "")


def test_an_address_is_given_whole(api: Api, basket: dict[str, Any]) -> None:
    patch(api, basket, shipping_address={**ADDRESS, "line2": "Unit 2"})
    kept = patch(api, basket, shipping_address=ADDRESS).json()
    assert kept["shipping_address"] == FULL_ADDRESS


def test_a_billing_address_can_be_taken_away(api: Api, basket: dict[str, Any]) -> None:
    patch(api, basket, billing_address=ADDRESS)
    assert patch(api, basket, billing_address=None).json()["billing_address"] is None


@pytest.mark.parametrize("name", ["shipping_address", "billing_address"])
@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"state": "XX"}, ("state", "unknown_state")),
        ({"state": ""}, ("state", "unknown_state")),
        ({"postal_code": "9720"}, ("postal_code", "invalid_postal_code")),
        ({"first_name": ""}, ("first_name", "blank")),
        ({"first_name": None}, ("first_name", "null")),
        ({"last_name": 7}, ("last_name", "invalid")),
        ({"line1": "x" * 101}, ("line1", "max_length")),
        ({"city": "a\x00b"}, ("city", "control_character")),
        ({"country": "USA"}, ("country", "invalid")),
        ({"country": "us"}, ("country", "invalid")),
        ({"phone": "call me"}, ("phone", "invalid")),
        ({"planet": "Earth"}, ("planet", "unknown_field")),
    ],
)
def test_each_fault_of_an_address_is_named_by_its_path(
    api: Api, basket: dict[str, Any], name: str, change: dict[str, Any], error: tuple[str, str]
) -> None:
    field, code = error
    assert refused(patch(api, basket, **{name: {**ADDRESS, **change}})) == {(f"{name}.{field}", code)}
    assert api.get(f"/store/baskets/{basket['id']}").json() == basket


@pytest.mark.parametrize("missing", ["first_name", "last_name", "line1", "city", "country"])
def test_what_an_address_lacks_is_named(api: Api, basket: dict[str, Any], missing: str) -> None:
    address = {name: value for name, value in ADDRESS.items() if name != missing}
    assert refused(patch(api, basket, shipping_address=address)) == {(f"shipping_address.{missing}", "required")}


def test_all_faults_are_named_at_once(api: Api, basket: dict[str, Any]) -> None:
    bad = {**ADDRESS, "state": "XX", "postal_code": "1"}
    found = refused(patch(api, basket, shipping_address=bad, billing_address={**ADDRESS, "state": "YY"}))
    assert {field for field, _ in found} == {
        "shipping_address.state", "shipping_address.postal_code", "billing_address.state",
    }  # fmt: skip


def test_a_country_that_is_not_served_is_billed_but_not_shipped_to(api: Api, basket: dict[str, Any]) -> None:
    abroad = {**ADDRESS, "country": "CA", "state": "ON", "postal_code": "K1A 0B1"}
    found = refused(patch(api, basket, shipping_address=abroad))
    assert found == {("shipping_address.country", "country_not_served")}
    assert patch(api, basket, billing_address=abroad).status_code == 200


def test_a_shop_may_serve_other_countries(api: Api, basket: dict[str, Any], settings: Any) -> None:
    settings.SHIPPING_COUNTRIES = ["US", "CA"]
    abroad = {**ADDRESS, "country": "CA", "state": "", "postal_code": "K1A 0B1"}
    assert patch(api, basket, shipping_address=abroad).status_code == 200


@pytest.mark.parametrize("email", ["", "ada", "ada@", "ada@example", 7, None, ["a@b.co"], f"{'a' * 250}@b.co"])
def test_what_is_no_email_is_refused(api: Api, basket: dict[str, Any], email: Any) -> None:
    assert {field for field, _ in refused(patch(api, basket, email=email))} == {"email"}


def test_a_gift_note_has_500_characters_and_no_more(api: Api, basket: dict[str, Any]) -> None:
    assert patch(api, basket, gift_note="x" * 500).status_code == 200
    assert refused(patch(api, basket, gift_note="x" * 501)) == {("gift_note", "max_length")}


def test_an_unknown_shipping_option_is_refused_and_the_known_are_named(api: Api, basket: dict[str, Any]) -> None:
    answer = patch(api, basket, shipping_option="drone")
    assert refused(answer) == {("shipping_option", "unknown_option")}
    assert "standard, express" in answer.json()["errors"][0]["message"]


def test_one_refused_detail_keeps_none(api: Api, basket: dict[str, Any]) -> None:
    patch(api, basket, email="ada@example.com", gift_note="Hello", shipping_option="drone")
    assert api.get(f"/store/baskets/{basket['id']}").json() == basket


def test_totals_are_complete(api: Api) -> None:
    make_piece("set", make_variant("A", price="19.99"), make_variant("B", price="0.05"))
    basket = api.basket(A=3, B=1)
    totals = patch(api, basket, shipping_option="express").json()["totals"]
    assert {name: part["amount"] for name, part in totals.items()} == {
        "items": "60.02", "discounts": "0.00", "shipping": "38.00", "tax": "0.00", "total": "98.02",
    }  # fmt: skip


def test_an_empty_basket_ships_for_nothing(api: Api) -> None:
    answer = patch(api, api.basket(), shipping_option="express")
    assert answer.json()["totals"]["total"]["amount"] == "0.00"


def offered(api: Api, basket: dict[str, Any]) -> dict[str, Any]:
    found = api.get(f"/store/baskets/{basket['id']}/shipping-options").json()["results"]
    return {option["code"]: option for option in found}


@time_machine.travel(datetime(2026, 3, 2, 12, tzinfo=UTC), tick=False)
def test_shipping_options_have_prices_and_dates(api: Api) -> None:
    make_piece("band", make_variant("B-1", price="100.00", lead_time_days=10, stock=0, policy="made_to_order"))
    basket = api.basket(B_1=1)
    assert offered(api, basket)["standard"] == {
        "code": "standard",
        "label": "Insured ground, 3-5 days",
        "price": {"amount": "12.00", "currency": "USD"},
        "promised_ship_by": "2026-03-12",
        "delivery_from": "2026-03-15",
        "delivery_to": "2026-03-17",
        "carrier": "USPS",
    }


def test_the_chosen_option_looks_as_it_was_offered(api: Api, basket: dict[str, Any]) -> None:
    chosen = patch(api, basket, shipping_option="standard").json()["shipping_option"]
    assert chosen == offered(api, basket)["standard"]


@pytest.mark.parametrize(("price", "shipping"), [("249.99", "12.00"), ("250.00", "0.00")])
def test_ground_is_free_from_the_bound_on(api: Api, price: str, shipping: str) -> None:
    make_piece("band", make_variant("B-1", price=price))
    basket = api.ready_basket(B_1=1)
    assert basket["totals"]["shipping"]["amount"] == shipping
    assert offered(api, basket)["standard"]["price"]["amount"] == shipping
    assert offered(api, basket)["express"]["price"]["amount"] == "38.00"


def test_shipping_follows_the_lines(api: Api) -> None:
    make_piece("band", make_variant("B-1", price="125.00"))
    basket = api.ready_basket(B_1=1)
    answer = api.post(f"/store/baskets/{basket['id']}/lines", {"sku": "B-1"})
    assert answer.json()["totals"]["total"]["amount"] == "250.00"
