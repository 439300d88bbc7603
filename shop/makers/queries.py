"""Reads over teams."""

from shop.actors import Actor
from shop.errors import NotFound
from shop.makers.models import Membership
from shop.pagination import Order, Page, paginate

BY_JOINING = Order("joined", "joined_at")


def places_of(actor: Actor) -> list[Membership]:
    """The caller's memberships with their makers, by the makers' names: one query."""
    return list(Membership.objects.filter(user=actor.user).select_related("maker").order_by("maker__name", "pk"))


def list_members(maker_id: int, *, limit: int, cursor: str | None) -> Page[Membership]:
    """The team with its people, who joined first first: one query. Raises InvalidCursor."""
    return paginate(Membership.objects.for_maker(maker_id).with_people(), order=BY_JOINING, limit=limit, cursor=cursor)


def get_member(maker_id: int, member_id: str) -> Membership:
    """One of the team with their person: one query. Raises NotFound, also for another maker's."""
    member = Membership.objects.for_maker(maker_id).with_people().filter(public_id=member_id).first()
    if member is None:
        raise NotFound
    return member


def has_other_owner(member: Membership) -> bool:
    """Whether the maker keeps an owner who can sign in without this one."""
    owners = Membership.objects.for_maker(member.maker_id).owners().filter(user__is_active=True)
    return owners.exclude(pk=member.pk).exists()
