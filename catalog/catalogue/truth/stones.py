"""What may be said of stones: diamonds (16 CFR 23.12), pearls (23.20, 23.21), all others (23.24-23.27)."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from catalog.catalogue.stones import FILLERS
from catalog.catalogue.truth import stone_names as names
from catalog.catalogue.truth.declaration import Declaration, DeclaredStone
from catalog.catalogue.truth.stone_names import CULTURED, GROWN, IN_NAME, IN_PEARLS_NAME, LAB, SIMULATED
from catalog.catalogue.truth.words import Finding, Words, is_negated, labelled

_NATURAL = re.compile(
    r"\b(?P<word>real|genuine|natural|authentic|true|mined|earth mined|precious|semi ?precious)"
    rf" (?:(?:{names.COLOURS}|{names.CUTS}|{LAB}|{names.PEARLS}) )*$"
)
_CULTURED = re.compile(rf"\b(?P<said>cultured {IN_NAME})$")
_NOT_MINED = re.compile(rf"\b(?P<said>(?:{GROWN}|{SIMULATED}) {IN_NAME})$")
_FROM_A_LAB = re.compile(rf"\b(?P<said>{LAB} {IN_NAME})$")
_NATURAL_PEARL = re.compile(rf"\b(?P<said>(?P<word>natural|oriental) (?:{CULTURED} )?{IN_PEARLS_NAME})$")
# Of imitations, besides: a pearl that grew with help is real.
_REAL_PEARL = re.compile(
    rf"\b(?P<said>(?P<word>real|genuine|precious|natural) (?:(?:{SIMULATED}|{names.FAKE_MATERIAL}) )?{IN_PEARLS_NAME})$"
)
_QUALIFIED_GEM = re.compile(rf"\b(?:{LAB}|{SIMULATED}) {IN_NAME}$")
# In prose a stone may be spoken of that is not in the piece; these words say that it is.
_ASSERTED = re.compile(
    r"\b(?:(?:set|accented|adorned|studded|encrusted|topped) with|featur(?:es|ing)|holds|carries|showcas(?:es|ing)"
    r"|real|genuine|natural|\d ?(?:ct|carats?)(?: of)?)(?: [\w.%/]+){0,4} $"
    rf"|{labelled('(?:(?:main|cent(?:er|re)|accent|side) )?(?:stones?|gemstones?|gems?)|birthstones?')}$"
    r"|\bthe (?:(?:main|cent(?:er|re)) )?(?:stone|gemstone|gem) is (?:an? )?(?:[\w.%/]+ ){0,2}$"
)
_UNTREATED = re.compile(
    r"\b(?:untreated|not (?:been )?treated(?! after)|no treatments?|treatment free"
    r"|(?P<heat>unheated|no heat|not heated|never heated))\b"
)
_DENIED = re.compile(r"\b(?:no|not|never|isn't|without|any) $")


@dataclass(frozen=True, slots=True)
class _Qualifier:
    """A word that must stand right before a stone's name, and what else in the text says the same."""

    label: str
    before: str
    elsewhere: str
    code: str

    def stands(self, words: Words, place: tuple[int, int], name: str, in_name: str = IN_NAME) -> bool:
        """Whether it is there; prose says it once, loosely, no later than in the sentence of the name."""
        if re.search(rf"\b{self.before} {in_name}$", words.before(place[0])):
            return True
        if not words.is_prose:
            return False
        first = words.once((name, self.code), lambda: self._first_in_prose(words, name))
        return first is not None and first < words.sentence_end(place[1])

    def _first_in_prose(self, words: Words, name: str) -> int | None:
        """Where it is first said of the name: "lab-grown round diamonds", "the diamonds are lab-grown"."""
        loosely = re.compile(rf"\b{self.before} (?:[\w.%/]+ ){{0,4}}$")
        after = re.compile(rf"[^.!?;\n]{{0,40}}?\b(?:is|are|was|were|,|\() ?(?:all )?{self.elsewhere}\b")
        said = (
            found.start()
            for found in words.mentions(names.ONE_NAME[name])
            if loosely.search(words.before(found.start())) or after.match(words.after(found.end()))
        )
        return next(said, None)


