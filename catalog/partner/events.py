"""What happens to makers, for those who show them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MakerChanged:
    """What is said of the maker has changed, or whether they sell; `id` is the primary key."""

    id: int
