"""Background work: enqueued by name, in the transaction of the change that asks for it."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Count
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import JobDeferrer
from procrastinate.manager import JobManager

from shop.actors import Actor
from shop.audit import services as audit
from shop.jobs.models import DeadLetter

log = structlog.get_logger(__name__)
# By Django's connection, also in a worker: there the app has one of its own, past the transaction of the change. A job
# begun before its change is committed finds nothing to do, and one whose change is rolled back is done all the same.
QUEUE = JobManager(DjangoConnector())


class NotTriedAgain(Exception):
    """Why a job is left as it is, in a sentence for an operator."""


def defer(task: str, *, after: timedelta = timedelta(), **arguments: Any) -> None:
    """Enqueue a task; with the caller's transaction it is there or it is not. What it does may be done twice."""
    wanted = app.configure_task(task, schedule_in={"seconds": int(after.total_seconds())} if after else None)
    JobDeferrer(QUEUE, wanted.job).defer(**arguments)


def each(ids: Iterable[int], work: Any, *, what: str) -> int:
    """Run `work(id)` for each; one that fails is logged and does not stop the others. Returns how many went well."""
    done = 0
    for pk in ids:
        try:
            work(pk)
            done += 1
        except Exception:
            log.exception("job_item_failed", what=what, id=pk)
    return done


def report_dead_letters() -> int:
    """Say on the log how many jobs have failed for good and wait for a person; returns how many."""
    found = dict(DeadLetter.objects.values_list("task_name").annotate(Count("pk")).order_by("task_name"))
    if found:
        log.error("dead_letters", count=sum(found.values()), tasks=found)
    return sum(found.values())


@transaction.atomic
def try_again(job_id: int, *, actor: Actor) -> None:
    """Give a job that has failed for good to the workers once more. Raises NotTriedAgain."""
    if not ProcrastinateJob.objects.select_for_update().filter(pk=job_id, status="failed").exists():
        raise NotTriedAgain("It has not failed, or is being tried again.")
    try:
        with transaction.atomic():
            app.job_manager.retry_job_by_id(job_id, timezone.now())
    except UniqueViolation as error:
        raise NotTriedAgain("Another one of its kind waits already, and will do the work.") from error
    audit.record(actor, "job.tried_again", object=name_in_audit(job_id))


def name_in_audit(job_id: int) -> str:
    return f"job_{job_id}"