_LAB_GROWN = _Qualifier("lab-grown", LAB, names.LAB_SAID, "lab_grown_not_qualified")
_SIMULATED = _Qualifier("simulated", SIMULATED, SIMULATED, "simulated_not_qualified")
_NEITHER_MINED = _Qualifier("lab-grown", rf"(?:{LAB}|{SIMULATED})", names.LAB_SAID, "lab_grown_not_qualified")
_CULTURED_PEARL = _Qualifier("cultured", CULTURED, CULTURED, "pearl_not_qualified")
_FAKE_PEARL = _Qualifier(
    "simulated", rf"(?:{SIMULATED}|{names.FAKE_MATERIAL})", SIMULATED, "pearl_not_qualified"
)  # fmt: skip

_EITHER_PEARL = _Qualifier("cultured", rf"(?:{CULTURED}|{SIMULATED})", CULTURED, "pearl_not_qualified")


@dataclass(frozen=True, slots=True)
class _Misnomer:
    words: re.Pattern[str]
    right: str
    rule: str


# What says that no lens shows a flaw. "Flawless beauty" is not said of the stone.
_FLAWLESS_BEFORE = re.compile(
    r"\b(?P<word>(?:internally )?flawless|perfect|loupe clean|inclusion free)"
    rf" (?:(?:{LAB}|{SIMULATED}|{names.COLOURS}|{names.CUTS}|[\d.]+ ?(?:ct|carats?)) )*$"
)
_FLAWLESS_AFTER = re.compile(r"[^.!?;\n]{0,30}?\b(?:internally flawless|loupe clean|(?:is|are) (?:flawless|perfect))\b")
_FLAWLESS_GRADES = re.compile(r"\b(?:fl|if|(?:internally )?flawless|loupe clean)\b")
_BLUE_WHITE = re.compile(rf"\b(?P<word>blue white) (?:(?:{names.CUTS}|[\d.]+ ?(?:ct|carats?)) )*$")
# What may stand between the word for the filler and the name.
_AFTER_FILLER = rf"(?:(?:{LAB}|{SIMULATED}|{CULTURED}|natural|{names.PEARLS}|{names.COLOURS}|{names.CUTS}) )*"
_MISNOMERS = (
    _Misnomer(re.compile(r"\bgreen amethysts?\b"), "prasiolite", "23.26(b)(2)"),
    _Misnomer(re.compile(r"\byellow emeralds?\b"), "heliodor", "23.26(b)(1)"),
    _Misnomer(re.compile(r"\bherkimer diamonds?\b"), "quartz", "23.12(b)"),
    _Misnomer(re.compile(r"\balaskan? (?:black )?diamonds?\b"), "hematite", "23.12(b)"),
)


def stone_findings(words: Words, declared: Declaration) -> Iterator[Finding]:
    """Where the words of a field contradict the declared stones."""
    misnamed = [(found, wrong) for wrong in _MISNOMERS for found in words.mentions(wrong.words)]
    for found, wrong in misnamed:
        if not is_negated(words, found.start()) and wrong.right not in words.plain:
            fix = f"Call it {wrong.right}, or say {wrong.right} beside it."
            yield words.found("wrong_stone_name", found.span(), wrong.rule, fix)
    taken = {found.end() for found, _ in misnamed}
    for found in words.mentions(names.NAME):
        before, after = words.before(found.start()), words.after(found.end())
        if found.end() in taken or names.names_no_stone(before, after, found[0]) or is_negated(words, found.start()):
            continue
        yield from _named(words, found.span(), names.name_of(found[0]), declared)
    yield from _gems(words, declared)
    yield from _untreated(words, declared)


