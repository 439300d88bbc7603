"""Background entry points of mail."""

from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.contrib.django import app
from procrastinate.jobs import Job

from shop.mail import services
from shop.mail.rules import wait_after


class Patience(BaseRetryStrategy):
    """A mail that was not sent says itself when to try again; anything else is tried as often."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        wait = exception.wait if isinstance(exception, services.MailNotSent) else wait_after(job.attempts + 1)
        return None if wait is None else RetryDecision(retry_in={"seconds": wait})


@app.task(name="shop.mail.deliver", retry=Patience())
def deliver(mail_id: int) -> None:
    services.deliver(mail_id)


@app.periodic(cron="29 * * * *")
@app.task(name="shop.mail.remove_old", queueing_lock="shop.mail.remove_old")
def remove_old(timestamp: int) -> None:
    services.remove_old_mails()
