"""Hot reads: planned once a connection, and otherwise like any other query."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction
from django.test.utils import CaptureQueriesContext

from orders.basket.models import Basket
from shop.prepared import fetch, insert, update

pytestmark = pytest.mark.django_db
TWICE = "SELECT %s::int * 2 AS doubled"


def prepared(query: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %s", [f"%{query}%"])
        return int(cursor.fetchone()[0])


def test_is_planned_once_for_all_values() -> None:
    assert [fetch(TWICE, (number,)) for number in range(5)] == [[(number * 2,)] for number in range(5)]
    assert prepared("AS doubled") == 1


def test_is_not_prepared_where_that_is_switched_off() -> None:
    statements: Any = connection.connection._prepared
    before, statements.prepare_threshold = statements.prepare_threshold, None
    try:
        assert fetch("SELECT %s::int AS unprepared", (1,)) == [(1,)]
    finally:
        statements.prepare_threshold = before
    assert prepared("AS unprepared") == 0


def test_values_come_as_they_are() -> None:
    query = """SELECT '12.50'::numeric, '2026-11-24T10:00:00Z'::timestamptz, '{"a": [1]}'::jsonb, ARRAY['x'], NULL"""
    noon = datetime(2026, 11, 24, 10, tzinfo=UTC)
    assert fetch(query) == [(Decimal("12.50"), noon, {"a": [1]}, ["x"], None)]


def test_the_log_of_queries_shows_what_was_asked() -> None:
    with CaptureQueriesContext(connection) as done:
        fetch(TWICE, (1,))
        with pytest.raises(ProgrammingError), transaction.atomic():
            fetch("SELECT nothing_of_this_name")
    said = [query["sql"] for query in done]
    assert said[0] == "SELECT $1::int * 2 AS doubled"
    assert "SELECT nothing_of_this_name" in said


def test_is_counted_and_its_errors_are_djangos(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        fetch(TWICE, (1,))
    with pytest.raises(ProgrammingError), transaction.atomic():
        fetch("SELECT nothing_of_this_name")


def test_a_row_is_saved_as_save_would() -> None:
    saved, inserted = make_basket(), make_basket()
    values = {"gift_note": 'It\'s "hers" \\o/', "shipping_address": {"city": "Köln", "lines": [1, None]}, "phone": ""}
    for name, value in values.items():
        setattr(saved, name, value)
        setattr(inserted, name, value)
    saved.save()
    insert(inserted)
    assert inserted.pk and inserted.pk != saved.pk
    assert not inserted._state.adding
    one, other = (Basket.objects.values().get(pk=pk) for pk in (saved.pk, inserted.pk))
    differing = {name for name in one if one[name] != other[name]}
    assert differing == {"id", "public_id", "date_created", "expires_at"}


def test_only_the_fields_named_are_changed() -> None:
    basket = insert(make_basket())
    basket.version, basket.gift_note = 7, "not saved"
    update(basket, "version")
    assert Basket.objects.values_list("version", "gift_note").get(pk=basket.pk) == (7, "")
    update(basket)
    assert Basket.objects.values_list("version", "gift_note").get(pk=basket.pk) == (7, "not saved")


def make_basket() -> Basket:
    return Basket(currency="USD")
