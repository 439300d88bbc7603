"""The basket of an order that had ended and lives again: nothing in it is lost, and nothing of it is bought twice."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.utils.module_loading import import_string

from orders.basket.models import Basket
from orders.checkout import services as checkout
from orders.customers import services as customers
from orders.payment import services as payments
from orders.payment.services import settle_intent
from tests.catalog.bench import problem
from tests.factories import make_piece, make_variant, stock
from tests.fakes.local_stripe import LocalStripe
from tests.invariants import assert_nothing_is_broken, broken
from tests.orders.customers.steps import customer, quantities
from tests.orders.documented import DocumentedApi
from tests.orders.steps import answers_lost, at_stripe, cancel, hold_over, intents, lapse, read_basket, read_order, up
from tests.orders.test_personalization import INSIDE, offer
from tests.races import Overtaking, at_once

pytestmark = pytest.mark.django_db
Placed = dict[str, Any]
API = DocumentedApi()


@pytest.fixture(autouse=True)
def pieces(db: None) -> None:
    for name in ("band", "hoop"):
        make_piece(name, make_variant(f"{name.upper()}-1", stock=50))


@pytest.fixture(params=["lapsed", "cancelled"])
def ended(request: pytest.FixtureRequest, stripe_server: LocalStripe) -> Placed:
    return _ended(stripe_server, request.param)


@pytest.fixture
def cancelled(stripe_server: LocalStripe) -> Placed:
    return _ended(stripe_server, "cancelled")


def _ended(server: LocalStripe, how: str) -> Placed:
    """An order of two bands; its intent's id never reached us, so that it could end without Stripe."""
    answers_lost(server, "/v1/payment_intents$")
    placed = API.placed(BAND_1=2)
    up(server)
    if how == "cancelled":
        cancel(API, placed["order"])
    else:
        with hold_over():
            lapse()
    return placed | {"basket": read_basket(API, placed["order"])}


def money_arrives(server: LocalStripe) -> None:
    intent = str(intents(server)[0]["id"])
    at_stripe(server, "POST", f"payment_intents/{intent}/confirm", payment_method="pm_card_visa")
    settle_intent(intent)


def read(basket: Placed, api: DocumentedApi = API) -> Placed:
    return dict(api.get(f"/store/baskets/{basket['id']}").json())


def add(basket: Placed, sku: str, **more: Any) -> Placed:
    answer = API.post(f"/store/baskets/{basket['id']}/lines", {"sku": sku, **more})
    assert answer.status_code == 201, answer.content
    return dict(answer.json())


def set_quantity(basket: Placed, quantity: int) -> None:
    line = f"/store/baskets/{basket['id']}/lines/{basket['lines'][0]['id']}"
    assert (API.patch(line, {"quantity": quantity}) if quantity else API.delete(line)).status_code == 200


def row(placed: Placed) -> Basket | None:
    basket: Basket | None = Basket.objects.filter(order__number=placed["order"]["number"]).first()
    return basket


def assert_paid(placed: Placed) -> None:
    assert read_order(API, placed["order"])["status"] == "paid"
    assert_nothing_is_broken()


def test_as_it_was_it_is_the_orders_again(ended: Placed, stripe_server: LocalStripe) -> None:
    money_arrives(stripe_server)
    assert_paid(ended)
    basket = read(ended["basket"])
    assert (basket["status"], quantities(basket)) == ("frozen", {"BAND-1": 2})
    assert problem(API.checkout(ended["basket"])) == (409, "basket_not_open")


def test_what_was_put_in_since_stays_without_what_was_paid(ended: Placed, stripe_server: LocalStripe) -> None:
    changed = add(ended["basket"], "HOOP-1")
    money_arrives(stripe_server)
    assert_paid(ended)
    basket = read(ended["basket"])
    assert (basket["status"], quantities(basket), basket["email"]) == ("open", {"HOOP-1": 1}, "ada@example.com")
    # Who still looks at all three is told, and charged nothing.
    assert problem(API.checkout(changed)) == (409, "basket_changed")
    assert API.checkout(basket).status_code == 201
    assert (stock("BAND-1").num_allocated, stock("HOOP-1").num_allocated) == (2, 1)
    assert_paid(ended)


@pytest.mark.parametrize(("wanted", "left"), [(5, {"BAND-1": 3}), (1, {}), (0, {})])
def test_of_what_was_paid_only_more_is_left(
    cancelled: Placed, stripe_server: LocalStripe, wanted: int, left: dict[str, int]
) -> None:
    set_quantity(cancelled["basket"], wanted)
    money_arrives(stripe_server)
    assert_paid(cancelled)
    basket = read(cancelled["basket"])
    assert (basket["status"], quantities(basket), row(cancelled)) == ("open", left, None)


