"""`manage.py rebuild_documents [--check]`: what shoppers see, written anew or compared."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from catalog.browse.services import rebuild_documents, refresh_vocabulary, stale_documents


class Command(BaseCommand):
    help = "Write every product document anew; with --check only say which are not what they should be."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="Change nothing; fail if a document is wrong.")

    def handle(self, **options: Any) -> None:
        if not options["check"]:
            rebuild_documents()
            refresh_vocabulary()
            return
        stale = list(stale_documents())
        if stale:
            raise CommandError(f"{len(stale)} documents are not what they should be: pieces {stale[:20]}")
        self.stdout.write("Every document is what it should be.")
