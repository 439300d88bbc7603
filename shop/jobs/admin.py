from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from procrastinate.contrib.django.models import ProcrastinateEvent, ProcrastinateJob

from shop.jobs import services
from shop.jobs.models import DeadLetter
from shop.operators.admin import ReadOnlyAdmin, ReadOnlyInline

JOB = ("id", "task_name", "args", "status", "attempts", "scheduled_at", "queue_name", "lock", "queueing_lock")


class EventInline(ReadOnlyInline):
    model = ProcrastinateEvent
    fk_name = "job"
    fields = ("type", "at")
    ordering = ("id",)


class StatusFilter(admin.SimpleListFilter):
    """PostgreSQL refuses to compare its own kind of status with another word, so none gets there."""

    title = "status"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(status, status) for status in ProcrastinateJob.STATUSES]

    def queryset(self, request: HttpRequest, jobs: QuerySet[Any]) -> QuerySet[Any]:
        return jobs.filter(status=self.value()) if self.value() in ProcrastinateJob.STATUSES else jobs


class JobPages(ReadOnlyAdmin):
    search_fields = ("=task_name",)
    search_help_text = "A task's name, in full."
    ordering = ("-id",)
    inlines = (EventInline,)

    def name_in_audit(self, obj: Any) -> str:
        return services.name_in_audit(obj.pk)


class JobAdmin(JobPages):
    fields = JOB
    list_display = ("id", "task_name", "args", "status", "attempts", "scheduled_at")
    filters = (StatusFilter.parameter_name,)
    list_filter = (StatusFilter,)


class DeadLetterAdmin(JobPages):
    """Jobs that nobody will do any more, unless somebody mends what stopped them and has them tried again."""

    fields = (*JOB, "last_try")
    list_display = ("id", "task_name", "args", "attempts", "last_try")
    actions = ("try_again",)

    def name_in_messages(self, obj: Any) -> str:
        return f"Job {obj.pk}"

    @admin.display(ordering="failed_at")
    def last_try(self, job: Any) -> Any:
        return job.failed_at

    @admin.action(description="Try again", permissions=["view"])
    def try_again(self, request: HttpRequest, chosen: QuerySet[DeadLetter]) -> None:
        self.do_to_each(
            request, chosen, lambda job, actor: services.try_again(job.pk, actor=actor),
            done="{} will be tried again.", refused=services.NotTriedAgain,
        )  # fmt: skip
