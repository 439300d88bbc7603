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
`KEPT_ANSWERS_MB=0`, which leaves the storefront's row kept."""
MIXED = ("steady mix", "requests a second", "p50 ms", "p99 ms", "wrong")
MIX_NOTE = """\
The steady mix: shoppers who each make one visit after the other, of twenty 6 to a list, 8 to a piece, 3 to a search, 2
for a basket with a line (two requests) and 1 to order two pieces, paid by hand (five requests). No piece comes near its
last ten, so the catalog stands still. Times are those of single requests, measured by our own client beside it."""
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


@dataclass(frozen=True, slots=True)
class Mix:
    """The requests of each kind of visit, and in MB what the web processes took before and after."""

    runs: dict[str, Run]
    seconds: int
    connections: int
    before_mb: float | None
    after_mb: float | None

    @property
    def wrong_percent(self) -> float:
        """Of all requests."""
        requests = sum(run.per_second for run in self.runs.values()) * self.seconds
        return 100 * sum(run.wrong for run in self.runs.values()) / requests if requests else 0


@dataclass(slots=True)
class Report:
    """All that a run of the bench found out. `facts` are about the machine, `lines` about what is no rate."""

    facts: dict[str, str] = field(default_factory=dict)
    figures: list[Figure] = field(default_factory=list)
    lines: dict[str, str] = field(default_factory=dict)
    mix: Mix | None = None

    @property
    def wrong(self) -> int:
        measured = [figure.run for figure in self.figures if figure.run]
        mixed = list(self.mix.runs.values()) if self.mix else []
        return sum(run.wrong for run in [*measured, *mixed])


def page(report: Report) -> str:
    """The report as Markdown."""
    besides = {**growth(report.figures), **(mix_lines(report.mix) if report.mix else {}), **report.lines}
    parts = [
        "# Benchmarks",
        "Written by `make bench`; each run replaces it. How it is measured: `tests/load/`.",
        table(["run", ""], report.facts.items()),
        NOTE,
        table(RATES, [_cells(figure) for figure in report.figures]),
        *([MIX_NOTE, table(MIXED, _mixed(report.mix))] if report.mix else []),
        table(["besides", ""], besides.items()),
    ]
    return "\n\n".join(parts) + "\n"


def growth(figures: Sequence[Figure]) -> dict[str, str]:
    """What each work costs in the largest catalog, as a multiple of its cost in the smallest; shares are compared."""
    sizes = [figure.pieces for figure in figures] or [0]
    smallest, largest = min(sizes), max(sizes)
    by_size = {(f.work, f.what, f.kind, f.connections, f.pieces): f.share for f in figures}
    found = {}
    for (work, what, kind, connections, pieces), share in by_size.items():
        grown = by_size.get((work, what, kind, connections, largest))
        if pieces == smallest != largest and share and grown:
            name = f"{work} {KINDS[kind]}, {connections} at once: cost at {largest:,} / at {smallest:,}"
            found[name] = f"{share / grown:.2f}"
    return found


def _mixed(mix: Mix) -> list[list[str]]:
    total = sum(run.per_second for run in mix.runs.values())
    return [
        *([kind, f"{run.per_second:,.1f}", *_times(run)] for kind, run in mix.runs.items()),
        ["all", f"{total:,.1f}", "", "", str(sum(run.wrong for run in mix.runs.values()))],
    ]


def mix_lines(mix: Mix) -> dict[str, str]:
    """What the mix comes to besides its rates."""
    memory = [f"{taken:.0f} MB" if taken else ABSENT for taken in (mix.before_mb, mix.after_mb)]
    how = f"steady mix of {mix.seconds} s, {mix.connections} at once"
    return {
        f"{how}: errors": f"{mix.wrong_percent:.2f} % of the requests",
        f"{how}: memory of the web processes before and after (PSS)": " and ".join(memory),
    }


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
    return [*named, KINDS[figure.kind], *rates, *_times(run)]


def _times(run: Run) -> list[str]:
    return [f"{run.p50_ms:.2f}", f"{run.p99_ms:.2f}", str(run.wrong)]


def rush_line(seconds: float, outcomes: Mapping[tuple[int, str], int]) -> str:
    said = ", ".join(f"{number} x {status} {code}".strip() for (status, code), number in sorted(outcomes.items()))
    return f"{said} in {seconds:.1f} s"