def test_the_same_piece_with_another_wish_is_not_what_was_paid(stripe_server: LocalStripe) -> None:
    offer(make_piece("signet", make_variant("SIGNET-1", stock=50)), INSIDE)
    answers_lost(stripe_server, "/v1/payment_intents$")
    wished = add(API.ready_basket(HOOP_1=1), "SIGNET-1", personalization=[{"option": "inside", "value": "Ada"}])
    placed = API.checkout(wished).json()
    up(stripe_server)
    cancel(API, placed["order"])
    for words in ("Ada", "Bea"):
        add(wished, "SIGNET-1", personalization=[{"option": "inside", "value": words}])
    money_arrives(stripe_server)
    assert_paid(placed)
    left = [(line["personalization"][0]["value"], line["quantity"]) for line in read(wished)["lines"]]
    assert left == [("Ada", 1), ("Bea", 1)]


def test_an_expired_basket_is_the_orders_again(cancelled: Placed, stripe_server: LocalStripe) -> None:
    Basket.objects.update(expires_at="2020-01-01T00:00Z")
    money_arrives(stripe_server)
    assert_paid(cancelled)
    assert read(cancelled["basket"])["status"] == "frozen"


def test_a_basket_ordered_anew_keeps_its_order_and_the_money_goes_back(
    cancelled: Placed, stripe_server: LocalStripe, run_jobs: Callable[[], int]
) -> None:
    second = API.checkout(add(cancelled["basket"], "HOOP-1")).json()
    money_arrives(stripe_server)
    run_jobs()
    assert read_order(API, cancelled["order"])["refunds"][0]["status"] == "succeeded"
    assert read_order(API, second["order"])["status"] == "awaiting_payment"
    assert quantities(read(cancelled["basket"])) == {"BAND-1": 2, "HOOP-1": 1}
    assert_nothing_is_broken()


def test_where_the_second_order_has_ended_too_the_first_one_lives(
    cancelled: Placed, stripe_server: LocalStripe
) -> None:
    second = API.checkout(add(cancelled["basket"], "HOOP-1")).json()
    cancel(API, second["order"])
    money_arrives(stripe_server)
    assert_paid(cancelled)
    assert quantities(read(cancelled["basket"])) == {"HOOP-1": 1}


def test_a_basket_that_was_merged_is_followed(cancelled: Placed, stripe_server: LocalStripe) -> None:
    ada = customer()
    own = ada.basket(HOOP_1=1)
    merged = ada.post("/store/customer/basket", {"basket": cancelled["basket"]["id"]}).json()
    assert (merged["id"], quantities(merged)) == (own["id"], {"HOOP-1": 1, "BAND-1": 2})
    money_arrives(stripe_server)
    assert_paid(cancelled)
    assert quantities(read(own, ada)) == {"HOOP-1": 1}


def test_baskets_of_before_are_frozen_by_the_migration(cancelled: Placed, stripe_server: LocalStripe) -> None:
    money_arrives(stripe_server)
    Basket.objects.update(status=Basket.OPEN)
    other = API.basket(HOOP_1=1)
    assert broken() == {"frozen_baskets_are_orders"}
    with connection.cursor() as cursor:
        cursor.execute(import_string("orders.basket.migrations.0017_of_orders_that_live_again.FREEZE"))
    assert_paid(cancelled)
    assert read(other)["status"] == "open"


class TestInTheSameMoment:
    pytestmark = pytest.mark.django_db(transaction=True)

    @pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
    def test_ordered_anew(
        self, cancelled: Placed, stripe_server: LocalStripe, guarded: bool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Whoever takes the basket last has to wait for it, before anything that the other needs."""
        race, lock = Overtaking(certain=False), checkout._lock_what_it_takes

        def has_the_basket_then_locks(*args: Any) -> Any:
            race.has_looked()
            return lock(*args)

        monkeypatch.setattr(checkout, "_lock_what_it_takes", has_the_basket_then_locks)
        if not guarded:
            monkeypatch.setattr(payments, "lock_basket_of", lambda order_pk: None)
        changed = add(cancelled["basket"], "HOOP-1")
        both = (
            partial(API.checkout, changed),
            partial(race.after_the_look, partial(money_arrives, stripe_server)),
        )
        if not guarded:
            with pytest.raises(OperationalError, match="deadlock"):
                at_once(*both)
            return
        answer, _ = at_once(*both)
        assert answer.status_code == 201
        assert read_order(API, cancelled["order"])["refunds"][0]["reason"] == "late_payment"
        assert stock("BAND-1").num_allocated == 2

    def test_merged(self, cancelled: Placed, stripe_server: LocalStripe, monkeypatch: pytest.MonkeyPatch) -> None:
        race, merge = Overtaking(certain=False), customers.merge

        def has_both_then_merges(*args: Any) -> Any:
            race.has_looked()
            return merge(*args)

        monkeypatch.setattr(customers, "merge", has_both_then_merges)
        ada = customer()
        own = ada.basket(HOOP_1=1)
        answer, _ = at_once(
            partial(ada.post, "/store/customer/basket", {"basket": cancelled["basket"]["id"]}),
            partial(race.after_the_look, partial(money_arrives, stripe_server)),
        )
        assert quantities(answer.json()) == {"HOOP-1": 1, "BAND-1": 2}
        assert_paid(cancelled)
        assert quantities(read(own, ada)) == {"HOOP-1": 1}
