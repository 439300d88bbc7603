from django.db import models
from django.db.models import Q


class Kind(models.TextChoices):
    """What has a slug; each kind counts its own."""

    PRODUCT = "product"
    CATEGORY = "category"
    COLLECTION = "collection"


class OldSlugQuerySet(models.QuerySet["OldSlug"]):
    def of(self, kind: Kind) -> "OldSlugQuerySet":
        return self.filter(kind=kind)

    def held(self, kind: Kind, holder: int) -> "OldSlugQuerySet":
        return self.of(kind).filter(holder=holder)


class OldSlug(models.Model):
    """A slug that a thing had before, so that old links find it. `holder` is its key in the table of its kind.

    It stays that thing's: nobody else is given it while it is kept.
    """

    kind = models.CharField(max_length=16, choices=Kind)
    slug = models.CharField(max_length=255)
    holder = models.BigIntegerField()
    left_at = models.DateTimeField(auto_now=True)

    objects = OldSlugQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["kind", "slug"], name="old_slug_once"),
            models.CheckConstraint(condition=~Q(slug=""), name="old_slug_named"),
        )
        indexes = (models.Index(fields=["kind", "holder"], name="old_slug_holder"),)
