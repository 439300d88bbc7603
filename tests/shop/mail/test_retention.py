"""What is kept of a mail, and for how long."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from shop.mail import services, tasks
from shop.mail.models import Mail
from tests.shop.mail.mail_server import MailServer
from tests.shop.mail.steps import ADA, write_mail

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock(settings: Any) -> Iterator[time_machine.Traveller]:
    settings.MAIL_KEPT_DAYS = 30
    with time_machine.travel(datetime(2026, 3, 2, 12, 0, tzinfo=UTC), tick=False) as traveller:
        yield traveller


def sent_mail() -> Mail:
    mail = write_mail()
    services.deliver(mail.pk)
    return mail


def failed_mail(mail_server: MailServer) -> Mail:
    mail_server.answers["RCPT"].append("550 no such user")
    mail = write_mail()
    services.deliver(mail.pk)
    return mail


def remove_old() -> None:
    tasks.remove_old(timestamp=0)


def test_an_hour_after_sending_its_text_is_emptied(clock: time_machine.Traveller) -> None:
    mail = sent_mail()
    clock.shift(timedelta(minutes=60))
    remove_old()
    assert "KT7-2QX" in Mail.objects.get().text and "KT7-2QX" in Mail.objects.get().html
    clock.shift(timedelta(minutes=1))
    remove_old()
    emptied = Mail.objects.get()
    assert (emptied.text, emptied.html) == ("", "")
    assert (emptied.to, emptied.subject, emptied.sent_at) == (
        ADA,
        mail.subject,
        datetime(2026, 3, 2, 12, 0, tzinfo=UTC),
    )


def test_after_its_days_it_is_deleted(clock: time_machine.Traveller) -> None:
    sent_mail()
    clock.shift(timedelta(days=30))
    remove_old()
    assert Mail.objects.count() == 1
    clock.shift(timedelta(seconds=1))
    remove_old()
    assert Mail.objects.count() == 0


def test_one_that_failed_keeps_its_text_until_then(clock: time_machine.Traveller, mail_server: MailServer) -> None:
    mail = failed_mail(mail_server)
    clock.shift(timedelta(days=30))
    remove_old()
    assert Mail.objects.get().text == mail.text != ""
    clock.shift(timedelta(seconds=1))
    remove_old()
    assert Mail.objects.count() == 0


def test_one_that_waits_is_kept_whole(clock: time_machine.Traveller) -> None:
    mail = write_mail()
    clock.shift(timedelta(days=60))
    remove_old()
    assert Mail.objects.get().text == mail.text
    services.deliver(mail.pk)
    assert Mail.objects.get().sent_at is not None


def test_forgetting_a_person_deletes_their_mails(mail_server: MailServer, run_jobs: Callable[[], int]) -> None:
    sent_mail()
    failed_mail(mail_server)
    write_mail(to="Ada@Example.com")
    kept = write_mail(to="adam@example.com")
    services.forget(email=ADA)
    assert [mail.pk for mail in Mail.objects.all()] == [kept.pk]
    mail_server.recipients.clear()
    # The jobs of what was forgotten find nothing to do.
    assert run_jobs() == 4
    assert mail_server.recipients == ["rcpt TO:<adam@example.com>"]
