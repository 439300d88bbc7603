"""Mail by variables: a server where one is named, files in development, a plain word where production lacks one."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from config.database import BASE_DIR

PRODUCTION = {
    "SECRET_KEY": "x" * 50, "ALLOWED_HOSTS": "api.example.com", "PUBLIC_URL": "https://api.example.com",
    "DATABASE_URL": "postgresql://shop@127.0.0.1/shop", "STRIPE_SECRET_KEY": "sk_test_1",
    "STRIPE_PUBLISHABLE_KEY": "pk_test_1", "STRIPE_WEBHOOK_SECRET": "whsec_1", "EMAIL_HOST": "mail.example.com",
    "MAIL_FROM": "Alder & Anvil <shop@alder.example>",
}  # fmt: skip
SAY = (
    "import json, sys; from django.conf import settings; "
    "print(json.dumps({name: str(getattr(settings, name)) for name in sys.argv[1:]}))"
)
NAMES = ("EMAIL_BACKEND", "EMAIL_HOST", "EMAIL_PORT", "EMAIL_USE_TLS", "EMAIL_USE_SSL", "EMAIL_TIMEOUT", "DEV_PAGES")
SMTP, FILES = "django.core.mail.backends.smtp.EmailBackend", "shop.mail.outbox.FileOutbox"


def settings_with(module: str, data: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": os.environ["PATH"],
        "DATA_DIR": str(data),
        "DJANGO_SETTINGS_MODULE": f"config.settings.{module}",
    }
    return subprocess.run(
        [sys.executable, "-c", SAY, *NAMES],
        env=environment | variables,
        cwd=BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )


def values(module: str, data: Path, **variables: str) -> tuple[str, ...]:
    return tuple(json.loads(settings_with(module, data, **variables).stdout).values())


def test_production_sends_to_the_server_that_is_named(tmp_path: Path) -> None:
    assert values("production", tmp_path, **PRODUCTION) == (
        SMTP, "mail.example.com", "587", "True", "False", "10", "False",
    )  # fmt: skip
    assert values("production", tmp_path, **PRODUCTION, EMAIL_USE_SSL="true", EMAIL_TIMEOUT="3") == (
        SMTP, "mail.example.com", "465", "False", "True", "3", "False",
    )  # fmt: skip


def test_development_writes_files_unless_a_server_is_named(tmp_path: Path) -> None:
    assert values("dev", tmp_path)[::6] == (FILES, "True")
    assert values("dev", tmp_path, EMAIL_HOST="localhost", EMAIL_PORT="25", EMAIL_USE_TLS="false") == (
        SMTP, "localhost", "25", "False", "False", "10", "True",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("variables", "word"),
    [
        ({"EMAIL_HOST": None}, "EMAIL_HOST"),
        ({"MAIL_FROM": None}, "MAIL_FROM"),
        ({"MAIL_FROM": "Alder & Anvil"}, "MAIL_FROM is not a mail address"),
        ({"EMAIL_USE_SSL": "true", "EMAIL_USE_TLS": "true"}, "set one of them"),
        ({"EMAIL_PORT": "smtp"}, "EMAIL_PORT"),
    ],
)
def test_production_does_not_start_without(variables: dict[str, str | None], word: str, tmp_path: Path) -> None:
    given = {name: value for name, value in (PRODUCTION | variables).items() if value is not None}
    started = settings_with("production", tmp_path, **given)
    assert started.returncode != 0
    assert word in started.stderr.splitlines()[-1]
