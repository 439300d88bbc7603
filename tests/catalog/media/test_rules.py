"""What is taken as a picture, and what is left of it."""

import io
import struct
import zipfile
import zlib

import pytest
from PIL import Image, ImageCms

from catalog.media.rules import MAX_BYTES, PictureRefused, check_picture
from tests.catalog.media.outside import decoded, encoded, exif_of_a_phone, picture

RED, BLUE = (255, 0, 0), (0, 0, 255)


def near(found: object, wanted: tuple[int, int, int]) -> bool:
    assert isinstance(found, tuple)
    return all(abs(one - other) < 40 for one, other in zip(found, wanted, strict=True))


def png_that_says(width: int, height: int) -> bytes:
    """A PNG of a few bytes whose header promises this size."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(4096))) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("form", "extension"), [("JPEG", "jpg"), ("PNG", "png"), ("WEBP", "webp"), ("GIF", "gif"), ("AVIF", "avif")]
)
def test_each_format_is_known_by_its_content(form: str, extension: str) -> None:
    kept = check_picture(picture(form))
    assert (kept.format, kept.extension, kept.width, kept.height) == (form, extension, 60, 40)
    again = decoded(kept.data)
    assert (again.format, again.size) == (form, (60, 40))
    assert near(again.convert("RGB").getpixel((5, 20)), RED)
    assert near(again.convert("RGB").getpixel((55, 20)), BLUE)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"<!doctype html><title>Sign in</title>", id="html"),
        pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", id="svg"),
        pytest.param(b"%PDF-1.7\n", id="pdf"),
        pytest.param(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", id="eps"),
        pytest.param(picture("BMP"), id="bmp"),
        pytest.param(picture("TIFF"), id="tiff"),
        pytest.param(picture("ICO"), id="ico"),
    ],
)
def test_what_is_no_picture_of_ours_is_refused(data: bytes) -> None:
    with pytest.raises(PictureRefused, match="not a JPEG, PNG, WebP, GIF or AVIF"):
        check_picture(data)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF", "AVIF"])
@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_a_file_cut_short_is_refused(form: str, share: float) -> None:
    data = encoded(Image.effect_noise((200, 200), 80).convert("RGB"), form)
    with pytest.raises(PictureRefused):
        check_picture(data[: int(len(data) * share)])


# As in production: pytest puts the filters back that the module has set.
@pytest.mark.filterwarnings("error::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize(
    ("size", "reason"),
    [
        ((30_000, 30_000), "million pixels"),
        ((100_000, 100), "wider or higher"),
        ((10_000, 10_000), "million pixels"),
        ((8_000, 6_000), "million pixels"),
        ((12_001, 10), "wider or higher"),
        ((10, 12_001), "wider or higher"),
    ],
)
def test_a_bomb_is_refused_by_its_header(size: tuple[int, int], reason: str) -> None:
    with pytest.raises(PictureRefused, match=reason):
        check_picture(png_that_says(*size))


@pytest.mark.parametrize("mode", ["RGB", "P", "1", "LA"])
def test_the_longest_side_is_still_taken_and_made_shorter(mode: str) -> None:
    kept = check_picture(picture("PNG", size=(12_000, 6), mode=mode))
    assert (kept.width, kept.height) == decoded(kept.data).size == (4_096, 2)
    if mode in ("RGB", "P"):
        assert near(decoded(kept.data).convert("RGB").getpixel((100, 1)), RED)


def test_a_file_that_is_too_large_is_refused() -> None:
    with pytest.raises(PictureRefused, match="larger than 15 MB"):
        check_picture(picture() + bytes(MAX_BYTES))


def test_a_jpeg_of_endless_scans_is_refused() -> None:
    with pytest.raises(PictureRefused, match="too many scans"):
        check_picture(picture(progressive=True) + b"\xff\xda" * 501)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_turned_upright_and_tells_nothing_of_its_maker(form: str) -> None:
    kept = check_picture(picture(form, exif=exif_of_a_phone(orientation=6)))
    again = decoded(kept.data)
    assert (kept.width, kept.height) == again.size == (40, 60)
    assert near(again.getpixel((20, 5)), RED)
    assert near(again.getpixel((20, 55)), BLUE)
    assert not again.getexif()
    assert b"Pocket 9" not in kept.data


def test_an_avif_tells_nothing_of_its_maker_either() -> None:
    kept = check_picture(picture("AVIF", exif=exif_of_a_phone(orientation=1)))
    assert not decoded(kept.data).getexif()
    assert b"Pocket 9" not in kept.data


@pytest.mark.parametrize("form", ["JPEG", "GIF"])
def test_comments_go(form: str) -> None:
    assert b"at my home" not in check_picture(picture(form, comment=b"at my home")).data


def a_zip() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("index.html", "<b>hello</b>")
    return file.getvalue()


OTHERS = {
    "a zip": a_zip(),
    "a page": b"<html><script>alert(1)</script>",
    "php": b"<?php system($_GET['c']); ?>",
    "a pdf": b"%PDF-1.7\n1 0 obj\nendobj\ntrailer\n%%EOF",
    "a program": b"\x7fELF\x02\x01\x01" + bytes(32) + b"x",
    "a script": b"*/=1;alert(1)//",
}


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF", "AVIF"])
@pytest.mark.parametrize("name", OTHERS)
def test_a_picture_that_is_another_file_too_is_refused(form: str, name: str) -> None:
    with pytest.raises(PictureRefused, match="Something else follows"):
        check_picture(picture(form) + OTHERS[name])


CAMERA = {
    "padding": bytes(512),
    "a gain map": picture(size=(8, 8)),
    "a moving scene": b"\x00\x00\x00\x18ftypmp42" + bytes(range(200)),
    "notes": b"\x00\x00\x01\x0a\x0e\x00\x00\x00Image_UTC_Data1617182\x02SEFH" + bytes(8) + b"SEFT",
}


@pytest.mark.parametrize("name", CAMERA)
def test_what_a_camera_puts_behind_a_jpeg_goes(name: str) -> None:
    kept = check_picture(picture() + CAMERA[name])
    assert kept == check_picture(picture())


@pytest.mark.parametrize("name", ["a zip", "a page", "php", "a pdf"])
def test_a_camera_s_mark_lets_no_other_file_in(name: str) -> None:
    for data in (CAMERA["a moving scene"] + OTHERS[name], picture() + OTHERS[name], OTHERS[name] + b"SEFT"):
        with pytest.raises(PictureRefused, match="Something else follows"):
            check_picture(picture() + data)


def test_what_hides_within_goes() -> None:
    page = b"<script>alert(1)</script>"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for hiding in ({"comment": page}, {"icc_profile": profile + page}, {"exif": b"Exif\x00\x00" + page}):
        assert page in picture(**hiding)
        assert page not in check_picture(picture(**hiding)).data


def crossed_profile() -> bytes:
    """sRGB with red and green in each other's place, and another name."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    places = {}
    for number in range(int.from_bytes(data[128:132], "big")):
        name, offset, _ = struct.unpack_from(">4sII", data, 132 + 12 * number)
        places[name] = offset
    red, green = (bytes(data[places[name] : places[name] + 20]) for name in (b"rXYZ", b"gXYZ"))
    data[places[b"rXYZ"] : places[b"rXYZ"] + 20] = green
    data[places[b"gXYZ"] : places[b"gXYZ"] + 20] = red
    return bytes(data).replace("sRGB".encode("utf-16-be"), "Mine".encode("utf-16-be")).replace(b"sRGB", b"Mine")