def treatments_undisclosed(words: Words, declared: Declaration) -> Iterator[Finding]:
    """Treatments that the description must tell of and does not (16 CFR 23.24, of diamonds 23.14, of pearls 23.23)."""
    for called, treatment in dict.fromkeys((stone.called, stone.treatment) for stone in declared.stones):
        told = re.finditer(names.tells_of(treatment), words.plain)
        if treatment == "none" or any(not _DENIED.search(words.before(found.start())) for found in told):
            continue
        rule = next((rule for name, rule in _TREATMENT_RULES.items() if name in called), "23.24")
        done = treatment.replace("_", " ")
        fix = f"Say in the description that the {called} is {done}, whether that lasts and what care it asks for."
        yield Finding(words.field, "treatment_not_disclosed", "", f"16 CFR {rule}", fix)


def names_of_others(declared: Declaration) -> Iterator[Finding]:
    """Stones whose trade name is that of another kind: in lists and on the page they would be called so."""
    for number, stone in enumerate(declared.stones):
        if names.is_of_another(stone.name, stone.kind):
            fix = "Declare the stone as the kind that it is called by, or give it a name of its own kind."
            yield Finding(f"stones.{number}.name", "name_of_another_stone", stone.name, "16 CFR 23.25(a)", fix)


_TREATMENT_RULES = {"diamond": "23.14", "pearl": "23.23"}
_MINED_RULES = {"diamond": "23.12(b)", "pearl": "23.20(a)"}


def _named(words: Words, place: tuple[int, int], name: str, declared: Declaration) -> Iterator[Finding]:
    stones = [stone for stone in declared.stones if names.is_called(stone.all_names, name)]
    origins = {stone.origin for stone in stones}
    if not stones:
        if not words.is_prose or _ASSERTED.search(words.before(place[0])):
            fix = f"No {name} is declared: declare the stone with its origin, or use another word."
            yield words.found("stone_not_declared", place, _MINED_RULES.get(name, "23.25(a)"), fix)
        return
    yield from _graded(words, place, name, stones)
    yield from _filled(words, place, name, stones)
    if name == "pearl":
        yield from _pearl(words, place, stones)
    elif origins == {"natural"}:
        if said := _NOT_MINED.search(words.before(place[0])):
            fix = f"The {name} is declared natural: say that, or declare what it is."
            yield words.found("origin_not_declared", _with(said, place), "23.1", fix)
    elif "natural" not in origins:
        yield from _not_mined(words, place, name, origins)


def _not_mined(words: Words, place: tuple[int, int], name: str, origins: set[str]) -> Iterator[Finding]:
    rule = "23.12(c)(3)" if name == "diamond" else "23.25(b)"
    before, is_lab = words.before(place[0]), "lab_grown" in origins
    if said := _NATURAL.search(before):
        code = "natural_word_for_lab_grown" if is_lab else "simulated_called_natural"
        yield words.found(code, _with(said, place), "23.27", f'Leave out "{said["word"]}": nobody mined this {name}.')
    if name in names.MADE:
        return
    if not is_lab and (said := _FROM_A_LAB.search(before)):
        fix = f'The stone is declared simulated, not a {name} from a laboratory: write "simulated {name}".'
        yield words.found("simulated_called_lab_grown", _with(said, place), "23.25(c)", fix)
    elif said := _CULTURED.search(before):
        if not is_lab or not re.search(names.LAB_SAID, words.plain):
            fix = f'Cultured alone is not enough: write "{"lab-grown" if is_lab else "simulated"} {name}".'
            yield words.found("cultured_without_lab_grown", _with(said, place), rule, fix)
    else:
        wanted = _SIMULATED if not is_lab else _LAB_GROWN if origins == {"lab_grown"} else _NEITHER_MINED
        if not wanted.stands(words, place, name):
            is_elsewhere = re.search(rf"\b{wanted.elsewhere}\b", words.plain)
            yield _missing(words, place, wanted, rule, "qualifier_not_before_stone" if is_elsewhere else wanted.code)


