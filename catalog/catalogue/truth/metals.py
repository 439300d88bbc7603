"""What may be said of silver (16 CFR 23.5), platinum, palladium (23.6), base metals (23.1), quality marks, nickel."""

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal

from catalog.catalogue.metals import METALS, STERLING
from catalog.catalogue.truth.declaration import Declaration, DeclaredMetal, karat_of
from catalog.catalogue.truth.words import JUBILEE, METAL_ASSERTED, Finding, Words, is_negated, one_of

PLATINUM = Decimal(950)
COIN = Decimal(900)
FINE = Decimal(999)

# Alloys that hold no silver, and silver that is a colour, a coating or a saying.
_NO_SILVER_BEFORE = re.compile(rf"\b(?:{one_of('german nickel tibetan alpaca new quick')}) $")
_NO_SILVER_AFTER = one_of(
    "tones? toned hued? colou?rs? colou?red in_colou?r foil sheen finish grey gray enamel thread cord polish polishing",
    "cloth dip obsidian",
    "lining screen bullet fox birch lake smiths? ware solder plated? plating filled? coated coating wash washed",
    JUBILEE,
)
_NO_SILVER = re.compile(rf" ?(?:{_NO_SILVER_AFTER}|lea(?:f|ves) (?:motif|pattern|design|flakes?|inlay))\b")
_COATED_BEFORE = re.compile(r"\b(?:(?:plated|coated|dipped) (?:in|with)|(?:layer|plating|coating|flash) of) (?:\w+ )?$")
SILVER = re.compile(
    r"(?:(?<![\d.])(?P<mark>[789]\d\d) )?\b(?P<name>(?:solid |fine |pure |coin |argentium(?: \d{3})? |sterling )?silver"
    r"|sterling(?! (?:reputation|quality|service|example|record|heights|work|job))|argentium)\b"
    r"(?: ?\(?(?P<after>[789]\d\d)\b)?"
)
# The mark of sterling by itself, and not a number of something else.
_MARK_ALONE = re.compile(
    rf"(?<![\w.,$/#])(?<!no\. )(?<!art\. )(?<!nr )(?<!model )(?<!style )s?925"
    rf"(?![\w.,]*\d| \d)(?! ?(?:%|{_NO_SILVER_AFTER}|mm|g|grams?)\b)"
)
PLATINUM_WORD = re.compile(
    r"(?:(?<![\d.])(?P<mark>\d{3}) ?)?\b(?:platinum|plat)\b\.?(?: ?(?P<after>\d{3})\b)?|\bpt ?(?P<stamp>\d{3})\b"
)
PALLADIUM_WORD = re.compile(
    r"(?:(?<![\d.])(?P<mark>\d{3}) ?)?\bpalladium\b(?: ?(?P<after>\d{3})\b)?|\bpd ?(?P<stamp>\d{3})\b"
)
# What makes it a colour, a coating or a saying.
_NO_PLATINUM_AFTER = one_of("tones? toned colou?rs? colou?red blonde? finish record grey gray plated? plating", JUBILEE)
_NO_PLATINUM = re.compile(rf" ?(?:{_NO_PLATINUM_AFTER})\b")
# Palladium whitens gold: it is then a part of the alloy, and the alloy is what is declared.
_WHITENS_AFTER = re.compile(r" (?:(?:based|alloyed|whitened|alloy) )?(?:\d\d ?k(?:t|arat)? )?(?:white )?gold\b")
_WHITENS_BEFORE = re.compile(r"\bgold,? (?:\(|\(?(?:alloyed|whitened|mixed|made white) (?:with|by) (?:\w+ )?)$")
_STAMPED = re.compile(
    r"\b(?:stamp|hallmark|mark)(?:ed)? (?:as )?(?:with )?['\"]?(?P<mark>375|417|583|585|750|917|925|950)\b"
)
# How base metals are called, by their code in METALS; kinds of steel that it does not have are not told apart.
_BASE_METALS = {
    "brass": re.compile(r"\bbrass\b"),
    "bronze": re.compile(r"\bbronze\b"),
    "copper": re.compile(r"\bcopper\b"),
    "pewter": re.compile(r"\bpewter\b"),
    "titanium": re.compile(r"\btitanium\b"),
    "niobium": re.compile(r"\bniobium\b"),
    "tantalum": re.compile(r"\btantalum\b"),
    "tungsten-carbide": re.compile(r"\btungsten(?: carbide)?\b"),
    "stainless-steel": re.compile(r"\bstainless(?: steel)?\b|\b(?<!damascus )(?<!carbon )(?<!tool )steel\b"),
}
# A colour, a coating, a finding, a stone of that colour, a saying, or what a piece lies on.
_NO_BASE_AFTER = one_of(
    "tones? toned hued? colou?rs? colou?red finish finished patina sheen enamel enamelled enameled paint painted glaze",
    "blue grey gray white wool plated? plating coated coating wash washed ion_plated",
    "posts? ear_?wires? backs? pins? pin_stems? screws? springs? clasps? core",
    "pearls? tahitian freshwater sapphires? sunstones? turquoises? obsidian matrix quartz druz(?:y|ies) drusy aura",
    "age medals? medall?ists? knuckles? monkeys? instruments? horns? tacks? magnolias? drums? pans? guitars?",
)
_NO_BASE = re.compile(rf" ?(?:{_NO_BASE_AFTER})\b")
_NO_BASE_BEFORE = re.compile(
    r"\b(?:(?:m[ae]n|wom[ae]n|girls?|lad(?:y|ies)|maids?|nerves?|hearts?|wills?|bod(?:y|ies)|fists?) of"
    r"|(?:on|next to|beside|near|against) (?:a|an|the|my|our)(?: \w+)?"
    r"|to match|alongside|goes with|pairs? with|shades? of) $"
)
_NICKEL_FREE = re.compile(
    r"\bnickel free\b|\b(?:no|without|free of|free from|zero) (?:any |added )?nickel\b|\bnot nickel\b"
)


