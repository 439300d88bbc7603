"""The demo is loaded once, whatever stops it half way, and leaves no process behind."""

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from PIL import Image

from catalog.catalogue.models import ImageStatus, Product, ProductImage
from catalog.demo.drawers import draw_all
from catalog.demo.drawing import draw
from catalog.demo.pieces import load_makers
from catalog.demo.services import draw_pictures, load_pieces
from catalog.inventory.services import hold
from catalog.personalization.rules import KINDS
from config.database import BASE_DIR
from tests.api import Api
from tests.factories import make_piece, stock, written_past_services
from tests.scene import snapshot

PIECES = [item for maker in load_makers() for item in maker.products]
SMALL = 32

# Draws until it is stopped, and says so when the first picture is there.
ENDLESS = """
from catalog.demo.drawers import draw_all
from catalog.demo.pieces import load_makers

def main():
    tasks = [(item, 1) for maker in load_makers() for item in maker.products] * 100
    for number, _ in enumerate(draw_all(tasks, size=32)):
        if number == 0:
            print("drawing", flush=True)

if __name__ == "__main__":
    main()
"""


def never() -> bool:
    return False


def load(stopped: Callable[[], bool] = never) -> list[str]:
    """Load the demo with small pictures; what it said."""
    said: list[str] = []
    load_pieces(said.append)
    draw_pictures(said.append, stopped=stopped, size=SMALL)
    return said


def listed(api: Api) -> list[dict[str, Any]]:
    link: str | None = "/store/products?limit=100"
    found: list[dict[str, Any]] = []
    while link:
        page = api.get(link).json()
        found += page["results"]
        link = page["next"] and page["next"].removeprefix("http://localhost:8000/v1")
    return found


@pytest.fixture
def loaded() -> None:
    """Stopped after the first picture; another test draws every piece."""
    said = load(stopped=lambda: True)
    assert said == [f"Loading {len(PIECES)} pieces of 4 makers ...", f"Drawing {2 * len(PIECES)} pictures ..."]


