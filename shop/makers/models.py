from datetime import datetime, timedelta

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Lower
from django.utils import timezone

from shop.ids import new_id
from shop.makers.roles import OWNER, permissions_of

# Recovery codes alone are none: they stand in for one that is lost.
SECOND_FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def new_membership_id() -> str:
    return new_id("mem")


def new_invitation_id() -> str:
    return new_id("inv")


def new_transfer_id() -> str:
    return new_id("own")


def new_invitation_expiry() -> datetime:
    return timezone.now() + timedelta(days=settings.INVITATION_DAYS)


class MembershipQuerySet(models.QuerySet["Membership"]):
    """Scoped reads over a team."""

    def for_maker(self, maker_id: int) -> "MembershipQuerySet":
        return self.filter(maker_id=maker_id)

    def owners(self) -> "MembershipQuerySet":
        return self.filter(roles__contains=[OWNER])

    def with_people(self) -> "MembershipQuerySet":
        """Each with its person, and whether they have set up a second factor."""
        factors = Authenticator.objects.filter(user=OuterRef("user"), type__in=SECOND_FACTORS)
        return self.select_related("user", "maker").annotate(second_factor=Exists(factors))


class Membership(models.Model):
    """A person on a maker's team, with one or more roles of `shop.makers.roles`. Read at every request."""

    public_id = models.CharField(max_length=32, unique=True, default=new_membership_id, editable=False)
    maker = models.ForeignKey("partner.Partner", models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    roles = models.JSONField(default=list)
    joined_at = models.DateTimeField(auto_now_add=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["maker", "user"], name="membership_once"),
            models.CheckConstraint(condition=~Q(roles=[]), name="membership_has_a_role"),
        )

    @property
    def permissions(self) -> frozenset[str]:
        return permissions_of(self.roles)

    @property
    def is_owner(self) -> bool:
        return OWNER in self.roles


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def for_maker(self, maker_id: int) -> "InvitationQuerySet":
        return self.filter(maker_id=maker_id)

    def pending(self) -> "InvitationQuerySet":
        """Neither accepted nor revoked; one that has expired can be sent again."""
        return self.filter(accepted_at__isnull=True, revoked_at__isnull=True)


class Invitation(models.Model):
    """An offer of roles to whoever reads the mail of `email`. Its token is hashed; a resend makes a new one.

    Open until accepted, revoked or expired; one pending invitation for an address and maker. `email` is in lower
    case. `mails` counts those that went out within a day of each other.
    """

    public_id = models.CharField(max_length=32, unique=True, default=new_invitation_id, editable=False)
    maker = models.ForeignKey("partner.Partner", models.CASCADE, related_name="invitations")
    email = models.EmailField()
    roles = models.JSONField(default=list)
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(default=timezone.now)
    mails = models.PositiveSmallIntegerField(default=1)
    expires_at = models.DateTimeField(default=new_invitation_expiry)
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                "maker",
                Lower("email"),
                condition=Q(accepted_at__isnull=True, revoked_at__isnull=True),
                name="invitation_open_once",
            ),
        )

    @property
    def is_expired(self) -> bool:
        return self.expires_at <= timezone.now()


class OwnershipTransferQuerySet(models.QuerySet["OwnershipTransfer"]):
    def pending(self) -> "OwnershipTransferQuerySet":
        return self.filter(accepted_at__isnull=True, cancelled_at__isnull=True)


class OwnershipTransfer(models.Model):
    """An owner's offer to hand the maker over to a member; it takes effect when the member accepts."""

    public_id = models.CharField(max_length=32, unique=True, default=new_transfer_id, editable=False)
    maker = models.ForeignKey("partner.Partner", models.CASCADE, related_name="ownership_transfers")
    giver = models.ForeignKey(Membership, models.CASCADE, related_name="+")
    taker = models.ForeignKey(Membership, models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(default=new_invitation_expiry)
    accepted_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)

    objects = OwnershipTransferQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["maker"],
                condition=Q(accepted_at__isnull=True, cancelled_at__isnull=True),
                name="transfer_open_once",
            ),
        )

    @property
    def is_expired(self) -> bool:
        return self.expires_at <= timezone.now()
