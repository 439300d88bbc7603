"""What search engines are told, and how it is written safely. Pure."""

import re
from collections.abc import Iterable
from datetime import datetime
from xml.sax.saxutils import escape

# At most so many addresses stand in one sitemap (sitemaps.org/protocol.html).
MAX_ADDRESSES = 50_000
PAGE = re.compile(r"(product|collection|maker)-([1-9][0-9]{0,5})")

NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
# Of what is written into a page's <script>, these could end it or be read as something else.
UNSAFE_IN_SCRIPT = {b"<": b"\\u003c", b">": b"\\u003e", b"&": b"\\u0026"}
UNSAFE_IN_SCRIPT |= {"\u2028".encode(): b"\\u2028", "\u2029".encode(): b"\\u2029"}


def urlset(addresses: Iterable[tuple[str, datetime | None]]) -> bytes:
    """A sitemap of these addresses, each with when it last changed, where that is known."""
    lines = (f"<url><loc>{escape(address)}</loc>{_changed(moment)}</url>\n" for address, moment in addresses)
    return b"".join([_line(f'{HEAD}<urlset xmlns="{NAMESPACE}">\n'), *map(_line, lines), b"</urlset>\n"])


def sitemap_index(addresses: Iterable[str]) -> bytes:
    """The sitemap of sitemaps."""
    lines = (f"<sitemap><loc>{escape(address)}</loc></sitemap>\n" for address in addresses)
    return b"".join([_line(f'{HEAD}<sitemapindex xmlns="{NAMESPACE}">\n'), *map(_line, lines), b"</sitemapindex>\n"])


def script_safe(json: bytes) -> bytes:
    """JSON that may stand in a page between <script> and </script>: the same values, no character that ends it."""
    for unsafe, escaped in UNSAFE_IN_SCRIPT.items():
        json = json.replace(unsafe, escaped)
    return json


def is_gtin(code: str) -> bool:
    """Whether a barcode is a GTIN: 8, 12, 13 or 14 digits of which the last is right (GS1 General Specifications)."""
    if not (code.isascii() and code.isdigit() and len(code) in (8, 12, 13, 14)) or not int(code):
        return False
    weighed = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(code)))
    return weighed % 10 == 0


def _changed(moment: datetime | None) -> str:
    return f"<lastmod>{moment:%Y-%m-%dT%H:%M:%SZ}</lastmod>" if moment else ""


def _line(text: str) -> bytes:
    return text.encode()