@pytest.mark.django_db
@pytest.mark.usefixtures("loaded")
class TestLoading:
    def test_pieces_are_shown_together(self, api: Api) -> None:
        load_pieces(pytest.fail)
        shown = {row["slug"] for row in api.get("/store/collections").json()["results"]}
        assert shown == {"forged-wedding-bands", "chains-by-the-inch", "only-one-of-each", "from-the-kiln"}
        pieces = {slug: set(api.get(f"/store/collections/{slug}").json()["products"]) for slug in shown}
        assert all(pieces.values())
        assert "hammered-band" in pieces["forged-wedding-bands"]
        assert pieces["from-the-kiln"] >= {"anemone-brooch", "sage-enamel-bangle"}

    def test_all_is_listed_and_mixed_and_a_second_start_changes_nothing(self, api: Api) -> None:
        waiting = ProductImage.objects.filter(status=ImageStatus.PENDING)
        last = list(waiting.order_by("-pk").values_list("pk", flat=True)[:4])
        waiting.exclude(pk__in=last).update(status=ImageStatus.READY, original="x.webp", width=SMALL, height=SMALL)
        assert load() == ["Drawing 4 pictures ..."]
        assert not waiting.exists()
        written_past_services()
        items = listed(api)
        assert {item["slug"] for item in items} == {item.handle for item in PIECES}
        assert all(item["image"]["width"] == SMALL for item in items)
        first_page = items[:24]
        assert len({item["product_type"] for item in first_page}) >= 6
        by_maker = Counter(item["maker"]["slug"] for item in first_page)
        assert len(by_maker) == 4
        assert max(by_maker.values()) <= 12

        hold({stock("HB-SS-7").pk: 1}, reference="ORD-1")
        Product.objects.filter(slug="hammered-band").update(title="Renamed")
        before = snapshot()
        assert load() == []
        assert snapshot() == before

    def test_pieces_offer_what_may_be_asked_of_them(self, api: Api) -> None:
        written_past_services()
        offers = {handle: options for maker in load_makers() for handle, options in maker.options.items()}
        assert {option["kind"] for options in offers.values() for option in options} == set(KINDS) - {"size"}
        for handle, options in offers.items():
            shown = api.get(f"/store/products/{handle}").json()["personalization"]
            codes = [option["code"] for option in options]
            assert [option["code"] for option in shown if option["kind"] != "size"] == codes
        band = api.get("/store/products/hammered-band").json()["personalization"]
        assert band[-1]["code"] == "ring_size_on_request"

    def test_stopped_while_loading_it_goes_on_there(self) -> None:
        Product.objects.filter(source_handle__in=[item.handle for item in PIECES[:50]]).delete()
        kept = set(Product.objects.values_list("pk", flat=True))
        assert load(stopped=lambda: True)[0] == "Loading 50 pieces of 4 makers ..."
        assert Product.objects.pieces().count() == len(PIECES)
        assert kept < set(Product.objects.values_list("pk", flat=True))

    def test_stopped_while_drawing_it_goes_on_there(self, media_root: Path) -> None:
        waiting = ProductImage.objects.filter(status=ImageStatus.PENDING)
        assert waiting.count() == 2 * len(PIECES) - 1
        answers = iter([False, False, True])
        assert load(stopped=lambda: next(answers)) == [f"Drawing {2 * len(PIECES) - 1} pictures ..."]
        ready = ProductImage.objects.filter(status=ImageStatus.READY)
        assert ready.count() == 4
        for picture in ready:
            with Image.open(media_root / picture.original.name) as image:
                assert (image.format, image.size) == ("WEBP", (SMALL, SMALL))
        assert len(list((media_root / "products").iterdir())) == 4

    def test_pictures_of_others_are_left_alone(self) -> None:
        piece = make_piece("band")
        ProductImage.objects.create(product=piece, source_url="https://images.example.com/band.jpg")
        ProductImage.objects.create(product=piece, source_url="demo:no-such-piece/1")
        ProductImage.objects.create(product=piece, original=ContentFile(b"x", "mine.jpg"), width=1, height=1)
        assert load(stopped=lambda: True) == [f"Drawing {2 * len(PIECES) - 1} pictures ..."]
        statuses = ProductImage.objects.filter(product=piece).values_list("status", flat=True)
        assert set(statuses) == {ImageStatus.PENDING}


class TestDrawers:
    def test_pictures_come_in_the_order_of_their_tasks(self) -> None:
        tasks = [(PIECES[number], view) for number in (3, 1, 2) for view in (1, 2)]
        pictures = list(draw_all(tasks, size=SMALL))
        assert pictures == [draw(item, view, size=SMALL) for item, view in tasks]

    def test_closing_it_ends_the_processes(self) -> None:
        before = _children(os.getpid())
        pictures = draw_all([(item, 1) for item in PIECES], size=SMALL)
        next(pictures)
        drawing = _children(os.getpid()) - before
        assert drawing
        pictures.close()
        assert not {pid for pid in drawing if _is_drawing(pid)}


@pytest.fixture
def endless(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    program = tmp_path / "endless.py"
    program.write_text(ENDLESS)
    environment = {**os.environ, "PYTHONPATH": str(BASE_DIR)}
    with subprocess.Popen(
        [sys.executable, str(program)], stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "drawing\n"
        yield process
        process.kill()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nobody tells a process that its parent ended")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_no_process_outlives_its_parent(endless: "subprocess.Popen[str]", number: signal.Signals) -> None:
    drawing = {pid for pid in _children(endless.pid) if _is_drawing(pid)}
    assert drawing
    endless.send_signal(number)
    endless.wait(timeout=10)
    for _ in range(100_000):
        if not any(map(_is_drawing, drawing)):
            return
    pytest.fail("They go on drawing.")


def _children(pid: int) -> set[int]:
    text = "".join(path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/children"))
    return {int(child) for child in text.split()}


def _is_drawing(pid: int) -> bool:
    """Whether this is one of the pool's processes, alive."""
    try:
        return b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
