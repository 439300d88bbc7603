"""Orders as one of their makers may read them: its own lines, where they go, and its money. Nothing of the others'."""

from typing import Any

from django.db.models import Prefetch, QuerySet

from orders.checkout.queries import with_history
from orders.order.models import Line, Order
from orders.refunds.queries import of_maker
from shop import pagination
from shop.errors import NotFound
from shop.pagination import Page

NEWEST_FIRST = pagination.Order("placed", "date_placed", descending=True)


def list_sales(maker: Any, *, status: str | None, limit: int, cursor: str | None) -> Page[Order]:
    """A page of the maker's orders, newest first: five queries. Raises InvalidCursor."""
    sales = _sales(maker)
    if status is not None:
        sales = sales.filter(status=status)
    return pagination.paginate(sales, order=NEWEST_FIRST, limit=limit, cursor=cursor)


def read_sale(maker: Any, number: str) -> Order:
    """One of them with its history: six queries. Raises NotFound."""
    order = with_history(_sales(maker).filter(number=number.upper())).first()
    if order is None:
        raise NotFound
    return order


def _sales(maker: Any) -> QuerySet[Order]:
    """`own_lines` and `own_refunds` are the maker's; of all `lines` only what says whose share is how large."""
    amounts = Line.objects.only("order_id", "partner_id", "line_price_incl_tax", "promotion").order_by("pk")
    own = Line.objects.for_maker(maker.pk).select_related("partner").order_by("pk")
    return (
        Order.objects.for_maker(maker.pk)
        .prefetch_related(
            Prefetch("lines", amounts),
            Prefetch("lines", own, to_attr="own_lines"),
        )
        .prefetch_related(
            Prefetch("refunds", of_maker(maker.pk).order_by("pk"), to_attr="own_refunds"),
        )
    )
