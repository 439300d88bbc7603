"""Reading what was written down, for one maker at a time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q

from shop.accounts.models import User
from shop.audit.models import AuditEntry
from shop.errors import NotFound
from shop.keys.models import SecretKey
from shop.makers.models import Membership
from shop.pagination import Order, Page, paginate

NEWEST = Order("newest", "at", descending=True)


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What to look for. `action` is a whole one, or the beginning of several: `product.`; `until` is left out."""

    actor: str | None = None
    action: str | None = None
    object: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def list_entries(maker: Any, wanted: AuditFilter, *, limit: int, cursor: str | None) -> Page[AuditEntry]:
    """One page of the maker's entries, the newest first: one query. Raises InvalidCursor."""
    entries = AuditEntry.objects.for_maker(maker.public_id).filter(_conditions(wanted))
    return paginate(entries, order=NEWEST, limit=limit, cursor=cursor)


def get_entry(maker: Any, entry_id: str) -> AuditEntry:
    """Raises NotFound, also for another maker's."""
    entry = AuditEntry.objects.for_maker(maker.public_id).filter(public_id=entry_id).first()
    if entry is None:
        raise NotFound
    return entry


def names_of(maker: Any, entries: Iterable[AuditEntry]) -> dict[str, str]:
    """What the actors of these entries are called today, by their ids: two queries.

    Keys have names. People who gave none are shown by their address to those who are on a team with them.
    """
    actors = {entry.actor for entry in entries}
    on_team = Membership.objects.for_maker(maker.pk).filter(user=OuterRef("pk"))
    people = User.objects.filter(public_id__in=actors).annotate(on_team=Exists(on_team))
    names = {user.public_id: user.get_full_name() or (user.email if user.on_team else "") for user in people}
    keys = SecretKey.objects.for_maker(maker.pk).filter(public_id__in=actors)
    return names | dict(keys.values_list("public_id", "name"))


def _conditions(wanted: AuditFilter) -> Q:
    conditions = Q()
    if wanted.actor is not None:
        conditions &= Q(actor=wanted.actor)
    if wanted.action is not None:
        conditions &= Q(action__startswith=wanted.action) if wanted.action.endswith(".") else Q(action=wanted.action)
    if wanted.object is not None:
        conditions &= Q(object=wanted.object)
    if wanted.since is not None:
        conditions &= Q(at__gte=wanted.since)
    if wanted.until is not None:
        conditions &= Q(at__lt=wanted.until)
    return conditions
