"""A CSV file by our own names for its columns, whatever the program that wrote it calls them."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from catalog.imports.cells import BadCell
from catalog.imports.csv_text import CsvFile, Row
from catalog.imports.html import TooManyTags
from catalog.imports.items import Problem

Value = TypeVar("Value")
Columns = Mapping[str, Sequence[str]]


class Sheet:
    """`columns` gives for each of our names those it may have in the file, in any case.

    The first of them stands in problems when the file has none.
    """

    def __init__(self, file: CsvFile, columns: Columns) -> None:
        self.file = file
        # Semicolons part the fields where the comma parts the cents.
        self.decimal_comma = file.delimiter == ";"
        self._columns = columns
        self._places: dict[str, list[int]] = {}
        ours_by_name = {name.casefold(): ours for ours, names in columns.items() for name in names}
        for place, name in enumerate(file.header):
            if ours := ours_by_name.get(name.casefold()):
                self._places.setdefault(ours, []).append(place)

    def problem(self, required: Sequence[str]) -> Problem | None:
        """Why nothing of the file can be read, if a required column is missing or a column stands there twice."""
        line = self.file.header_line
        missing = ", ".join(self.label(ours) for ours in required if ours not in self._places)
        if missing:
            return Problem(line, missing, f"The file has no column {missing}. Is it the right file?")
        for places in self._places.values():
            if len(places) > 1:
                twice = ", ".join(self.file.header[place] for place in places)
                return Problem(line, twice, f"Two columns say the same thing: {twice}. Keep one of them.")
        return None

    def has(self, ours: str) -> bool:
        return ours in self._places

    def label(self, ours: str) -> str:
        """The column's name in this file."""
        place = self.place(ours)
        return self._columns[ours][0] if place is None else self.file.header[place]

    def place(self, ours: str) -> int | None:
        places = self._places.get(ours)
        return places[0] if places else None


class Cells:
    """One row of a sheet; collects what is wrong with it, so that all is said at once."""

    def __init__(self, sheet: Sheet, row: Row) -> None:
        self.sheet = sheet
        self.line = row.line
        self.problems: list[Problem] = []
        self._fields = row.fields

    def text(self, ours: str) -> str:
        """The cell without the space around it; blank if the file has no such column."""
        place = self.sheet.place(ours)
        return "" if place is None else self._fields[place].strip()

    def take(self, ours: str, read: Callable[[str], Value], otherwise: Value) -> Value:
        """What `read` makes of the cell; `otherwise` and a problem if it raises BadCell or TooManyTags."""
        try:
            return read(self.text(ours))
        except (BadCell, TooManyTags) as error:
            self.refuse(ours, str(error))
            return otherwise

    def refuse(self, ours: str, reason: str) -> None:
        self.problems.append(Problem(self.line, self.sheet.label(ours), reason))
