"""Disputes as the maker of what was bought reads them."""

from typing import Any

from django.db.models import QuerySet

from orders.disputes.models import Dispute
from shop import pagination
from shop.errors import NotFound
from shop.pagination import Page

NEWEST_FIRST = pagination.Order("newest", "opened_at", descending=True)


def list_disputes(maker: Any, *, status: str | None, limit: int, cursor: str | None) -> Page[Dispute]:
    """One page, the newest first: two queries. Raises InvalidCursor."""
    own = _own(maker)
    if status is not None:
        own = own.filter(status=status)
    return pagination.paginate(own, order=NEWEST_FIRST, limit=limit, cursor=cursor)


def get_dispute(maker: Any, dispute_id: str) -> Dispute:
    """Raises NotFound, also for another maker's."""
    dispute = _own(maker).filter(public_id=dispute_id).first()
    if dispute is None:
        raise NotFound
    return dispute


def _own(maker: Any) -> QuerySet[Dispute]:
    own = Dispute.objects.for_maker(maker.pk)
    return own.select_related("payment__order").prefetch_related("payment__order__lines")
