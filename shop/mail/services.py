"""Mails: written with what they tell of, sent by a job until they are gone."""

import smtplib
from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import format_datetime, parseaddr
from math import ceil
from typing import Any

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from shop.actors import Actor
from shop.audit import services as audit
from shop.errors import InvalidInput
from shop.jobs.services import defer
from shop.mail.addresses import is_mail_address
from shop.mail.models import Mail, new_mail_id
from shop.mail.rules import message_id, named_address, wait_after
from shop.mail.shapes import rendered, sender_name, support_address
from shop.storefronts.models import Storefront

log = structlog.get_logger(__name__)

# Sending takes a dozen answers of the mail server, each within EMAIL_TIMEOUT. Who needs longer than this has died.
CLAIM_TIMEOUTS = 30
# The keys in a mail that was sent are its reader's only.
BODY_KEPT = timedelta(hours=1)


class MailNotSent(Exception):
    """To be tried again in `wait` seconds. Says why without the address or the mail server's words, which repeat it."""

    def __init__(self, why: str, *, wait: int) -> None:
        super().__init__(why)
        self.wait = wait


class MailHasGone(Exception):
    """Why a mail is left as it is, in a sentence for an operator."""


@transaction.atomic
def send(template: str, *, to: str, context: Mapping[str, Any], storefront: Storefront) -> Mail:
    """Write a mail of `templates/mail/{template}` and enqueue its sending, in the caller's transaction.

    `context` is what `samples.py` shows for the template. Look and signature are the storefront's. Raises
    InvalidInput, before anything is written, for an address that no mail can go to; ValueError for a context that
    lacks something.
    """
    if not is_mail_address(to):
        raise InvalidInput(errors=[{"field": "email", "code": "invalid", "message": "No mail can go to this address."}])
    content = rendered(template, context, storefront)
    public_id = new_mail_id()
    mail = Mail.objects.create(
        public_id=public_id,
        message_id=message_id(public_id, settings.PUBLIC_URL),
        template=template,
        to=to,
        from_email=named_address(sender_name(storefront), parseaddr(settings.MAIL_FROM)[1]),
        reply_to=support_address(storefront),
        subject=content.subject,
        text=content.text,
        html=content.html,
    )
    defer("shop.mail.deliver", mail_id=mail.pk)
    return mail


def deliver(mail_id: int) -> None:
    """Send a mail that has not been sent; not inside a transaction. Raises MailNotSent where it has to be tried again.

    At least once: a crash between the mail server's yes and the mark has it sent again, with the same Message-ID.
    """
    mail = _claim(mail_id)
    if mail is None:
        return
    try:
        _hand_over(_message(mail))
    except (smtplib.SMTPException, OSError, ValueError) as error:
        _note_failure(mail, error)
    else:
        Mail.objects.filter(pk=mail.pk).update(sent_at=timezone.now(), failed_at=None, failure="", claimed_until=None)


@transaction.atomic
def send_again(mail_id: int, *, actor: Actor) -> None:
    """Have a mail that did not go out tried from the beginning, whatever became of its job. Raises MailHasGone."""
    mail = Mail.objects.select_for_update().get(pk=mail_id)
    if mail.sent_at is not None:
        raise MailHasGone("It has been sent.")
    before = {"failure": mail.failure, "tries": mail.tries}
    mail.tries, mail.failure, mail.failed_at = 0, "", None
    mail.save(update_fields=["tries", "failure", "failed_at"])
    defer("shop.mail.deliver", mail_id=mail.pk)
    audit.record(actor, "mail.sent_again", object=mail.public_id, before=before)


def _claim(mail_id: int) -> Mail | None:
    """The mail, for nobody else until the claim is over; None where there is nothing to send."""
    now = timezone.now()
    with transaction.atomic(durable=True):
        mail = Mail.objects.waiting().select_for_update().filter(pk=mail_id).first()
        if mail is None:
            return None
        if mail.claimed_until and mail.claimed_until > now:
            raise MailNotSent("being_sent", wait=ceil((mail.claimed_until - now).total_seconds()))
        mail.tries += 1
        mail.claimed_until = now + timedelta(seconds=CLAIM_TIMEOUTS * settings.EMAIL_TIMEOUT)
        mail.save(update_fields=["tries", "claimed_until"])
    return mail


def _hand_over(message: EmailMultiAlternatives) -> None:
    mail_server = get_connection()
    try:
        mail_server.send_messages([message])
    finally:
        # After a refused sign-in Django leaves it open.
        mail_server.close()


def _message(mail: Mail) -> EmailMultiAlternatives:
    message = EmailMultiAlternatives(
        mail.subject,
        mail.text,
        mail.from_email,
        [mail.to],
        headers={
            "Message-ID": mail.message_id,
            "Date": format_datetime(mail.created_at),
            "Auto-Submitted": "auto-generated",
        },
        reply_to=[mail.reply_to] if mail.reply_to else None,
    )
    message.attach_alternative(mail.html, "text/html")
    return message


def _note_failure(mail: Mail, error: Exception) -> None:
    """Give the claim back. Raises MailNotSent unless this was the last try."""
    why, is_final = _reason(error)
    wait = None if is_final else wait_after(mail.tries)
    failed_at: datetime | None = timezone.now() if wait is None else None
    # A claim that somebody else holds by now stays theirs.
    Mail.objects.waiting().filter(pk=mail.pk, claimed_until=mail.claimed_until).update(
        failed_at=failed_at, failure=why, claimed_until=None
    )
    if wait is None:
        log.warning("mail_failed", mail=mail.public_id, template=mail.template, tries=mail.tries, why=why)
    else:
        raise MailNotSent(why, wait=wait) from None


def _reason(error: Exception) -> tuple[str, bool]:
    """The mail server's reply code or the error's name, and whether another try is in vain.

    It is where the server refuses the recipient or the message for good, and where no message can be made of the
    mail. A refused sign-in or sender is for the operator to mend: the mails wait.
    """
    match error:
        case smtplib.SMTPRecipientsRefused():
            code = next(iter(error.recipients.values()))[0]
            return str(code), code >= 500
        case smtplib.SMTPDataError():
            return str(error.smtp_code), error.smtp_code >= 500
        case smtplib.SMTPResponseException():
            return str(error.smtp_code), False
    return type(error).__name__, isinstance(error, ValueError) and not isinstance(error, OSError)


def forget(*, email: str) -> None:
    """Delete all mails to an address, those that wait included: the person has asked to be erased."""
    Mail.objects.to_address(email).delete()


def remove_old_mails() -> None:
    """Empty what was sent a while ago; delete what was sent or given up `MAIL_KEPT_DAYS` ago."""
    now = timezone.now()
    kept_since = now - timedelta(days=settings.MAIL_KEPT_DAYS)
    Mail.objects.filter(Q(sent_at__lt=kept_since) | Q(failed_at__lt=kept_since)).delete()
    Mail.objects.filter(sent_at__lt=now - BODY_KEPT).exclude(text="").update(text="", html="")
