"""Codes on a basket: what they open, why they are refused, and that they cannot be guessed at leisure."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.core.cache import cache
from django.http import HttpResponse
from django.utils import timezone

from orders.basket.services import VOUCHER_SECONDS
from orders.offer.models import ConditionalOffer, CustomerGroup
from orders.order.models import Order
from orders.voucher.models import Voucher
from orders.voucher.rules import MAX_VOUCHERS
from tests.api import Api
from tests.factories import api_of, make_maker, make_offer, make_piece, make_storefront, make_user, make_voucher
from tests.orders.documented import DocumentedApi
from tests.orders.offer.test_baskets import discounts
from tests.scene import snapshot

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def piece(db: None) -> None:
    make_piece("band")  # 180.00


def enter(api: Api, basket: dict[str, Any], code: str, **headers: str) -> HttpResponse:
    return api.post(f"/store/baskets/{basket['id']}/vouchers", {"code": code}, **headers)


def read(api: Api, basket: dict[str, Any]) -> dict[str, Any]:
    return dict(api.get(f"/store/baskets/{basket['id']}").json())


def refused(api: Api, code: str, basket: dict[str, Any] | None = None) -> str:
    basket = basket or api.ready_basket(BAND_1=1)
    before = snapshot()
    answer = enter(api, basket, code)
    assert answer.status_code == 422
    assert snapshot() == before
    return str(answer.json()["code"])


def buy(api: Api, code: str, **details: str) -> dict[str, Any]:
    """An order placed with the voucher."""
    basket = api.ready_basket(BAND_1=1)
    if details:
        api.patch(f"/store/baskets/{basket['id']}", details)
    answer = api.checkout(enter(api, basket, code).json())
    assert answer.status_code == 201, answer.content
    return dict(answer.json())


@pytest.mark.parametrize("typed", ["WELCOME", "welcome", " Welcome "])
def test_a_code_opens_its_offer(api: Api, typed: str) -> None:
    make_voucher("WELCOME", label="Welcome to our shop")
    basket = api.basket(BAND_1=1)
    answer = enter(api, basket, typed)
    assert answer.status_code == 201
    now = answer.json()
    assert now["version"] == basket["version"] + 1
    assert answer["ETag"] == f'"{now["version"]}"'
    amount = {"amount": "18.00", "currency": "USD"}
    shown = {"code": "WELCOME", "label": "Welcome to our shop", "amount": amount, "problem": None}
    assert now["vouchers"] == [shown]
    assert discounts(now) == [("WELCOME", "Ten percent", "18.00")]
    assert now == read(api, basket)


def test_without_its_code_an_offer_of_a_voucher_is_nobodys(api: Api) -> None:
    make_voucher()
    assert discounts(api.basket(BAND_1=1)) == []


def test_entered_twice_it_counts_once(api: Api) -> None:
    make_voucher()
    basket = api.basket(BAND_1=1)
    first = enter(api, basket, "WELCOME").json()
    assert enter(api, basket, "welcome").json() == first


def test_two_codes_of_one_offer_take_it_off_once(api: Api) -> None:
    offer = make_offer(by_voucher=True)
    make_voucher("FIRST", offer)
    make_voucher("SECOND", offer)
    basket = api.basket(BAND_1=1)
    enter(api, basket, "SECOND")
    assert discounts(enter(api, basket, "FIRST").json()) == [("FIRST", "Ten percent", "18.00")]


def test_what_was_typed_for_comes_before_what_anybody_gets(api: Api) -> None:
    make_offer(label="Anybody's", exclusive=True)
    make_voucher("WELCOME", make_offer(by_voucher=True, exclusive=True))
    assert discounts(enter(api, api.basket(BAND_1=1), "WELCOME").json()) == [("WELCOME", "Ten percent", "18.00")]


def test_it_is_taken_out_again(api: Api) -> None:
    make_voucher()
    basket = enter(api, api.basket(BAND_1=1), "WELCOME").json()
    path = f"/store/baskets/{basket['id']}/vouchers"
    assert api.delete(f"{path}/WELCOME", If_Match='"1"').status_code == 412
    answer = api.delete(f"{path}/welcome")
    assert answer.status_code == 200
    assert (answer.json()["vouchers"], answer.json()["discounts"]) == ([], [])
    assert answer.json()["version"] == basket["version"] + 1
    assert api.delete(f"{path}/WELCOME").status_code == 404


def test_it_waits_for_what_its_offer_asks(api: Api) -> None:
    make_voucher("TWO", make_offer(by_voucher=True, condition={"min_quantity": 2}))
    basket = enter(api, api.basket(BAND_1=1), "TWO").json()
    assert [(each["amount"]["amount"], each["problem"]) for each in basket["vouchers"]] == [("0.00", None)]
    line = f"/store/baskets/{basket['id']}/lines/{basket['lines'][0]['id']}"
    assert api.patch(line, {"quantity": 2}).json()["vouchers"][0]["amount"]["amount"] == "36.00"


@pytest.mark.parametrize("code", ["NOPE", "", " ", "WELCOME'--", "W" * 64, "ΩELCOME", "wẞlcome", "WELCOME%"])
def test_what_is_no_code(api: Api, code: str) -> None:
    make_voucher()
    assert refused(api, code) in ("unknown_voucher", "invalid_input")


def test_its_time(api: Api) -> None:
    tomorrow, yesterday = timezone.now() + timedelta(days=1), timezone.now() - timedelta(days=1)
    make_voucher("LATER", starts_at=tomorrow)
    make_voucher("BEFORE", starts_at=yesterday - timedelta(days=1), ends_at=yesterday)
    make_voucher("ENDED")
    Voucher.objects.filter(code="ENDED").update(ended_at=timezone.now())
    make_voucher("CLOSED", make_offer(by_voucher=True, label="closed"))
    ConditionalOffer.objects.filter(name="closed").update(ended_at=timezone.now())
    found = {code: refused(api, code) for code in ("LATER", "BEFORE", "ENDED", "CLOSED")}
    assert found == {"LATER": "voucher_not_yet_valid"} | dict.fromkeys(("BEFORE", "ENDED", "CLOSED"), "voucher_expired")


def test_another_window_and_another_group_know_nothing_of_it(api: Api) -> None:
    CustomerGroup.objects.create(name="Trade").members.add(make_user("ada@example.com"))
    make_voucher("TRADE", make_offer(by_voucher=True, customer_group="Trade"))
    make_voucher("BIRCH", make_offer(by_voucher=True, maker=make_maker("birch")))
    window = DocumentedApi(Benchpin_Key=make_storefront(owner=make_maker("alder")).publishable_key)
    assert refused(api, "TRADE") == "unknown_voucher"
    assert refused(window, "BIRCH") == "unknown_voucher"
    ada = api_of(make_user("ada@example.com"))
    assert enter(ada, ada.basket(BAND_1=1), "TRADE").status_code == 201


def test_a_single_use_voucher_is_good_for_one_order(api: Api) -> None:
    make_voucher("ONCE", usage="single")
    buy(api, "ONCE")
    assert refused(api, "ONCE") == "voucher_used_up"


def test_a_limit_over_all_customers(api: Api) -> None:
    make_voucher("TWICE", max_uses=2)
    for number in range(2):
        buy(api, "TWICE", email=f"buyer-{number}@example.com")
    assert refused(api, "TWICE") == "voucher_used_up"


def test_an_offer_that_is_used_up_leaves_nothing_of_its_voucher(api: Api) -> None:
    make_voucher("TWICE", make_offer(by_voucher=True, limits={"uses": 1}))
    buy(api, "TWICE")
    assert refused(api, "TWICE") == "voucher_used_up"


def test_once_per_customer_by_mail_or_by_account(api: Api) -> None:
    make_voucher("EACH", usage="once_per_customer")
    buy(api, "EACH", email="Ada@Example.com")
    assert refused(api, "EACH", api.ready_basket(BAND_1=1)) == "voucher_already_used"
    buy(api, "EACH", email="bea@example.com")
    cleo = api_of(make_user("cleo@example.com"))
    buy(cleo, "EACH", email="cleo@example.com")
    other_mail = cleo.ready_basket(BAND_1=1)
    cleo.patch(f"/store/baskets/{other_mail['id']}", {"email": "other@example.com"})
    assert refused(cleo, "EACH", other_mail) == "voucher_already_used"


SPELLINGS = ["ADA.L@Gmail.com", "ada.l+rings@gmail.com", "adal@googlemail.com"]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_another_spelling_of_an_address_is_the_same_customer(api: Api, spelling: str) -> None:
    make_voucher("EACH", usage="once_per_customer")
    placed = buy(api, "EACH", email="ada.l@gmail.com")
    basket = api.ready_basket(BAND_1=1)
    written = api.patch(f"/store/baskets/{basket['id']}", {"email": spelling}).json()
    assert refused(api, "EACH", basket) == "voucher_already_used"
    assert (written["email"], placed["order"]["email"]) == (spelling, "ada.l@gmail.com")
    answer = api.checkout(written)
    assert Order.objects.get(number=answer.json()["order"]["number"]).guest_email == spelling


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_nor_has_it_what_an_offer_gives_to_each_customer_once(api: Api, spelling: str) -> None:
    make_offer(limits={"uses_per_customer": 1})
    for address, comes_to in (("ada.l@gmail.com", ["18.00"]), (spelling, []), ("eve.l@gmail.com", ["18.00"])):
        basket = api.ready_basket(BAND_1=1)
        basket = api.patch(f"/store/baskets/{basket['id']}", {"email": address}).json()
        assert [each["amount"]["amount"] for each in basket["discounts"]] == comes_to
        assert api.checkout(basket).status_code == 201


def test_orders_of_before_are_given_their_mailbox(api: Api) -> None:
    make_voucher("EACH", usage="once_per_customer")
    buy(api, "EACH", email="Ada.L+rings@Gmail.com")
    erased = buy(api, "EACH", email="eve@example.com")["order"]
    Order.objects.filter(number=erased["number"]).update(guest_email="")
    Order.objects.update(mailbox="")
    import_module("orders.order.migrations.0032_mailboxes_of_before").fill(apps, None)
    assert set(Order.objects.values_list("mailbox", flat=True)) == {"adal@gmail.com", ""}
    basket = api.ready_basket(BAND_1=1)
    api.patch(f"/store/baskets/{basket['id']}", {"email": "adal@gmail.com"})
    assert refused(api, "EACH", basket) == "voucher_already_used"


def test_a_mail_address_that_has_used_it_takes_it_off_again(api: Api) -> None:
    make_voucher("EACH", usage="once_per_customer")
    buy(api, "EACH")
    basket = enter(api, api.basket(BAND_1=1), "EACH").json()
    assert basket["vouchers"][0]["problem"] is None
    now = api.patch(f"/store/baskets/{basket['id']}", {"email": "ADA@example.com"}).json()
    assert now["vouchers"][0]["problem"] == "voucher_already_used"
    assert now["discounts"] == []


def test_an_order_that_lives_no_more_has_not_used_it(api: Api) -> None:
    make_voucher("ONCE", usage="single")
    order = buy(api, "ONCE")["order"]
    Order.objects.filter(number=order["number"]).update(status="lapsed")
    buy(api, "ONCE")


def test_so_many_and_no_more(api: Api) -> None:
    offer = make_offer(by_voucher=True)
    basket = api.basket(BAND_1=1)
    for number in range(MAX_VOUCHERS):
        make_voucher(f"CODE-{number}", offer)
        assert enter(api, basket, f"CODE-{number}").status_code == 201
    make_voucher("ONE-MORE", offer)
    assert refused(api, "ONE-MORE", basket) == "too_many_vouchers"


def test_a_basket_that_became_an_order_takes_none(api: Api) -> None:
    make_voucher()
    basket = api.ready_basket(BAND_1=1)
    assert api.checkout(basket).status_code == 201
    assert enter(api, basket, "WELCOME").json()["code"] == "basket_not_open"


def test_vouchers_go_along_into_the_customers_basket(api: Api) -> None:
    make_voucher("GUEST")
    make_voucher("OWN", make_offer("amount", "5", by_voucher=True, label="Five"))
    guest = enter(api, api.basket(BAND_1=1), "GUEST").json()
    ada = api_of(make_user("ada@example.com"))
    enter(ada, ada.basket(BAND_1=1), "OWN")
    merged = ada.post("/store/customer/basket", {"basket": guest["id"]}).json()
    assert [each["code"] for each in merged["vouchers"]] == ["GUEST", "OWN"]
    assert len(merged["discounts"]) == 2
    assert ada.post("/store/customer/basket", {"basket": guest["id"]}).json() == merged


class TestGuessing:
    @pytest.fixture(autouse=True)
    def limits(self, settings: Any) -> Iterator[None]:
        settings.LIMITS, settings.VOUCHER_TRIES = True, 3
        cache.clear()
        with time_machine.travel(datetime(2026, 3, 2, 12, 0, 15, tzinfo=UTC), tick=False):
            yield
        cache.clear()

    def test_an_address_may_try_so_often(self, api: Api) -> None:
        make_voucher(starts_at=datetime(2026, 1, 1, tzinfo=UTC))
        basket = api.basket(BAND_1=1)
        assert [enter(api, basket, "GUESS").status_code for _ in range(3)] == [422] * 3
        answer = enter(api, basket, "WELCOME")
        assert (answer.status_code, answer.json()["code"]) == (429, "rate_limited")
        assert answer["Retry-After"] == str(VOUCHER_SECONDS - 15)
        assert enter(api, api.basket(BAND_1=1), "WELCOME").status_code == 429, "another basket is no other guesser"
        assert read(api, basket)["vouchers"] == []

    def test_the_next_window_begins_anew(self, api: Api) -> None:
        make_voucher(starts_at=datetime(2026, 1, 1, tzinfo=UTC))
        basket = api.basket(BAND_1=1)
        for _ in range(4):
            enter(api, basket, "GUESS")
        with time_machine.travel(datetime(2026, 3, 2, 12, 5, tzinfo=UTC), tick=False):
            assert enter(api, basket, "WELCOME").status_code == 201
