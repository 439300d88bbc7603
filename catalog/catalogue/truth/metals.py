"""What may be said of silver (16 CFR 23.5), platinum (23.6), quality marks and nickel."""

import re
from collections.abc import Iterator
from decimal import Decimal

from catalog.catalogue.metals import STERLING
from catalog.catalogue.truth.declaration import Declaration, DeclaredMetal, karat_of
from catalog.catalogue.truth.words import METAL_ASSERTED, Finding, Words, is_negated, one_of

PLATINUM = Decimal(950)
COIN = Decimal(900)
FINE = Decimal(999)

# Alloys that hold no silver, and silver that is a colour, a coating or a saying.
_NO_SILVER_BEFORE = re.compile(rf"\b(?:{one_of('german nickel tibetan alpaca new quick')}) $")
_NO_SILVER_AFTER = one_of(
    "tones? toned hued? colou?rs? colou?red foil sheen finish grey gray enamel thread cord polish polishing cloth dip",
    "lining screen bullet fox birch lake smiths? ware solder plated? plating filled? coated coating wash washed",
)
_NO_SILVER = re.compile(rf" ?(?:{_NO_SILVER_AFTER}|lea(?:f|ves) (?:motif|pattern|design|flakes?|inlay))\b")
_COATED_BEFORE = re.compile(r"\b(?:(?:plated|coated|dipped) (?:in|with)|(?:layer|plating|coating|flash) of) (?:\w+ )?$")
SILVER = re.compile(
    r"(?:(?<![\d.])(?P<mark>[789]\d\d) )?\b(?P<name>(?:solid |fine |pure |coin |argentium(?: \d{3})? |sterling )?silver"
    r"|sterling(?! (?:reputation|quality|service|example|record|heights|work|job))|argentium)\b"
    r"(?: ?\(?(?P<after>[789]\d\d)\b)?"
)
PLATINUM_WORD = re.compile(
    r"(?:(?<![\d.])(?P<mark>\d{3}) ?)?\b(?:platinum|plat)\b\.?(?: ?(?P<after>\d{3})\b)?|\bpt ?(?P<pt>\d{3})\b"
)
_NO_PLATINUM = re.compile(
    rf" ?(?:{one_of('tones? toned colou?rs? colou?red blonde? finish record grey gray plated? plating')})\b"
)
_STAMPED = re.compile(
    r"\b(?:stamp|hallmark|mark)(?:ed)? (?:as )?(?:with )?['\"]?(?P<mark>375|417|583|585|750|917|925|950)\b"
)
_NICKEL_FREE = re.compile(
    r"\bnickel free\b|\b(?:no|without|free of|free from|zero) (?:any |added )?nickel\b|\bnot nickel\b"
)


def metal_findings(words: Words, declared: Declaration) -> Iterator[Finding]:
    """Where the words of a field contradict the other metals that are declared."""
    yield from _silver(words, declared)
    yield from _platinum(words, declared)
    yield from _stamps(words, declared)
    yield from _nickel(words, declared)


def _silver(words: Words, declared: Declaration) -> Iterator[Finding]:
    # Silver under gold is still silver, and what is under it may not have been said.
    silvers = [metal for metal in declared.metals if metal.family == "silver"]
    is_open = any(metal.family == "" for metal in declared.metals)
    best = max((metal.fineness or Decimal(0) for metal in silvers), default=Decimal(0))
    for found in words.mentions(SILVER):
        name, mark = found["name"], found["mark"] or found["after"]
        place = found.span("name")
        if (
            is_negated(words, found.start())
            or is_negated(words, place[0])
            or _NO_SILVER.match(words.after(place[1]))
            or _NO_SILVER_BEFORE.search(words.before(place[0]))
            or _COATED_BEFORE.search(words.before(found.start()))
        ):
            continue
        if not silvers:
            if not is_open and (not words.is_prose or METAL_ASSERTED.search(words.before(found.start()))):
                fix = "No silver is declared: declare the silver, or leave the word out."
                yield words.found("metal_not_declared", place, "23.5(a)", fix)
        elif wrong := _below(name, mark, best, silvers):
            code, rule, fix = wrong
            yield words.found(code, place, rule, fix)


