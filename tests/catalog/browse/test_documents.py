"""Documents follow every change in its own transaction: after each the check finds nothing to mend."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from catalog.browse.models import ProductDocument
from catalog.browse.services import rebuild_documents, stale_documents
from catalog.catalogue.events import CategoriesChanged, ProductsChanged
from catalog.catalogue.models import Category, Product
from catalog.inventory.services import hold, release, set_stock
from catalog.partner.models import Partner
from shop.events.services import atomic, publish
from tests.api import Api
from tests.catalog.bench import Bench, ring, usd
from tests.factories import make_piece, make_variant, stock

pytestmark = pytest.mark.django_db


def item(api: Api, slug: str) -> dict[str, Any]:
    results = api.get("/store/products").json()["results"]
    return next(found for found in results if found["slug"] == slug)


def test_the_last_piece_bought_is_out_of_stock_in_the_next_answer(api: Api, stripe_server: Any) -> None:
    make_piece("band", make_variant("BAND-1", stock=1))
    assert item(api, "band")["in_stock"]
    placed = api.placed(BAND_1=1)
    assert not item(api, "band")["in_stock"]
    assert api.get("/store/products?in_stock=true").json()["results"] == []
    (variant,) = api.get("/store/products/band").json()["variants"]
    assert (variant["in_stock"], variant["available_quantity"]) == (False, 0)
    order = placed["order"]
    cancelled = api.post(f"/store/orders/{order['number']}/cancel", {}, Benchpin_Order_Token=order["access_token"])
    assert cancelled.status_code == 200
    assert item(api, "band")["in_stock"]


CHANGES: dict[str, Callable[[Bench, dict[str, Any]], Any]] = {
    "words": lambda bench, piece: bench.patch(piece, {"title": "Sun ring", "stones": [], "tags": ["sun"]}),
    "slug": lambda bench, piece: bench.patch(piece, {"slug": "sun"}),
    "price": lambda bench, piece: bench.api.patch(bench.variant(piece), {"price": usd("90.00")}),
    "metal": lambda bench, piece: bench.api.patch(bench.variant(piece), {"metal": "bronze"}),
    "withdrawn": lambda bench, piece: bench.api.delete(bench.variant(piece)),
    "new variant": lambda bench, piece: bench.api.post(
        bench.path(piece, "variants"), ring("M-9", options={"ring_size": "9"})
    ),
    "count": lambda bench, piece: bench.count(piece, 0),
    "policy": lambda bench, piece: bench.count(piece, 0, "made_to_order"),
    "picture": lambda bench, piece: bench.add_picture(piece),
    "unpublished": lambda bench, piece: bench.unpublish(piece),
    "maker renamed": lambda bench, piece: bench.api.patch("/studio/makers/alder", {"name": "Alder & Ash"}),
    "maker closed": lambda bench, piece: bench.api.patch("/studio/makers/alder", {"is_public": False}),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_each_change_is_in_the_document(change: str) -> None:
    bench = Bench()
    variants = [ring("M-7", options={"ring_size": "7"}), ring("M-8", options={"ring_size": "8"})]
    piece = bench.published(variants=variants)
    before = ProductDocument.objects.get().digest
    answer = CHANGES[change](bench, piece)
    assert getattr(answer, "status_code", 200) < 300, answer.content
    assert list(stale_documents()) == []
    assert ProductDocument.objects.get().digest != before


def test_what_is_opened_again_is_shown_again(api: Api) -> None:
    bench = Bench()
    piece = bench.published()
    bench.unpublish(piece)
    assert api.get("/store/products").json()["results"] == []
    bench.publish(piece)
    assert item(api, piece["slug"])["title"] == "Moon ring"


class TestCategories:
    @pytest.fixture
    def rings(self) -> Category:
        make_piece("band", category="Rings > Bands")
        make_piece("chain", category="Chains")
        return Category.objects.get(slug="rings")

    def test_one_renamed(self, api: Api, rings: Category) -> None:
        bands = Category.objects.get(slug="bands")
        Category.objects.filter(pk=bands.pk).update(name="Plain bands")
        publish(CategoriesChanged((bands.pk,)))
        assert list(stale_documents()) == []
        assert api.get("/store/products/band").json()["categories"] == [{"slug": "bands", "name": "Plain bands"}]

    def test_one_moved(self, api: Api, rings: Category) -> None:
        bands, chains = Category.objects.get(slug="bands"), Category.objects.get(slug="chains")
        bands.move(chains, "last-child")
        publish(CategoriesChanged((bands.pk,)))
        assert list(stale_documents()) == []
        found = api.get("/store/products?category=chains").json()["results"]
        assert {piece["slug"] for piece in found} == {"band", "chain"}
        assert api.get("/store/products?category=rings").json()["results"] == []


class TestOnceAtTheEnd:
    def test_several_changes_of_one_transaction_are_written_once(self, django_assert_num_queries: Any) -> None:
        make_piece("band", make_variant("A"), make_variant("B"))
        with CaptureQueriesContext(connection) as done, atomic():
            hold({stock("A").pk: 1}, reference="ORD-1")
            hold({stock("B").pk: 1}, reference="ORD-1")
            release({stock("A").pk: 1}, reference="ORD-1")
            assert not any("browse_productdocument" in query["sql"] for query in done)
        locked = [query for query in done if "FOR NO KEY UPDATE" in query["sql"] and "browse_" in query["sql"]]
        assert len(locked) == 1
        assert list(stale_documents()) == []

    def test_a_rehearsal_writes_nothing(self) -> None:
        make_piece("band", make_variant("A"))
        with transaction.atomic(), atomic():
            set_stock(stock("A").pk, count=0, policy="stock", reference="x")
            transaction.set_rollback(True)
        assert list(stale_documents()) == []

    def test_many_pieces_take_as_many_statements_as_one(self) -> None:
        for number in range(30):
            make_piece(f"piece-{number}", category="Rings > Bands")
        pieces = list(Product.objects.pieces().values_list("pk", flat=True))
        taken = []
        for ids in (pieces[:1], pieces):
            ProductDocument.objects.update(digest="")
            with CaptureQueriesContext(connection) as done:
                publish(ProductsChanged(tuple(ids)))
            taken.append(len(done))
        assert taken[0] == taken[1]

    def test_what_says_the_same_is_not_written(self) -> None:
        make_piece("band")
        with CaptureQueriesContext(connection) as done:
            publish(ProductsChanged(tuple(Product.objects.pieces().values_list("pk", flat=True))))
        assert not any("DO UPDATE" in query["sql"] for query in done)


class TestTheCommand:
    def test_mends_what_was_written_past_the_services(self, api: Api) -> None:
        make_piece("band")
        Product.objects.pieces().update(title="Signet")
        with pytest.raises(CommandError, match="1 documents are not what they should be"):
            call_command("rebuild_documents", check=True)
        call_command("rebuild_documents")
        call_command("rebuild_documents", check=True)
        assert item(api, "band")["title"] == "Signet"

    def test_is_the_same_the_second_time(self) -> None:
        make_piece("band", category="Rings")
        before = ProductDocument.objects.values().get()
        rebuild_documents()
        assert ProductDocument.objects.values().get() == before

    @pytest.mark.parametrize("column", ["item", "detail", "price_from", "in_stock", "metals", "variants", "is_listed"])
    def test_finds_a_document_that_was_tampered_with(self, column: str) -> None:
        make_piece("band", make_variant("A", metal="bronze"))
        other = {"item": "{}", "detail": "{}", "price_from": 1, "in_stock": False, "metals": [], "variants": [],
                 "is_listed": False}  # fmt: skip
        ProductDocument.objects.update(**{column: other[column]})
        assert list(stale_documents()) == list(Product.objects.pieces().values_list("pk", flat=True))

    def test_a_missing_document_is_made(self, api: Api) -> None:
        make_piece("band")
        ProductDocument.objects.all().delete()
        assert len(list(stale_documents())) == 1
        call_command("rebuild_documents")
        assert item(api, "band")["slug"] == "band"


def test_a_closed_makers_pieces_leave_at_once_and_come_back(api: Api) -> None:
    bench = Bench()
    bench.published()
    bench.api.patch("/studio/makers/alder", {"is_public": False})
    assert api.get("/store/products").json()["results"] == []
    assert not Partner.objects.get(code="alder").is_public
    bench.api.patch("/studio/makers/alder", {"is_public": True})
    assert len(api.get("/store/products").json()["results"]) == 1
