"""A picture in the widths and formats that storefronts ask for, and its placeholder."""

import base64
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from PIL import Image

from catalog.media.colours import in_srgb

WIDTHS = (320, 640, 960, 1280, 2048)
# AVIF's speed: at 8 it takes seven times as long, for files a sixth smaller.
FORMATS: dict[str, dict[str, Any]] = {
    "avif": {"quality": 60, "speed": 9, "max_threads": 1},
    "webp": {"quality": 78, "method": 4},
    "jpeg": {"quality": 80, "progressive": True, "optimize": True},
}
# Part of every name, since a name never comes to mean another file. Count it up when the above changes.
RECIPE = 1
PLACEHOLDER_SIDE = 16
PLACEHOLDER_LENGTH = 400
PLACEHOLDER_QUALITIES = (50, 25, 5)


@dataclass(frozen=True, slots=True)
class Rendition:
    data: bytes
    format: str
    width: int
    height: int


def folder(original: str) -> str:
    """Where the renditions of a picture are: beside it, in a folder of its name."""
    return str(PurePosixPath(original).with_suffix(""))


def file_name(original: str, rendition: Rendition) -> str:
    return f"{folder(original)}/{RECIPE}-{rendition.width}.{rendition.format}"


def widths_of(width: int) -> list[int]:
    """Never wider than the picture is: the last is its own width, unless it is wider than all."""
    return [each for each in WIDTHS if each < width] + ([width] if width <= WIDTHS[-1] else [])


def draw(data: bytes) -> tuple[str, Iterator[Rendition]]:
    """The placeholder and the renditions, the widest first; each is drawn when it is asked for."""
    with Image.open(io.BytesIO(data)) as image:
        full = image.size
        widths = widths_of(full[0])
        # A JPEG is read at half its size or less where that is enough: a quarter of the memory.
        image.draft(None, _size(full, widths[-1]))
        widest = _resized(_plain(image), _size(full, widths[-1]))
    return _placeholder(widest), _renditions(widest, full, widths)


def _renditions(widest: Image.Image, full: tuple[int, int], widths: list[int]) -> Iterator[Rendition]:
    for width in reversed(widths):
        image = _resized(widest, _size(full, width))
        for form, options in FORMATS.items():
            file = io.BytesIO()
            (_on_white(image) if form == "jpeg" else image).save(file, form, **options)
            yield Rendition(file.getvalue(), form, image.width, image.height)


def _size(full: tuple[int, int], width: int) -> tuple[int, int]:
    return width, max(1, round(full[1] * width / full[0]))


def _plain(image: Image.Image) -> Image.Image:
    """RGB, or RGBA where something is see-through."""
    plain = in_srgb(image)
    if not plain.has_transparency_data:
        return plain.convert("RGB")
    plain = plain.convert("RGBA")
    return plain.convert("RGB") if plain.getchannel("A").getextrema() == (255, 255) else plain


def _resized(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    return image if image.size == size else image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3)


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode == "RGB":
        return image
    sheet = Image.new("RGB", image.size, "white")
    sheet.paste(image, mask=image.getchannel("A"))
    return sheet


def _placeholder(image: Image.Image) -> str:
    """A blurred miniature as a data URI of at most 400 characters; empty where even the coarsest is longer."""
    small = image.copy()
    small.thumbnail((PLACEHOLDER_SIDE, PLACEHOLDER_SIDE))
    for quality in PLACEHOLDER_QUALITIES:
        file = io.BytesIO()
        small.save(file, "webp", quality=quality)
        uri = "data:image/webp;base64," + base64.b64encode(file.getvalue()).decode()
        if len(uri) <= PLACEHOLDER_LENGTH:
            return uri
    return ""
