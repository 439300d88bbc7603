"""A picture in the widths and formats of storefronts."""

import base64
import io

import pytest
from PIL import Image, features

from catalog.media.renditions import PLACEHOLDER_LENGTH, Rendition, draw, file_name, folder, widths_of
from tests.catalog.media.outside import decoded, encoded, picture


def drawn(data: bytes) -> dict[tuple[str, int], Rendition]:
    return {(rendition.format, rendition.width): rendition for rendition in draw(data)[1]}


def test_this_pillow_writes_avif() -> None:
    assert features.check("avif")


@pytest.mark.parametrize(
    ("width", "widths"),
    [
        (4096, [320, 640, 960, 1280, 2048]),
        (2048, [320, 640, 960, 1280, 2048]),
        (2047, [320, 640, 960, 1280, 2047]),
        (1200, [320, 640, 960, 1200]),
        (320, [320]),
        (60, [60]),
    ],
)
def test_none_is_wider_than_the_picture(width: int, widths: list[int]) -> None:
    assert widths_of(width) == widths


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF", "AVIF"])
def test_each_is_what_it_says(form: str) -> None:
    found = drawn(picture(form, size=(800, 500)))
    assert found.keys() == {(form, width) for form in ("avif", "webp", "jpeg") for width in (320, 640, 800)}
    for (kind, width), rendition in found.items():
        image = decoded(rendition.data)
        assert (image.format, image.size) == (kind.upper(), (width, rendition.height))
        assert rendition.height == round(500 * width / 800)
        red, green, blue = image.convert("RGB").getpixel((5, 5))  # type: ignore[misc]
        assert red > 200 > 60 > max(green, blue)


def test_a_wide_jpeg_is_read_at_a_part_of_its_size() -> None:
    found = drawn(picture(size=(4096, 2730)))
    assert {width for _, width in found} == {320, 640, 960, 1280, 2048}
    assert decoded(found["webp", 2048].data).size == (2048, 1365)


def test_what_is_see_through_stays_so_but_in_a_jpeg() -> None:
    image = Image.new("RGBA", (64, 64), (255, 0, 0, 0))
    image.paste((255, 0, 0, 255), (0, 0, 32, 64))
    found = drawn(encoded(image, "PNG"))
    for form in ("avif", "webp"):
        assert decoded(found[form, 64].data).convert("RGBA").getpixel((60, 5))[3] == 0  # type: ignore[index]
    assert min(decoded(found["jpeg", 64].data).getpixel((60, 5))) > 240  # type: ignore[type-var, arg-type]


def test_an_opaque_picture_carries_no_transparency() -> None:
    found = drawn(picture("PNG", mode="RGBA"))
    assert {decoded(rendition.data).mode for rendition in found.values()} == {"RGB"}


@pytest.mark.parametrize("size", [(1, 1), (3, 2000), (2000, 3), (640, 480)])
def test_of_any_form(size: tuple[int, int]) -> None:
    assert all(decoded(rendition.data).size[0] == width for (_, width), rendition in drawn(picture(size=size)).items())


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_the_placeholder_is_a_small_picture(mode: str) -> None:
    noise = Image.merge("RGB", [Image.effect_noise((64, 64), 200) for _ in range(3)]).convert(mode)
    for data in (encoded(noise, "PNG"), picture("PNG", (640, 480), mode)):
        uri, _ = draw(data)
        assert len(uri) <= PLACEHOLDER_LENGTH
        kind, _, text = uri.partition(",")
        assert kind == "data:image/webp;base64"
        with Image.open(io.BytesIO(base64.b64decode(text))) as image:
            assert (image.format, max(image.size)) == ("WEBP", 16)


def test_they_are_in_a_folder_beside_their_picture() -> None:
    rendition = Rendition(b"", "avif", 320, 200)
    assert folder("products/abc.jpg") == "products/abc"
    assert file_name("products/abc.jpg", rendition) == "products/abc/1-320.avif"
