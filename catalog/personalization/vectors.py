"""Which SVG drawings we take: a bench can cut them, and a browser that opens one runs and fetches nothing. Pure.

A drawing is taken as it is or refused by name; it is never mended, since what is left of it would be ours to vouch for.
"""

import re
from collections.abc import Mapping
from typing import Any
from xml.parsers import expat

MAX_BYTES = 1024 * 1024
MAX_ELEMENTS = 20_000
MAX_DEPTH = 64
# Each draws its target anew; some of them in one another would be a drawing without end.
MAX_COPIES = 200

SVG = "http://www.w3.org/2000/svg"
XLINK, XML = "http://www.w3.org/1999/xlink", "http://www.w3.org/XML/1998/namespace"
# SVG 1.1 without scripts, foreign content, links, animation, sound and fonts.
ELEMENTS = {
    "svg", "g", "defs", "symbol", "use", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text",
    "tspan", "textPath", "title", "desc", "metadata", "style", "linearGradient", "radialGradient", "stop", "pattern",
    "clipPath", "mask", "marker", "switch", "filter", "feBlend", "feColorMatrix", "feComponentTransfer", "feComposite",
    "feConvolveMatrix", "feDiffuseLighting", "feDisplacementMap", "feDistantLight", "feDropShadow", "feFlood",
    "feFuncA", "feFuncB", "feFuncG", "feFuncR", "feGaussianBlur", "feMerge", "feMergeNode", "feMorphology", "feOffset",
    "fePointLight", "feSpecularLighting", "feSpotLight", "feTile", "feTurbulence",
}  # fmt: skip
# What an editor notes beside the drawing: shown by nobody.
NOTES = (
    "http://www.inkscape.org/namespaces/", "http://sodipodi.sourceforge.net/", "http://www.w3.org/1999/02/22-rdf-",
    "http://purl.org/dc/", "adobe:ns:meta/", "http://creativecommons.org/ns", "http://web.resource.org/cc/", "http://ns.adobe.com/",
    "http://www.bohemiancoding.com/sketch/", "http://www.serif.com/", "https://boxy-svg.com", "http://vectornator.io",
)  # fmt: skip
OWN_PART = re.compile(r"\s*#[^\s]*\s*")
# CSS that reaches beyond the drawing, wherever it stands: `url()` of anything but a part of it, and what imports.
REACHING = re.compile(
    r"url\(\s*['\"]?\s*(?!['\"\s#])|@import|@charset|@font-face|image-set\(|\bimage\(|\bsrc\(|expression\(|-moz-binding"
)
SCRIPT = re.compile(r"(java|vb|live)script:|data:text")


class DrawingRefused(ValueError):
    """A drawing that we do not take: `code` names the reason, the text says it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def check_drawing(data: bytes) -> None:
    """Raises DrawingRefused."""
    if len(data) > MAX_BYTES:
        raise DrawingRefused("too_large", "A drawing may have 1 MB.")
    if not _is_utf8(data):
        raise DrawingRefused("encoding", "Save the drawing in UTF-8.")
    # Nobody may read another drawing in these bytes than we do.
    parser = expat.ParserCreate("utf-8", namespace_separator=" ")
    check = _Check()
    parser.XmlDeclHandler = check.declaration
    parser.StartDoctypeDeclHandler = check.document_type
    parser.EntityDeclHandler = check.document_type
    parser.ProcessingInstructionHandler = check.instruction
    parser.StartElementHandler = check.start
    parser.EndElementHandler = check.end
    parser.CharacterDataHandler = check.text
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise DrawingRefused("not_well_formed", f"The drawing is no well-formed XML in UTF-8: {error}.") from error


def _is_utf8(data: bytes) -> bool:
    try:
        return "\0" not in data.decode()
    except UnicodeDecodeError:
        return False


class _Check:
    """What has been seen of a drawing so far."""

    def __init__(self) -> None:
        self.elements = self.copies = 0
        self.open: list[str] = []
        self.css: list[str] = []

    def declaration(self, version: str, encoding: str | None, standalone: int) -> None:
        if encoding and encoding.lower() not in ("utf-8", "us-ascii"):
            raise DrawingRefused("encoding", "Save the drawing in UTF-8.")

    def document_type(self, *facts: Any) -> None:
        raise DrawingRefused("document_type", "A drawing has no DOCTYPE and no entities.")

    def instruction(self, target: str, text: str) -> None:
        raise DrawingRefused("instruction", f"A drawing has no instruction such as {target[:40]}.")

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        space, _, local = name.rpartition(" ")
        if not self.open and (space, local) != (SVG, "svg"):
            raise DrawingRefused("not_svg", "The file is no SVG drawing: its root is not `svg` of the SVG namespace.")
        self._count(local)
        # Of what an editor notes all that could run or reach out is looked for all the same.
        if "style" in self.open[:-1]:
            raise DrawingRefused("element", "A `style` holds text and nothing else.")
        if not (space == SVG and local in ELEMENTS) and not (space.startswith(NOTES) and local.lower() != "script"):
            raise DrawingRefused("element", f"A drawing has no element {local[:40]}.")
        for attribute, value in attributes.items():
            _check_attribute(attribute, value)

    def _count(self, local: str) -> None:
        self.open.append(local)
        self.elements += 1
        self.copies += local == "use"
        if self.elements > MAX_ELEMENTS:
            raise DrawingRefused("too_many_elements", f"A drawing has at most {MAX_ELEMENTS} elements.")
        if len(self.open) > MAX_DEPTH:
            raise DrawingRefused("too_deep", f"The elements of a drawing stand at most {MAX_DEPTH} deep.")
        if self.copies > MAX_COPIES:
            raise DrawingRefused("too_many_copies", f"A drawing has at most {MAX_COPIES} `use` elements.")

    def end(self, name: str) -> None:
        if self.open.pop() == "style":
            _check_css("".join(self.css))
            self.css.clear()

    def text(self, text: str) -> None:
        if self.open[-1] == "style":
            self.css.append(text)


def _check_attribute(attribute: str, value: str) -> None:
    space, _, local = attribute.rpartition(" ")
    name = local.lower()
    if name.startswith("on"):
        raise DrawingRefused("event", f"A drawing has no attribute {local[:40]}: it would run something.")
    if name in ("href", "src", "base") and not OWN_PART.fullmatch(value):
        raise DrawingRefused("reference", f"{local[:40]} may name a part of the drawing itself (#name), nothing else.")
    if SCRIPT.search(re.sub(r"[\s\0-\x1f]", "", value).lower()):
        raise DrawingRefused("script", f"There is a script in the attribute {local[:40]}.")
    if not space or space in (XLINK, XML):
        _check_css(value)


def _check_css(text: str) -> None:
    # An escape would write any of what is looked for in other letters.
    if "\\" in text:
        raise DrawingRefused("escape", "Write styles and attributes without a backslash.")
    if REACHING.search(text.lower()):
        raise DrawingRefused("reference", "A style may name a part of the drawing itself, url(#name), nothing else.")
