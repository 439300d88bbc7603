"""A mail that was written is sent at least once, and once is the rule."""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import OperationalError, connection, transaction
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from shop.mail import services
from shop.mail.models import Mail
from shop.mail.rules import TRIES, wait_after
from shop.mail.services import MailNotSent
from tests.jobs import run_worker
from tests.shop.mail.mail_server import MailServer
from tests.shop.mail.steps import ADA, write_mail

WAIT_SECONDS = 10


def now_of(mail: Mail) -> Mail:
    """The mail as it stands in the database."""
    return Mail.objects.get(pk=mail.pk)


def try_once(mail: Mail) -> MailNotSent:
    with pytest.raises(MailNotSent) as caught:
        services.deliver(mail.pk)
    return caught.value


# Written with what it tells of


@pytest.mark.django_db
def test_a_mail_waits_with_its_job_and_is_sent_by_it(run_jobs: Any, mail_server: MailServer) -> None:
    mail = write_mail()
    assert mail_server.connections == 0 and now_of(mail).sent_at is None
    assert ProcrastinateJob.objects.get().args == {"mail_id": mail.pk}
    assert run_jobs() == 1
    [sent] = mail_server.mails
    assert (sent["Message-ID"], sent["To"], mail_server.recipients) == (mail.message_id, ADA, [f"rcpt TO:<{ADA}>"])
    assert now_of(mail).sent_at is not None
    services.deliver(mail.pk)
    assert len(mail_server.mails) == 1


@pytest.mark.django_db
def test_what_is_rolled_back_leaves_neither_mail_nor_job() -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        write_mail()
        raise RuntimeError
    assert Mail.objects.count() == ProcrastinateJob.objects.count() == 0


@pytest.mark.usefixtures("committed")
def test_it_is_not_sent_inside_a_transaction(mail_server: MailServer) -> None:
    """One that is rolled back would forget that it was sent."""
    mail = write_mail()
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        services.deliver(mail.pk)
    assert mail_server.connections == 0


# Tried again


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("word", "answer", "why"),
    [
        ("CONNECT", "421 too busy", "421"),
        ("CONNECT", "554 not for you", "554"),
        ("MAIL", "451 later", "451"),
        ("MAIL", "550 not this sender", "550"),
        ("RCPT", "450 greylisted", "450"),
        ("DATA", "452 disk full", "452"),
        ("AUTH", "535 wrong password", "535"),
    ],
)
def test_what_may_pass_is_tried_again_with_the_same_message_id(
    word: str, answer: str, why: str, mail_server: MailServer, settings: Any
) -> None:
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = "shop"
    mail_server.answers[word].append(answer)
    mail = write_mail()
    error = try_once(mail)
    assert (str(error), error.wait) == (why, 30)
    tried = now_of(mail)
    assert (tried.failure, tried.tries, tried.claimed_until, tried.sent_at, tried.failed_at) == (
        why,
        1,
        None,
        None,
        None,
    )
    services.deliver(mail.pk)
    [sent] = mail_server.mails
    assert sent["Message-ID"] == mail.message_id
    assert (now_of(mail).failure, now_of(mail).tries) == ("", 2)


@pytest.mark.django_db
def test_a_mail_server_that_is_away_is_waited_for(mail_server: MailServer, settings: Any) -> None:
    there, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    mail = write_mail()
    assert str(try_once(mail)) == "ConnectionRefusedError"
    settings.EMAIL_PORT = there
    services.deliver(mail.pk)
    assert len(mail_server.mails) == 1


def test_the_waits_grow_and_end_after_two_days() -> None:
    waits = [wait_after(tries) for tries in range(1, TRIES + 1)]
    assert waits[:4] == [30, 60, 120, 240] and waits[-1] is None
    seconds = [wait for wait in waits if wait is not None]
    assert seconds == sorted(seconds) and max(seconds) == 4 * 60 * 60
    assert 40 < sum(seconds) / 3600 < 48


@pytest.mark.usefixtures("committed")
def test_the_worker_waits_and_tries_again(mail_server: MailServer) -> None:
    mail_server.answers["RCPT"].append("450 greylisted")
    mail = write_mail()
    run_worker()
    # The worker enqueues periodic jobs of others, too.
    jobs = ProcrastinateJob.objects.filter(task_name="shop.mail.deliver")
    job = jobs.get()
    assert (job.status, job.attempts) == ("todo", 1)
    assert timedelta(0) < job.scheduled_at - timezone.now() <= timedelta(seconds=30)
    run_worker()
    assert mail_server.mails == []
    due_now()
    run_worker()
    assert [sent["Message-ID"] for sent in mail_server.mails] == [mail.message_id]
    assert jobs.get().status == "succeeded"


def due_now() -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET scheduled_at = now()")


# Given up


@pytest.mark.django_db
@pytest.mark.parametrize(("word", "answer"), [("RCPT", "550 no such user"), ("DATA", "554 refused")])
def test_a_refusal_for_good_ends_it(
    word: str, answer: str, mail_server: MailServer, caplog: pytest.LogCaptureFixture
) -> None:
    mail_server.answers[word].append(f"{answer} {ADA}")
    mail = write_mail()
    services.deliver(mail.pk)
    services.deliver(mail.pk)
    given_up = now_of(mail)
    assert given_up.failed_at and given_up.sent_at is None
    assert (given_up.failure, given_up.tries, mail_server.connections) == (answer[:3], 1, 1)
    [line] = caplog.records
    assert line.levelname == "WARNING"
    assert all(word in line.getMessage() for word in ("mail_failed", mail.public_id, "sign_in_code", answer[:3]))


