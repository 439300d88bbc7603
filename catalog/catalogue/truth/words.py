"""Reads words as a shopper sees them, and remembers where each stands: markup, entities, hidden and look-alike letters.

What is looked for is plain: lower case, no accents, one space between words, hyphens inside a word as spaces.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from html import unescape
from itertools import islice
from typing import Any, TypeVar

from shop.errors import FieldError

# Fields whose words are read on their own, wherever the piece is listed; the others are prose.
PROSE = ("description", "seo.description")
TAGS = "tags"
# The values of a variant's options, which name it among the others of its piece.
VARIANTS = "variants"

# Of the others a tag ends a line, so that what stands before it is not right before what follows.
_PIECES = re.compile(
    r"(?P<inline></?(?:a|abbr|b|em|font|i|mark|s|small|span|strong|sub|sup|u)(?:\s[^<>]*)?/?>)"
    r"|(?P<tag><[/!a-z][^<>]*>)|(?P<entity>&(?:\#[0-9]{1,7}|\#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,31});)"
    r"|(?P<ascii>(?-i:[!-%'-,./0-;=?-^a-~ ]+))|(?P<char>.)",
    re.IGNORECASE | re.DOTALL,
)
# Cyrillic and Greek letters that look like Latin ones.
_LOOK_ALIKES = dict(zip("авеікмнорстухѕјԁӏɡıαεικνορτυχ", "abeikmhopctyxsjdlgiaeikvoptux", strict=True))
_HYPHENS = "-\u2010\u2011\u2012\u2013\u2212_"
_REACH = 80
MOST_MENTIONS = 300
_STOPS = re.compile(r"[.!?](?=\s)|[;\n]")

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Finding:
    """Words that contradict the declaration, the rule they are against, and what would be right."""

    field: str
    code: str
    words: str
    rule: str
    fix: str

    def as_error(self) -> FieldError:
        said = f'"{self.words}": ' if self.words else ""
        message = f"{said}{self.fix} ({self.rule})"
        return {
            "field": self.field, "code": self.code, "message": message, "words": self.words, "rule": self.rule,
            "fix": self.fix,
        }  # fmt: skip


class Words:
    """The words of one field. `plain` is what patterns are matched with; a match is quoted as it was written."""

    def __init__(self, field: str, given: str, *, skip: str = "") -> None:
        self.field = field
        self.is_prose = field in PROSE or field.startswith("attributes.")
        self.is_tag = field in (TAGS, VARIANTS)
        self._given = given
        self.plain, self._starts, self._ends = _read(given)
        if name := _read(skip)[0].strip():
            # As long as it was, for the places of all others to stay.
            self.plain = re.sub(rf"\b{re.escape(name)}\b", lambda found: ";" * len(found[0]), self.plain)
        self._stops = [found.start() for found in _STOPS.finditer(self.plain)]
        self._answers: dict[Hashable, Any] = {}

    def quote(self, start: int, end: int) -> str:
        """The words as they were written, from one place of `plain` to another."""
        return self._given[self._starts[start] : self._ends[end - 1]].strip()

    def before(self, place: int) -> str:
        return self.plain[max(0, place - _REACH) : place]

    def after(self, place: int) -> str:
        return self.plain[place : place + _REACH]

    def sentence_end(self, place: int) -> int:
        index = bisect_left(self._stops, place)
        return self._stops[index] if index < len(self._stops) else len(self.plain)

    def mentions(self, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
        """Where the pattern stands; more than a shopper would read are not looked at."""
        return islice(pattern.finditer(self.plain), MOST_MENTIONS)

    def once(self, question: Hashable, answer: Callable[[], Answer]) -> Answer:
        """The answer to a question about the whole text, worked out the first time it is asked."""
        if question not in self._answers:
            self._answers[question] = answer()
        return self._answers[question]

    def found(self, code: str, place: tuple[int, int], rule: str, fix: str) -> Finding:
        return Finding(self.field, code, self.quote(*place), f"16 CFR {rule}", fix)


def one_of(*words: str) -> str:
    """A pattern for any of these words, the longest first; `_` is a space that may be there."""
    return "|".join(sorted(" ".join(words).split(), key=len, reverse=True)).replace("_", " ?")


# "Platinum Jubilee" is a feast; a jubilee bracelet is one of small links.
JUBILEE = "jubilee(?!_(?:bracelet|link|chain|strap|band|watch))"

# "This ring is ...", "Metal: ...": what is said right behind it is said of the piece.
_IS = (
    "(?:it|this|(?:the|this|each|every|our|your) (?:ring|band|piece|pendant|necklace|chain|bracelet|bangle|cuff|brooch"
    "|charm|setting|bezel|shank|metal)) is "
)


def labelled(labels: str) -> str:
    """A pattern for a line of facts that begins with one of the labels, up to a word of it."""
    return rf"(?:^|[\n;.]) ?(?:{labels}) ?[:;=] ?(?:[^.;\n:]{{0,60}}?[, ])??"


# In prose a metal may be spoken of that the piece is not of; these words say that it is.
METAL_ASSERTED = re.compile(
    r"\b(?:made|crafted|cast|forged|handmade|fabricated|set|wrought|carved)(?: entirely)? (?:of|from|in|out of)"
    r"(?: [\w.%/]+){0,3} $|\b(?:solid|genuine|real|pure)(?: [\w./]+)? $"
    rf"|(?:{labelled('metals?|materials?|made (?:of|from)|alloy')}|\b{_IS})(?:[\w.%/]+ )?$"
)
_NOT = re.compile(
    r"\b(?:not|no|non|isn't|aren't|never|without|nor|neither|instead of|rather than|unlike|like|resembles?|mimics?"
    r"|imitates?|free of|replaces?|than)"
    r"(?: (?:a|an|any|the|real|genuine|natural|mined|solid|precious|pure|actual|made of))* $"
)


def is_negated(words: Words, place: int) -> bool:
    """Whether what follows is denied or compared with: `not a diamond`, `looks like gold`."""
    return bool(_NOT.search(words.before(place)))


def _read(text: str) -> tuple[str, list[int], list[int]]:
    """The text as it is seen, and where in the text each letter of it begins and ends."""
    shown: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for piece in _PIECES.finditer(text):
        start, end = piece.span()
        if piece.lastgroup == "ascii":
            shown.append(piece[0].lower())
            starts.extend(range(start, end))
            ends.extend(range(start + 1, end + 1))
        elif piece.lastgroup != "inline":
            letters = unescape(piece[0]) if piece.lastgroup == "entity" else piece[0]
            plain = "\n" if piece.lastgroup == "tag" else "".join(map(_plain, letters))
            shown.append(plain)
            starts.extend([start] * len(plain))
            ends.extend([end] * len(plain))
    return _tidy("".join(shown), starts, ends)


_TO_TIDY = re.compile(r"(?P<inside>(?<=[^\W_])-(?=[^\W_]))|(?P<stop>-)|(?P<line> *\n[ \n]*)|(?P<spaces>  +)")
_TIDIED = {"inside": " ", "stop": ";", "line": "\n", "spaces": " "}


def _tidy(shown: str, starts: list[int], ends: list[int]) -> tuple[str, list[int], list[int]]:
    """Hyphens as spaces inside a word and as stops elsewhere; one space where there were several."""
    kept: list[str] = []
    kept_starts: list[int] = []
    kept_ends: list[int] = []
    done = 0
    for found in _TO_TIDY.finditer(shown):
        kept += shown[done : found.start()], _TIDIED[str(found.lastgroup)]
        kept_starts += [*starts[done : found.start()], starts[found.start()]]
        kept_ends += [*ends[done : found.start()], ends[found.end() - 1]]
        done = found.end()
    return "".join([*kept, shown[done:]]), kept_starts + starts[done:], kept_ends + ends[done:]


def _plain(letter: str) -> str:
    if letter.isspace():
        return " "
    if letter in _HYPHENS:
        return "-"
    if letter in "\u2018\u2019\u02bc`":
        return "'"
    if letter in "\u2014\u2015":
        return ";"
    if "\u00bc" <= letter <= "\u00be" or "\u2150" <= letter <= "\u215e":
        # "1¼" is one and a quarter, not eleven quarters.
        return f" {unicodedata.normalize('NFKD', letter)}".replace("\u2044", "/")
    decomposed = unicodedata.normalize("NFKD", letter).casefold()
    kept = (part for part in decomposed if unicodedata.category(part) not in ("Mn", "Me", "Cf", "Cc"))
    return "".join("/" if part == "\u2044" else _LOOK_ALIKES.get(part, part) for part in kept)
