"""Reads of mails."""

from shop.mail.models import Mail, MailQuerySet

SHOWN = 20


def last_mails(*, to: str) -> MailQuerySet:
    """The mails written to an address lately, sent or not, the newest first."""
    return Mail.objects.to_address(to).order_by("-created_at", "-pk")[:SHOWN]
