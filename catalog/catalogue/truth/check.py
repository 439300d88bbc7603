"""Whether the words of a piece say no more than its metals and stones allow (FTC Jewelry Guides, 16 CFR 23).

The Guides' sections are those of 2018 (83 FR 40667). What the words are, whatever they are typed with: `words.py`;
what may be said: `gold.py`, `metals.py`, `stones.py`, `carats.py`.
"""

from collections.abc import Iterable, Mapping, Sequence

from catalog.catalogue.truth.carats import carat_findings
from catalog.catalogue.truth.declaration import Declaration
from catalog.catalogue.truth.gold import gold_findings, says_hollow
from catalog.catalogue.truth.metals import metal_findings
from catalog.catalogue.truth.stones import names_of_others, stone_findings, treatments_undisclosed
from catalog.catalogue.truth.words import VARIANTS, Finding, Words
from shop.errors import FieldError

DESCRIPTION = "description"
# A piece may have thousands of variants: their names are read some at a time, with a stop between them.
AT_ONCE, STOP = 50, " ; "
# A text, or several that stand in one field.
Given = str | Sequence[str]


def contradictions(*, words: Mapping[str, Given], declared: Declaration) -> list[FieldError]:
    """Words that contradict what is declared, each once a field, in the order of the fields.

    `words` are texts or HTML by the field they stand in: `title`, `subtitle`, `description`, `seo.title`,
    `seo.description`, `images.0.alt`, `attributes.care`, and `tags`, which are several. Every field is read on its own;
    descriptions and attributes, being prose, may be looser once they have said a thing in full. Each error has,
    besides its message, the `words` as they stand, the `rule` and the `fix`.
    """
    read = [
        Words(field, text, skip=declared.maker)
        for field, texts in words.items()
        for text in ([texts] if isinstance(texts, str) else texts)
    ]
    is_hollow = any(map(says_hollow, read))
    found = [finding for text in read for finding in _findings(text, declared, is_hollow=is_hollow)]
    description = next((text for text in read if text.field == DESCRIPTION), Words(DESCRIPTION, ""))
    found += [*treatments_undisclosed(description, declared), *names_of_others(declared)]
    return [finding.as_error() for finding in {(one.field, one.code, one.words): one for one in found}.values()]


def variant_contradictions(texts: Sequence[str], declared: Declaration) -> list[FieldError]:
    """Names of a variant that contradict what is declared of it; weights in carats may tell the variants apart."""
    read = [
        Words(VARIANTS, STOP.join(texts[start : start + AT_ONCE]), skip=declared.maker)
        for start in range(0, len(texts), AT_ONCE)
    ]
    found = [
        finding
        for words in read
        for findings in (
            gold_findings(words, declared, is_hollow=False),
            metal_findings(words, declared),
            stone_findings(words, declared),
        )
        for finding in findings
    ]
    return [finding.as_error() for finding in {(one.code, one.words): one for one in found}.values()]


def _findings(words: Words, declared: Declaration, *, is_hollow: bool) -> Iterable[Finding]:
    yield from gold_findings(words, declared, is_hollow=is_hollow)
    yield from metal_findings(words, declared)
    yield from stone_findings(words, declared)
    yield from carat_findings(words, declared)