def _below(name: str, mark: str | None, best: Decimal, silvers: list[DeclaredMetal]) -> tuple[str, str, str] | None:
    """What is wrong with silver of this name, as code, rule and fix."""
    said = f"{best.normalize():f}"
    if name.startswith(("sterling", "solid")) and best < STERLING:
        return "sterling_below_925", "23.5(b)(2)", f'Sterling is at least 925: write "{said} silver".'
    if name.startswith("coin") and best < COIN:
        return "coin_silver_below_900", "23.5(b)(3)", f'Coin silver is at least 900: write "{said} silver".'
    if name.startswith(("fine", "pure")) and best < FINE:
        return "fineness_not_declared", "23.5(a)", f"The silver is declared as {said}, not as fine silver."
    if mark and Decimal(mark) not in {metal.fineness for metal in silvers}:
        return "fineness_not_declared", "23.5(a)", f"The silver is declared as {said}: say that, or declare the other."
    if name == "silver" and not mark and best < STERLING:
        return "silver_without_fineness", "23.5(b)(1)", f'Put the fineness right before it: "{said} silver".'
    return None


def _platinum(words: Words, declared: Declaration) -> Iterator[Finding]:
    metals = declared.of("platinum")
    for found in words.mentions(PLATINUM_WORD):
        before = words.before(found.start())
        if (
            is_negated(words, found.start())
            or _NO_PLATINUM.match(words.after(found.end()))
            or _COATED_BEFORE.search(before)
        ):
            continue
        place = (found.start(), found.end())
        mark = found["mark"] or found["after"] or found["pt"]
        finenesses = {metal.fineness for metal in metals}
        if not metals:
            if not words.is_prose or METAL_ASSERTED.search(words.before(found.start())):
                fix = "No platinum is declared: declare it, or leave the word out."
                yield words.found("metal_not_declared", place, "23.6", fix)
        elif mark and Decimal(mark) not in finenesses:
            fix = f"The platinum is declared as {_marks(finenesses)}: say that, or declare the other."
            yield words.found("fineness_not_declared", place, "23.6", fix)
        elif not mark and max(fineness or 0 for fineness in finenesses) < PLATINUM:
            fix = f'Platinum alone is at least 950: write "{_marks(finenesses)} platinum".'
            yield words.found("platinum_below_950", place, "23.6", fix)


def _stamps(words: Words, declared: Declaration) -> Iterator[Finding]:
    """A quality mark that is said to be on the piece."""
    for found in words.mentions(_STAMPED):
        mark = Decimal(found["mark"])
        metals = [metal for metal in declared.metals if metal.fineness]
        karats = {metal.karat for metal in metals if metal.family == "gold"} | {one.karat for one in declared.layers}
        if is_negated(words, found.start()) or not declared.metals or any(metal.family == "" for metal in metals):
            continue
        is_silver_or_platinum = mark in (STERLING, PLATINUM)
        if (is_silver_or_platinum and any(metal.fineness == mark for metal in metals)) or karat_of(mark) in karats:
            continue
        fix = "No metal of this fineness is declared: declare it, or leave the mark out."
        rule = "23.5(a)" if mark == STERLING else "23.6" if mark == PLATINUM else "23.3(a)"
        yield words.found("fineness_not_declared", found.span("mark"), rule, fix)


def _nickel(words: Words, declared: Declaration) -> Iterator[Finding]:
    if not declared.has_nickel:
        return
    for found in words.mentions(_NICKEL_FREE):
        fix = "The piece is declared to contain nickel: leave these words out, or correct the declaration."
        yield words.found("nickel_free_contradicted", found.span(), "23.1", fix)


def _marks(finenesses: set[Decimal | None]) -> str:
    return " or ".join(sorted(f"{fineness.normalize():f}" for fineness in finenesses if fineness))
