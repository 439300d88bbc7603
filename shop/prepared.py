"""Hot reads as SQL that PostgreSQL plans once a connection: planning some of them takes as long as answering them."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.backends.postgresql.base import ServerBindingCursor
from psycopg.pq import Format


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
    connection.ensure_connection()
    database: Any = connection  # whose stubs know neither psycopg's cursors nor how one of Django's is made
    bound: type[Any] = _Cursor
    cursor = bound(database.connection)
    cursor.format = Format.BINARY
    # As Django's own cursors: in the thread it belongs to, errors translated, counted by tests.
    with database._prepare_cursor(cursor) as prepared:
        prepared.execute(query, params)
        rows: list[tuple[Any, ...]] = prepared.fetchall()
        return rows
