"""A buyer whose time to pay is running out is reminded, once."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from orders.notices.rules import remind_at
from orders.order.models import Order
from tests.api import Api
from tests.factories import make_piece
from tests.fakes.local_stripe import LocalStripe
from tests.orders.notices.steps import mail_of, remind_now, told
from tests.orders.steps import BANK, DECLINED, cancel, pay, refresh

pytestmark = pytest.mark.django_db

Placed = dict[str, Any]
RunJobs = Callable[[], int]


@pytest.fixture
def placed(api: Api, stripe_server: LocalStripe, run_jobs: RunJobs, settings: Any) -> Placed:
    settings.HOLD_MINUTES, settings.PAYMENT_REMINDER_PERCENT = 30, 67
    make_piece("band")
    placed = api.placed(BAND_1=1)
    run_jobs()
    return placed


def after(minutes: int) -> AbstractContextManager[Any]:
    return time_machine.travel(timezone.now() + timedelta(minutes=minutes))


@pytest.mark.parametrize(("minutes", "reminded"), [(19, False), (21, True), (29, True), (31, False)])
def test_the_reminder_comes_before_the_hold_ends(placed: Placed, minutes: int, reminded: bool) -> None:
    with after(minutes):
        remind_now()
    assert told(placed["order"]) == ["order_placed"] + ["order_reminder"] * reminded


def test_it_comes_once(placed: Placed) -> None:
    with after(21):
        remind_now()
        remind_now()
    assert told(placed["order"]).count("order_reminder") == 1
    assert "please pay $192.00 by" in " ".join(mail_of(placed["order"], "order_reminder").text.split())


def test_a_refused_card_is_no_payment(api: Api, placed: Placed, stripe_server: LocalStripe) -> None:
    pay(stripe_server, placed["payment"], DECLINED)
    refresh(api, placed["order"], placed["payment"])
    with after(21):
        remind_now()
    assert "order_reminder" in told(placed["order"])


@pytest.mark.parametrize("method", [BANK, "pm_card_visa"])
def test_whose_money_is_there_or_on_its_way_is_not_reminded(
    api: Api, placed: Placed, stripe_server: LocalStripe, method: str
) -> None:
    pay(stripe_server, placed["payment"], method)
    refresh(api, placed["order"], placed["payment"])
    with after(21):
        remind_now()
    assert "order_reminder" not in told(placed["order"])


def test_nobody_is_reminded_of_a_cancelled_order(api: Api, placed: Placed) -> None:
    cancel(api, placed["order"])
    with after(21):
        remind_now()
    assert "order_reminder" not in told(placed["order"])


def test_nobody_who_asked_to_be_forgotten(placed: Placed) -> None:
    Order.objects.update(erase_when_done=True)
    with after(21):
        remind_now()
    assert "order_reminder" not in told(placed["order"])


@pytest.mark.parametrize("percent", [0, 100])
def test_reminders_can_be_switched_off(placed: Placed, settings: Any, percent: int) -> None:
    settings.PAYMENT_REMINDER_PERCENT = percent
    with after(29):
        remind_now()
    assert told(placed["order"]) == ["order_placed"]


def test_a_longer_hold_is_reminded_of_later() -> None:
    noon = datetime(2026, 3, 9, 12, 0, tzinfo=UTC)
    three_days = noon + timedelta(days=3)
    assert remind_at(placed_at=noon, hold_ends_at=three_days, percent=50) == noon + timedelta(hours=36)
