"""The formats of product files, and one way to read them all."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from catalog.imports import benchpin, etsy, shopify
from catalog.imports.csv_text import open_csv
from catalog.imports.items import Found, Problem
from catalog.imports.sheet import Format, Sheet

FORMATS: dict[str, Format] = {one.name: one for one in (benchpin.FORMAT, etsy.FORMAT, shopify.FORMAT)}
# The format is recognised by the names of the columns.
AUTO = "auto"
NAMES = (AUTO, *FORMATS)


def read_products(path: Path, *, format_name: str, advance: Callable[[int], object] | None = None) -> Iterator[Found]:
    """The products of a file in its order, each with the problems and notices of its own rows before it.

    `format_name` is one of NAMES. `advance` is told how many bytes were read since it was last told (`tqdm.update`,
    with the file's size as the total). Raises UnreadableFile when the first item is asked for, or later if the file
    cannot be read on.
    """
    with open_csv(path, advance=advance) as file:
        chosen = recognised(file.header) if format_name == AUTO else FORMATS[format_name]
        if chosen is None:
            names = ", ".join(FORMATS)
            reason = f"The columns are of no format that is read here ({names}). Is it the right file?"
            yield Problem(file.header_line, "", reason)
            return
        sheet = Sheet(file, chosen.columns)
        problem = sheet.problem(chosen.required)
        if problem is not None:
            yield problem
            return
        yield from chosen.read(sheet)


def recognised(header: Sequence[str]) -> Format | None:
    """The format that knows most of the columns; None where none has the columns it needs."""
    best = max(FORMATS.values(), key=lambda one: one.matches(header))
    return best if best.matches(header) else None
