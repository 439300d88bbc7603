"""Background work: enqueued with the change that asks for it."""

import logging
import re
from collections.abc import Iterator

import pytest
from django.db import connection, transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from config.database import BASE_DIR
from shop.jobs import services
from shop.jobs.services import defer, each, report_dead_letters
from tests.jobs import forget_jobs, run_worker

pytestmark = pytest.mark.django_db


def test_a_job_waits_with_its_arguments() -> None:
    defer("orders.payment.cancel_intent", payment_id=7)
    job = ProcrastinateJob.objects.get()
    assert (job.task_name, job.args, job.status) == ("orders.payment.cancel_intent", {"payment_id": 7}, "todo")


def test_a_change_that_is_rolled_back_leaves_no_job() -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        defer("orders.payment.cancel_intent", payment_id=7)
        raise RuntimeError
    assert ProcrastinateJob.objects.count() == 0


@pytest.fixture
def worked_on(transactional_db: None) -> Iterator[None]:
    """A task of this test's alone, which asks for a job in a change that is rolled back."""

    def change() -> None:
        with transaction.atomic():
            defer("orders.payment.cancel_intent", payment_id=7)
            transaction.set_rollback(True)

    app.task(name="tests.change")(change)
    defer("tests.change")
    yield
    del app.tasks["tests.change"]
    forget_jobs()


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_nor_does_one_that_a_worker_makes(worked_on: None, guarded: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker has a connection of its own to the queue, whose transaction is not the change's."""
    if not guarded:
        monkeypatch.setattr(services, "QUEUE", app.job_manager)
    run_worker()
    jobs = ProcrastinateJob.objects
    assert jobs.get(task_name="tests.change").status == "succeeded"
    assert jobs.filter(task_name="orders.payment.cancel_intent").exists() != guarded


def test_one_that_fails_is_told_and_does_not_stop_the_others(caplog: pytest.LogCaptureFixture) -> None:
    done: list[int] = []

    def work(pk: int) -> None:
        if pk == 2:
            raise ValueError
        done.append(pk)

    with caplog.at_level(logging.ERROR):
        assert each([1, 2, 3], work, what="test") == 2
    assert done == [1, 3]
    assert "job_item_failed" in caplog.text


def failed(task: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status)"
            " VALUES ('default', %s, '{}', 'failed')",
            [task],
        )


def test_dead_letters_are_counted_and_told(caplog: pytest.LogCaptureFixture) -> None:
    assert report_dead_letters() == 0
    for task in ("orders.payment.process_event", "orders.payment.process_event", "shop.mail.deliver"):
        failed(task)
    with caplog.at_level(logging.ERROR):
        assert report_dead_letters() == 3
    assert "'orders.payment.process_event': 2" in caplog.text


def test_every_job_that_is_asked_for_exists() -> None:
    slices = (path for folder in ("catalog", "orders", "shop") for path in (BASE_DIR / folder).rglob("*.py"))
    asked = {name for path in slices for name in re.findall(r'(?<!\.)\bdefer\(\s*"([^"]+)"', path.read_text())}
    assert {"orders.payment.process_event", "orders.payment.cancel_intent"} <= asked
    assert asked <= set(app.tasks)
