"""How a maker's words are tidied. Pure."""

from collections.abc import Iterable


def each_once(words: Iterable[str]) -> list[str]:
    """The words in their order, without those that come again in another case."""
    found: dict[str, str] = {}
    for word in words:
        found.setdefault(word.casefold(), word)
    return list(found.values())
