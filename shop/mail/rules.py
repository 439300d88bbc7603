"""What may stand in a mail's headers, and how long sending is tried. Pure."""

import re
import textwrap
from urllib.parse import urlsplit

TRIES = 20
LINE_LENGTH = 76
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 30, 4 * 60 * 60

# Line breaks of every kind and other control characters, what turns the direction of writing around, and halves of
# characters, which no encoding can write.
UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")


def wait_after(tries: int) -> int | None:
    """Seconds until the next try: half a minute, then twice as long each time, at most four hours.

    None after the last one, about two days after the first.
    """
    return None if tries >= TRIES else min(FIRST_WAIT_SECONDS * 2 ** (tries - 1), LONGEST_WAIT_SECONDS)


def one_line(text: str) -> str:
    """The text on one line, whatever it held."""
    return " ".join(UNPRINTABLE.sub(" ", text).split())


def header_text(text: str) -> str:
    """One line for a header. An encoded word in it (`=?utf-8?q?...?=`) stays what was typed, not what it decodes to."""
    return one_line(text).replace("=?", "= ?")


def named_address(name: str, address: str) -> str:
    """`"Alder & Anvil" <shop@alder.example>`; the name cannot break out of its quotes."""
    quoted = header_text(name).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}" <{address}>'


def message_id(mail_id: str, public_url: str) -> str:
    """`<eml_...@api.example.com>`, from the host under which the shop is known."""
    host = urlsplit(public_url).hostname or "localhost"
    return f"<{mail_id}@{host.encode('idna').decode() if ':' not in host else f'[{host}]'}>"


def wrapped(text: str) -> str:
    """Plain text as mails have it: lines of 76, one empty line between paragraphs; addresses and keys stay whole.

    What is indented stays so on each of its lines.
    """
    lines = (
        textwrap.fill(
            line,
            LINE_LENGTH,
            subsequent_indent=line[: len(line) - len(line.lstrip(" "))],
            break_long_words=False,
            break_on_hyphens=False,
        )
        for line in text.split("\n")
    )
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"
