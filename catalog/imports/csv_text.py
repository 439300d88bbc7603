"""Reads delimited text a row at a time: encoding, delimiter, physical line numbers, broken rows.

What a column means is the business of the format that reads it. Memory stays flat however long the file.
"""

import codecs
import csv
import io
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TextIO

from catalog.imports.items import Problem

MAX_FIELD = 1_000_000
MAX_ROW = 5_000_000
# An unclosed quote swallows rows that are then read again, each on its own. A file of nothing but such quotes
# would be read again and again from each of its lines, so there is an end to it.
MAX_READ_AGAIN = 10 * MAX_ROW

DELIMITERS = (",", ";", "\t")
BAD_QUOTES = (
    "The quotes of this row do not match. A field with a quote in it is written in quotes, "
    'and each quote inside is doubled: "7"" chain".'
)

# First bytes of files that are taken for a CSV file by mistake.
SIGNATURES = (
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a spreadsheet workbook or a zip archive"),
    (b"\xd0\xcf\x11\xe0", "an Excel workbook"),
    (b"\x1f\x8b", "a gzip archive"),
)


class UnreadableFile(Exception):
    """The file as a whole cannot be read; the message is a plain sentence for the person who gave it."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row with as many fields as the header; `line` is the physical line it starts on."""

    line: int
    fields: list[str]


@dataclass(frozen=True, slots=True)
class CsvFile:
    """An open file. `rows` may be walked once, while the file is open; blank rows are left out."""

    header: list[str]
    header_line: int
    delimiter: str
    rows: Iterator[Row | Problem]


@contextmanager
def open_csv(path: Path, *, advance: Callable[[int], object] | None = None) -> Iterator[CsvFile]:
    """Open a file of comma, semicolon or tab separated text.

    `advance` is told now and then how many bytes were read since it was last told; they add up to the file's
    size once all rows are read. Raises UnreadableFile, also while the rows are walked.
    """
    try:
        _check_is_file(path)
        with path.open("rb") as binary:
            _check_is_text(binary)
            text = io.TextIOWrapper(binary, encoding=_encoding(binary), errors=FALLBACK, newline="")
            lines = _Lines(text)
            header, header_line, delimiter = _read_header(lines)
            rows = _rows(lines, header, delimiter)
            if advance is not None:
                rows = _telling(rows, binary, advance)
            yield CsvFile(header, header_line, delimiter, rows)
    except OSError as error:
        raise UnreadableFile(f"The file {path.name} cannot be read: {error.strerror or error}.") from error


def shown(value: str) -> str:
    """A value in quotes, shortened, on one line, to be set into a sentence."""
    line = " ".join(value[:200].split())
    if len(line) > 40 or len(value) > 200:
        line = line[:40] + "…"
    return f'"{line}"'


def _check_is_file(path: Path) -> None:
    if path.is_dir():
        raise UnreadableFile(f"{path.name} is a folder, not a file.")
    # Anything else that is not a plain file, such as a pipe, could keep us waiting for ever.
    if not path.is_file():
        raise UnreadableFile(f"There is no file {path.name}.")


def _check_is_text(binary: BinaryIO) -> None:
    start = binary.read(8)
    binary.seek(0)
    if not start:
        raise UnreadableFile("The file is empty.")
    for signature, kind in SIGNATURES:
        if start.startswith(signature):
            raise UnreadableFile(f"The file is {kind}, not a CSV file. Export it as CSV and try again.")


def _encoding(binary: BinaryIO) -> str:
    """UTF-16 says so in its first bytes; all else is UTF-8, with FALLBACK for what is not."""
    start = binary.read(2)
    binary.seek(0)
    return "utf-16" if start in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8-sig"


def _decode_as_windows(error: UnicodeError) -> tuple[str, int]:
    """Bytes that are not UTF-8 are read as Windows-1252, which holds all printable Latin-1.

    Byte by byte rather than for the whole file: one bad byte, as in a cell cut off in the middle of a letter,
    must not garble every accent of a good UTF-8 file; and the file need not be read once more to find out.
    """
    if not isinstance(error, UnicodeDecodeError):
        raise error
    if error.encoding.startswith("utf-16"):
        return "\N{REPLACEMENT CHARACTER}", error.end
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


FALLBACK = "benchpin-windows-1252"
codecs.register_error(FALLBACK, _decode_as_windows)


class _TooLong(Exception):
    """The row at hand is longer than MAX_ROW."""


