"""What we take as a picture, judged by its content alone, and how we keep it."""

import io
import warnings
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

MAX_BYTES = 15 * 1024 * 1024
MAX_PIXELS = 40_000_000
MAX_SIDE = 12_000
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
# An MPO is a JPEG with more pictures behind the first, as some phones write it.
EXTENSIONS = {"JPEG": "jpg", "MPO": "jpg", "PNG": "png", "WEBP": "webp", "GIF": "gif", "AVIF": "avif"}
QUALITY = 90
# Its quickest: unasked, the AVIF writer takes a minute for the largest pictures.
AVIF_SPEED = 10
KEPT = ("icc_profile", "transparency")
# A progressive JPEG has about ten scans. Thousands, each over all its pixels, would keep a worker busy for hours.
JPEG_SCAN = b"\xff\xda"
MAX_SCANS = 500

# Beyond its own bound Pillow warns first; then we are far beyond ours.
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)


class PictureRefused(ValueError):
    """What came is no picture that we keep; the text says why."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A checked picture and the bytes to keep."""

    data: bytes
    format: str
    extension: str
    width: int
    height: int


def check_picture(data: bytes) -> Picture:
    """The picture in these bytes, written anew from its pixels. Raises PictureRefused.

    So it stands upright and carries no place, no camera and nothing hidden in it or behind its end. Of a
    moving picture the first frame stays. Its colour profile stays too: without it gold changes its hue.
    """
    if len(data) > MAX_BYTES:
        raise PictureRefused(f"The file is larger than {MAX_BYTES // 1024**2} MB.")
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            _check_size(image)
            _check_scans(image, data)
            return _written_anew(image)
    except (PictureRefused, MemoryError):
        raise
    except UnidentifiedImageError as error:
        raise PictureRefused("The file is not a JPEG, PNG, WebP, GIF or AVIF picture.") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PictureRefused(_too_many_pixels()) from error
    except Exception as error:
        # Pillow's readers raise nearly anything when a file is broken: struct.error, SyntaxError, IndexError...
        raise PictureRefused("The picture is damaged or cut short.") from error


def _check_size(image: Image.Image) -> None:
    if max(image.size) > MAX_SIDE:
        raise PictureRefused(f"The picture is wider or higher than {MAX_SIDE:,} pixels.")
    if image.width * image.height > MAX_PIXELS:
        raise PictureRefused(_too_many_pixels())


def _too_many_pixels() -> str:
    return f"The picture has more than {MAX_PIXELS // 10**6} million pixels."


def _check_scans(image: Image.Image, data: bytes) -> None:
    if EXTENSIONS[image.format or ""] == "jpg" and data.count(JPEG_SCAN) > MAX_SCANS:
        raise PictureRefused("The picture is damaged: it has too many scans.")


def _written_anew(image: Image.Image) -> Picture:
    extension = EXTENSIONS[image.format or ""]
    form = "JPEG" if extension == "jpg" else str(image.format)
    upright = ImageOps.exif_transpose(image)
    # What stays in `info` some writers would write out again: comments, for one.
    upright.info = {name: upright.info[name] for name in KEPT if name in upright.info}
    file = io.BytesIO()
    # Each writer takes of these what it knows.
    upright.save(file, form, quality=QUALITY, speed=AVIF_SPEED, icc_profile=upright.info.get("icc_profile"))
    return Picture(file.getvalue(), form, extension, upright.width, upright.height)