@pytest.mark.django_db
def test_after_the_last_try_it_has_failed(mail_server: MailServer, caplog: pytest.LogCaptureFixture) -> None:
    mail_server.answers["RCPT"].extend(["450 greylisted"] * TRIES)
    mail = write_mail()
    waits = [try_once(mail).wait for _ in range(TRIES - 1)]
    assert waits == [wait_after(tries) for tries in range(1, TRIES)]
    assert caplog.records == []
    services.deliver(mail.pk)
    assert now_of(mail).failed_at is not None
    services.deliver(mail.pk)
    assert mail_server.connections == TRIES
    assert [line.getMessage().count("mail_failed") for line in caplog.records] == [1]


@pytest.mark.django_db
def test_a_mail_that_no_message_can_be_made_of_fails_at_once(mail_server: MailServer) -> None:
    mail = write_mail()
    Mail.objects.update(subject="two\nlines")
    services.deliver(mail.pk)
    assert (now_of(mail).failure, mail_server.mails) == ("BadHeaderError", [])
    assert now_of(mail).failed_at is not None


@pytest.mark.usefixtures("committed")
@pytest.mark.parametrize("answer", ["450 later", "550 never", "250 yes"])
def test_nothing_personal_is_logged(answer: str, mail_server: MailServer, caplog: pytest.LogCaptureFixture) -> None:
    mail_server.answers["RCPT"].append(f"{answer} {ADA}")
    # The queue's own lines are not logged so far down; here they are.
    with caplog.at_level(logging.DEBUG), caplog.at_level(logging.DEBUG, logger="procrastinate"):
        mail = write_mail()
        run_worker()
    assert now_of(mail).tries == 1 and caplog.text
    for secret in (ADA, "KT7-2QX", mail.subject, "Alder"):
        assert secret not in caplog.text


# Crashes and races


@pytest.mark.usefixtures("committed")
def test_after_a_crash_between_the_yes_and_the_mark_it_is_sent_again(mail_server: MailServer) -> None:
    """The connection to the database is lost while the mail server takes the mail."""
    mail = write_mail()
    pid = connection.connection.info.backend_pid
    mail_server.before_answering = lambda: end_connection(pid)
    with time_machine.travel(datetime(2026, 3, 2, 12, 0, tzinfo=UTC), tick=False) as clock:
        with pytest.raises(OperationalError):
            services.deliver(mail.pk)
        connection.close()
        assert len(mail_server.mails) == 1 and now_of(mail).sent_at is None
        # Whoever finds it so cannot tell whether the other is still about it.
        mail_server.before_answering = lambda: None
        error = try_once(mail)
        assert (str(error), error.wait) == ("being_sent", 300)
        clock.shift(error.wait)
        services.deliver(mail.pk)
    assert [sent["Message-ID"] for sent in mail_server.mails] == [mail.message_id] * 2
    assert now_of(mail).sent_at is not None


def end_connection(pid: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    connection.close()


@pytest.mark.usefixtures("committed")
def test_while_one_sends_it_another_does_not(mail_server: MailServer) -> None:
    mail = write_mail()
    arrived, go_on = threading.Event(), threading.Event()
    mail_server.before_answering = lambda: (arrived.set(), go_on.wait(WAIT_SECONDS))
    with ThreadPoolExecutor(1) as thread:
        first = thread.submit(in_own_connection, mail.pk)
        try:
            assert arrived.wait(WAIT_SECONDS)
            error = try_once(mail)
        finally:
            go_on.set()
        assert first.result(WAIT_SECONDS) is None
    assert str(error) == "being_sent" and 0 < error.wait <= 300
    services.deliver(mail.pk)
    assert (len(mail_server.mails), now_of(mail).tries) == (1, 1)


@pytest.mark.usefixtures("committed")
def test_of_many_at_once_one_sends_it(mail_server: MailServer) -> None:
    workers = 6
    mail = write_mail()
    together = threading.Barrier(workers)

    def work() -> str | None:
        connection.ensure_connection()
        together.wait(WAIT_SECONDS)
        return in_own_connection(mail.pk)

    with ThreadPoolExecutor(workers) as threads:
        ended = [each.result(WAIT_SECONDS) for each in [threads.submit(work) for _ in range(workers)]]
    assert len(mail_server.mails) == now_of(mail).tries == 1
    assert set(ended) <= {None, "being_sent"}


def in_own_connection(mail_id: int) -> str | None:
    """Deliver in this thread; why it was not sent."""
    try:
        services.deliver(mail_id)
    except MailNotSent as error:
        return str(error)
    finally:
        connection.close()
    return None


@pytest.mark.usefixtures("committed")
def test_who_was_slow_does_not_end_anothers_claim(mail_server: MailServer) -> None:
    """The first one's claim has run out and a second one sends, when the mail server tells the first one no."""
    mail = write_mail()
    arrived, go_on = threading.Event(), threading.Event()
    mail_server.before_answering = lambda: (arrived.set(), go_on.wait(WAIT_SECONDS))
    mail_server.answers["DATA"].append("554 refused")
    with ThreadPoolExecutor(1) as thread:
        first = thread.submit(in_own_connection, mail.pk)
        try:
            assert arrived.wait(WAIT_SECONDS)
            Mail.objects.update(claimed_until=timezone.now() + timedelta(minutes=4))
            claimed = now_of(mail)
        finally:
            go_on.set()
        first.result(WAIT_SECONDS)
    assert now_of(mail).claimed_until == claimed.claimed_until
    assert now_of(mail).failed_at is None
