"""Reads over invitations: the maker's, and the one whose token somebody has."""

from datetime import datetime
from http import HTTPStatus

from django.db.models import Q
from django.utils import timezone

from shop.errors import DomainError, NotFound
from shop.invitations.rules import DAY, digest
from shop.makers.models import Invitation, Membership
from shop.makers.roles import may_grant
from shop.pagination import Order, Page, paginate
from shop.storefronts.models import Storefront
from shop.storefronts.queries import default_storefront

NEWEST = Order("invited", "created_at", descending=True)


class InvitationExpired(DomainError):
    code = "invitation_expired"
    status = HTTPStatus.GONE
    title = "The invitation has expired"
    detail = "Ask whoever invited you to send it again."


class InvitationUsed(DomainError):
    code = "invitation_used"
    title = "The invitation has been accepted already"
    detail = "See `/v1/studio/makers` for where you work."


def list_invitations(maker_id: int, *, limit: int, cursor: str | None) -> Page[Invitation]:
    """Pending ones, open or expired, newest first: one query. Raises InvalidCursor."""
    pending = Invitation.objects.for_maker(maker_id).pending().select_related("invited_by")
    return paginate(pending, order=NEWEST, limit=limit, cursor=cursor)


def get_invitation(maker_id: int, invitation_id: str, *, lock: bool = False) -> Invitation:
    """A pending one of the maker. Raises NotFound."""
    pending = Invitation.objects.for_maker(maker_id).pending().select_related("invited_by")
    rows = pending.select_for_update(of=("self",)) if lock else pending
    invitation = rows.filter(public_id=invitation_id).first()
    if invitation is None:
        raise NotFound
    return invitation


def invitation_of(token: str, *, lock: bool = False) -> Invitation:
    """The open invitation with this token, its maker and who sent it.

    Raises NotFound for a token that is forged, replaced or revoked, and where who sent it could not send it today;
    InvitationUsed and InvitationExpired.
    """
    invitations = Invitation.objects.select_related("maker", "invited_by")
    rows = invitations.select_for_update(of=("self",)) if lock else invitations
    invitation = rows.filter(token_hash=digest(token), revoked_at__isnull=True).first()
    if invitation is None:
        raise NotFound
    if invitation.accepted_at:
        raise InvitationUsed
    if invitation.is_expired:
        raise InvitationExpired
    inviter = place_of_inviter(invitation)
    if inviter is None or not may_grant(inviter.roles, invitation.roles):
        raise NotFound
    return invitation


def place_of_inviter(invitation: Invitation) -> Membership | None:
    """The place on the team of who sent it last, as it is now."""
    team = Membership.objects.for_maker(invitation.maker_id)
    return team.filter(user=invitation.invited_by_id, user__is_active=True).first()


def is_on_team(maker_id: int, email: str) -> bool:
    """Whether the address is a member's, a further one of theirs included."""
    further = Q(user__emailaddress__email=email, user__emailaddress__verified=True)
    return Membership.objects.for_maker(maker_id).filter(Q(user__email__iexact=email) | further).exists()


def count_of_room(maker_id: int) -> int:
    """How many invitations count against the maker's limit now."""
    now = timezone.now()
    alive = Invitation.objects.for_maker(maker_id).filter(accepted_at__isnull=True, expires_at__gt=now)
    return alive.filter(Q(revoked_at__isnull=True) | Q(revoked_at__gt=now - DAY)).count()


def mails_within_a_day(maker_id: int, email: str) -> tuple[int, datetime | None]:
    """How many invitations this maker has mailed to the address within a day, and when the last one."""
    recent = Invitation.objects.for_maker(maker_id).filter(email=email, sent_at__gt=timezone.now() - DAY)
    sent = list(recent.order_by("sent_at").values_list("mails", "sent_at"))
    return sum(mails for mails, _ in sent), sent[-1][1] if sent else None


def storefront_for(maker_id: int, link: str) -> Storefront:
    """The shop window in whose name the maker's team gets mail: an own one that has such a link, else the default."""
    own = Storefront.objects.open().filter(owner=maker_id, link_templates__has_key=link)
    return own.order_by("pk").first() or default_storefront()
