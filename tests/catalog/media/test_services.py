"""From an address in a maker's file to a picture of ours."""

from collections.abc import Callable
from pathlib import Path

import pytest

from catalog.catalogue.models import ImageStatus, Product, ProductImage
from catalog.imports.items import ImageItem
from catalog.media.fetching import Unreachable
from catalog.media.rules import PictureRefused
from catalog.media.services import PicturesMissing, fetch_picture, fetch_pictures, store_picture
from tests.catalog.media.outside import Outside, body, decoded, exif_of_a_phone, picture, redirect, status
from tests.factories import make_piece

PENDING, READY, REFUSED = ImageStatus.PENDING, ImageStatus.READY, ImageStatus.REFUSED


@pytest.fixture
def piece(db: None) -> Product:
    return make_piece()


def pending(piece: Product, url: str, position: int = 0) -> ProductImage:
    return ProductImage.objects.create(product=piece, source_url=url, display_order=position)


def files(root: Path) -> list[Path]:
    return sorted(path for path in root.rglob("*") if path.is_file())


def no_fetch(url: str) -> bytes:
    raise AssertionError(f"{url} was asked for")


@pytest.mark.parametrize(("form", "extension"), [("JPEG", "jpg"), ("PNG", "png")])
def test_a_picture_is_fetched_and_kept(
    piece: Product, outside: Outside, media_root: Path, form: str, extension: str
) -> None:
    # The server lies about what it is, as servers do; only the content counts.
    outside.answers["/ring.php"] = body(picture(form), content_type="text/html")
    image = pending(piece, f"{outside.url}/ring.php")
    fetch_picture(image.pk, fetch=outside.fetcher())
    image.refresh_from_db()
    assert (image.status, image.refusal, image.width, image.height) == (READY, "", 60, 40)
    assert image.original.name.startswith("products/")
    assert image.original.name.endswith(f".{extension}")
    assert decoded((media_root / image.original.name).read_bytes()).format == form


def test_a_kept_picture_stands_upright_and_names_no_place(piece: Product, outside: Outside) -> None:
    outside.answers["/ring.jpg"] = body(picture(exif=exif_of_a_phone(orientation=6)))
    image = pending(piece, f"{outside.url}/ring.jpg")
    fetch_picture(image.pk, fetch=outside.fetcher())
    image.refresh_from_db()
    with image.original.open() as file:
        data = file.read()
    assert (image.width, image.height) == decoded(data).size == (40, 60)
    assert not decoded(data).getexif()
    assert b"Pocket 9" not in data


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (body(b"<!doctype html>Sign in", content_type="image/jpeg"), "not a JPEG"),
        (body(picture()[:400]), "damaged or cut short"),
        (body(bytes(20 * 1024**2)), "larger than 15 MB"),
        (status(404), "404"),
        (redirect("http://169.254.169.254/latest/meta-data/"), "not one for pictures"),
        (redirect("http://10.0.0.1:9/" + "x" * 5000), "not one for pictures"),
    ],
)
def test_what_we_cannot_take_is_refused_for_good(
    piece: Product, outside: Outside, media_root: Path, answer: Callable[..., None], reason: str
) -> None:
    outside.answers["/ring.jpg"] = answer
    image = pending(piece, f"{outside.url}/ring.jpg")
    fetch_picture(image.pk, fetch=outside.fetcher())
    image.refresh_from_db()
    assert image.status == REFUSED
    assert reason in image.refusal
    assert not image.original
    assert files(media_root) == []
    fetch_picture(image.pk, fetch=no_fetch)


def test_a_server_that_is_down_is_asked_again(piece: Product, outside: Outside) -> None:
    outside.answers["/ring.jpg"] = status(503)
    image = pending(piece, f"{outside.url}/ring.jpg")
    with pytest.raises(Unreachable):
        fetch_picture(image.pk, fetch=outside.fetcher())
    image.refresh_from_db()
    assert (image.status, image.refusal) == (PENDING, "The address answers with status 503.")
    outside.answers["/ring.jpg"] = body(picture())
    fetch_picture(image.pk, fetch=outside.fetcher())
    image.refresh_from_db()
    assert (image.status, image.refusal) == (READY, "")


