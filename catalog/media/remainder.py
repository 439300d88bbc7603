"""What follows a picture in its file: nothing, what a camera puts there, or another file in disguise."""

import re
import struct
from collections.abc import Callable

PNG_END = b"IEND"
# JPEG (ITU T.81, B.1.1): after a scan the next marker that neither stuffs a byte nor restarts the decoder.
MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
END, WITHOUT_LENGTH = 0xD9, 0x01
# What of ISO 14496-12 stands at the top of an AVIF.
BOXES = {b"ftyp", b"meta", b"mdat", b"moov", b"free", b"skip", b"uuid", b"mini", b"idat", b"sidx", b"moof", b"mfra"}
PADDING = b"\x00\r\n \t"
# What other programs look for. Five bytes or more, which the noise of a moving scene hardly ever has by chance.
OTHER_FILES = re.compile(rb"Rar!\x1a|%PDF-|<\?php|<script|<html|<!doctype", re.IGNORECASE)
# A ZIP is read from its end: this, 18 bytes more, and a comment of 65,535 at most.
ZIP_END, ZIP_REACH = b"PK\x05\x06", 65_557


def has_other_file(data: bytes, form: str) -> bool:
    """Whether something follows the picture that no camera puts there. `form` as Pillow names it.

    Raises ValueError, IndexError or struct.error where the picture does not end.
    """
    rest = data[ENDS[form](data) :].strip(PADDING)
    if not rest:
        return False
    is_of_a_camera = form in ("JPEG", "MPO") and _is_of_a_camera(rest)
    return not is_of_a_camera or bool(OTHER_FILES.search(rest)) or ZIP_END in rest[-ZIP_REACH:]


def _is_of_a_camera(rest: bytes) -> bool:
    """A further JPEG (an MPO's, an HDR gain map), a moving scene in an MP4, or Samsung's own notes."""
    return rest.startswith(b"\xff\xd8") or b"ftyp" in rest[:8] or rest.endswith(b"SEFT")


def _end_of_jpeg(data: bytes) -> int:
    place = 2
    while True:
        found = MARKER.search(data, place)
        if found is None:
            raise ValueError("no end")
        place = found.end()
        kind = data[place - 1]
        if kind == END:
            return place
        if kind != WITHOUT_LENGTH:
            (length,) = struct.unpack_from(">H", data, place)
            place += length


def _end_of_png(data: bytes) -> int:
    place = 8
    while True:
        length, kind = struct.unpack_from(">I4s", data, place)
        place += length + 12
        if kind == PNG_END:
            return place


def _end_of_gif(data: bytes) -> int:
    place = 13 + _colours(data[10])
    while (kind := data[place]) != 0x3B:
        if kind == 0x21:
            place = _after_blocks(data, place + 2)
        elif kind == 0x2C:
            place = _after_blocks(data, place + 10 + _colours(data[place + 9]) + 1)
        else:
            raise ValueError("no block")
    return place + 1


def _colours(flags: int) -> int:
    """The length of a colour table."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _after_blocks(data: bytes, place: int) -> int:
    while length := data[place]:
        place += length + 1
    return place + 1


def _end_of_webp(data: bytes) -> int:
    (length,) = struct.unpack_from("<I", data, 4)
    return int(length) + 8


def _end_of_avif(data: bytes) -> int:
    place = 0
    while place + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, place)
        if kind not in BOXES:
            break
        if length == 1:
            (length,) = struct.unpack_from(">Q", data, place + 8)
        if length == 0:  # up to the end of the file
            return len(data)
        if length < 8:
            raise ValueError("no box")
        place += length
    return place


ENDS: dict[str, Callable[[bytes], int]] = {
    "JPEG": _end_of_jpeg,
    "MPO": _end_of_jpeg,
    "PNG": _end_of_png,
    "GIF": _end_of_gif,
    "WEBP": _end_of_webp,
    "AVIF": _end_of_avif,
}
