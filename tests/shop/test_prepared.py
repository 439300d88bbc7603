"""Hot reads: planned once a connection, and otherwise like any other query."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction
from django.test.utils import CaptureQueriesContext

from orders.basket.models import Basket
from shop.prepared import Part, fetch, insert, insert_all, insert_where, update

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


def test_many_rows_are_saved_as_save_would() -> None:
    rows = [make_basket() for _ in range(3)]
    for number, row in enumerate(rows):
        row.gift_note, row.version = f'It\'s "{number}" \\o/', number + 1
        row.shipping_address = {"city": "Köln", "lines": [number, None, 1.5]} if number else None
    saved = make_basket()
    saved.gift_note, saved.version, saved.shipping_address = rows[2].gift_note, 3, rows[2].shipping_address
    saved.save()
    insert_all(rows)
    assert [row.version for row in Basket.objects.filter(pk__in=[row.pk for row in rows]).order_by("pk")] == [1, 2, 3]
    assert Basket.objects.get(pk=rows[0].pk).shipping_address is None
    one, other = (Basket.objects.values().get(pk=pk) for pk in (saved.pk, rows[2].pk))
    assert {name for name in one if one[name] != other[name]} == {"id", "public_id", "date_created", "expires_at"}
    assert rows[1].date_created == Basket.objects.get(pk=rows[1].pk).date_created
    assert insert_all([]) == []


def test_a_row_is_saved_only_where_its_condition_holds() -> None:
    basket = make_basket()
    assert not insert_where(basket, "%(wanted)s::int > 1", {"wanted": 1})
    assert basket.pk is None and basket._state.adding
    assert insert_where(basket, "%(wanted)s::int > 1", {"wanted": 2})
    assert Basket.objects.get().public_id == basket.public_id


def test_a_row_that_is_read_is_as_the_model_would_read_it() -> None:
    saved = insert(make_basket())
    part = Part(Basket, "basket", "id", "version", "storefront")
    [row] = fetch(f"SELECT {part.columns}, 7 FROM basket_basket AS basket")
    values = iter(row)
    read = part.read(values)
    assert next(values) == 7
    assert (read, read.version, read.storefront, read._state.adding) == (saved, 1, None, False)
    assert read.get_deferred_fields() == {field.attname for field in Basket._meta.concrete_fields} - {
        "id", "version", "storefront_id",
    }  # fmt: skip
    assert read.currency == "USD"


def test_only_the_fields_named_are_changed() -> None:
    basket = insert(make_basket())
    basket.version, basket.gift_note = 7, "not saved"
    update(basket, "version")
    assert Basket.objects.values_list("version", "gift_note").get(pk=basket.pk) == (7, "")
    update(basket)
    assert Basket.objects.values_list("version", "gift_note").get(pk=basket.pk) == (7, "not saved")


def make_basket() -> Basket:
    return Basket(currency="USD")
