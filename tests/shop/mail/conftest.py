"""What the tests of mails share."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.jobs import forget_jobs
from tests.shop.mail.mail_server import MailServer


@pytest.fixture
def mail_server(settings: Any) -> Iterator[MailServer]:
    """A mail server of the test's own, and the settings that send to it."""
    with MailServer() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", server.port, 10
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        yield server


@pytest.fixture
def committed(transactional_db: None) -> Iterator[None]:
    """What the test writes is there for all connections."""
    yield
    forget_jobs()
