"""What may be said of the weight of stones (16 CFR 23.18)."""

import re
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

from catalog.catalogue.truth.declaration import Declaration
from catalog.catalogue.truth.words import Finding, Words

_UNIT = r" ?(?:ct|cts|carats?|ctw|cttw|tcw|c\.? ?t\.? ?w|carat total weight)\b"
_DECIMAL = r"(?:\d{1,5}(?:\.\d{1,3})?|\.\d{1,3})"
_FRACTION = r"(?:(?P<whole>\d{1,3}) )?(?P<top>\d{1,2})/(?P<bottom>[1-9]\d?)"
# Before a metal the same words are a karat: "9ct gold".
_WEIGHT = re.compile(rf"(?<![\w.,/])(?:{_FRACTION}|(?P<decimal>{_DECIMAL})){_UNIT}(?! (?:[a-z]+ )?gold\b)")
_RANGE = re.compile(
    r"(?<![\w.])(?P<least>\d{0,3}\.\d{1,3})(?: ?(?:ct|carats?))? ?(?:;|to|and)? ?"
    rf"(?P<most>\d{{0,3}}\.\d{{1,3}}){_UNIT}"
)
# "Half carat", "one and a half carat", "three quarters of a carat".
_NUMBERS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
}  # fmt: skip
_PARTS = {
    "three quarters?": Fraction(3, 4), "two thirds?": Fraction(2, 3), "(?:one )?half": Fraction(1, 2),
    "(?:one )?third": Fraction(1, 3), "(?:one )?quarter": Fraction(1, 4), "(?:one )?tenth": Fraction(1, 10),
}  # fmt: skip
_PART = "|".join(_PARTS)
_IN_WORDS = re.compile(
    rf"\b(?:(?P<part>{_PART})|(?P<number>{'|'.join(_NUMBERS)})(?: and an? (?P<rest>half|quarter|third))?)"
    r"(?: of an?| an?)? (?:ct|cts|carats?|ctw)\b(?! (?:[a-z]+ )?gold\b)"
)
# 23.18(d): a fraction of a carat is no exact weight; its range, or the tolerance, stands beside it.
_TOLERANCE = re.compile(r"\+ ?/ ?[-;]|\u00b1|\b(?:plus or minus|tolerance)\b")
_ABOUT = re.compile(r"\b(?:about|approx(?:imately)?\.?|around|circa|ca\.?|nearly|roughly|average|avg\.?) $|~ ?$")
_BOUND = re.compile(r"\b(?:over|more than|up to|under|less than|at least|from|per|every|each) $")
_POINTS = re.compile(r"(?<![\w.,/])(?P<points>\d{1,3}) ?(?:points?|pts?|pointers?) (?:(?!star)[a-z]+ ){0,3}diamonds?\b")
_KARATS = {8, 9, 10, 14, 18, 22, 24}
ABOUT = Fraction(5, 100)


def carat_findings(words: Words, declared: Declaration) -> Iterator[Finding]:
    """Where a weight in carats is none that was declared, or not said as the rule wants it."""
    weights = _declared_weights(declared)
    ranges = [found for found in words.mentions(_RANGE) if Fraction(found["least"]) < Fraction(found["most"])]
    for found in ranges:
        if not any(Fraction(found["least"]) <= weight <= Fraction(found["most"]) for weight in weights):
            yield _undeclared(words, found.span(), weights)
    for found in words.mentions(_WEIGHT):
        if any(around.start() <= found.start() < around.end() for around in ranges):
            continue
        if found["top"]:
            value = int(found["whole"] or 0) + Fraction(int(found["top"]), int(found["bottom"]))
            yield from _fraction(words, found.span(), value, weights, declared, has_range=bool(ranges))
        elif not _is_karat(found["decimal"], declared) and not _BOUND.search(words.before(found.start())):
            is_about = bool(_ABOUT.search(words.before(found.start())))
            if not any(_agrees(found["decimal"], weight, is_about=is_about) for weight in weights):
                yield _undeclared(words, found.span(), weights)
    for found in words.mentions(_IN_WORDS):
        if not _BOUND.search(words.before(found.start())):
            yield from _in_words(words, found, weights, declared, has_range=bool(ranges))
    yield from _points(words)


def _declared_weights(declared: Declaration) -> set[Fraction]:
    """Of each line of stones, of one stone of it, of a kind together, and of all together."""
    found: set[Fraction] = set()
    by_kind: dict[str, Fraction] = {}
    for stone in declared.stones:
        if stone.carat:
            weight = Fraction(stone.carat)
            found |= {weight, weight / stone.count}
            by_kind[stone.kind] = by_kind.get(stone.kind, Fraction(0)) + weight
    return found | set(by_kind.values()) | ({sum(by_kind.values(), Fraction(0))} if by_kind else set())


def _agrees(said: str, weight: Fraction, *, is_about: bool) -> bool:
    """Accurate to the last decimal shown, and to the second where one or none is shown (23.18(c))."""
    value = Fraction(said)
    if is_about:
        return abs(value - weight) <= max(value * ABOUT, Fraction(5, 100))
    decimals = max(2, len(said.partition(".")[2]))
    return abs(value - weight) <= Fraction(1, 2 * 10**decimals)


def _in_words(
    words: Words, found: re.Match[str], weights: set[Fraction], declared: Declaration, *, has_range: bool
) -> Iterator[Finding]:
    rest = found["part"] or found["rest"]
    value = Fraction(_NUMBERS.get(found["number"] or "", 0)) + (_part(rest) if rest else 0)
    if rest:
        yield from _fraction(words, found.span(), value, weights, declared, has_range=has_range)
    elif not any(_agrees(str(value), weight, is_about=False) for weight in weights):
        yield _undeclared(words, found.span(), weights)


def _part(words: str) -> Fraction:
    return next(value for pattern, value in _PARTS.items() if re.fullmatch(pattern, words))


def _fraction(
    words: Words,
    place: tuple[int, int],
    value: Fraction,
    weights: set[Fraction],
    declared: Declaration,
    *,
    has_range: bool,
) -> Iterator[Finding]:
    if not any(abs(value - weight) <= max(value * 2 * ABOUT, Fraction(3, 100)) for weight in weights):
        yield _undeclared(words, place, weights)
    elif (
        any("diamond" in stone.kind for stone in declared.stones)
        and not has_range
        and not _TOLERANCE.search(words.plain)
    ):
        fix = 'Give the weight in decimals, or its range beside the fraction: "1/4 ct (0.23 to 0.28 ct)".'
        yield words.found("carat_fraction_without_range", place, "23.18(d)", fix)


def _points(words: Words) -> Iterator[Finding]:
    for found in words.mentions(_POINTS):
        weight = Decimal(found["points"]) / 100
        if not re.search(rf"(?<![\w.])0?\.{found['points'].zfill(2)}\b|\b{weight}\b", words.plain):
            fix = f'Give the weight in carats, too: "{weight} ct".'
            yield words.found("points_without_decimal", found.span("points"), "23.18(b)", fix)


def _is_karat(said: str, declared: Declaration) -> bool:
    return said.isdecimal() and int(said) in _KARATS and any(metal.karat == int(said) for metal in declared.metals)


def _undeclared(words: Words, place: tuple[int, int], weights: set[Fraction]) -> Finding:
    known = ", ".join(f"{float(weight):.2f}" for weight in sorted(weights))
    fix = f"The declared weights are {known} ct" if known else "No weight of a stone is declared"
    return words.found("carat_not_declared", place, "23.18(a)", f"{fix}: say what is declared, or declare this.")
