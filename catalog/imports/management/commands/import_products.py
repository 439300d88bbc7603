"""`manage.py import_products FILE --format shopify --maker SLUG [--dry-run]`"""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from catalog.imports.csv_text import UnreadableFile
from catalog.imports.items import Problem, ProductItem
from catalog.imports.services import ImportReport, file_reference, import_items
from catalog.imports.shopify import read_shopify
from catalog.partner.models import Partner

Reader = Callable[..., Iterator[ProductItem | Problem]]
READERS: dict[str, Reader] = {"shopify": read_shopify}


class Command(BaseCommand):
    help = "Import a product file. Rows that cannot go in are reported with line, column and reason; the rest goes in."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--format", choices=sorted(READERS), required=True)
        parser.add_argument("--maker", required=True, help="the slug of the maker whose pieces these are")
        parser.add_argument("--dry-run", action="store_true", help="report only; nothing is changed")

    def handle(self, **options: Any) -> None:
        path: Path = options["file"]
        maker = _maker(options["maker"])
        try:
            with tqdm(total=_size(path), unit="B", unit_scale=True, disable=None, desc=path.name) as bar:
                found = READERS[options["format"]](path, advance=bar.update)
                report = import_items(found, maker=maker, source=file_reference(path), dry_run=options["dry_run"])
        except UnreadableFile as error:
            raise CommandError(str(error)) from error
        self._show(report, dry_run=options["dry_run"])
        if report.problems:
            sys.exit(1)

    def _show(self, report: ImportReport, *, dry_run: bool) -> None:
        for problem in report.problems:
            place = f"line {problem.line}, {problem.column}" if problem.column else f"line {problem.line}"
            self.stderr.write(f"{place}: {problem.reason}")
        counts = ", ".join(f"{report.outcomes[name]} {name}" for name in ("created", "changed", "unchanged"))
        prefix = "Dry run, nothing was changed. " if dry_run else ""
        self.stdout.write(f"{prefix}Products: {counts}. Problems: {len(report.problems)}.")


def _maker(slug: str) -> Partner:
    maker = Partner.objects.filter(code=slug).first()
    if maker is None:
        raise CommandError(f"There is no maker '{slug}'. Create one: manage.py create_maker {slug} --name 'Their name'")
    return maker


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