def metal_findings(words: Words, declared: Declaration) -> Iterator[Finding]:
    """Where the words of a field contradict the other metals that are declared."""
    yield from _silver(words, declared)
    yield from _sterling_mark(words, declared)
    yield from _platinum(words, declared)
    yield from _palladium(words, declared)
    yield from _base(words, declared)
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


def _sterling_mark(words: Words, declared: Declaration) -> Iterator[Finding]:
    """ "925" alone says sterling, where it stands among the words that are read on their own."""
    silvers = {metal.fineness or Decimal(0) for metal in declared.metals if metal.family == "silver"}
    is_open = any(metal.family == "" for metal in declared.metals)
    if words.is_prose or is_open or max(silvers, default=Decimal(0)) >= STERLING:
        return
    code, fix = "metal_not_declared", "No silver is declared: declare the silver, or leave the mark out."
    if silvers:
        code, fix = "fineness_not_declared", f"The silver is declared as {_marks(silvers)}: say that."
    named = [range(found.start(), found.end()) for found in words.mentions(SILVER)]
    for found in words.mentions(_MARK_ALONE):
        is_named = any(found.start() in place for place in named)
        if not (is_named or is_negated(words, found.start()) or _COATED_BEFORE.search(words.before(found.start()))):
            yield words.found(code, found.span(), "23.5(a)", fix)


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
    finenesses = {metal.fineness for metal in declared.of("platinum")}
    for found in _of_the_group(words, PLATINUM_WORD):
        if wrong := _not_as_declared(words, found, "platinum", finenesses):
            yield wrong
        elif finenesses and not _mark(found) and max(fineness or 0 for fineness in finenesses) < PLATINUM:
            fix = f'Platinum alone is at least 950: write "{_marks(finenesses)} platinum".'
            yield words.found("platinum_below_950", found.span(), "23.6", fix)


def _palladium(words: Words, declared: Declaration) -> Iterator[Finding]:
    finenesses = {metal.fineness for metal in declared.of("palladium")}
    has_gold = bool(declared.of("gold"))
    for found in _of_the_group(words, PALLADIUM_WORD):
        if has_gold and _whitens_gold(words, found):
            continue
        if wrong := _not_as_declared(words, found, "palladium", finenesses):
            yield wrong


def _whitens_gold(words: Words, found: re.Match[str]) -> bool:
    return bool(_WHITENS_AFTER.match(words.after(found.end())) or _WHITENS_BEFORE.search(words.before(found.start())))


def _base(words: Words, declared: Declaration) -> Iterator[Finding]:
    """A base metal where only others are declared. One that cannot be declared, such as iron, is not looked for."""
    codes = {metal.code for metal in declared.metals}
    if not codes or "" in codes:
        return
    for code, pattern in _BASE_METALS.items():
        for found in words.mentions(pattern) if code not in codes else ():
            before = words.before(found.start())
            if (
                is_negated(words, found.start())
                or _NO_BASE.match(words.after(found.end()))
                or _NO_BASE_BEFORE.search(before)
                or _COATED_BEFORE.search(before)
                or (words.is_prose and not METAL_ASSERTED.search(before))
            ):
                continue
            fix = f"No {METALS[code].label} is declared: declare it, if only of a part, or leave the word out."
            yield words.found("metal_not_declared", found.span(), "23.1", fix)


def _of_the_group(words: Words, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
    """Where the words say that there is platinum, or another metal of its group."""
    for found in words.mentions(pattern):
        is_no_metal = _NO_PLATINUM.match(words.after(found.end()))
        if not (is_negated(words, found.start()) or is_no_metal or _COATED_BEFORE.search(words.before(found.start()))):
            yield found


def _not_as_declared(words: Words, found: re.Match[str], metal: str, finenesses: set[Decimal | None]) -> Finding | None:
    if not finenesses:
        if words.is_prose and not METAL_ASSERTED.search(words.before(found.start())):
            return None
        fix = f"No {metal} is declared: declare it, or leave the word out."
        return words.found("metal_not_declared", found.span(), "23.6", fix)
    mark = _mark(found)
    if not mark or Decimal(mark) in finenesses:
        return None
    fix = f"The {metal} is declared as {_marks(finenesses)}: say that, or declare the other."
    return words.found("fineness_not_declared", found.span(), "23.6", fix)


def _mark(found: re.Match[str]) -> str | None:
    return found["mark"] or found["after"] or found["stamp"]


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


def _marks(finenesses: Iterable[Decimal | None]) -> str:
    return " or ".join(sorted(f"{fineness.normalize():f}" for fineness in finenesses if fineness))
