from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils import timezone

from shop.ids import new_id


def new_key_id() -> str:
    return new_id("key")


class KeyStatus(models.TextChoices):
    """`active`, or why it cannot be used any more."""

    ACTIVE = "active"
    REVOKED = "revoked"
    EXPIRED = "expired"
    OWNER_LEFT = "owner_left"


class SecretKeyQuerySet(models.QuerySet["SecretKey"]):
    def for_maker(self, maker_id: int) -> "SecretKeyQuerySet":
        return self.filter(maker_id=maker_id)

    def usable(self) -> "SecretKeyQuerySet":
        """Neither revoked nor expired, and its owner is still on the team."""
        alive = Q(expires_at__isnull=True) | Q(expires_at__gt=timezone.now())
        return self.filter(alive, revoked_at__isnull=True, membership__isnull=False)

    def with_parts(self) -> "SecretKeyQuerySet":
        """With what `shapes.key` shows."""
        return self.select_related("membership__user", "replaced_by")


class SecretKey(models.Model):
    """A tool's way in: what its owner may do for one maker, narrowed to `scopes`. Only its hash is kept.

    It dies with its owner's membership. `hint` is the end of the secret, so that people tell keys apart.
    """

    public_id = models.CharField(max_length=32, unique=True, default=new_key_id, editable=False)
    maker = models.ForeignKey("partner.Partner", models.CASCADE, related_name="secret_keys")
    membership = models.ForeignKey("makers.Membership", models.SET_NULL, null=True, related_name="secret_keys")
    name = models.CharField(max_length=100)
    scopes = models.JSONField(default=list)
    digest = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=8)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    replaced_by = models.ForeignKey("self", models.SET_NULL, null=True, related_name="+")

    objects = SecretKeyQuerySet.as_manager()

    class Meta:
        constraints = (models.CheckConstraint(condition=~Q(scopes=[]), name="secret_key_has_a_scope"),)

    def status(self, now: datetime) -> KeyStatus:
        if self.revoked_at is not None:
            return KeyStatus.REVOKED
        if self.membership_id is None:
            return KeyStatus.OWNER_LEFT
        if self.expires_at is not None and self.expires_at <= now:
            return KeyStatus.EXPIRED
        return KeyStatus.ACTIVE
