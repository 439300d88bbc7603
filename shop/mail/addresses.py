"""Which addresses mail goes to."""

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

LONGEST = 254


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
