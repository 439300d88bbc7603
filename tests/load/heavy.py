"""What the catalog's heaviest work takes: processor time and the peak of memory, of this process alone.

By hand, each in a process of its own, on a database that may be filled:

    python manage.py shell -c "from tests.load.heavy import *; make_picture('PNG', '/tmp/large.png')"
    python manage.py shell -c "from tests.load.heavy import *; take_picture('/tmp/large.png')"
    python manage.py shell -c "from tests.load.heavy import *; put_in(10_000)"
    python manage.py shell -c "from tests.load.heavy import *; put_out()"
"""

import resource
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import reduce
from pathlib import Path

from django.db import connection
from PIL import Image

from catalog.catalogue.models import Product
from catalog.imports.formats import read_products
from catalog.imports.queries import exported_pieces
from catalog.imports.services import import_items
from catalog.imports.shapes import csv_lines
from catalog.media.renditions import draw
from catalog.media.rules import check_picture
from catalog.partner.models import Partner
from tests.catalog.imports.big_file import STONES, write_big_file
from tests.factories import make_maker

MAKER = "heavy-work"


@contextmanager
def measured(what: str, each: int = 1) -> Iterator[None]:
    """Prints the processor time, also of one of `each`, and the most memory that the process has held so far."""
    before, began = peak(), time.process_time()
    yield
    took = time.process_time() - began
    print(f"{what}: {took:.1f} s, {took / each * 1000:.1f} ms each, peak {peak()} MB, before {before} MB")


def peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def make_picture(form: str, path: str) -> None:
    """40 million pixels of soft noise, of which no format can make light."""
    soft = Image.effect_noise((1_000, 625), 60).resize((8_000, 5_000), Image.Resampling.NEAREST).convert("RGB")
    soft.save(path, form, quality=75)


def take_picture(path: str) -> None:
    data = Path(path).read_bytes()
    print(f"{path}: {len(data) / 1024**2:.1f} MB")
    with measured("checked and written anew"):
        kept = check_picture(data)
    with measured("drawn in all sizes"):
        print(sum(1 for _ in draw(kept.data)[1]), "renditions of", kept.width, "x", kept.height)


def put_in(number: int) -> None:
    """So many products of three variants and two pictures, with their documents; then the same file again."""
    maker = Partner.objects.filter(code=MAKER).first() or make_maker(MAKER)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.csv"
        write_big_file(path, products=number)
        # Nobody declares a stone in such a file: with their names in it every piece would stay a draft.
        text = path.read_text()
        path.write_text(reduce(lambda words, stone: words.replace(stone, "Meadow"), STONES, text))
        del text
        for run in ("new", "again"):
            done: list[int] = []
            with measured(run, number), connection.execute_wrapper(_counting(done)):
                report = import_items(read_products(path, format_name="shopify"), maker=maker, source="heavy")
            print(dict(report.outcomes), f"{len(report.problems)} problems, {len(done) / number:.1f} queries each")


def _counting(done: list[int]):  # type: ignore[no-untyped-def]
    def count(execute, *given):  # type: ignore[no-untyped-def]
        done.append(1)
        return execute(*given)

    return count


def put_out() -> None:
    """What was put in, as a file that is not kept."""
    maker = Partner.objects.get(code=MAKER)
    number = Product.objects.for_maker(maker.pk).count()
    with measured("export", number):
        length = sum(map(len, csv_lines(exported_pieces(maker))))
    print(f"{number} products, {length / 1024**2:.1f} MB")
