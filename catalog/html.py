"""Makes a description from elsewhere safe to show on any storefront."""

import re
from html import unescape

import nh3

# Mending tags that are never closed costs time and memory by the square of their number, as every HTML parser
# does: 2,000 take at most a quarter of a second and 130 MB, a hundred times as many take the machine down.
MAX_TAGS = 2_000

TEXT_TAGS = {"p", "br", "ul", "ol", "li", "strong", "em", "b", "i", "h2", "h3", "h4", "a", "blockquote"}
TABLE_TAGS = {"table", "thead", "tbody", "tr", "th", "td"}
ALLOWED_ATTRIBUTES = {"a": {"href"}, "th": {"colspan", "rowspan"}, "td": {"colspan", "rowspan"}}
# What stands inside these is no text for a reader, so it goes with the tag.
DROPPED_WITH_CONTENT = {"script", "style", "title", "iframe", "object", "noscript", "template", "svg", "math"}
DROPPED_WITH_CONTENT |= {"select", "textarea"}

# Their tags are dropped and their words stay; without a space the last word of one would run into the next.
_BLOCK_END = re.compile(r"</(?:div|section|article|h1|h5|h6|dt|dd|figcaption|pre)\s*>", re.IGNORECASE)

_ANY_TAG = re.compile(r"<(?:p|br|li|h[2-4]|tr|td|th|blockquote)\b", re.IGNORECASE)

# Links into the old shop ("/pages/sizes") lead nowhere here: relative addresses are dropped.
_cleaner = nh3.Cleaner(
    tags=TEXT_TAGS | TABLE_TAGS,
    clean_content_tags=DROPPED_WITH_CONTENT,
    attributes=ALLOWED_ATTRIBUTES,
    strip_comments=True,
    link_rel="noopener nofollow",
    url_schemes={"http", "https", "mailto"},
    url_relative="deny",
)


class TooManyTags(ValueError):
    """More markup than a description needs; the message is a plain sentence."""

    def __init__(self, tags: int) -> None:
        super().__init__(f"The text has {tags:,} tags; at most {MAX_TAGS:,} are read.")


def sanitised(html: str) -> str:
    """The description with allowed tags and attributes only; plain text comes back escaped as HTML.

    No style, no script, no picture, no address but http, https and mailto. Raises TooManyTags.
    """
    tags = html.count("<")
    if tags > MAX_TAGS:
        raise TooManyTags(tags)
    return _cleaner.clean(_BLOCK_END.sub(r"\g<0> ", html)).strip()


def as_plain_text(html: str) -> str:
    """The words of a description without its tags, on one line."""
    return " ".join(unescape(nh3.clean(_ANY_TAG.sub(r" \g<0>", html), tags=set())).split())
