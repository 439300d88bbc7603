"""Two hundred buyers, ten rings, ten orders; and three twins that show what each guard is for."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.db.models import Sum

from catalog.inventory.models import Movement, StockMovement
from catalog.partner.models import StockRecord
from orders.order.models import Order
from orders.payment.models import Payment
from tests.concurrency.servers import Answer, Caller
from tests.concurrency.shop import Shop, check_out, outcomes
from tests.factories import make_piece, make_variant, stock
from tests.invariants import broken

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("processes")]

PIECES = 10
SKU = "BAND-1"
Twin = Callable[[str], AbstractContextManager[Shop]]


def rush(shop: Shop, buyers: int, pieces: int = PIECES) -> tuple[list[dict[str, Any]], list[Answer]]:
    """That many buyers check out at once; their baskets as they were before, and what each was answered."""
    make_piece("band", make_variant(SKU, stock=pieces))
    baskets = shop.ready_baskets(buyers, SKU)
    actions: list[Callable[[Caller], Answer]] = [partial(check_out, basket=basket) for basket in baskets]
    started = time.monotonic()
    answers = shop.all_at_once(actions)
    print(f"{buyers} buyers were answered in {time.monotonic() - started:.2f} s")
    return baskets, answers


def sold() -> int:
    return Order.objects.count()


def test_ten_pieces_make_ten_orders(shop: Shop) -> None:
    baskets, answers = rush(shop, 200)

    assert outcomes(answers) == {(201, ""): PIECES, (409, "out_of_stock"): 190}
    record = stock(SKU)
    assert (record.num_in_stock, record.num_allocated) == (PIECES, PIECES)
    assert sold() == Payment.objects.count() == PIECES
    assert not Order.objects.filter(payments=None).exists()
    moved = StockMovement.objects.filter(stockrecord=record, kind=Movement.HOLD).aggregate(all=Sum("quantity"))
    assert moved["all"] == PIECES
    assert_refused_baskets_are_as_before(shop, baskets, answers)


def assert_refused_baskets_are_as_before(shop: Shop, baskets: list[dict[str, Any]], answers: list[Answer]) -> None:
    for basket, answer in zip(baskets, answers, strict=True):
        now = shop.read_basket(basket)
        if answer.status == 201:
            assert now["status"] == "frozen"
            continue
        assert [problem["code"] for problem in now["problems"]] == ["out_of_stock"]
        # The clock moves the promised dates, and the shelf makes the problem; nothing else may have changed.
        assert {**now, "problems": [], "shipping_option": None} == {**basket, "shipping_option": None}


def test_control_reading_then_writing_oversells(twin: Twin) -> None:
    with never_oversold_constraint_dropped(), twin("read_then_write") as shop:
        rush(shop, 40)
        assert sold() > PIECES >= stock(SKU).num_allocated
        print(f"Sold {sold()} of {PIECES}")
        assert "stock_is_its_movements" in broken()


def test_control_the_constraint_does_not_see_a_lost_update(twin: Twin) -> None:
    """Each writes a number within the bound, computed from what it read: no constraint can tell."""
    with twin("read_then_write") as shop:
        rush(shop, 40)
        assert sold() > PIECES >= stock(SKU).num_allocated


def test_control_the_constraint_alone_keeps_the_bound(twin: Twin) -> None:
    """Adding without looking, the application sells the one piece to several; the database does not let it."""
    with twin("blind") as shop:
        _, answers = rush(shop, 40, pieces=1)
    assert sold() == stock(SKU).num_allocated == 1
    # It was the database that refused some of them: our own check had let them pass.
    assert set(outcomes(answers)) == {(201, ""), (409, "out_of_stock"), (500, "internal_error")}


def test_control_without_any_guard_it_oversells(twin: Twin) -> None:
    with never_oversold_constraint_dropped(), twin("blind") as shop:
        rush(shop, 40, pieces=1)
        assert sold() == stock(SKU).num_allocated > 1
        print(f"Sold {sold()} of 1")
        assert broken() == {"stock_not_oversold"}


@contextmanager
def never_oversold_constraint_dropped() -> Iterator[None]:
    name = "stockrecord_never_oversold"
    constraint = next(each for each in StockRecord._meta.constraints if each.name == name)
    with connection.schema_editor() as editor:
        editor.remove_constraint(StockRecord, constraint)
    try:
        yield
    finally:
        # What was oversold would keep the constraint out.
        StockRecord.objects.update(num_allocated=0)
        with connection.schema_editor() as editor:
            editor.add_constraint(StockRecord, constraint)
