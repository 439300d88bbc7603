"""What was measured as one page: for the terminal and for docs/benchmarks.md."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tests.load.wrk import Run

RATES = (
    "work", "what", "products", "at once", "how", "a second", "ceiling", "share", "aim", "p50 ms", "p99 ms", "wrong",
)  # fmt: skip
NOTE = """\
A rate on a shared machine means little by itself: `share` is the rate in percent of the ceiling, measured in turns
with it. The ceiling for reads is a static ASGI answer of the same bytes under the same server; for W4 and W5 it is
one raw SQL transaction by pgbench on the same database server: two conditional stock updates, an order, two lines.
Every answer is compared with the right one. Kept answers: the catalog stands still; computed afresh: with
`KEPT_ANSWERS_MB=0`."""
KINDS = {"kept": "kept answers", "afresh": "computed afresh", "": "written"}
ABSENT = "not available"


@dataclass(frozen=True, slots=True)
class Figure:
    """One work at one size and concurrency, beside its ceiling. Without a run the shop cannot do it yet.

    `aim` is the share of the ceiling, in percent, that is meant to be reached.
    """

    work: str
    what: str
    pieces: int
    kind: str
    connections: int
    run: Run | None = None
    ceiling: float = 0
    aim: float | None = None

    @property
    def share(self) -> float:
        """In percent of the ceiling."""
        return 100 * self.run.per_second / self.ceiling if self.run and self.ceiling else 0


@dataclass(slots=True)
class Report:
    """All that a run of the bench found out. `facts` are about the machine, `lines` about what is no rate."""

    facts: dict[str, str] = field(default_factory=dict)
    figures: list[Figure] = field(default_factory=list)
    lines: dict[str, str] = field(default_factory=dict)

    @property
    def wrong(self) -> int:
        return sum(figure.run.wrong for figure in self.figures if figure.run)


def page(report: Report) -> str:
    """The report as Markdown."""
    parts = [
        "# Benchmarks",
        "Written by `make bench`; each run replaces it. How it is measured: `tests/load/`.",
        table(["run", ""], report.facts.items()),
        NOTE,
        table(RATES, [_cells(figure) for figure in report.figures]),
        table(["besides", ""], [*growth(report.figures).items(), *report.lines.items()]),
    ]
    return "\n\n".join(parts) + "\n"


def growth(figures: Sequence[Figure]) -> dict[str, str]:
    """What each work costs in the largest catalog, as a multiple of its cost in the smallest; shares are compared."""
    smallest, largest = min(figure.pieces for figure in figures), max(figure.pieces for figure in figures)
    by_size = {(f.work, f.what, f.kind, f.connections, f.pieces): f.share for f in figures}
    found = {}
    for (work, what, kind, connections, pieces), share in by_size.items():
        grown = by_size.get((work, what, kind, connections, largest))
        if pieces == smallest != largest and share and grown:
            name = f"{work} {KINDS[kind]}, {connections} at once: cost at {largest:,} / at {smallest:,}"
            found[name] = f"{share / grown:.2f}"
    return found


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table whose columns stand below each other; numbers to the right."""
    lines = [list(head), *map(list, rows)]
    widths = [max(3, *(len(line[column]) for line in lines)) for column in range(len(head))]
    numeric = [all(_is_number(line[column]) for line in lines[1:]) for column in range(len(head))]
    rule = ["-" * (width - 1) + ":" if right else "-" * width for width, right in zip(widths, numeric, strict=True)]
    return "\n".join(_row(line, widths, numeric) for line in (lines[0], rule, *lines[1:]))


def _row(cells: Sequence[str], widths: Sequence[int], numeric: Sequence[bool]) -> str:
    padded = [
        cell.rjust(width) if right else cell.ljust(width)
        for cell, width, right in zip(cells, widths, numeric, strict=True)
    ]
    return f"| {' | '.join(padded)} |"


def _is_number(text: str) -> bool:
    return not text or text.replace(",", "").replace(".", "").replace("%", "").strip().isdigit()


def _cells(figure: Figure) -> list[str]:
    named = [figure.work, figure.what, f"{figure.pieces:,}", str(figure.connections)]
    run = figure.run
    if run is None:
        return [*named, ABSENT, *[""] * 7]
    aim = f"{figure.aim:g} %" if figure.aim else ""
    rates = [f"{run.per_second:,.0f}", f"{figure.ceiling:,.0f}", f"{figure.share:.2f} %", aim]
    return [*named, KINDS[figure.kind], *rates, f"{run.p50_ms:.2f}", f"{run.p99_ms:.2f}", str(run.wrong)]


def rush_line(seconds: float, outcomes: Mapping[tuple[int, str], int]) -> str:
    said = ", ".join(f"{number} x {status} {code}".strip() for (status, code), number in sorted(outcomes.items()))
    return f"{said} in {seconds:.1f} s"