def _graded(words: Words, place: tuple[int, int], name: str, stones: Sequence[DeclaredStone]) -> Iterator[Finding]:
    """Words of a grade that nobody declared."""
    before, after = words.before(place[0]), words.after(place[1])
    said = _FLAWLESS_BEFORE.search(before)
    is_flawless = any(_FLAWLESS_GRADES.search(stone.clarity.casefold()) for stone in stones)
    if (said or _FLAWLESS_AFTER.match(after)) and not is_flawless:
        rule = "23.13" if name == "diamond" else "23.28"
        fix = f"Declare the clarity of the {name}, FL or IF, or leave these words out."
        yield words.found("flawless_not_declared", _with(said, place) if said else place, rule, fix)
    if name == "diamond" and (said := _BLUE_WHITE.search(before)):
        fix = "Name the colour as its report does: blue white is a diamond of no other tint by daylight."
        yield words.found("blue_white_diamond", _with(said, place), "23.15", fix)


def _filled(words: Words, place: tuple[int, int], name: str, stones: Sequence[DeclaredStone]) -> Iterator[Finding]:
    """What holds a stone together stands before its name, which alone or with "treated" says too much."""
    fillers = {FILLERS.get(stone.treatment, "") for stone in stones}
    if "" in fillers:
        return
    wanted = _Qualifier(min(fillers), names.FILLER, names.FILLER, "filler_not_qualified")
    if not wanted.stands(words, place, name, _AFTER_FILLER):
        yield _missing(words, place, wanted, "23.25(d)", wanted.code)


def _pearl(words: Words, place: tuple[int, int], stones: Sequence[DeclaredStone]) -> Iterator[Finding]:
    is_cultured = [stone.origin != "simulated" and names.is_cultured(stone.all_names) for stone in stones]
    if any(stone.origin == "natural" and not cultured for stone, cultured in zip(stones, is_cultured, strict=True)):
        return
    pattern = _NATURAL_PEARL if any(is_cultured) else _REAL_PEARL
    if said := pattern.search(words.before(place[0])):
        fix = f'Leave out "{said["word"]}": the pearl is {"cultured" if any(is_cultured) else "an imitation"}.'
        yield words.found("pearl_called_natural", _with(said, place), "23.21", fix)
    wanted, rule = (_CULTURED_PEARL, "23.20(b)") if any(is_cultured) else (_FAKE_PEARL, "23.20(c)")
    if any(is_cultured) and not all(is_cultured):
        wanted = _EITHER_PEARL
    if not wanted.stands(words, place, "pearl", IN_PEARLS_NAME):
        yield _missing(words, place, wanted, rule, wanted.code)


def _missing(words: Words, place: tuple[int, int], wanted: _Qualifier, rule: str, code: str) -> Finding:
    fix = f'Put {wanted.label} right before the name: "{wanted.label} {words.plain[slice(*place)]}".'
    return words.found(code, place, rule, fix)


def _gems(words: Words, declared: Declaration) -> Iterator[Finding]:
    """Gem and gemstone are names, too, where none of the stones is a mined one."""
    origins = {stone.origin for stone in declared.stones}
    if not origins or "natural" in origins:
        return
    for found in words.mentions(names.GEM):
        before = words.before(found.start())
        if is_negated(words, found.start()):
            continue
        if said := _NATURAL.search(before):
            fix = f'Leave out "{said["word"]}": no stone was mined.'
            yield words.found("natural_word_for_lab_grown", _with(said, found.span()), "23.27", fix)
        elif not words.is_prose and not _QUALIFIED_GEM.search(before):
            fix = "Put lab-grown or simulated right before it, or say stone."
            yield words.found("gem_not_qualified", found.span(), "23.25(b)", fix)


def _untreated(words: Words, declared: Declaration) -> Iterator[Finding]:
    """Nobody may say untreated where all stones are treated."""
    treatments = {stone.treatment for stone in declared.stones}
    if not treatments or "none" in treatments:
        return
    done = " and ".join(sorted(treatments)).replace("_", " ")
    for found in words.mentions(_UNTREATED):
        if not found["heat"] or treatments == {"heated"}:
            fix = f"The stone is declared {done}: say that, or correct the declaration."
            yield words.found("called_untreated", found.span(), "23.24", fix)


def _with(said: re.Match[str], place: tuple[int, int]) -> tuple[int, int]:
    """The name together with the words right before it."""
    return place[0] - len(said[0]), place[1]
