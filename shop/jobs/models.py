from typing import Any, ClassVar

from django.db import models
from django.db.models import OuterRef, Subquery
from procrastinate.contrib.django.models import ProcrastinateEvent, ProcrastinateJob, ProcrastinateReadOnlyManager


class DeadLetters(ProcrastinateReadOnlyManager):
    """With `failed_at`, the moment of its last event."""

    def get_queryset(self) -> "models.QuerySet[Any]":
        events = ProcrastinateEvent.objects.filter(job=OuterRef("pk")).order_by("-id")
        failed = super().get_queryset().filter(status="failed")
        return failed.annotate(failed_at=Subquery(events.values("at")[:1]))


class DeadLetter(ProcrastinateJob):
    """A job that has failed for good: its tries are used up, or it was not to be tried again."""

    objects: ClassVar[DeadLetters] = DeadLetters()

    class Meta:
        proxy = True
        verbose_name = "dead letter"
