"""Background work: enqueued with the change that asks for it."""

import logging
import re

import pytest
from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from config.database import BASE_DIR
from shop.jobs.services import defer, each

pytestmark = pytest.mark.django_db


def test_a_job_waits_with_its_arguments() -> None:
    defer("orders.payment.refund_late", payment_id=7)
    job = ProcrastinateJob.objects.get()
    assert (job.task_name, job.args, job.status) == ("orders.payment.refund_late", {"payment_id": 7}, "todo")


def test_a_change_that_is_rolled_back_leaves_no_job() -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        defer("orders.payment.refund_late", payment_id=7)
        raise RuntimeError
    assert ProcrastinateJob.objects.count() == 0


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


def test_every_job_that_is_asked_for_exists() -> None:
    slices = (path for folder in ("catalog", "orders", "shop") for path in (BASE_DIR / folder).rglob("*.py"))
    asked = {name for path in slices for name in re.findall(r'\bdefer\(\s*"([^"]+)"', path.read_text())}
    assert {"orders.payment.process_event", "orders.payment.refund_late"} <= asked
    assert asked <= set(app.tasks)
