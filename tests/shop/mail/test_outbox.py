"""Where no mail server is set, mails become files."""

import stat
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest

from shop.mail import services
from shop.mail.models import Mail
from tests.shop.mail.steps import ADA, write_mail

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.EMAIL_BACKEND = "shop.mail.outbox.FileOutbox"
    settings.EMAIL_FILE_PATH = tmp_path / "outbox"
    return tmp_path / "outbox"


def test_each_mail_is_a_file_that_its_owner_reads(folder: Path) -> None:
    first, second = write_mail("password_reset"), write_mail("sign_in_code")
    for mail in (first, second):
        services.deliver(mail.pk)
    files = sorted(folder.iterdir())
    assert [file.suffix for file in files] == [".eml", ".eml"]
    assert [stat.S_IMODE(path.stat().st_mode) for path in (folder, *files)] == [0o700, 0o600, 0o600]
    message = message_from_bytes(files[0].read_bytes(), policy=policy.default)
    assert (message["Message-ID"], message["To"]) == (first.message_id, ADA)
    # A person reads the key without a mail program.
    assert "    4-cz2k1p-93f1\n" in files[0].read_text()


def test_a_folder_that_cannot_be_written_is_tried_again(folder: Path) -> None:
    folder.write_text("a file in its place")
    mail = write_mail()
    with pytest.raises(services.MailNotSent, match="FileExistsError"):
        services.deliver(mail.pk)
    folder.unlink()
    services.deliver(mail.pk)
    assert Mail.objects.get().sent_at is not None and len(list(folder.iterdir())) == 1
