"""Names made into slugs and codes."""

import re
import unicodedata

MAX_SLUG = 255
SLUG_PART = 120  # where a slug is made of two

# Letters that Unicode does not take apart into a plain letter and an accent.
_PLAIN_LETTERS = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ı": "i"}
)


def slug(text: str, *, joint: str = "-") -> str:
    """Lower case letters, digits and `joint`: "Ring Size" -> "ring-size", "Collier doré" -> "collier-dore".

    Letters without a Latin form, such as Cyrillic, stay as they are. Blank where there is neither letter nor digit.
    """
    lower = text.lower().translate(_PLAIN_LETTERS)
    apart = unicodedata.normalize("NFKD", lower)
    letters = "".join(letter for letter in apart if not unicodedata.combining(letter))
    # Put together again, for scripts whose letters NFKD takes apart, such as Hangul.
    return joint.join(re.findall(r"[^\W_]+", unicodedata.normalize("NFC", letters)))
