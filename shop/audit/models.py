from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from shop.ids import new_id


def new_entry_id() -> str:
    return new_id("aud")


class AuditEntryQuerySet(models.QuerySet["AuditEntry"]):
    def for_maker(self, maker: str) -> "AuditEntryQuerySet":
        """By the maker's public id."""
        return self.filter(maker=maker)


class AuditEntry(models.Model):
    """Who did what to what, when and from where. The database refuses to change or delete a row.

    No foreign keys, so that nothing it names is kept alive or taken along; ids instead of personal values.
    `actor` is a `usr_...`, a `key_...` or `system`; for a key, `user` is its owner.
    """

    public_id = models.CharField(max_length=32, unique=True, default=new_entry_id, editable=False)
    at = models.DateTimeField(auto_now_add=True)
    maker = models.CharField(max_length=32, blank=True, help_text="The maker's id; empty for the platform's own.")
    actor = models.CharField(max_length=32)
    user = models.CharField(max_length=32, blank=True)
    sign_in = models.CharField(max_length=32, blank=True)
    address = models.CharField(max_length=45, blank=True)
    request_id = models.CharField(max_length=128, blank=True)
    action = models.CharField(max_length=64)
    object = models.CharField(max_length=64, blank=True)
    before = models.JSONField(null=True, encoder=DjangoJSONEncoder)
    after = models.JSONField(null=True, encoder=DjangoJSONEncoder)

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "audit entries"
        indexes = (
            models.Index(fields=["maker", "-at", "-id"], name="audit_of_maker"),
            models.Index(fields=["object", "-at", "-id"], name="audit_of_object"),
            models.Index(fields=["actor", "-at", "-id"], name="audit_of_actor"),
            # In the order of bytes, which serves a beginning as it serves a whole word, under any collation.
            models.Index(
                fields=["maker", "action", "-at"],
                opclasses=["varchar_ops", "varchar_pattern_ops", "timestamptz_ops"],
                name="audit_of_action",
            ),
        )
