"""Which addresses mail goes to, and which of them are one mailbox."""

import unicodedata

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

LONGEST = 254
# Where dots before the @ are as good as none; both are one.
GMAIL = ("gmail.com", "googlemail.com")


def is_mail_address(text: str) -> bool:
    """Whether mail can go there.

    Django lets pass, before the @: control characters, look-alike letters, and encoded words, which it decodes later.
    """
    try:
        validate_email(text)
    except ValidationError:
        return False
    local = text.rpartition("@")[0]
    return len(text) <= LONGEST and text.isprintable() and local.isascii() and "=?" not in local


def mailbox(address: str) -> str:
    """The one spelling of all the addresses that are surely the same mailbox, to compare by; empty for none.

    Mail goes to the address as it was written, since a provider might tell apart what is one here.
    """
    folded = _normal(_normal(address).casefold()).strip()
    local, at, domain = folded.rpartition("@")
    local = local.partition("+")[0] or local
    if domain in GMAIL:
        local, domain = local.replace(".", ""), GMAIL[0]
    return f"{local}{at}{domain}"


def _normal(text: str) -> str:
    return unicodedata.normalize("NFKC", text)
