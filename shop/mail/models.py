from django.db import models
from django.db.models import Q

from shop.ids import new_id


def new_mail_id() -> str:
    return new_id("eml")


class MailQuerySet(models.QuerySet["Mail"]):
    def waiting(self) -> "MailQuerySet":
        """Neither sent nor given up."""
        return self.filter(sent_at=None, failed_at=None)

    def to_address(self, email: str) -> "MailQuerySet":
        return self.filter(to__iexact=email)


class Mail(models.Model):
    """A mail to one person: written in the transaction of what it tells of, sent by a job afterwards.

    `message_id` stays the same however often it is sent, so that a mail program shows it once. Who sends it claims it
    until `claimed_until`: a claim that is over was left by a crash. `failure` says why the last try failed, by the
    mail server's reply code or the error's name; with `failed_at` none will follow. Text and HTML may hold keys: they
    are emptied soon after the mail was sent, the rest is kept for `MAIL_KEPT_DAYS`.
    """

    public_id = models.CharField(max_length=32, unique=True, default=new_mail_id, editable=False)
    message_id = models.CharField(max_length=320, unique=True)
    template = models.CharField(max_length=64)
    to = models.EmailField()
    from_email = models.CharField(max_length=500)
    reply_to = models.EmailField(blank=True)
    subject = models.CharField(max_length=255)
    text = models.TextField()
    html = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)
    tries = models.PositiveSmallIntegerField(default=0)
    claimed_until = models.DateTimeField(null=True)
    failure = models.CharField(max_length=64, blank=True)
    sent_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)

    objects = MailQuerySet.as_manager()

    class Meta:
        indexes = (models.Index(fields=["created_at"], name="mail_by_age"),)
        constraints = (
            models.CheckConstraint(condition=Q(sent_at=None) | Q(failed_at=None), name="mail_sent_or_failed"),
        )
