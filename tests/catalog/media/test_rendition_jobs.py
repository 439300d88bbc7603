"""From a kept picture to its renditions, and what becomes of the files."""

from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from catalog.catalogue.events import ProductsChanged
from catalog.catalogue.models import ImageStatus, ProductImage
from catalog.media import files
from catalog.media.services import make_renditions, store_picture
from catalog.media.shapes import public_image
from config.subscriptions import LAST, REACTIONS
from shop.events.services import subscribe
from tests.api import Api
from tests.catalog.bench import Bench
from tests.catalog.media.outside import decoded, picture
from tests.factories import make_piece

pytestmark = pytest.mark.django_db
WIDTHS = [320, 640, 800]


@pytest.fixture
def image() -> ProductImage:
    row = ProductImage.objects.create(
        product=make_piece("band"), source_url="https://pictures.example/a.jpg", alt="Band"
    )
    store_picture(image_id=row.pk, data=picture(size=(800, 500)))
    row.refresh_from_db()
    return row


@pytest.fixture
def told() -> Iterator[list[ProductsChanged]]:
    events: list[ProductsChanged] = []
    subscribe({**REACTIONS, ProductsChanged: (events.append,)}, {})
    yield events
    subscribe(REACTIONS, LAST)


def make(image: ProductImage) -> None:
    make_renditions(image_id=image.pk, original=image.original.name)
    image.refresh_from_db()


