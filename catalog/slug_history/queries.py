"""Whose an old slug is. A slug that something has today is asked for first, by whoever asks."""

from typing import Any

from django.db.models import Q, QuerySet

from catalog.slug_history.models import Kind, OldSlug


def held_before(kind: Kind, slug: str) -> Q:
    """The condition that a row of this kind once had the slug; a subquery, so that it takes no query of its own."""
    return Q(pk__in=OldSlug.objects.of(kind).filter(slug=slug).values("holder"))


def present_slug(rows: "QuerySet[Any]", kind: Kind, old: str) -> str | None:
    """The slug today of the row that once had this one; None where one has it today, or none had it."""
    slugs = set(rows.filter(Q(slug=old) | held_before(kind, old)).values_list("slug", flat=True))
    return None if old in slugs else next(iter(slugs), None)


def is_kept_for_another(kind: Kind, slug: str, *, holder: int | None = None) -> bool:
    """Whether the slug was another's before; what one had oneself one may have again."""
    kept = OldSlug.objects.of(kind).filter(slug=slug)
    return (kept if holder is None else kept.exclude(holder=holder)).exists()


def taken(rows: "QuerySet[Any]", kind: Kind, slugs: list[str]) -> set[str]:
    """Which of these slugs a row has, or is kept for one: one query."""
    now = rows.filter(slug__in=slugs).order_by().values_list("slug")
    before = OldSlug.objects.of(kind).filter(slug__in=slugs).values_list("slug")
    return {slug for (slug,) in now.union(before)}
