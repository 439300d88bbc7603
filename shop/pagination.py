"""Keyset lists: cursors that stay right while rows are added, with `next` and `previous`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from http import HTTPStatus
from typing import Any, Generic, TypeVar

from django.core import signing
from django.db.models import F, Model, Q, QuerySet
from rest_framework.request import Request

from shop.errors import DomainError
from shop.http import public_url

DEFAULT_LIMIT = 24
MAX_LIMIT = 100
SALT = "benchpin.cursor"
Row = TypeVar("Row", bound=Model)


class InvalidCursor(DomainError):
    code = "invalid_cursor"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    title = "The cursor does not fit this list"
    detail = "Take `cursor` from a `next` or `previous` link of the same list and sort, or begin without one."


@dataclass(frozen=True, slots=True)
class Order:
    """What a list is sorted by: one field and the primary key behind it, both in one direction."""

    name: str
    field: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    rows: list[Row]
    next: str | None
    previous: str | None


def paginate(rows: QuerySet[Row], *, order: Order, limit: int, cursor: str | None) -> Page[Row]:
    """One page of `rows`. Raises InvalidCursor for a cursor that is forged or of another sort."""
    backward, after = _read_cursor(cursor, order) if cursor else (False, None)
    descending = order.descending != backward
    if after:
        rows = rows.filter(_beyond(order.field, after, descending=descending))
    keys = (F(order.field).desc(), F("pk").desc()) if descending else (F(order.field).asc(), F("pk").asc())
    found = list(rows.order_by(*keys)[: limit + 1])
    more = len(found) > limit
    found = found[:limit]
    if backward:
        found.reverse()
    has_next = more if not backward else True
    has_previous = more if backward else after is not None
    return Page(
        rows=found,
        next=_cursor(order, found[-1], backward=False) if found and has_next else None,
        previous=_cursor(order, found[0], backward=True) if found and has_previous else None,
    )


def page_links(request: Request, page: Page[Any]) -> dict[str, str | None]:
    """`next` and `previous` as full addresses with the request's own filters."""
    return {"next": _link(request, page.next), "previous": _link(request, page.previous)}


def _link(request: Request, cursor: str | None) -> str | None:
    if cursor is None:
        return None
    query = request.query_params.copy()
    query["cursor"] = cursor
    return public_url(f"{request.path}?{query.urlencode()}")


def _beyond(field: str, after: Sequence[Any], *, descending: bool) -> Q:
    value, pk = after
    step = "lt" if descending else "gt"
    return Q(**{f"{field}__{step}": value}) | Q(**{field: value, f"pk__{step}": pk})


def _cursor(order: Order, row: Model, *, backward: bool) -> str:
    value = getattr(row, order.field)
    return _signer().sign_object([order.name, backward, _encode(value), row.pk])


def _signer() -> signing.Signer:
    # Without a time in it, unlike `signing.dumps`: the same page has the same links, and so the same ETag.
    return signing.Signer(salt=SALT)


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


def _read_cursor(cursor: str, order: Order) -> tuple[bool, list[Any]]:
    try:
        name, backward, (kind, text), pk = _signer().unsign_object(cursor)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise InvalidCursor from error
    if name != order.name:
        raise InvalidCursor
    return backward, [_decode(kind, text), pk]
