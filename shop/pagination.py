"""Keyset lists: cursors that stay right while rows are added, with `next` and `previous`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from http import HTTPStatus
from typing import Any, Generic, TypeVar
from urllib.parse import quote, urljoin

from django.conf import settings
from django.core import signing
from django.db.models import F, Model, Q, QuerySet
from django.http import QueryDict
from rest_framework import serializers
from rest_framework.request import Request

from shop.errors import DomainError
from shop.inputs import QueryInput, Text, WholeNumber

DEFAULT_LIMIT = 24
MAX_LIMIT = 100
SALT = "benchpin.cursor"
Row = TypeVar("Row", bound=Model)
Shown = TypeVar("Shown")


class InvalidCursor(DomainError):
    code = "invalid_cursor"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    title = "The cursor does not fit this list"
    detail = "Take `cursor` from a `next` or `previous` link of the same list and sort, or begin without one."


class PageQuery(QueryInput):
    limit = WholeNumber(min_value=1, max_value=MAX_LIMIT, default=DEFAULT_LIMIT)
    cursor = Text(max_length=1000, default=None, help_text="From `next` or `previous`.")


class PageOutput(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)


@dataclass(frozen=True, slots=True)
class Order:
    """What a list is sorted by: one field and the primary key behind it, both in one direction."""

    name: str
    field: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Page(Generic[Shown]):
    rows: list[Shown]
    next: str | None
    previous: str | None


@dataclass(frozen=True, slots=True)
class Walk:
    """Where in a list a page begins, and which way it is read from there; `after` is a sort value and a key."""

    order: Order
    limit: int
    backward: bool
    after: tuple[Any, int] | None

    @property
    def descending(self) -> bool:
        """Whether rows are read from the highest down."""
        return self.order.descending != self.backward

    def page(self, found: list[Any], key: Callable[[Any], tuple[Any, int]]) -> "Page[Any]":
        """The page of the rows read, of which there may be one more than it shows; `key` as in `after`."""
        more = len(found) > self.limit
        rows = found[: self.limit]
        if self.backward:
            rows.reverse()
        has_next = more if not self.backward else True
        has_previous = more if self.backward else self.after is not None
        return Page(
            rows=rows,
            next=_cursor(self.order, key(rows[-1]), backward=False) if rows and has_next else None,
            previous=_cursor(self.order, key(rows[0]), backward=True) if rows and has_previous else None,
        )


def read_walk(*, order: Order, limit: int, cursor: str | None) -> Walk:
    """Raises InvalidCursor for a cursor that is forged or of another sort."""
    backward, after = _read_cursor(cursor, order) if cursor else (False, None)
    return Walk(order, limit, backward, after)


def paginate(rows: QuerySet[Row], *, order: Order, limit: int, cursor: str | None) -> Page[Row]:
    """One page of `rows`. Raises InvalidCursor for a cursor that is forged or of another sort."""
    walk = read_walk(order=order, limit=limit, cursor=cursor)
    if walk.after:
        rows = rows.filter(_beyond(order.field, walk.after, descending=walk.descending))
    keys = (F(order.field).desc(), F("pk").desc()) if walk.descending else (F(order.field).asc(), F("pk").asc())
    return walk.page(list(rows.order_by(*keys)[: limit + 1]), lambda row: (getattr(row, order.field), row.pk))


def page_links(request: Request, page: Page[Any]) -> dict[str, str | None]:
    """`next` and `previous` as full addresses with the request's own filters."""
    return {"next": _link(request, page.next), "previous": _link(request, page.previous)}


def _link(request: Request, cursor: str | None) -> str | None:
    if cursor is None:
        return None
    return f"{_up_to_cursor(settings.PUBLIC_URL, request.path, request.META['QUERY_STRING'])}{quote(cursor)}"


@lru_cache(maxsize=4_096)
def _up_to_cursor(shop: str, path: str, query: str) -> str:
    """The address with another cursor, which is left to be written: the rest is the same from page to page."""
    kept = QueryDict(query.encode("iso-8859-1"), mutable=True)
    kept.pop("cursor", None)
    return urljoin(f"{shop}/", f"{path}?{kept.urlencode()}{'&' if kept else ''}cursor=")


def _beyond(field: str, after: Sequence[Any], *, descending: bool) -> Q:
    """What comes after that row: a bound for an index to begin at, then which of the equal ones are left.

    By the alternative alone PostgreSQL would read a list from its beginning, up to the cursor's place.
    """
    value, pk = after
    step = "lt" if descending else "gt"
    bound = Q(**{f"{field}__{step}e": value})
    return bound & (Q(**{f"{field}__{step}": value}) | Q(**{f"pk__{step}": pk}))


def _cursor(order: Order, key: tuple[Any, int], *, backward: bool) -> str:
    value, pk = key
    return _signer(settings.SECRET_KEY).sign_object([order.name, backward, _encode(value), pk])


@lru_cache(maxsize=1)
def _signer(key: str) -> signing.Signer:
    # Without a time in it, unlike `signing.dumps`: the same page has the same links, and so the same ETag.
    return signing.Signer(key=key, salt=SALT)


def _encode(value: Any) -> list[str]:
    kind = {datetime: "t", Decimal: "d"}.get(type(value), "s")
    return [kind, value.isoformat() if kind == "t" else str(value)]


def _decode(kind: str, text: str) -> datetime | Decimal | str:
    match kind:
        case "t":
            return datetime.fromisoformat(text)
        case "d":
            return Decimal(text)
    return text


def _read_cursor(cursor: str, order: Order) -> tuple[bool, tuple[Any, int]]:
    try:
        name, backward, (kind, text), pk = _signer(settings.SECRET_KEY).unsign_object(cursor)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise InvalidCursor from error
    if name != order.name:
        raise InvalidCursor
    return backward, (_decode(kind, text), pk)
