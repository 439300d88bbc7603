"""How a ring's circumference looks in every system."""

from decimal import Decimal
from typing import Any

from catalog.catalogue.ring_sizes import SYSTEMS, Named, diameter, nearest, rounded


def ring(circumference_mm: Decimal) -> dict[str, Any]:
    """One circumference with the nearest size of each system that has one."""
    found = [named for system in SYSTEMS.values() if (named := nearest(circumference_mm, system))]
    return {**_lengths(circumference_mm), "sizes": [_size(named) for named in found]}


def _size(named: Named) -> dict[str, Any]:
    return {
        "system": named.system.code,
        "countries": list(named.system.countries),
        "size": named.size,
        "exact": named.exact,
        **_lengths(named.circumference_mm),
    }


def _lengths(circumference_mm: Decimal) -> dict[str, str]:
    return {
        "inner_circumference_mm": str(rounded(circumference_mm)),
        "inner_diameter_mm": str(rounded(diameter(circumference_mm))),
    }
