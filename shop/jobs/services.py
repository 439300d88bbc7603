"""Background work: enqueued by name, in the transaction of the change that asks for it."""

from collections.abc import Iterable
from typing import Any

import structlog
from django.db import transaction
from procrastinate import exceptions
from procrastinate.contrib.django import app

log = structlog.get_logger(__name__)


def defer(task: str, *, once: str | None = None, **arguments: Any) -> None:
    """Enqueue a task; with the caller's transaction it is there or it is not.

    `once` names a lock under which only one such job waits at a time.
    """
    configured = app.configure_task(task, queueing_lock=once)
    try:
        # Its own savepoint: a job that is waiting already must not break the caller's transaction.
        with transaction.atomic():
            configured.defer(**arguments)
    except exceptions.AlreadyEnqueued:
        log.debug("job_already_waiting", task=task, lock=once)


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