def test_a_reason_fits_its_column(piece: Product) -> None:
    def fetch(url: str) -> bytes:
        raise Unreachable("x" * 1000)

    image = pending(piece, "https://pictures.example/ring.jpg")
    with pytest.raises(Unreachable):
        fetch_picture(image.pk, fetch=fetch)
    image.refresh_from_db()
    assert image.refusal == "x" * 255


def test_rows_that_wait_for_nothing_are_left_alone(piece: Product) -> None:
    ready = pending(piece, "https://pictures.example/a.jpg")
    store_picture(image_id=ready.pk, data=picture())
    drawn = ProductImage.objects.create(product=piece)
    for pk in (ready.pk, drawn.pk, drawn.pk + 1000):
        fetch_picture(pk, fetch=no_fetch)
    fetch_pictures(piece.pk, fetch=no_fetch)


def test_who_comes_second_overwrites_nothing_and_leaves_nothing(piece: Product, media_root: Path) -> None:
    image = pending(piece, "https://pictures.example/ring.jpg")

    def slow_fetch(url: str) -> bytes:
        store_picture(image_id=image.pk, data=picture("PNG"))
        return picture("JPEG")

    fetch_picture(image.pk, fetch=slow_fetch)
    image.refresh_from_db()
    assert image.original.name.endswith(".png")
    assert [file.name for file in files(media_root)] == [Path(image.original.name).name]


def test_one_that_fails_does_not_stop_the_others(piece: Product, outside: Outside) -> None:
    outside.answers |= {"/1": status(500), "/2": body(picture()), "/3": status(404), "/4": body(picture("PNG"))}
    images = [pending(piece, f"{outside.url}/{number}", number) for number in range(1, 5)]
    with pytest.raises(PicturesMissing, match="1 of 4"):
        fetch_pictures(piece.pk, fetch=outside.fetcher())
    statuses = ProductImage.objects.in_bulk([image.pk for image in images])
    assert [statuses[image.pk].status for image in images] == [PENDING, READY, REFUSED, READY]
    outside.answers["/1"] = body(picture())
    outside.asked.clear()
    fetch_pictures(piece.pk, fetch=outside.fetcher())
    assert outside.asked == ["/1"]


def test_each_row_has_a_file_of_its_own(piece: Product, media_root: Path) -> None:
    images = [pending(piece, f"https://pictures.example/{number}.jpg") for number in range(2)]
    for image in images:
        store_picture(image_id=image.pk, data=picture())
        image.refresh_from_db()
    assert images[0].original.name != images[1].original.name
    assert len(files(media_root)) == 2


def test_what_a_killed_job_kept_is_not_kept_twice(piece: Product, media_root: Path) -> None:
    image = pending(piece, "https://pictures.example/ring.jpg")
    store_picture(image_id=image.pk, data=picture())
    [whole] = files(media_root)
    data = whole.read_bytes()
    # As if it had been killed after the file, or in the middle of it as our older versions wrote.
    whole.write_bytes(data[:100])
    ProductImage.objects.update(status=PENDING, original="")
    store_picture(image_id=image.pk, data=picture())
    assert (files(media_root), whole.read_bytes()) == ([whole], data)


def test_what_is_no_picture_is_not_stored(piece: Product, media_root: Path) -> None:
    image = pending(piece, "https://pictures.example/ring.jpg")
    with pytest.raises(PictureRefused):
        store_picture(image_id=image.pk, data=b"<html>")
    image.refresh_from_db()
    assert image.status == PENDING
    assert files(media_root) == []


def test_an_import_s_job_does_not_reach_into_our_own_network(outside: Outside, run_jobs: Callable[[], int]) -> None:
    """The job as it runs in production, with nothing let through."""
    piece = make_piece(
        images=(ImageItem(url=f"{outside.url}/a.jpg", position=1), ImageItem("http://127.0.0.1/b.jpg", 2))
    )
    assert run_jobs() == 1
    refusals = list(ProductImage.objects.filter(product=piece, status=REFUSED).values_list("refusal", flat=True))
    assert refusals == [
        f"The port {outside.port} is not one for pictures.",
        "The address does not lead to the public internet.",
    ]
    assert outside.asked == []
