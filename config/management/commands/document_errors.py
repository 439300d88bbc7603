"""`manage.py document_errors`: writes docs/errors.md from the error classes themselves."""

from typing import Any

from django.core.management.base import BaseCommand
from django.urls import get_resolver

from config.database import BASE_DIR
from config.pages import all_errors
from shop.errors import DomainError

TARGET = BASE_DIR / "docs" / "errors.md"
HEAD = """# Error codes

Written by `manage.py document_errors` from the code; change it there. A code is stable: storefronts decide by it. How
an answer looks, and what to do with each status: [storefront.md](storefront.md#errors). A running shop shows the same
list at `/v1/docs/errors`, and each endpoint's codes at `/v1/docs`.

| code | status | title | what happened, what to do |
|---|---|---|---|
"""


class Command(BaseCommand):
    help = "Write docs/errors.md."
    requires_system_checks = []

    def handle(self, **options: Any) -> None:
        TARGET.write_text(errors_document())
        self.stdout.write(f"Wrote {TARGET}")


def errors_document() -> str:
    """The document, from every error that an answer can carry."""
    # An error is known once its module is imported, and every door imports what it raises.
    _ = get_resolver().url_patterns
    rows = (_row(error) for error in all_errors() if not error.__module__.startswith("tests."))
    return HEAD + "".join(rows)


def _row(error: type[DomainError]) -> str:
    wait = " Carries `Retry-After`." if error.retry_after is not None else ""
    return f"| `{error.code}` | {int(error.status)} | {error.title} | {error.detail}{wait} |\n"
