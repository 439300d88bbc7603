"""What shoppers' values mean. Pure."""

import re

from catalog.catalogue.slugs import slug
from catalog.catalogue.written_sizes import read_number

_SIZE = re.compile(r"(?:us|size)?\s*(.*)")


def ring_size(text: str) -> str:
    """A ring size as filters know it: "6½", "6 1/2", "US 6.5" are `6.5`; letters and words by their slug."""
    plain = " ".join(text.lower().split())
    found = _SIZE.fullmatch(plain)
    size = read_number(found[1]) if found else None
    return slug(plain) if size is None else f"{size.normalize():f}"
