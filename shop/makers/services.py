"""Changes to a team, each under `lock_team`: its door takes the lock before it asks what the caller may do."""

from collections.abc import Iterable
from http import HTTPStatus

from django.db import transaction
from django.utils import timezone

from shop import versions
from shop.accounts.queries import verified_emails
from shop.actors import Actor
from shop.audit import services as audit
from shop.errors import DomainError
from shop.makers import queries, shapes
from shop.makers.models import Invitation, Membership, OwnershipTransfer
from shop.makers.permissions import PersonRequired
from shop.makers.roles import OWNER, may_grant


class LastOwner(DomainError):
    code = "last_owner"
    title = "A maker keeps an owner"
    detail = "Make another member an owner first, or hand the maker over."


class BeyondOwnRoles(DomainError):
    code = "beyond_own_roles"
    status = HTTPStatus.FORBIDDEN
    title = "You cannot give or take what you do not have"
    detail = "These roles may do more than yours. Ask an owner."


def lock_team(maker_id: int) -> None:
    """Lock every place on the team until the end of the transaction, before asking what the caller may do.

    All in one order, so that two who change each other wait for each other and do not block each other. The team's
    running writes are waited for, as those hold their place (`permissions.hold`); the next ones find it changed.
    """
    list(Membership.objects.for_maker(maker_id).order_by("pk").select_for_update().values_list("pk"))


@transaction.atomic
def change_roles(
    *, own: Membership, member_id: str, roles: list[str], if_match: str | None, actor: Actor
) -> Membership:
    """Give a member these roles instead of theirs; in effect at once, in sign-ins and keys.

    Raises NotFound, StaleVersion, BeyondOwnRoles and LastOwner.
    """
    member = queries.get_member(own.maker_id, member_id)
    versions.check_shape(if_match, shapes.member(member))
    check_grant(own, member.roles, roles)
    if member.roles == roles:
        return member
    if member.is_owner and OWNER not in roles:
        _keep_an_owner(member)
    before = member.roles
    set_roles(member, roles)
    audit.record(
        actor, "member.roles_changed", maker=own.maker.public_id, object=member.public_id,
        before={"roles": before}, after={"roles": roles},
    )  # fmt: skip
    return member


@transaction.atomic
def remove_member(*, own: Membership, member_id: str, if_match: str | None, actor: Actor) -> None:
    """Take a member off the team; their keys and the invitations they sent die with their place.

    Raises NotFound, StaleVersion, BeyondOwnRoles and LastOwner.
    """
    member = queries.get_member(own.maker_id, member_id)
    versions.check_shape(if_match, shapes.member(member))
    check_grant(own, member.roles)
    _take_off(member, "member.removed", actor)


@transaction.atomic
def leave(*, own: Membership, actor: Actor) -> None:
    """Take oneself off the team, whatever one's roles are. Raises PersonRequired and LastOwner."""
    if not actor.is_person:
        raise PersonRequired
    _take_off(own, "member.left", actor)


def check_grant(own: Membership, *roles: Iterable[str]) -> None:
    """Nobody gives or takes what they do not have. Raises BeyondOwnRoles."""
    if not all(may_grant(own.roles, each) for each in roles):
        raise BeyondOwnRoles


def set_roles(member: Membership, roles: list[str]) -> None:
    """Write the roles down, and end what their bearer offered others and could not offer now. Under the lock."""
    member.roles = roles
    member.save(update_fields=["roles"])
    if not member.is_owner:
        OwnershipTransfer.objects.pending().filter(giver=member).update(cancelled_at=timezone.now())
    _revoke(invitation for invitation in _sent_by(member) if not may_grant(roles, invitation.roles))


def _take_off(member: Membership, action: str, actor: Actor) -> None:
    if member.is_owner:
        _keep_an_owner(member)
    _revoke([*_sent_by(member), *_sent_to(member)])
    member_id, roles = member.public_id, member.roles
    member.delete()
    audit.record(actor, action, maker=member.maker.public_id, object=member_id, before={"roles": roles})


def _keep_an_owner(member: Membership) -> None:
    if not queries.has_other_owner(member):
        raise LastOwner


def _sent_by(member: Membership) -> Iterable[Invitation]:
    return Invitation.objects.for_maker(member.maker_id).pending().filter(invited_by=member.user_id)


def _sent_to(member: Membership) -> Iterable[Invitation]:
    """To a further address of theirs: it would let them in again."""
    addresses = verified_emails(member.user)
    return Invitation.objects.for_maker(member.maker_id).pending().filter(email__in=addresses)


def _revoke(invitations: Iterable[Invitation]) -> None:
    ids = [invitation.pk for invitation in invitations]
    Invitation.objects.pending().filter(pk__in=ids).update(revoked_at=timezone.now())