class _Lines:
    """Physical lines for csv.reader. Remembers those of the row at hand, so that they can be read again."""

    def __init__(self, text: TextIO) -> None:
        self.number = 0
        self.read_again = 0
        self._text = text
        self._waiting: deque[str] = deque()
        self._row: list[str] = []
        self._row_size = 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._waiting.popleft() if self._waiting else self._read()
        if not line:
            raise StopIteration
        self.number += 1
        self._row.append(line)
        self._row_size += len(line)
        if self._row_size >= MAX_ROW:
            raise _TooLong
        return line

    def begin_row(self) -> None:
        self._row = []
        self._row_size = 0

    def peek(self) -> str:
        """The next line, without reading it; empty at the end."""
        if not self._waiting:
            line = self._read()
            if line:
                self._waiting.append(line)
        return self._waiting[0] if self._waiting else ""

    def back_to_second_line(self) -> None:
        """The row at hand is broken: go on with the line after the one it began on."""
        again = self._row[1:]
        self._waiting.extendleft(reversed(again))
        self.number -= len(again)
        self.read_again += sum(map(len, again))

    def _read(self) -> str:
        """A line from the file. Of one longer than MAX_ROW the rest is passed over, and its row is refused."""
        line = rest = self._text.readline(MAX_ROW)
        while len(rest) == MAX_ROW and not rest.endswith(("\n", "\r")):
            rest = self._text.readline(MAX_ROW)
        return line


def _read_header(lines: _Lines) -> tuple[list[str], int, str]:
    while (first := lines.peek()) and not first.strip():
        next(lines)
    if not first:
        raise UnreadableFile("The file is empty.")
    if "\0" in first:
        raise UnreadableFile("The file is not text. Export it as CSV (UTF-8) and try again.")
    delimiter = _sniff_delimiter(first)
    header_line = lines.number + 1
    for row in _parse(lines, delimiter):
        if isinstance(row, Row):
            return [" ".join(name.split()) for name in row.fields], header_line, delimiter
        break
    raise UnreadableFile("The first line of the file, with the names of the columns, cannot be read.")


def _sniff_delimiter(line: str) -> str:
    """The delimiter that parts the line into the most fields; a comma where none does."""

    def fields(delimiter: str) -> int:
        return len(next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), []))

    _allow_long_fields()
    return max(DELIMITERS, key=fields)


def _allow_long_fields() -> None:
    # The limit belongs to the whole process and is 128 KB at first. It is raised, never lowered: ours is MAX_ROW.
    csv.field_size_limit(max(MAX_ROW, csv.field_size_limit()))


def _parse(lines: _Lines, delimiter: str) -> Iterator[Row | Problem]:
    """Rows of any length. A broken row costs its first line; reading goes on with the next."""
    _allow_long_fields()
    reader = csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=True)
    while True:
        start = lines.number + 1
        lines.begin_row()
        try:
            yield Row(start, next(reader))
            continue
        except StopIteration:
            return
        except _TooLong:
            reason = f"The row is longer than {MAX_ROW:,} characters, or a quote in it is never closed."
        except csv.Error:
            reason = BAD_QUOTES
        yield Problem(start, "", reason)
        lines.back_to_second_line()
        if lines.read_again > MAX_READ_AGAIN:
            yield Problem(start, "", "Too many quotes are never closed; nothing below this line was read.")
            return


def _rows(lines: _Lines, header: list[str], delimiter: str) -> Iterator[Row | Problem]:
    for row in _parse(lines, delimiter):
        if isinstance(row, Problem):
            yield row
        elif any(map(str.strip, row.fields)):
            yield _checked(row, header)


def _checked(row: Row, header: list[str]) -> Row | Problem:
    """The row, or what is wrong with it whatever its columns mean."""
    fields = row.fields
    # Some programs end each line with a delimiter: empty fields beyond the header say nothing.
    while len(fields) > len(header) and not fields[-1].strip():
        fields.pop()
    if len(fields) != len(header):
        amount = "many" if len(fields) > len(header) else "few"
        reason = (
            f"The row has too {amount} fields: {len(fields)}, where the header has {len(header)}. "
            "A text with the delimiter or a line end in it must stand in quotes."
        )
        return Problem(row.line, "", reason)
    for name, value in zip(header, fields, strict=True):
        if "\0" in value:
            reason = f"{shown(value.replace(chr(0), '�'))} has a NUL character in it, which no text may have."
            return Problem(row.line, name, reason)
        if len(value) > MAX_FIELD:
            return Problem(row.line, name, f"The text has {len(value):,} characters; at most {MAX_FIELD:,} are read.")
    return row


def _telling(
    rows: Iterator[Row | Problem], binary: BinaryIO, advance: Callable[[int], object]
) -> Iterator[Row | Problem]:
    told = 0
    for row in rows:
        # The text is decoded a block at a time, so most rows move nothing.
        if (position := binary.tell()) > told:
            advance(position - told)
            told = position
        yield row
    if (position := binary.tell()) > told:
        advance(position - told)