@pytest.mark.parametrize(
    ("form", "mode"),
    [("JPEG", "RGB"), ("PNG", "RGB"), ("PNG", "RGBA"), ("PNG", "P"), ("WEBP", "RGBA"), ("AVIF", "RGB")],
)
def test_colours_are_turned_into_srgb(form: str, mode: str) -> None:
    again = decoded(check_picture(picture(form, mode=mode, icc_profile=crossed_profile())).data)
    assert "icc_profile" not in again.info
    assert near(again.convert("RGB").getpixel((5, 20)), (0, 255, 0))
    assert near(again.convert("RGB").getpixel((55, 20)), BLUE)


@pytest.mark.parametrize("profile", [b"nonsense", bytes(4096)])
def test_a_broken_profile_is_passed_over(profile: bytes) -> None:
    for form in ("JPEG", "PNG", "WEBP"):
        again = decoded(check_picture(picture(form, icc_profile=profile)).data)
        assert near(again.convert("RGB").getpixel((5, 20)), RED)


def test_a_profile_of_other_colours_is_passed_over() -> None:
    assert check_picture(picture("PNG", mode="LA", icc_profile=crossed_profile())).format == "PNG"


def test_a_grey_picture_of_16_bits_keeps_its_tones() -> None:
    image = Image.new("I;16", (4, 1))
    for place, tone in enumerate((0, 0x4000, 0x8000, 0xFFFF)):
        image.putpixel((place, 0), tone)
    again = decoded(check_picture(encoded(image, "PNG")).data)
    assert [again.convert("L").getpixel((place, 0)) for place in range(4)] == [0, 64, 128, 255]


def test_a_frame_larger_than_its_gif_is_refused() -> None:
    data = bytearray(picture("GIF"))
    at = data.index(b"\x2c") + 5
    data[at : at + 4] = struct.pack("<HH", 30_000, 30_000)
    with pytest.raises(PictureRefused):
        check_picture(bytes(data))


@pytest.mark.parametrize(
    ("form", "mode"),
    [
        *(("PNG", mode) for mode in ("1", "L", "LA", "P", "RGBA", "I;16")),
        *(("JPEG", mode) for mode in ("L", "CMYK")),
        ("WEBP", "RGBA"),
        ("GIF", "P"),
    ],
)
def test_every_way_to_write_colours_is_taken(form: str, mode: str) -> None:
    assert check_picture(picture(form, mode=mode)).format == form


def test_what_is_see_through_stays_so() -> None:
    image = Image.new("P", (8, 8), 0)
    image.putpalette([255, 0, 0, 0, 0, 255])
    for form in ("PNG", "GIF"):
        kept = check_picture(encoded(image, form, transparency=0))
        assert decoded(kept.data).convert("RGBA").getpixel((0, 0)) == (255, 0, 0, 0)


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG", "AVIF"])
def test_of_a_moving_picture_the_first_frame_stays(form: str) -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    kept = check_picture(encoded(frames[0], form, save_all=True, append_images=frames[1:], duration=100))
    again = decoded(kept.data)
    assert getattr(again, "n_frames", 1) == 1
    assert near(again.convert("RGB").getpixel((4, 4)), RED)


def test_a_phone_s_jpeg_of_several_pictures_is_a_jpeg() -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    data = encoded(frames[0], "MPO", save_all=True, append_images=frames[1:])
    assert decoded(data).format == "MPO"
    kept = check_picture(data)
    assert (kept.format, kept.extension, decoded(kept.data).format) == ("JPEG", "jpg", "JPEG")
