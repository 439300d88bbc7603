"""Asking the whole database whether anything is broken."""

from dataclasses import dataclass
from typing import Any

from django.db import connection

from orders.invariants.checks import CHECKS, Check

SHOWN = 20


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found: `count` rows, of which `rows` are the first."""

    check: Check
    count: int
    rows: list[dict[str, Any]]

    def __str__(self) -> str:
        rows = ["  " + ", ".join(f"{name} {value}" for name, value in row.items()) for row in self.rows]
        more = [f"  and {self.count - len(rows)} more"] if self.count > len(rows) else []
        return "\n".join([f"{self.check.name}: {self.count}. {self.check.means}", *rows, *more])


def findings() -> list[Finding]:
    """What is broken, by check; empty where all is well. A statement for each check."""
    return [finding for check in CHECKS if (finding := _run(check)).count]


def _run(check: Check) -> Finding:
    with connection.cursor() as cursor:
        # Only the first few rows travel, with how many there are.
        cursor.execute(f"WITH found AS MATERIALIZED ({check.sql}) SELECT *, count(*) OVER () FROM found LIMIT {SHOWN}")
        names = [column.name for column in cursor.description[:-1]]
        rows = cursor.fetchall()
    return Finding(check, rows[0][-1] if rows else 0, [dict(zip(names, row, strict=False)) for row in rows])
