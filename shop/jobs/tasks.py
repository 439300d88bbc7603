"""Housekeeping of the queue itself."""

import procrastinate.exceptions
import structlog
from procrastinate import JobContext
from procrastinate.contrib.django import app

from shop.idempotency import services as idempotency
from shop.jobs import services

log = structlog.get_logger(__name__)
# A worker says every 10 s that it lives.
STALLED_SECONDS = 60
KEPT_HOURS = 7 * 24


@app.periodic(cron="* * * * *")
@app.task(name="shop.jobs.retry_stalled", queueing_lock="shop.jobs.retry_stalled", pass_context=True)
async def retry_stalled(context: JobContext, timestamp: int) -> None:
    """A worker that was killed leaves its job `doing` for ever: give it to another."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS):
        try:
            await manager.retry_job(job)
            log.warning("job_retried_after_crash", task=job.task_name, job=job.id)
        except procrastinate.exceptions.ConnectorException as error:
            # A periodic job whose next run waits already: that one does the work, the others go on.
            log.warning("job_not_retried", task=job.task_name, job=job.id, error=str(error))


@app.periodic(cron="23 * * * *")
@app.task(name="shop.jobs.remove_old", queueing_lock="shop.jobs.remove_old", pass_context=True)
async def remove_old(context: JobContext, timestamp: int) -> None:
    """Finished jobs are kept a week; failed ones until somebody has looked at them."""
    await context.app.job_manager.delete_old_jobs(nb_hours=KEPT_HOURS)


@app.periodic(cron="47 * * * *")
@app.task(name="shop.jobs.report_dead_letters", queueing_lock="shop.jobs.report_dead_letters")
def report_dead_letters(timestamp: int) -> None:
    services.report_dead_letters()


@app.periodic(cron="17 * * * *")
@app.task(name="shop.idempotency.forget", queueing_lock="shop.idempotency.forget")
def forget_idempotent_requests(timestamp: int) -> None:
    idempotency.forget_old_requests()
