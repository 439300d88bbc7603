"""Background work: enqueued by name, in the transaction of the change that asks for it."""

from collections.abc import Iterable
from typing import Any

import structlog
from procrastinate.contrib.django import app

log = structlog.get_logger(__name__)


def defer(task: str, **arguments: Any) -> None:
    """Enqueue a task; with the caller's transaction it is there or it is not. What it does may be done twice."""
    app.configure_task(task).defer(**arguments)


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
