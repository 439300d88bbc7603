"""`manage.py import_products FILE --maker SLUG [--format shopify] [--dry-run]`"""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from catalog.imports.commands import find_maker
from catalog.imports.csv_text import UnreadableFile
from catalog.imports.formats import AUTO, NAMES, read_products
from catalog.imports.items import Notice, Problem
from catalog.imports.reports import ImportReport
from catalog.imports.services import file_reference, import_items


class Command(BaseCommand):
    help = "Import a product file. Rows that cannot go in are reported with line, column and reason; the rest goes in."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--format", choices=NAMES, default=AUTO, help="auto: told by the names of the columns")
        parser.add_argument("--maker", required=True, help="the slug of the maker whose pieces these are")
        parser.add_argument("--dry-run", action="store_true", help="report only; nothing is changed")

    def handle(self, **options: Any) -> None:
        path: Path = options["file"]
        maker = find_maker(options["maker"])
        try:
            with tqdm(total=_size(path), unit="B", unit_scale=True, disable=None, desc=path.name) as bar:
                found = read_products(path, format_name=options["format"], advance=bar.update)
                report = import_items(found, maker=maker, source=file_reference(path), dry_run=options["dry_run"])
        except UnreadableFile as error:
            raise CommandError(str(error)) from error
        self._show(report, dry_run=options["dry_run"])
        if report.problems:
            sys.exit(1)

    def _show(self, report: ImportReport, *, dry_run: bool) -> None:
        for notice in report.notices:
            self.stderr.write(f"Notice: {_in_words(notice)}")
        for problem in report.problems:
            self.stderr.write(_in_words(problem))
        counts = ", ".join(f"{report.outcomes[name]} {name}" for name in ("created", "changed", "unchanged"))
        notices = f" Notices: {len(report.notices)}." if report.notices else ""
        prefix = "Dry run, nothing was changed. " if dry_run else ""
        self.stdout.write(f"{prefix}Products: {counts}. Problems: {len(report.problems)}.{notices}")


def _in_words(said: Problem | Notice) -> str:
    place = f"line {said.line}, {said.column}" if said.column else f"line {said.line}"
    return f"{place}: {said.reason}"


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
