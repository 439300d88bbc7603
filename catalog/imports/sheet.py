"""A CSV file by our own names for its columns, whatever the program that wrote it calls them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from catalog.html import TooManyTags
from catalog.imports.cells import BadCell
from catalog.imports.csv_text import CsvFile, Row, shown
from catalog.imports.items import Found, Notice, Problem

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


def rows_of(sheet: Sheet, *, things: str) -> Iterator[Row | Problem]:
    """The rows of the file; a problem where there is none."""
    is_empty = True
    for row in sheet.file.rows:
        is_empty = False
        yield row
    if is_empty:
        yield Problem(sheet.file.header_line, "", f"The file has the names of the columns and no {things}.")


class Cells:
    """One row of a sheet; collects what is wrong with it, so that all is said at once."""

    def __init__(self, sheet: Sheet, row: Row) -> None:
        self.sheet = sheet
        self.line = row.line
        self.problems: list[Problem] = []
        self.notices: list[Notice] = []
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

    def note(self, ours: str, reason: str) -> None:
        self.notices.append(Notice(self.line, self.sheet.label(ours), reason))


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of file: its columns, those without which nothing can be read, and how its rows become products."""

    name: str
    columns: Columns
    required: Sequence[str]
    read: Callable[[Sheet], Iterator[Found]]

    def matches(self, header: Sequence[str]) -> int:
        """How many columns of the header are of this format; 0 where one that it needs is missing."""
        there = {name.casefold() for name in header}
        known = {ours for ours, names in self.columns.items() if any(name.casefold() in there for name in names)}
        return len(known) if known.issuperset(self.required) else 0


class Skus:
    """The SKUs of the file so far. A maker's SKU names one variant, whereas other shops allow it for many."""

    def __init__(self) -> None:
        self._lines: dict[str, int] = {}
        self._last_number: dict[str, int] = {}

    def check(self, sku: str) -> str:
        """The SKU. Raises BadCell where another variant of the file has it."""
        if sku in self._lines:
            raise BadCell(f"{shown(sku)} is already the SKU of the variant on line {self._lines[sku]:,}.")
        return sku

    def derived(self, base: str) -> str:
        """`base`, or `base-2`, `base-3` and so on, whichever is free first."""
        number = self._last_number.get(base, 1)
        sku = base
        while sku in self._lines:
            number += 1
            sku = f"{base}-{number}"
        self._last_number[base] = number
        return sku

    def keep(self, sku: str, line: int) -> None:
        self._lines[sku] = line
