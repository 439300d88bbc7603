"""Two imports at once: the second is made to wait for the first at the very place where both write."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from catalog.catalogue.models import Category, Product
from catalog.imports.items import ImageItem, ProductItem
from catalog.imports.services import import_items, import_product
from catalog.inventory.models import StockMovement
from catalog.partner.models import Partner
from tests.factories import make_maker, make_variant

pytestmark = pytest.mark.usefixtures("empty_queue")

Result = tuple[dict[str, int], list[str]]
PICTURE = ImageItem("https://images.example.com/ring.jpg", 1)


def ring(**values: Any) -> ProductItem:
    defaults: dict[str, Any] = {
        "handle": "ring",
        "line": 2,
        "title": "Ring",
        "variants": (make_variant("R-7"), make_variant("R-8")),
        "category": "Rings > Bands",
        "images": (PICTURE,),
    }
    return ProductItem(**defaults | values)


def second_while_first_is_open(first: ProductItem, second: ProductItem, slug: str = "alder") -> Result:
    """What the second import reports: outcomes, and the reasons of its problems."""
    makers = make_maker(), make_maker(slug)
    with ThreadPoolExecutor(1) as thread:
        with transaction.atomic():
            import_product(first, maker=makers[0], source="first")
            report = thread.submit(_import, second, makers[1])
            _wait_until_somebody_waits()
        return report.result(timeout=20)


def test_the_same_new_product_goes_in_once() -> None:
    assert second_while_first_is_open(ring(), ring()) == ({"unchanged": 1}, [])
    assert Product.objects.pieces().count() == 1
    assert StockMovement.objects.count() == 2
    assert ProcrastinateJob.objects.count() == 1


def test_the_second_sees_what_the_first_changed() -> None:
    import_product(ring(), maker=make_maker(), source="before")
    changed = ring(title="Another", variants=(make_variant("R-7", stock=7), make_variant("R-8")))
    assert second_while_first_is_open(changed, changed) == ({"unchanged": 1}, [])
    assert StockMovement.objects.filter(quantity=7).count() == 1


def test_two_makers_with_the_same_handle() -> None:
    assert second_while_first_is_open(ring(), ring(), "birch") == ({"created": 1}, [])
    assert sorted(Product.objects.pieces().values_list("slug", flat=True)) == ["ring", "ring-birch"]
    assert Category.objects.count() == 2


def test_two_products_that_need_the_same_new_category() -> None:
    other = ring(handle="other", variants=(make_variant("O"),))
    assert second_while_first_is_open(ring(), other) == ({"created": 1}, [])
    assert Category.objects.get(name="Bands").product_set.count() == 2
    assert Category.objects.find_problems() == ([], [], [], [], [])


def test_two_products_that_want_the_same_sku() -> None:
    other = ring(handle="other", category="")
    reason = "The SKU R-7 belongs to another product of this maker."
    assert second_while_first_is_open(ring(category=""), other) == ({}, [reason])


def test_the_first_is_rolled_back() -> None:
    maker = make_maker()
    with ThreadPoolExecutor(1) as thread:
        with transaction.atomic():
            import_product(ring(title="Never"), maker=maker, source="first")
            report = thread.submit(_import, ring(), maker)
            _wait_until_somebody_waits()
            transaction.set_rollback(True)
        assert report.result(timeout=20) == ({"created": 1}, [])
    assert [piece.title for piece in Product.objects.pieces()] == ["Ring"]


def _import(item: ProductItem, maker: Partner) -> Result:
    try:
        report = import_items([item], maker=maker, source="second")
        return dict(report.outcomes), [problem.reason for problem in report.problems]
    finally:
        connection.close()


def _wait_until_somebody_waits() -> None:
    """Until another session of this database waits for a lock of ours."""
    with connection.cursor() as cursor:
        for _ in range(100_000):
            # Within a transaction it would show the same for ever.
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(
                "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone():
                return
    raise AssertionError("The second import never met the first.")
