"""What happens to pieces and categories, for those above."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProductsChanged:
    """Something of these pieces, their variants, prices, stock or pictures has changed; `ids` are primary keys."""

    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CategoriesChanged:
    """These categories were added, renamed, moved, hidden or shown; `ids` are primary keys.

    Whoever removes one publishes `ProductsChanged` with the pieces that were in it or below it.
    """

    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PictureRemoved:
    """A picture is taken off its piece; its files, beginning with that of this name, may still be shown elsewhere."""

    original: str
