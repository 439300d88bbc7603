"""What tests of notices share."""

from typing import Any

from orders.notices.tasks import remind
from shop.mail.models import Mail


def told(order: dict[str, Any]) -> list[str]:
    """What the order's buyer was told, in its order."""
    return [mail.template for mail in Mail.objects.filter(text__contains=order["number"]).order_by("pk")]


def mail_of(order: dict[str, Any], template: str) -> Mail:
    return Mail.objects.get(template=template, text__contains=order["number"])


def remind_now() -> None:
    """The job of every minute."""
    remind(timestamp=0)
