"""What an import reports."""

from collections import Counter
from dataclasses import dataclass, field

from catalog.imports.items import Notice, Problem


@dataclass(slots=True)
class ImportReport:
    """What became of each product; what did not go in, or went in as a draft, and why; what to look at of the rest."""

    outcomes: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
