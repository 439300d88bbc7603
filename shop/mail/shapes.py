"""How a mail looks: its templates filled with what it tells of, as subject, text and HTML."""

from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.template import Context, Engine

from shop.mail.addresses import is_mail_address
from shop.mail.rules import header_text, one_line, wrapped
from shop.mail.samples import SAMPLES
from shop.storefronts.models import Storefront

SUBJECT_LENGTH = 255


@dataclass(frozen=True, slots=True)
class Content:
    subject: str
    text: str
    html: str


def rendered(template: str, context: Mapping[str, Any], storefront: Storefront) -> Content:
    """The mail in the storefront's name. Raises ValueError where the context lacks something that it is to say."""
    if missing := SAMPLES[template].keys() - context.keys():
        raise ValueError(f"The mail {template} lacks {sorted(missing)}.")
    values = {name: _cleaned(value) for name, value in context.items()}
    values |= {
        "storefront": storefront,
        "sender": one_line(sender_name(storefront)),
        "support_email": support_address(storefront),
    }
    subject = header_text(_filled(f"{template}.subject.txt", values, escaped=False))[:SUBJECT_LENGTH]
    return Content(
        subject=subject,
        text=wrapped(_filled(f"{template}.txt", values, escaped=False)),
        html=_filled(f"{template}.html", values | {"subject": subject}, escaped=True),
    )


def sender_name(storefront: Storefront) -> str:
    """Who a mail is from: the storefront, or where none was set up, who `MAIL_FROM` names."""
    if storefront.stored:
        return storefront.mail_from_name or storefront.name
    return parseaddr(settings.MAIL_FROM)[0] or storefront.name


def support_address(storefront: Storefront) -> str:
    """Where answers go; empty where the storefront has none that mail can go to."""
    return storefront.support_email if is_mail_address(storefront.support_email) else ""


def _filled(name: str, values: Mapping[str, Any], *, escaped: bool) -> str:
    return Engine.get_default().get_template(f"mail/{name}").render(Context(values, autoescape=escaped))


def _cleaned(value: Any) -> Any:
    """A name with line breaks in it could pretend to be paragraphs of the mail's own."""
    if isinstance(value, str):
        return one_line(value)
    if isinstance(value, Mapping):
        return {name: _cleaned(each) for name, each in value.items()}
    return [_cleaned(each) for each in value] if isinstance(value, list | tuple) else value
