"""Old slugs: kept when a thing is renamed, given up when it goes."""

from catalog.slug_history.models import Kind, OldSlug

# The oldest gives way, so that nobody occupies names without end by renaming.
MAX_KEPT = 20


def keep_old_slug(kind: Kind, holder: int, *, old: str, new: str) -> None:
    """Note, in the caller's transaction, that the thing was renamed. Back to an old name, that one is old no more."""
    if old == new:
        return
    OldSlug.objects.of(kind).filter(slug=new).delete()
    OldSlug.objects.update_or_create(kind=kind, slug=old, defaults={"holder": holder})
    kept = OldSlug.objects.held(kind, holder)
    newest = kept.order_by("-left_at", "-pk").values("pk")[:MAX_KEPT]
    kept.exclude(pk__in=list(newest.values_list("pk", flat=True))).delete()


def forget_old_slugs(kind: Kind, holder: int) -> None:
    """Free them: the thing is gone."""
    OldSlug.objects.held(kind, holder).delete()
