"""A worker that was killed in the middle of a job: another one does it."""

import time

import pytest
from django.db import connection

from shop.jobs.services import defer
from tests.concurrency.servers import Worker

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("concurrency")]
PATIENCE_SECONDS = 30


def _job_of_a_dead_worker(task: str) -> int:
    """As kill -9 leaves it: the job is being done by a worker that has not been heard of for an hour."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 hour') RETURNING id"
        )
        worker = cursor.fetchone()[0]
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status, worker_id)"
            " VALUES ('default', %s, '{\"timestamp\": 0}', 'doing', %s) RETURNING id",
            [task, worker],
        )
        return int(cursor.fetchone()[0])


def _status(job: int) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT status FROM procrastinate_jobs WHERE id = %s", [job])
        return str(cursor.fetchone()[0])


def test_the_job_of_a_killed_worker_is_done_by_another(worker: Worker) -> None:
    job = _job_of_a_dead_worker("shop.idempotency.forget")
    defer("shop.jobs.retry_stalled", timestamp=0)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while _status(job) != "succeeded" and time.monotonic() < deadline:
        time.sleep(0.05)
    assert _status(job) == "succeeded", worker.words()
