"""Words into addresses."""

import re
import unicodedata


def slugified(text: str) -> str:
    """`Kleiner Ring № 2` -> `kleiner-ring-no-2`; letters of other scripts stay, since addresses may hold them."""
    plain = unicodedata.normalize("NFKD", text).lower()
    without_marks = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return re.sub(r"[^\w]+", "-", without_marks).strip("-_")
