"""Housekeeping of the queue itself."""

import asyncio
from typing import Any

import structlog
from procrastinate.contrib.django import app

from shop.idempotency import services as idempotency

log = structlog.get_logger(__name__)
STALLED_SECONDS = 120


@app.periodic(cron="* * * * *")
@app.task(name="shop.jobs.retry_stalled", pass_context=False)
def retry_stalled(timestamp: int) -> None:
    """A worker that was killed leaves its job `doing` for ever: give it to another."""
    asyncio.run(_retry_stalled())


async def _retry_stalled() -> None:
    manager: Any = app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS):
        log.warning("job_retried_after_crash", task=job.task_name, job=job.id)
        await manager.retry_job(job)


@app.periodic(cron="17 * * * *")
@app.task(name="shop.idempotency.forget")
def forget_idempotent_requests(timestamp: int) -> None:
    idempotency.forget_old_requests()
