"""What we take as a picture, judged by its content alone, and how we keep it."""

import io
import warnings
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

from catalog.media.colours import in_srgb
from catalog.media.remainder import has_other_file

MAX_BYTES = 15 * 1024 * 1024
MAX_PIXELS = 40_000_000
# A piece is seen from all sides with these; an imported one may have more.
MAX_PICTURES = 20
MAX_SIDE = 12_000
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
# An MPO is a JPEG with more pictures behind the first, as some phones write it.
EXTENSIONS = {"JPEG": "jpg", "MPO": "jpg", "PNG": "png", "WEBP": "webp", "GIF": "gif", "AVIF": "avif"}
QUALITY = 90
# What is kept of a larger one: enough for every rendition and to look closely. Writing 40 million pixels anew as
# WebP takes 36 s and 1.8 GB, these 12 million a fifth of it.
MAX_KEPT_SIDE = 4_096
# Its quickest: unasked, the AVIF writer takes a minute for the largest pictures.
AVIF_SPEED = 10
WEBP_METHOD = 1
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

    So it stands upright, in sRGB, and carries no place, no camera and nothing hidden in it. Of a moving picture
    the first frame stays. One with another file behind it is refused: who sends that does not send a picture.
    """
    if len(data) > MAX_BYTES:
        raise PictureRefused(f"The file is larger than {MAX_BYTES // 1024**2} MB.")
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            _check_size(image)
            _check_scans(image, data)
            _check_remainder(image, data)
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


def _check_remainder(image: Image.Image, data: bytes) -> None:
    if has_other_file(data, image.format or ""):
        raise PictureRefused("Something else follows the picture in its file. Save the picture anew and send that.")


def _written_anew(image: Image.Image) -> Picture:
    extension = EXTENSIONS[image.format or ""]
    form = "JPEG" if extension == "jpg" else str(image.format)
    # In place: a copy of the largest takes another 160 MB.
    ImageOps.exif_transpose(image, in_place=True)
    plain = _within_bounds(in_srgb(image))
    # What stays in `info` some writers would write out again: comments, for one.
    plain.info = {name: plain.info[name] for name in ("transparency",) if name in plain.info}
    file = io.BytesIO()
    # Each writer takes of these what it knows.
    plain.save(file, form, quality=QUALITY, speed=AVIF_SPEED, method=WEBP_METHOD)
    return Picture(file.getvalue(), form, extension, plain.width, plain.height)


def _within_bounds(image: Image.Image) -> Image.Image:
    if max(image.size) <= MAX_KEPT_SIDE:
        return image
    if image.mode in ("1", "P"):
        # Between two colours of a palette there is none.
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    image.thumbnail((MAX_KEPT_SIDE, MAX_KEPT_SIDE), Image.Resampling.LANCZOS)
    return image
