"""Inviting people onto a team: mailed to an address, accepted by whoever reads its mail."""

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from shop import versions
from shop.accounts.queries import verified_emails
from shop.accounts.services import lock_person
from shop.actors import Actor
from shop.audit import services as audit
from shop.errors import DomainError, NotFound, RateLimited
from shop.invitations import queries, shapes
from shop.invitations.rules import DAY, KEPT, MAILS_A_DAY, MAX_OPEN, digest, new_token
from shop.mail import services as mail
from shop.makers import permissions
from shop.makers.models import Invitation, Membership, new_invitation_expiry
from shop.makers.roles import ROLES
from shop.makers.services import check_grant


class AlreadyMember(DomainError):
    code = "already_member"
    title = "They are on the team already"
    detail = "Change their roles at `/v1/studio/makers/{maker}/members`."


class AlreadyInvited(DomainError):
    code = "already_invited"
    title = "This address has an open invitation"
    detail = "Resend that one, or revoke it first. See `/v1/studio/makers/{maker}/invitations`."


class TooManyInvitations(DomainError):
    code = "too_many_invitations"
    title = "This maker has too many open invitations"
    detail = f"A maker may have {MAX_OPEN}; one that was revoked counts for a day. Wait for some to be accepted."


class InvitationForAnotherAddress(DomainError):
    code = "invitation_for_another_address"
    status = HTTPStatus.FORBIDDEN
    title = "The invitation is for another address"
    detail = "Sign in as the person it was mailed to, or add and verify that address at /v1/auth/app/v1/account/email."


@transaction.atomic
def invite(*, own: Membership, email: str, roles: list[str], actor: Actor) -> Invitation:
    """Offer these roles to whoever reads the mail of the address (in lower case), which is told so.

    Raises BeyondOwnRoles, AlreadyMember, AlreadyInvited, TooManyInvitations, RateLimited and InvalidInput.
    """
    check_grant(own, roles)
    if queries.is_on_team(own.maker_id, email):
        raise AlreadyMember
    _end_expired(own.maker_id, email)
    if queries.count_of_room(own.maker_id) >= MAX_OPEN:
        raise TooManyInvitations
    _check_mails(own.maker_id, email)
    token = new_token()
    try:
        with transaction.atomic():
            invitation = Invitation.objects.create(
                maker=own.maker, email=email, roles=roles, token_hash=digest(token), invited_by=actor.user
            )
    except IntegrityError as error:
        raise AlreadyInvited from error
    _mail(invitation, token)
    _record(actor, "invitation.sent", invitation, after={"roles": roles})
    return invitation


@transaction.atomic
def resend(*, own: Membership, invitation_id: str, actor: Actor) -> Invitation:
    """Mail it again, with a new token and a new expiry, in the name of who resends it; the old token dies.

    Raises NotFound, BeyondOwnRoles, AlreadyMember, TooManyInvitations and RateLimited.
    """
    invitation = queries.get_invitation(own.maker_id, invitation_id, lock=True)
    check_grant(own, invitation.roles)
    if queries.is_on_team(own.maker_id, invitation.email):
        raise AlreadyMember
    if invitation.is_expired and queries.count_of_room(own.maker_id) >= MAX_OPEN:
        raise TooManyInvitations
    _check_mails(own.maker_id, invitation.email)
    now, token = timezone.now(), new_token()
    invitation.mails = invitation.mails + 1 if invitation.sent_at > now - DAY else 1
    invitation.token_hash = digest(token)
    invitation.invited_by = actor.user
    invitation.sent_at = now
    invitation.expires_at = new_invitation_expiry()
    invitation.save()
    invitation.maker = own.maker
    _mail(invitation, token)
    _record(actor, "invitation.resent", invitation)
    return invitation


@transaction.atomic
def revoke(*, own: Membership, invitation_id: str, if_match: str | None, actor: Actor) -> None:
    """End an invitation before it is accepted. Raises NotFound, StaleVersion and BeyondOwnRoles."""
    invitation = queries.get_invitation(own.maker_id, invitation_id, lock=True)
    versions.check_shape(if_match, shapes.invitation(invitation))
    check_grant(own, invitation.roles)
    invitation.revoked_at = timezone.now()
    invitation.save(update_fields=["revoked_at"])
    invitation.maker = own.maker
    _record(actor, "invitation.revoked", invitation, before={"roles": invitation.roles})


@transaction.atomic
def accept(*, token: str, actor: Actor) -> Membership:
    """Become a member with the roles offered, as somebody who reads the mail of the invited address.

    Raises NotFound, InvitationUsed, InvitationExpired, InvitationForAnotherAddress and AlreadyMember.
    """
    inviter = queries.place_of_inviter(queries.invitation_of(token))
    if inviter is None:
        raise NotFound
    # In the order of an erasure and of a removal: the person, the place on the team, then what was sent from it.
    person = lock_person(actor)
    permissions.hold(inviter)
    invitation = queries.invitation_of(token, lock=True)
    if invitation.email not in verified_emails(person):
        raise InvitationForAnotherAddress
    membership, is_new = Membership.objects.get_or_create(
        maker=invitation.maker, user=person, defaults={"roles": invitation.roles}
    )
    if not is_new:
        raise AlreadyMember
    invitation.accepted_at = timezone.now()
    invitation.save(update_fields=["accepted_at"])
    after = {"member": membership.public_id, "roles": membership.roles}
    _record(actor, "invitation.accepted", invitation, after=after)
    return membership


def forget_old() -> int:
    """Delete invitations that are long over; returns how many."""
    return Invitation.objects.filter(expires_at__lt=timezone.now() - KEPT).delete()[0]


def _end_expired(maker_id: int, email: str) -> None:
    """One that has expired makes room for a new one. Raises AlreadyInvited for one that has not."""
    pending = Invitation.objects.for_maker(maker_id).pending().filter(email=email)
    invitation = pending.select_for_update().first()
    if invitation is None:
        return
    if not invitation.is_expired:
        raise AlreadyInvited(invitation=invitation.public_id)
    invitation.revoked_at = timezone.now()
    invitation.save(update_fields=["revoked_at"])


def _check_mails(maker_id: int, email: str) -> None:
    sent, last = queries.mails_within_a_day(maker_id, email)
    if sent >= MAILS_A_DAY and last:
        error = RateLimited(f"An address is mailed {MAILS_A_DAY} invitations a day at most.")
        error.retry_after = _seconds_until(last + DAY)
        raise error


def _seconds_until(moment: datetime) -> int:
    return max(1, int((moment - timezone.now()).total_seconds()) + 1)


def _mail(invitation: Invitation, token: str) -> None:
    maker = invitation.maker
    storefront = queries.storefront_for(maker.pk, "invite")
    context = {
        "maker_name": maker.name,
        "inviter_name": shapes.inviter_name(invitation),
        "roles": [ROLES[code].label for code in invitation.roles],
        "link": storefront.link("invite", token=token),
        "token": token,
        "expires_at": invitation.expires_at,
    }
    mail.send("invitation", to=invitation.email, context=context, storefront=storefront)


def _record(actor: Actor, action: str, invitation: Invitation, **facts: Mapping[str, Any]) -> None:
    audit.record(actor, action, maker=invitation.maker.public_id, object=invitation.public_id, **facts)
