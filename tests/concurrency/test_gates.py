"""What somebody else does in the middle of a change of the tree or of a piece; and each twin without its guard."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from catalog.browse import services as browse
from catalog.browse.models import ProductDocument
from catalog.browse.services import stale_documents
from catalog.catalogue.models import Category, Product
from catalog.categories import services as categories
from catalog.categories.services import move_category
from catalog.collections.services import create_collection
from catalog.imports.services import make_category
from catalog.products.services import change_product
from shop.actors import SYSTEM
from shop.errors import InvalidInput
from tests.concurrency.test_pieces import waiting
from tests.factories import make_piece

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("processes")]

PATIENCE_SECONDS = 30
Action = Callable[[], object]


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool


def hold_nothing(*args: Any, **options: Any) -> None:
    """In place of a lock."""


def with_connection(action: Action) -> None:
    try:
        action()
    finally:
        connection.close()


class Meanwhile:
    """Within the change that calls it first, somebody else begins `action`: until it has ended, or waits for us."""

    def __init__(self, pool: ThreadPoolExecutor, action: Action) -> None:
        self.pool = pool
        self.action = action
        self.future: Future[None] | None = None

    def __call__(self) -> None:
        if self.future is None:
            self.future = self.pool.submit(with_connection, self.action)
            deadline = time.monotonic() + PATIENCE_SECONDS
            with connection.cursor() as cursor:
                while not self.future.done() and not waiting(cursor):
                    assert time.monotonic() < deadline

    def finish(self) -> None:
        assert self.future
        self.future.result(PATIENCE_SECONDS)


def move_two_of_a_name(pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch) -> Category:
    """Both branches called Bands go below chains, the second while the first is between its check and its move."""
    one, other = make_category(["Rings", "Bands"]), make_category(["Cuffs", "Bands"])
    chains = make_category(["Chains"])

    def move(moved: Category) -> None:
        move_category(moved.pk, parent_id=chains.pk, before_id=None, actor=SYSTEM)

    meanwhile = Meanwhile(pool, lambda: move(other))
    check = categories.check_place

    def check_and_wait(*args: Any, **options: Any) -> None:
        check(*args, **options)
        meanwhile()

    monkeypatch.setattr(categories, "check_place", check_and_wait)
    move(one)
    try:
        meanwhile.finish()
    except InvalidInput as refused:
        assert [error["code"] for error in refused.errors] == ["same_name"]
    return Category.objects.get(pk=chains.pk)


def test_one_of_a_name_comes_below_a_branch(pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch) -> None:
    chains = move_two_of_a_name(pool, monkeypatch)
    assert [each.name for each in Category.objects.get_children(chains)] == ["Bands"]


def test_control_without_the_lock_both_come(pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(categories, "_hold_the_tree", hold_nothing)
    chains = move_two_of_a_name(pool, monkeypatch)
    assert [each.name for each in Category.objects.get_children(chains)] == ["Bands", "Bands"]


def collect_while_a_piece_comes_to_follow(pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch) -> Product:
    piece = make_piece("band")
    values = {"title": "Sky", "is_published": True, "rule": {"tag": "sky"}}
    meanwhile = Meanwhile(pool, lambda: create_collection(maker=piece.maker, values=values, actor=SYSTEM))
    read = browse.whole_pieces

    def read_and_wait(ids: Any) -> list[Product]:
        found = read(ids)
        meanwhile()
        return found

    monkeypatch.setattr(browse, "whole_pieces", read_and_wait)
    change_product(maker=piece.maker, product="band", changes={"tags": ["sky"]}, actor=SYSTEM, if_match=None)
    meanwhile.finish()
    return piece


def test_a_collection_waits_for_the_piece(pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch) -> None:
    piece = collect_while_a_piece_comes_to_follow(pool, monkeypatch)
    assert list(stale_documents()) == []
    assert ProductDocument.objects.get(pk=piece.pk).collections == ["sky"]


def test_control_without_the_gate_the_piece_stays_out(
    pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browse, "_close_gates", hold_nothing)
    piece = collect_while_a_piece_comes_to_follow(pool, monkeypatch)
    assert list(stale_documents()) == [piece.pk]
