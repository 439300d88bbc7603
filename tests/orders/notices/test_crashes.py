"""A worker that is killed between two steps of telling a buyer: told at least once, and not twice."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from orders.notices.models import SentNotice
from orders.notices.rules import Notice
from orders.notices.services import send_notice
from orders.order.models import Order
from tests.api import Api
from tests.concurrency.servers import test_database_url as database_url
from tests.factories import make_piece
from tests.fakes.local_stripe import LocalStripe
from tests.orders.notices.steps import told

pytestmark = pytest.mark.django_db(transaction=True)

# The job, killed as by kill -9 where the first argument says.
JOB = """
import os, signal, sys
import django
django.setup()
from orders.notices import services
from orders.notices.rules import Notice

def die():
    os.kill(os.getpid(), signal.SIGKILL)

write = services._write
def write_and_die(*args):
    write(*args)
    die()

if sys.argv[1] == "before the commit":
    services._write = write_and_die
services.send_notice(int(sys.argv[2]), Notice.PLACED)
die()
"""


@pytest.fixture
def order(stripe_server: LocalStripe) -> dict[str, Any]:
    make_piece("band")
    return dict(Api().placed(BAND_1=1)["order"])


def killed(where: str) -> None:
    environment = {**os.environ, "DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "config.settings.test"}
    job = subprocess.run([sys.executable, "-c", JOB, where, str(Order.objects.get().pk)], env=environment, check=False)
    assert job.returncode == -signal.SIGKILL


@pytest.mark.parametrize(("where", "written"), [("before the commit", 0), ("after the commit", 1)])
def test_the_job_is_done_again_and_the_buyer_told_once(
    order: dict[str, Any], run_jobs: Callable[[], int], where: str, written: int
) -> None:
    killed(where)
    assert (len(told(order)), SentNotice.objects.count()) == (written, written)
    # As the one that finds a dead worker's job does it.
    send_notice(Order.objects.get().pk, Notice.PLACED)
    run_jobs()
    assert told(order) == ["order_placed"]
