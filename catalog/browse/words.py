"""Text made into the words that searching compares, the same for pieces and for requests. Pure."""

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from catalog.browse.vocabulary import IMPLIES, OF_STONES, PHRASES, STONES
from catalog.catalogue.slugs import slug

_TAGS = re.compile(r"<[^>]*>")
_LONGEST = max(len(phrase.split()) for phrase in PHRASES)
# Rings of other names, however they are spelled, are not the doing of an ear.
_RINGS = re.compile(r"(ea+r+|key|toe|nose)r?ing")
_VOWELS = frozenset("aeiouy")
# PostgreSQL keeps positions up to here, and lexemes up to 2 kB.
MAX_POSITION = 16_383
MAX_WORD = 64


def folded(text: str) -> list[str]:
    """The words of a text: small letters and digits, without accents, apostrophes or HTML."""
    plain = html.unescape(_TAGS.sub(" ", text)).replace("'", "").replace("’", "")
    return [word[:MAX_WORD] for word in slug(plain, joint=" ").split()]


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """What a word has in common with its plural and its -ing and -ed forms: `hoops` hoop, `hammered` hammer.

    Rough on purpose: it need not be a word, only the same for all forms.
    """
    word = _singular(word)
    for ending in ("ing", "ed"):
        short = word.removesuffix(ending)
        if short != word and len(short) >= 3 and not _RINGS.fullmatch(word) and _VOWELS & set(short):
            return short[:-1] if short[-1] == short[-2] and short[-1] not in "lsz" else short.removesuffix("e")
    return word


def _singular(word: str) -> str:
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    if word.endswith(("ches", "shes", "sses", "xes", "zes")):
        return word[:-2]
    return word[:-1]


def tokens(text: str) -> list[str]:
    """The text as tokens: phrases of the trade as one, other words by their stems."""
    return [token for token, _ in spelled(folded(text))]


def spelled(words: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Each token of the words with how it was written."""
    return _with_stones(_with_karats(_phrases(words)))


Spelled = tuple[str, str]


def _phrases(words: Sequence[str]) -> Iterator[Spelled]:
    place = 0
    while place < len(words):
        for length in range(min(_LONGEST, len(words) - place), 0, -1):
            written = " ".join(words[place : place + length])
            if token := PHRASES.get(written):
                yield token, written
                break
        else:
            length = 1
            yield stem(words[place]), words[place]
        place += length


def _with_karats(found: Iterable[Spelled]) -> Iterator[Spelled]:
    """`14k` before or behind a gold's colour is one alloy: `14krosegold`; before "gold" it says no more than itself."""
    waiting: Spelled | None = None
    for token, written in found:
        if waiting and token.endswith("gold"):
            alloy = waiting[0] if written == "gold" else waiting[0] + token
            yield alloy, f"{waiting[1]} {written}"
            waiting = None
            continue
        if waiting:
            yield waiting
        waiting = (token, written) if token.removesuffix("k").isdigit() and token.endswith("k") else None
        if not waiting:
            yield token, written
    if waiting:
        yield waiting


def _with_stones(found: Iterable[Spelled]) -> Iterator[Spelled]:
    """What is said of a stone is one with its name: `labgrownsapphire`. Natural is what is meant without a word."""
    waiting: Spelled | None = None
    for token, written in found:
        if waiting and token in STONES:
            yield waiting[0] + token, f"{waiting[1]} {written}"
            waiting = None
            continue
        if waiting:
            yield waiting
        waiting = (token, written) if token in OF_STONES else None
        if not waiting:
            yield token, written
    if waiting:
        yield waiting


def implied(token: str) -> list[str]:
    """The token and all that it says besides: `14krosegold` is 14k, rose gold, rose and gold."""
    parts = _parts(token)
    return list(dict.fromkeys([token, *parts, *(more for part in [token, *parts] for more in IMPLIES.get(part, ()))]))


def _parts(token: str) -> list[str]:
    if (found := re.fullmatch(r"(\d+k)(\w+gold)", token)) is not None:
        return list(found.groups())
    for said in OF_STONES:
        if token.startswith(said) and token != said:
            return [said, token.removeprefix(said)]
    return []


class Vector:
    """A tsvector in the making: words with weights, `A` the heaviest."""

    def __init__(self) -> None:
        self._places: dict[str, list[str]] = {}
        self._at = 0

    def add(self, weight: str, *texts: str) -> None:
        for text in texts:
            for token in tokens(text):
                self._at = min(self._at + 1, MAX_POSITION)
                for word in implied(token):
                    self._places.setdefault(word, []).append(f"{self._at}{weight}")

    def text(self) -> str:
        """As PostgreSQL reads it. A word is nothing but letters and digits, so that its quotes hold."""
        return " ".join(f"'{word}':{','.join(places[:8])}" for word, places in sorted(self._places.items()))