def kept(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def test_a_job_makes_them_behind_all_others(
    image: ProductImage, told: list[ProductsChanged], run_jobs: Callable[[], int], media_root: Path
) -> None:
    [job] = ProcrastinateJob.objects.all()
    assert (job.task_name, job.priority) == ("catalog.media.make_renditions", -10)
    assert run_jobs() == 1
    image.refresh_from_db()
    assert told == [ProductsChanged((image.product_id,))]
    shaped = public_image(image)
    assert {name: shaped[name] for name in ("width", "height", "alt")} == {"width": 800, "height": 500, "alt": "Band"}
    assert shaped["focal_point"] == {"x": "0.5", "y": "0.5"}
    assert shaped["blur"].startswith("data:image/webp;base64,")
    found = [(each["format"], each["width"]) for each in shaped["renditions"]]
    assert found == [(form, width) for form in ("avif", "webp", "jpeg") for width in WIDTHS]
    for rendition in shaped["renditions"]:
        file = decoded((media_root / rendition["url"].removeprefix("http://localhost:8000/media/")).read_bytes())
        assert (str(file.format).lower(), file.size) == (rendition["format"], (rendition["width"], rendition["height"]))
    assert len(kept(media_root)) == 10


def test_a_shopper_sees_them_without_a_further_query(
    api: Api, image: ProductImage, django_assert_num_queries: Any
) -> None:
    make(image)
    [item] = api.get("/store/products").json()["results"]
    assert item["image"] == public_image(image)
    assert len(item["image"]["renditions"]) == 9
    with django_assert_num_queries(0):
        public_image(image)


def test_done_twice_it_is_done_once(image: ProductImage, media_root: Path) -> None:
    make(image)
    before, renditions = kept(media_root), image.renditions
    make(image)
    assert (kept(media_root), image.renditions) == (before, renditions)


def test_killed_between_two_files_nothing_is_shown_and_the_next_try_goes_on(
    image: ProductImage, media_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save, names = files.save, []

    def killed(name: str, data: bytes) -> str:
        names.append(save(name, data))
        if len(names) == 4:
            raise KeyboardInterrupt
        return names[-1]

    with monkeypatch.context() as patched:
        patched.setattr(files, "save", killed)
        with pytest.raises(KeyboardInterrupt):
            make(image)
    image.refresh_from_db()
    assert (image.renditions, image.placeholder) == ([], "")
    (media_root / names[0]).write_bytes(b"half")
    make(image)
    assert len(kept(media_root)) == 10
    assert decoded((media_root / names[0]).read_bytes()).size[0] == 800


def test_of_a_picture_that_is_gone_nothing_stays(
    image: ProductImage, media_root: Path, run_jobs: Callable[[], int]
) -> None:
    original = image.original.name
    make(image)
    ProductImage.objects.all().delete()
    make_renditions(image_id=image.pk, original=original)
    run_jobs()
    assert kept(media_root) == []


@pytest.mark.django_db(transaction=True)
def test_one_that_goes_while_it_is_drawn_leaves_nothing(
    image: ProductImage, media_root: Path, monkeypatch: pytest.MonkeyPatch, run_jobs: Callable[[], int]
) -> None:
    """The files are written in a thread of their own, so this one takes the row away with a connection of its own."""
    save, original = files.save, image.original.name

    def save_late(name: str, data: bytes) -> str:
        ProductImage.objects.all().delete()
        connection.close()
        return save(name, data)

    monkeypatch.setattr(files, "save", save_late)
    make_renditions(image_id=image.pk, original=original)
    run_jobs()
    assert kept(media_root) == []


def test_a_file_that_cannot_be_read_is_tried_again_and_the_picture_stays(image: ProductImage, media_root: Path) -> None:
    (media_root / image.original.name).unlink()
    with pytest.raises(FileNotFoundError):
        make(image)
    row = ProductImage.objects.values("status", "renditions", "placeholder").get()
    assert row == {"status": ImageStatus.READY, "renditions": [], "placeholder": ""}


def test_a_removed_picture_s_files_go_after_a_while(run_jobs: Callable[[], int], media_root: Path) -> None:
    bench = Bench()
    piece = bench.create()
    first, second = bench.add_picture(piece), bench.add_picture(piece)
    run_jobs()
    assert len(kept(media_root)) == 8
    bench.api.delete(bench.path(piece, "images", first["id"]))
    job = ProcrastinateJob.objects.get(status="todo")
    assert (job.task_name, bool(job.scheduled_at)) == ("orders.order.remove_picture", True)
    assert len(kept(media_root)) == 8
    run_jobs()
    stem = Path(second["url"]).stem
    assert all(name.startswith(f"products/{stem}") for name in kept(media_root))
    assert len(kept(media_root)) == 4


def test_a_file_that_another_row_uses_stays(image: ProductImage, media_root: Path) -> None:
    """Older versions kept the same picture once, for all its rows."""
    other = ProductImage.objects.create(product=image.product, original=image.original.name, width=800, height=500)
    ProductImage.objects.filter(pk=image.pk).delete()
    files.remove_unused(other.original.name)
    assert kept(media_root) == [other.original.name]
    ProductImage.objects.all().delete()
    files.remove_unused(other.original.name)
    assert kept(media_root) == []


def test_nothing_named_removes_nothing(image: ProductImage, media_root: Path) -> None:
    files.remove_unused("")
    assert len(kept(media_root)) == 1


def test_a_file_is_whole_or_not_there(media_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files.save("products/a.jpg", b"whole")
    monkeypatch.setattr("os.fsync", lambda descriptor: (_ for _ in ()).throw(OSError("no space left")))
    for name in ("products/a.jpg", "products/b.jpg"):
        with pytest.raises(OSError, match="no space"):
            files.save(name, b"another")
    assert kept(media_root) == ["products/a.jpg"]
    assert (media_root / "products/a.jpg").read_bytes() == b"whole"


def test_pictures_from_before_get_theirs_by_the_migration(image: ProductImage, run_jobs: Callable[[], int]) -> None:
    migration = import_module("catalog.catalogue.migrations.0037_renditions")
    run_jobs()
    ProductImage.objects.update(renditions=[], placeholder="")
    ProductImage.objects.create(product=image.product, source_url="https://pictures.example/b.jpg")  # not fetched yet
    with connection.cursor() as cursor:
        cursor.execute(migration.ASK_FOR_RENDITIONS)
    [job] = ProcrastinateJob.objects.filter(status="todo")
    assert (job.queue_name, job.priority) == ("default", -10)
    assert run_jobs() == 1
    image.refresh_from_db()
    assert len(image.renditions) == 9
