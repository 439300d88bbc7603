"""A CSV file by our own names for its columns, whatever the program that wrote it calls them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol, TypeVar

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


RowCells = TypeVar("RowCells", bound=Cells)
OfRow = TypeVar("OfRow", bound=Cells, contravariant=True)


class ProductRows(Protocol[OfRow]):
    """A product whose rows are being read."""

    def has(self, row: OfRow) -> bool:
        """Whether the row names the same handle."""

    def add(self, row: OfRow) -> None:
        """Take in what is good of one of its rows; what is not is among the row's problems."""

    def finished(self) -> Iterator[Found]:
        """The product, or why it cannot go in; nothing if that has been said."""


def products_by_handle(
    sheet: Sheet, *, read_row: Callable[[Row], RowCells], read_handle: Callable[[str], str],
    begin: Callable[[RowCells, str], ProductRows[RowCells]],
) -> Iterator[Found]:  # fmt: skip
    """The products of a file whose rows stand together by handle, each after the problems of its own rows.

    Only the handles of those before are kept, not the products: rows that come later have nowhere to go.
    """
    lines: dict[str, int] = {}
    product: ProductRows[RowCells] | None = None
    for row in rows_of(sheet, things="products"):
        if isinstance(row, Problem):
            yield row
            continue
        cells = read_row(row)
        if product is None or not product.has(cells):
            handle = cells.take("handle", partial(_new_handle, read=read_handle, lines=lines), "")
            if not handle:
                yield from cells.problems
                continue
            if product is not None:
                yield from product.finished()
            lines[handle] = row.line
            product = begin(cells, handle)
        product.add(cells)
        yield from cells.problems
    if product is not None:
        yield from product.finished()


def _new_handle(text: str, *, read: Callable[[str], str], lines: Mapping[str, int]) -> str:
    if not text:
        raise BadCell("The handle is missing; it says which product the row belongs to.")
    handle = read(text)
    if handle in lines:
        raise BadCell(
            f"The product {shown(handle)} was already read from line {lines[handle]:,}. "
            "The rows of a product must stand together, and two products must not share a handle."
        )
    return handle


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
