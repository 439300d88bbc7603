"""`manage.py export_products --maker SLUG [--output FILE]`"""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from catalog.imports.commands import find_maker
from catalog.imports.queries import exported_pieces
from catalog.imports.shapes import csv_lines


class Command(BaseCommand):
    help = "Write a maker's pieces, drafts among them, as a CSV file that import_products reads again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--maker", required=True, help="the slug of the maker whose pieces these are")
        parser.add_argument("--output", type=Path, help="the file to write, anew; without it the terminal")

    def handle(self, **options: Any) -> None:
        lines = csv_lines(exported_pieces(find_maker(options["maker"])))
        path: Path | None = options["output"]
        if path is None:
            for line in lines:
                self.stdout.write(line, ending="")
            return
        try:
            with path.open("w", encoding="utf-8", newline="") as file:
                file.writelines(lines)
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {error.strerror}.") from error
