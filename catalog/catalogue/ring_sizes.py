"""Ring sizes of every system, as views of one length: the inner circumference in mm. Pure.

A size of one system seldom is one of another: what is given is the nearest, and said to be the nearest.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal

from catalog.catalogue.written_sizes import SIGNS, read_size
from shop.accounts.rules import LARGEST_RING_MM, SMALLEST_RING_MM

PI = Decimal("3.14159265358979323846")
HUNDREDTH = Decimal("0.01")
HALF, QUARTER = Decimal("0.5"), Decimal("0.25")
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class System:
    """How some countries count: the circumference in mm is `(first + each * n) * factor`.

    `step` is what its sizes are apart, `finest` what may be asked for; `smallest` is where it begins to count.
    """

    code: str
    countries: tuple[str, ...]
    first: Decimal
    each: Decimal
    step: Decimal
    finest: Decimal
    smallest: Decimal
    largest: Decimal | None = None
    factor: Decimal = Decimal(1)
    in_letters: bool = False

    def circumference(self, number: Decimal) -> Decimal:
        """In mm, of a size by its number."""
        return (self.first + self.each * number) * self.factor

    def number(self, circumference_mm: Decimal) -> Decimal:
        """The number of exactly this circumference, which need not be a size that is made."""
        return (circumference_mm / self.factor - self.first) / self.each

    @property
    def numbers(self) -> tuple[Decimal, Decimal]:
        """The smallest and the largest size there is, within what is worn on a finger."""
        lowest = _to_step(self.number(SMALLEST_RING_MM), self.step, ROUND_CEILING)
        highest = _to_step(self.number(LARGEST_RING_MM), self.step, ROUND_FLOOR)
        return max(lowest, self.smallest), min(highest, self.largest) if self.largest is not None else highest


# US: diameter mm = 11.6332 + 0.8128 n. UK: BS 6820, C = 36.25 + 1.25 i, A = 1, half letters. EU: ISO 8653, the
# circumference itself. CH, IT, ES: 40 less. JP: diameter mm = (n + 38) / 3.
SYSTEMS: dict[str, System] = {
    system.code: system
    for system in (
        System(
            "US", ("US", "CA"), Decimal("11.6332"), Decimal("0.8128"), QUARTER, QUARTER, smallest=Decimal(0), factor=PI
        ),
        System(
            "UK", ("UK", "AU"), Decimal("36.25"), Decimal("1.25"), HALF, HALF, smallest=Decimal(1),
            largest=Decimal("26.5"), in_letters=True,
        ),
        System("EU", ("EU", "DE", "FR"), Decimal(0), Decimal(1), Decimal(1), Decimal("0.1"), smallest=SMALLEST_RING_MM),
        System("CH", ("CH", "IT", "ES"), Decimal(40), Decimal(1), Decimal(1), Decimal("0.1"), smallest=Decimal(1)),
        System("JP", ("JP",), Decimal(38), Decimal(1), Decimal(1), HALF, smallest=Decimal(1), factor=PI / 3),
    )
}  # fmt: skip
# Every name that a system may be asked by.
BY_COUNTRY: dict[str, System] = {country: system for system in SYSTEMS.values() for country in system.countries}


@dataclass(frozen=True, slots=True)
class Named:
    """A circumference in the words of one system; `exact` only where the size is that circumference to 0.01 mm."""

    system: System
    size: str
    circumference_mm: Decimal
    exact: bool


def parse(text: str, system: System) -> Decimal | None:
    """The circumference in mm of a size as people write it: "6½", "6 1/2", "6.5", "N½". None for what is none.

    A circumference itself is asked for as an `EU` size, to a tenth of a millimetre.
    """
    size = read_size(text)
    if size is None or size[0].isalpha() != system.in_letters:
        return None
    whole, rest = size
    number = (LETTERS.index(whole) + 1 if system.in_letters else int(whole)) + rest
    lowest, highest = system.numbers
    if number % system.finest or not lowest <= number <= highest:
        return None
    return system.circumference(number)


def nearest(circumference_mm: Decimal, system: System) -> Named | None:
    """The size of the system nearest to a circumference; None where the system does not reach so far."""
    number = _to_step(system.number(circumference_mm), system.step, ROUND_HALF_UP)
    lowest, highest = system.numbers
    if not lowest <= number <= highest:
        return None
    found = system.circumference(number)
    return Named(system, _words(number, system), found, rounded(found) == rounded(circumference_mm))


def sizes(system: System, step: Decimal) -> Iterator[Decimal]:
    """The circumferences in mm of the system's sizes, one `step` apart, the smallest first."""
    number, highest = system.numbers
    while number <= highest:
        yield system.circumference(number)
        number += step


def diameter(circumference_mm: Decimal) -> Decimal:
    return circumference_mm / PI


def rounded(mm: Decimal) -> Decimal:
    """A length as it is shown: to a hundredth of a millimetre."""
    return mm.quantize(HUNDREDTH, rounding=ROUND_HALF_UP)


def _to_step(number: Decimal, step: Decimal, rounding: str) -> Decimal:
    return (number / step).to_integral_value(rounding=rounding) * step


def _words(number: Decimal, system: System) -> str:
    """`6½`, `N½`: as a size is written on a ring stick."""
    whole, rest = int(number), number % 1
    name = LETTERS[whole - 1] if system.in_letters else str(whole)
    return name + next((sign for sign, part in SIGNS.items() if part == rest), "")
