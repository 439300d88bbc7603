"""One basket, one order: however often the button is pressed, and whatever else happens in the same moment."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial

import pytest
from django.db import connection

from orders.order.models import Order
from orders.payment.models import Payment
from tests.concurrency.shop import Shop, check_out, outcomes
from tests.factories import make_piece, make_variant, stock

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("processes")]

SKU = "BAND-1"
PRESSES = 10
Twin = Callable[[str], AbstractContextManager[Shop]]


def test_many_keys_place_one_order(shop: Shop) -> None:
    make_piece("band", make_variant(SKU, stock=50))
    [basket] = shop.ready_baskets(1, SKU)

    answers = shop.all_at_once([partial(check_out, basket=basket)] * PRESSES)

    assert outcomes(answers) == {(201, ""): 1, (409, "basket_not_open"): PRESSES - 1}
    assert_one_order(shop)


def test_one_key_places_one_order(shop: Shop) -> None:
    """Each press gets the one order's number or is told to wait, and afterwards the key repeats the answer."""
    make_piece("band", make_variant(SKU, stock=50))
    [basket] = shop.ready_baskets(1, SKU)
    press = partial(check_out, basket=basket, key=str(uuid.uuid4()))

    answers = shop.all_at_once([press] * PRESSES)

    assert outcomes(answers).keys() <= {(201, ""), (409, "idempotency_in_progress")}
    with shop.caller() as caller:
        replayed = press(caller)
    assert replayed.headers["Idempotent-Replayed"] == "true"
    placed = [answer.json()["order"] for answer in (*answers, replayed) if answer.status == 201]
    assert {(order["number"], order["access_token"]) for order in placed} == {
        (Order.objects.get().number, replayed.json()["order"]["access_token"])
    }
    assert all(answer.headers["Retry-After"] == "1" for answer in answers if answer.status == 409)
    assert_one_order(shop)


def assert_one_order(shop: Shop) -> None:
    assert Order.objects.count() == Payment.objects.count() == 1
    assert stock(SKU).num_allocated == 1
    assert len(shop.stripe.requests("POST", "/v1/payment_intents$")) == 1


def test_control_the_constraint_alone_places_one_order(twin: Twin) -> None:
    """All find the basket open; the database lets one live order of it be."""
    make_piece("band", make_variant(SKU, stock=50))
    with twin("unlocked_basket") as shop:
        [basket] = shop.ready_baskets(1, SKU)
        answers = shop.all_at_once([partial(check_out, basket=basket)] * PRESSES)
        assert outcomes(answers) == {(201, ""): 1, (409, "basket_not_open"): PRESSES - 1}
        assert_one_order(shop)


def test_control_without_any_guard_one_basket_becomes_several_orders(twin: Twin) -> None:
    make_piece("band", make_variant(SKU, stock=50))
    with one_live_order_dropped(), twin("unlocked_basket") as shop:
        [basket] = shop.ready_baskets(1, SKU)
        shop.all_at_once([partial(check_out, basket=basket)] * PRESSES)
        assert Order.objects.count() == stock(SKU).num_allocated > 1
        print(f"One basket, {Order.objects.count()} orders")


@contextmanager
def one_live_order_dropped() -> Iterator[None]:
    name = "order_one_live_per_basket"
    constraint = next(each for each in Order._meta.constraints if each.name == name)
    with connection.schema_editor() as editor:
        editor.remove_constraint(Order, constraint)
    try:
        yield
    finally:
        # The others would keep the constraint out.
        Order.objects.update(status="cancelled")
        with connection.schema_editor() as editor:
            editor.add_constraint(Order, constraint)


def test_changing_a_basket_while_it_is_checked_out(shop: Shop) -> None:
    """Either the change came first and checkout is refused, or the order is what the shopper saw."""
    make_piece("band", make_variant(SKU, stock=50))
    for basket in shop.ready_baskets(8, SKU):
        path = f"/store/baskets/{basket['id']}/lines"
        checkout, change = shop.all_at_once(
            [partial(check_out, basket=basket), lambda caller, path=path: caller.call("POST", path, {"sku": SKU})]
        )
        now = shop.read_basket(basket)
        if checkout.status == 201:
            assert (change.status, change.code) == (409, "basket_not_open")
            assert checkout.json()["order"]["totals"]["total"] == basket["totals"]["total"]
            assert now["lines"][0]["quantity"] == 1
        else:
            assert ((checkout.status, checkout.code), change.status) == ((409, "basket_changed"), 201)
            assert (now["status"], now["lines"][0]["quantity"]) == ("open", 2)
    assert stock(SKU).num_allocated == Order.objects.count()
