"""Stones from before the table get its keys and its kinds, and nothing of them is lost."""

from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction

from catalog.catalogue.models import Product
from catalog.catalogue.stones import STONE_KEYS
from tests.factories import make_piece

pytestmark = pytest.mark.django_db

fill_stones = import_module("catalog.catalogue.migrations.0036_stones_in_full").fill_stones
grade_stones = import_module("catalog.catalogue.migrations.0039_graded_stones").grade_stones


def filled(*stones: dict[str, Any]) -> list[dict[str, Any]]:
    piece = make_piece("band")
    Product.objects.filter(pk=piece.pk).update(stones=list(stones))
    with connection.schema_editor() as editor:
        for fill in (fill_stones, grade_stones):
            fill(apps, editor)
        once = Product.objects.get(pk=piece.pk).stones
        for fill in (fill_stones, grade_stones):
            fill(apps, editor)
    assert Product.objects.get(pk=piece.pk).stones == once
    return list(once)


def test_stones_keep_what_they_say_and_their_order() -> None:
    old = {"origin": "natural", "treatment": "bleached", "cut": "round", "carat": "1.50", "count": 62}
    pearl, glass, bare = filled(
        {**old, "kind": "Cultured pearl"}, {**old, "kind": "bottle glass"}, {"kind": "ruby", "origin": "lab_grown"}
    )
    assert pearl == {**STONE_KEYS, **old, "kind": "cultured_pearl"}
    assert glass == {**STONE_KEYS, **old, "kind": "other", "name": "bottle glass"}
    assert bare == {**STONE_KEYS, "kind": "ruby", "origin": "lab_grown"}


def test_stones_of_today_stay_as_they_are() -> None:
    stone = {**STONE_KEYS, "kind": "garnet", "name": "tsavorite"}
    assert filled(stone) == [stone]


@pytest.mark.parametrize(("column", "value"), [("facts", []), ("parts", {}), ("stones", {}), ("ring_sizes", [])])
def test_the_database_refuses_what_is_no_such_thing(column: str, value: Any) -> None:
    piece = make_piece("band")
    with pytest.raises(IntegrityError, match=f"product_{column}"), transaction.atomic():
        Product.objects.filter(pk=piece.pk).update(**{column: value})
