"""Where mails go while no mail server is set: files that mail programs and people can read."""

import os
import re
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone


class FileOutbox(BaseEmailBackend):
    """Django's EMAIL_BACKEND: each mail becomes an .eml file in `EMAIL_FILE_PATH`, for its owner's eyes only."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        folder = Path(settings.EMAIL_FILE_PATH)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for mail in email_messages:
            message = mail.message()
            name = re.sub(r"[^\w.@-]", "", f"{timezone.now():%Y%m%dT%H%M%S.%f}-{message['Message-ID']}")
            unfinished = folder / f".{name}"
            with open(unfinished, "xb", opener=_private) as file:
                file.write(message.as_bytes())
            unfinished.rename(folder / f"{name}.eml")
        return len(email_messages)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
