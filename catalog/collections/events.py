"""What happens to collections, for those who show pieces."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CollectionChanged:
    """A published collection was made, changed or taken away; `id` and `maker` are primary keys.

    `slug` is the one it had before, blank for a new one. Which pieces joined or left is for those to find out who
    show them: somebody else may just be changing a piece so that it follows the rule.
    """

    id: int
    maker: int
    slug: str
