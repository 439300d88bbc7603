"""A customer's basket, and what becomes of the guest's at sign-in."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.utils import timezone

from catalog.partner.models import StockRecord
from orders.basket.models import Basket, Line
from orders.basket.rules import MAX_LINES
from orders.basket.services import remove_expired
from tests.api import ADDRESS
from tests.factories import make_key, make_maker, make_member, make_piece, make_storefront, make_variant
from tests.fakes.local_stripe import LocalStripe
from tests.orders.customers.steps import customer, person, quantities, refused, row_of
from tests.orders.documented import DocumentedApi

pytestmark = pytest.mark.django_db
HOME = "/store/customer/basket"
GUEST = DocumentedApi()


@pytest.fixture(autouse=True)
def pieces() -> None:
    for name in ("band", "signet", "stud"):
        make_piece(name, make_variant(f"{name.upper()}-1", stock=50))


def merged(api: DocumentedApi, basket: dict[str, Any]) -> dict[str, Any]:
    answer = api.post(HOME, {"basket": basket["id"]})
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


# Whose basket it is


def test_a_customers_new_basket_is_theirs() -> None:
    ada = customer()
    basket = ada.basket(BAND_1=1)
    assert row_of(basket).owner == person()
    answer = ada.get(HOME)
    assert (answer.json(), answer.headers["ETag"]) == (basket, f'"{basket["version"]}"')
    assert customer().get(HOME).json() == basket  # from another device, too


def test_a_second_new_basket_is_the_first_one() -> None:
    ada = customer()
    basket = ada.basket(BAND_1=1)
    assert ada.post("/store/baskets").json() == basket
    assert Basket.objects.count() == 1


def test_without_one_there_is_none_and_asking_makes_none() -> None:
    assert refused(customer().get(HOME)) == (404, "no_basket")
    assert not Basket.objects.exists()


def test_a_key_and_a_guest_begin_baskets_of_nobody() -> None:
    tool = DocumentedApi(Authorization=f"Bearer {make_key(make_member('owner@example.com'), 'products.read')}")
    for api in (GUEST, tool):
        assert row_of(api.basket()).owner is None
    assert refused(GUEST.get(HOME)) == (401, "sign_in_required")
    assert refused(tool.get(HOME)) == (403, "person_required")
    assert refused(GUEST.post(HOME, {"basket": "bsk_none"})) == (401, "sign_in_required")


def test_a_customers_basket_opens_to_them_only(stripe_server: LocalStripe) -> None:
    ada = customer()
    basket = ada.ready_basket(BAND_1=1)
    path, line = f"/store/baskets/{basket['id']}", basket["lines"][0]["id"]
    for stranger in (GUEST, customer("eve@example.com")):
        answers = [
            stranger.get(path),
            stranger.patch(path, {"gift_note": "Boo"}),
            stranger.post(f"{path}/lines", {"sku": "BAND-1"}),
            stranger.patch(f"{path}/lines/{line}", {"quantity": 3}),
            stranger.delete(f"{path}/lines/{line}"),
            stranger.get(f"{path}/shipping-options"),
            stranger.checkout(basket),
        ]
        assert {refused(answer) for answer in answers} == {(404, "not_found")}
    assert ada.get(path).json() == basket


def test_a_stored_answer_of_a_customers_basket_is_theirs() -> None:
    ada = customer()
    path = f"/store/baskets/{ada.basket()['id']}/lines"
    added = ada.post(path, {"sku": "BAND-1"}, Idempotency_Key="one-key-for-everybody")
    for stranger in (GUEST, customer("eve@example.com")):
        answer = stranger.post(path, {"sku": "BAND-1"}, Idempotency_Key="one-key-for-everybody")
        assert refused(answer) == (404, "not_found")
    again = ada.post(path, {"sku": "BAND-1"}, Idempotency_Key="one-key-for-everybody")
    assert (again.json(), again.headers["Idempotent-Replayed"]) == (added.json(), "true")


def test_a_guests_basket_still_opens_to_whoever_knows_its_id() -> None:
    basket = GUEST.basket(BAND_1=1)
    for api in (GUEST, customer(), customer("eve@example.com")):
        assert api.get(f"/store/baskets/{basket['id']}").json() == basket


def test_an_expired_basket_is_none() -> None:
    customer().basket(BAND_1=1)
    with time_machine.travel(timezone.now() + timedelta(days=settings.BASKET_DAYS, minutes=1)):
        assert refused(customer().get(HOME)) == (404, "no_basket")


def test_each_storefront_has_a_basket_of_its_own() -> None:
    window = make_storefront(owner=make_maker())
    here, there = customer(), customer(Benchpin_Key=window.publishable_key)
    first, second = here.basket(BAND_1=1), there.basket(SIGNET_1=1)
    assert (here.get(HOME).json()["id"], there.get(HOME).json()["id"]) == (first["id"], second["id"])
    assert refused(there.post(HOME, {"basket": GUEST.basket(STUD_1=1)["id"]})) == (404, "not_found")
    assert quantities(there.get(HOME).json()) == {"SIGNET-1": 1}


# At sign-in


def test_the_guests_basket_becomes_the_customers_first_one() -> None:
    guest = GUEST.ready_basket(BAND_1=2)
    ada = customer()
    basket = merged(ada, guest)
    assert basket == {**guest, "version": guest["version"] + 1, "expires_at": basket["expires_at"]}
    assert ada.get(HOME).json() == basket
    assert refused(GUEST.get(f"/store/baskets/{guest['id']}")) == (404, "not_found")


def test_two_baskets_become_one_without_loss_or_doubling() -> None:
    ada = customer()
    own = ada.basket(BAND_1=1, SIGNET_1=3)
    guest = GUEST.basket(BAND_1=2, SIGNET_1=1, STUD_1=4)
    basket = merged(ada, guest)
    assert (basket["id"], basket["version"]) == (own["id"], own["version"] + 1)
    assert quantities(basket) == {"BAND-1": 2, "SIGNET-1": 3, "STUD-1": 4}
    assert ada.get(HOME).json() == basket
    assert Line.objects.count() == 3


def test_merging_again_changes_nothing() -> None:
    ada = customer()
    ada.basket(BAND_1=1)
    guest = GUEST.basket(BAND_1=2)
    basket = merged(ada, guest)
    assert merged(ada, guest) == basket
    assert merged(ada, basket) == basket  # its own basket, too
    assert merged(ada, merged(ada, guest)) == basket


def test_adopting_again_changes_nothing() -> None:
    ada = customer()
    basket = merged(ada, GUEST.basket(BAND_1=2))
    assert merged(ada, basket) == basket


def test_the_merged_basket_is_gone_for_everybody() -> None:
    ada = customer()
    ada.basket(BAND_1=1)
    guest = GUEST.ready_basket(BAND_1=2)
    merged(ada, guest)
    path = f"/store/baskets/{guest['id']}"
    for api in (GUEST, ada):
        assert refused(api.get(path)) == (404, "not_found")
        assert refused(api.post(f"{path}/lines", {"sku": "BAND-1"})) == (404, "not_found")
    row = row_of(guest)
    assert (row.status, row.email, row.shipping_address, row.lines.count()) == ("Merged", "", None, 0)


def test_details_of_the_guest_fill_what_is_empty() -> None:
    ada = customer()
    own = ada.basket(BAND_1=1)
    ada.patch(f"/store/baskets/{own['id']}", {"email": "ada@example.com", "gift_note": "For me"})
    guest = GUEST.basket(SIGNET_1=1)
    GUEST.patch(
        f"/store/baskets/{guest['id']}",
        {
            "email": "guest@example.com", "gift_note": "For you", "phone": "+1 503 555 0100",
            "shipping_address": ADDRESS, "billing_address": ADDRESS, "shipping_option": "express",
        },
    )  # fmt: skip
    basket = merged(ada, guest)
    assert (basket["email"], basket["gift_note"]) == ("ada@example.com", "For me")
    assert (basket["phone"], basket["shipping_option"]["code"]) == ("+1 503 555 0100", "express")
    assert basket["shipping_address"]["line1"] == basket["billing_address"]["line1"] == ADDRESS["line1"]


def test_what_does_not_fit_is_refused_and_nothing_is_lost() -> None:
    make_piece("many", *(make_variant(f"M{number}") for number in range(MAX_LINES + 1)))
    ada = customer()
    own, guest = ada.basket(M0=1), GUEST.basket(BAND_1=1)
    skus = {f"M{number}" for number in range(1, MAX_LINES + 1)}
    fill(guest, skus - {"M100"})
    assert len(quantities(merged_or_refused(ada, guest, own))) == 1
    assert len(quantities(GUEST.get(f"/store/baskets/{guest['id']}").json())) == MAX_LINES
    GUEST.delete(f"/store/baskets/{guest['id']}/lines/{guest['lines'][0]['id']}")
    assert set(quantities(merged(ada, guest))) == skus - {"M100"} | {"M0"}


def fill(basket: dict[str, Any], skus: set[str]) -> None:
    row = row_of(basket)
    Line.objects.bulk_create(
        Line(
            basket=row, line_reference=record.product.public_id, product=record.product, stockrecord=record,
            quantity=1, price_currency="USD", price_excl_tax=record.price, price_incl_tax=record.price,
        )
        for record in StockRecord.objects.filter(partner_sku__in=skus).select_related("product")
    )  # fmt: skip


def merged_or_refused(api: DocumentedApi, guest: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    assert refused(api.post(HOME, {"basket": guest["id"]})) == (422, "basket_full")
    now = dict(api.get(HOME).json())
    assert now == own
    return now


def test_somebody_elses_basket_is_not_there() -> None:
    eves = customer("eve@example.com").basket(BAND_1=1)
    ada = customer()
    own = ada.basket(SIGNET_1=1)
    for basket_id in (eves["id"], "bsk_none", "'; --"):
        assert refused(ada.post(HOME, {"basket": basket_id})) == (404, "not_found")
    assert ada.get(HOME).json() == own
    assert customer("eve@example.com").get(HOME).json() == eves


def test_what_somebody_else_has_merged_is_not_there() -> None:
    eve = customer("eve@example.com")
    eve.basket(BAND_1=1)
    guest = GUEST.basket(SIGNET_1=1)
    merged(eve, guest)
    assert refused(customer().post(HOME, {"basket": guest["id"]})) == (404, "not_found")


def test_a_basket_that_has_become_an_order_is_not_merged(stripe_server: LocalStripe) -> None:
    guest = GUEST.ready_basket(BAND_1=1)
    assert GUEST.checkout(guest).status_code == 201
    ada = customer()
    own = ada.basket(SIGNET_1=1)
    assert refused(ada.post(HOME, {"basket": guest["id"]})) == (409, "basket_not_open")
    assert ada.get(HOME).json() == own
    assert row_of(guest).owner is None


def test_an_expired_basket_is_not_merged() -> None:
    guest = GUEST.basket(BAND_1=1)
    Basket.objects.update(expires_at=timezone.now())
    assert refused(customer().post(HOME, {"basket": guest["id"]})) == (404, "not_found")


def test_a_repeat_after_the_basket_was_ordered_says_so(stripe_server: LocalStripe) -> None:
    ada = customer()
    ada.ready_basket(BAND_1=1)
    guest = GUEST.basket(SIGNET_1=1)
    assert ada.checkout(merged(ada, guest)).status_code == 201
    assert refused(ada.post(HOME, {"basket": guest["id"]})) == (404, "no_basket")


def test_a_basket_reopened_beside_another_is_merged_when_asked(stripe_server: LocalStripe) -> None:
    ada = customer()
    first = ada.ready_basket(BAND_1=1)
    order = ada.checkout(first).json()["order"]
    second = ada.basket(SIGNET_1=1)
    assert ada.post(f"/store/orders/{order['number']}/cancel").status_code == 200
    assert ada.get(HOME).json()["id"] == first["id"]  # the one that changed last
    assert quantities(merged(ada, second)) == {"BAND-1": 1, "SIGNET-1": 1}


@pytest.mark.parametrize("body", [{}, {"basket": 1}, {"basket": None}, {"basket": ["bsk_1"]}, {"basket": "x" * 33}])
def test_bad_input_is_refused(body: dict[str, Any]) -> None:
    answer = customer().post(HOME, body)
    assert refused(answer) == (422, "invalid_input")
    assert {error["field"] for error in answer.json()["errors"]} == {"basket"}


def test_what_is_left_of_merged_baskets_is_removed_in_time() -> None:
    ada = customer()
    ada.basket(BAND_1=1)
    merged(ada, GUEST.basket(SIGNET_1=1))
    assert (remove_expired(), Basket.objects.count()) == (0, 2)
    with time_machine.travel(timezone.now() + timedelta(days=settings.BASKET_DAYS, minutes=1)):
        remove_expired()
    assert not Basket.objects.exists()
