"""Hot reads and writes as SQL that PostgreSQL plans once a connection: planning a read may take as long as answering
it, and composing a write takes Django longer than PostgreSQL takes to do it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, partial
from operator import attrgetter
from typing import Any, Generic, TypeVar

import orjson
from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.backends.postgresql.base import ServerBindingCursor
from django.db.models.base import ModelState
from psycopg.pq import Format
from psycopg.types.json import set_json_loads

M = TypeVar("M", bound=models.Model)
# What Django, too, hands to psycopg as it is.
PLAIN = {
    models.BigIntegerField, models.BooleanField, models.CharField, models.DateTimeField, models.DecimalField,
    models.EmailField, models.ForeignKey, models.PositiveIntegerField, models.PositiveSmallIntegerField,
    models.TextField,
}  # fmt: skip

set_json_loads(orjson.loads)


class _Cursor(ServerBindingCursor):
    """Keeps the query in hand, where Django's log of queries looks for it; psycopg's own forgets it."""

    def _convert_query(self, query: Any, params: Any = None) -> Any:
        self._query = super()._convert_query(query, params)  # type: ignore[misc]
        return self._query


def fetch(query: str, params: Sequence[Any] | Mapping[str, Any] = ()) -> list[tuple[Any, ...]]:
    """All rows of a query. Name its columns: a prepared `*` fails for as long as the columns are not what they were.

    Values come as psycopg's own types, JSON read, and are sent apart from the query, which stays the same from call
    to call. Where `DATABASE_PREPARED` is off nothing is prepared.
    """
    # `connection` looks this up for each of its attributes; stubs know neither psycopg's cursors nor what Django does.
    database: Any = connections[DEFAULT_DB_ALIAS]
    database.ensure_connection()
    bound: type[Any] = _Cursor
    cursor = bound(database.connection)
    cursor.format = Format.BINARY
    rows: list[tuple[Any, ...]]
    if database.queries_logged or database.execute_wrappers:
        # Somebody looks on: as through Django's own cursors.
        with database._prepare_cursor(cursor) as prepared:
            prepared.execute(query, params)
            rows = prepared.fetchall()
            return rows
    # What Django's own does besides, and takes as long for as psycopg for all of this: refuses to go on in a
    # transaction that is broken, and translates errors.
    database.validate_no_broken_transaction()
    with database.wrap_database_errors:
        rows = cursor.execute(query, params).fetchall()
    return rows


class Part(Generic[M]):
    """The columns that a query takes of one of its tables, and the objects that are made of them.

    A field that is left out is read by itself when somebody asks for it after all. The objects are as `from_db` makes
    them, but for what an `__init__` of the model's own or a signal would add.
    """

    def __init__(self, model: type[M], alias: str, *fields: str) -> None:
        """All fields where none is named; `alias` is the table's name in the query."""
        wanted = [field for field in model._meta.concrete_fields if not fields or field.name in fields]
        self._model = model
        self.names = [field.attname for field in wanted]
        self.columns = ", ".join(f"{alias}.{field.column}" for field in wanted)

    def read(self, row: Iterator[Any]) -> M:
        """The object, from where the row has got to."""
        made = self._model.__new__(self._model)
        made._state = state = ModelState()
        state.adding, state.db = False, DEFAULT_DB_ALIAS
        vars(made).update(zip(self.names, row, strict=False))
        return made


def columns(*parts: Part[Any]) -> str:
    """The columns of all of them, in their order."""
    return ", ".join(part.columns for part in parts)


def insert(row: M) -> M:
    """Save a new row as `save` does, all of its columns; a `save` of the model's own and signals are passed by."""
    insert_where(row, "TRUE", {})
    return row


def insert_where(row: models.Model, condition: str, values: Mapping[str, Any]) -> bool:
    """The same where a condition in SQL holds, with its `%(values)s`; whether it did."""
    model = type(row)
    query = f"{_insertion(model)} WHERE {condition} RETURNING {model._meta.pk.column}"
    added = fetch(query, {**_values(row), **values})
    if not added:
        return False
    [(row.pk,)] = added
    row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS
    return True


def insert_all(rows: Sequence[M]) -> Sequence[M]:
    """The same for new rows of one model, by one statement however many."""
    if rows:
        model = type(rows[0])
        given = [{field.column: field.pre_save(row, True) for field in _stored(model)} for row in rows]
        added = fetch(_insertion_of_all(model), [orjson.dumps(given, default=str).decode()])
        for row, (pk,) in zip(rows, added, strict=True):
            row.pk = pk
            row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS
    return rows


def update(row: models.Model, *names: str) -> None:
    """Save these fields of a row that is there, or all of them, as `save` does; likewise."""
    model = type(row)
    fetch(_change(model, *names), {**_values(row, *names), "pk": row.pk})


@cache
def _stored(model: type[models.Model], *names: str) -> list[Any]:
    fields: list[Any] = [field for field in model._meta.concrete_fields if not field.primary_key]
    return [field for field in fields if not names or field.name in names]


def _values(row: models.Model, *names: str) -> dict[str, Any]:
    """What goes into each column."""
    return {column: value_of(row) for column, value_of in _readers(type(row), *names)}


@cache
def _readers(model: type[models.Model], *names: str) -> list[tuple[str, Callable[[Any], Any]]]:
    return [(field.column, _reader(field)) for field in _stored(model, *names)]


def _reader(field: Any) -> Callable[[Any], Any]:
    sets_itself = getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
    plainly = type(field) in PLAIN and not sets_itself
    return attrgetter(field.attname) if plainly else partial(_as_saved, field)


def _as_saved(field: Any, row: models.Model) -> Any:
    value = field.pre_save(row, row._state.adding)
    return value if value is None or type(field) in PLAIN else field.get_db_prep_save(value, connection)


@cache
def _insertion(model: type[models.Model]) -> str:
    names = ", ".join(f'"{field.column}"' for field in _stored(model))
    values = ", ".join(f"%({field.column})s" for field in _stored(model))
    return f'INSERT INTO "{model._meta.db_table}" ({names}) SELECT {values}'


@cache
def _insertion_of_all(model: type[models.Model]) -> str:
    table, names = model._meta.db_table, ", ".join(f'"{field.column}"' for field in _stored(model))
    rows = f'jsonb_populate_recordset(NULL::"{table}", %s::jsonb)'
    return f'INSERT INTO "{table}" ({names}) SELECT {names} FROM {rows} RETURNING {model._meta.pk.column}'


@cache
def _change(model: type[models.Model], *names: str) -> str:
    columns = ", ".join(f'"{field.column}" = %({field.column})s' for field in _stored(model, *names))
    key = model._meta.pk.column
    return f'UPDATE "{model._meta.db_table}" SET {columns} WHERE {key} = %(pk)s RETURNING {key}'
