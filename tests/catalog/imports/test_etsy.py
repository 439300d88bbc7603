"""Etsy's listings: what can be read from them, and what only the maker can say."""

import csv
import io
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command

from catalog.catalogue.models import Product
from catalog.imports.etsy import COLUMNS
from catalog.imports.items import Found, Notice, ProductItem
from catalog.partner.models import StockRecord
from tests.catalog.imports.test_benchpin import only, problems, put, read
from tests.factories import make_maker

pytestmark = pytest.mark.django_db


def listing(**cells: str) -> dict[str, str]:
    return {"title": "Moon Ring", "price": "45.00", "currency": "USD", "quantity": "3"} | cells


def found(*rows: dict[str, str]) -> list[Found]:
    columns = list(dict.fromkeys(["title", "price", "currency", "quantity", *(name for row in rows for name in row)]))
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([COLUMNS[name][0] for name in columns])
    writer.writerows([row.get(name, "") for name in columns] for row in rows)
    return read(out.getvalue(), "etsy")


def notices(items: list[Found]) -> dict[str, str]:
    return {item.column: item.reason for item in items if isinstance(item, Notice)}


def test_the_columns_are_those_of_etsys_file() -> None:
    names = [names[0] for names in COLUMNS.values()]
    assert names[:9] == [
        "TITLE", "DESCRIPTION", "PRICE", "CURRENCY_CODE", "QUANTITY", "TAGS", "MATERIALS", "IMAGE1", "IMAGE2",
    ]  # fmt: skip
    assert names[-4:] == ["VARIATION 3 TYPE", "VARIATION 3 NAME", "VARIATION 3 VALUES", "SKU"]


def test_a_listing_without_variations() -> None:
    items = found(
        listing(
            title="Men&#39;s   Moon Ring", sku="MR-1", tags="moon_ring,Gift",
            description="One.\nTwo.\n\n<b>Three</b> & more", image1="https://i.etsystatic.com/1.jpg", image3="https://i.etsystatic.com/3.jpg",
        )
    )  # fmt: skip
    item = only(items)
    assert (item.handle, item.slug, item.title) == ("etsy-sku:MR-1", "men-s-moon-ring", "Men's Moon Ring")
    assert item.description == "<p>One.<br>Two.</p>\n<p>&lt;b&gt;Three&lt;/b&gt; &amp; more</p>"
    assert item.tags == ("moon ring", "Gift")
    assert [(image.url[-5:], image.position) for image in item.images] == [("1.jpg", 1), ("3.jpg", 2)]
    (variant,) = item.variants
    assert (variant.sku, variant.price, variant.stock, variant.options) == ("MR-1", Decimal("45.00"), 3, {})
    assert problems(items) == [] and notices(items) == {}


SIZES = {"variation_1_name": "Ring size", "variation_1_values": "6,7"}
METALS = {"variation_2_type": "Metal", "variation_2_values": "14k yellow gold,Sterling silver"}


class TestVariations:
    def test_every_combination_is_a_variant_of_the_listings_price_and_no_stock(self) -> None:
        items = found(listing(sku="MR", **SIZES, **METALS))
        variants = only(items).variants
        assert [variant.sku for variant in variants] == [
            "MR-6-14k-yellow-gold", "MR-6-sterling-silver", "MR-7-14k-yellow-gold", "MR-7-sterling-silver",
        ]  # fmt: skip
        assert variants[1].options == {"ring_size": "6", "metal": "Sterling silver"}
        assert {variant.metal for variant in variants} == {"14k-yellow-gold", "sterling-silver"}
        assert {(variant.price, variant.stock) for variant in variants} == {(Decimal("45.00"), 0)}
        assert "one price and one quantity for 4 variants" in notices(items)["QUANTITY"]
        assert "The variants are 4, the SKUs 1" in notices(items)["SKU"]

    def test_as_many_skus_as_variants_go_by_their_order_and_that_is_said(self) -> None:
        items = found(listing(sku="A-6, A-7", **SIZES))
        assert [variant.sku for variant in only(items).variants] == ["A-6", "A-7"]
        assert "in the order of both lists" in notices(items)["SKU"]

    def test_a_word_that_stands_twice_is_one_variant(self) -> None:
        items = found(listing(**SIZES | {"variation_1_values": "6,7,6"}))
        assert len(only(items).variants) == 2
        assert "stands twice" in notices(items)["VARIATION 1 VALUES"]

    def test_too_many_are_one_problem(self) -> None:
        values = ",".join(map(str, range(70)))
        items = found(listing(**SIZES | {"variation_1_values": values}, **METALS | {"variation_2_values": values}))
        ((line, column, reason),) = problems(items)
        assert (line, column) == (2, "VARIATION 1 VALUES")
        assert "4,900 variants" in reason
        assert len(items) == 1

    def test_one_without_words_is_left_out(self) -> None:
        items = found(listing(variation_1_name="Ring size"))
        assert "has no values" in problems(items)[0][2]
        assert len(only(items).variants) == 1


class TestMaterials:
    def test_the_only_metal_is_taken_and_said(self) -> None:
        items = found(listing(materials="Sterling_silver,Ruby"))
        assert only(items).variants[0].metal == "sterling-silver"
        assert notices(items)["MATERIALS"].startswith("The metal is taken to be sterling silver. Not taken over: Ruby;")

    @pytest.mark.parametrize("materials", ["Sterling silver,14k yellow gold", "Sterling silver,Solid gold", "14k"])
    def test_none_is_taken_where_it_may_be_another(self, materials: str) -> None:
        items = found(listing(materials=materials))
        assert only(items).variants[0].metal == ""
        assert f"Not taken over: {materials.replace(',', ', ')};" in notices(items)["MATERIALS"]


class TestProblems:
    @pytest.mark.parametrize(
        ("column", "text", "words"),
        [
            ("title", "", "no title"),
            ("title", "x" * 256, "256 characters"),
            ("price", "-4", "below zero"),
            ("price", "free", "is not a price"),
            ("currency", "EUR", "this shop sells in USD"),
            ("currency", "", "this shop sells in USD"),
            ("quantity", "-1", "below zero"),
            ("quantity", "many", "not a whole number"),
            ("sku", "x" * 129, "129 characters"),
        ],
    )
    def test_that_keep_a_listing_out(self, column: str, text: str, words: str) -> None:
        items = found(listing(**{column: text}), listing(title="Sun Ring"))
        ((line, place, reason),) = problems(items)
        assert (line, place) == (2, COLUMNS[column][0])
        assert words in reason
        assert only(items).title == "Sun Ring"

    @pytest.mark.parametrize(
        ("column", "text", "words"),
        [
            ("image1", "ftp://x/1.jpg", "must begin with https"),
            ("tags", "x" * 129, "129 characters"),
            ("description", "a\n" * 2_500, "tags"),
        ],
    )
    def test_that_leave_only_a_value_out(self, column: str, text: str, words: str) -> None:
        items = found(listing(**{column: text}))
        assert words in problems(items)[0][2]
        assert only(items).title == "Moon Ring"

    def test_two_listings_with_the_same_sku(self) -> None:
        items = found(listing(sku="MR"), listing(title="Other", sku="MR"))
        assert [(line, column) for line, column, _ in problems(items)] == [(3, "SKU")]
        assert only(items).title == "Moon Ring"

    def test_two_listings_with_the_same_title_and_no_sku(self) -> None:
        items = found(listing(), listing())
        assert "has the same title" in problems(items)[0][2]
        assert only(items).line == 2

    def test_markup_in_a_description_is_text(self) -> None:
        item = only(found(listing(description="<script>alert(1)</script>")))
        assert item.description == "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"


class TestAgain:
    def put(self, *rows: dict[str, str]) -> dict[str, Any]:
        return dict(put(found(*rows), make_maker()).outcomes)

    def test_a_listing_is_known_by_its_sku_whatever_its_title(self) -> None:
        assert self.put(listing(sku="MR")) == {"created": 1}
        assert self.put(listing(sku="MR")) == {"unchanged": 1}
        assert self.put(listing(sku="MR", title="Full Moon Ring")) == {"changed": 1}
        piece = Product.objects.pieces().get()
        assert (piece.title, piece.slug, piece.is_public) == ("Full Moon Ring", "moon-ring", False)

    def test_and_by_its_title_without_one(self) -> None:
        assert self.put(listing()) == {"created": 1}
        assert self.put(listing(price="50.00")) == {"changed": 1}
        assert StockRecord.objects.get().price == Decimal("50.00")

    def test_what_the_maker_said_of_variants_stays(self) -> None:
        row = listing(sku="MR", materials="Sterling silver", **SIZES)
        self.put(row)
        StockRecord.objects.update(price=Decimal("60.00"), num_in_stock=4)
        Product.objects.filter(parent__isnull=False).update(metal="fine-silver", lead_time_days=3)
        Product.objects.pieces().update(is_public=True, product_type="ring", subtitle="Mine")
        assert self.put(row) == {"unchanged": 1}


def test_the_command_tells_notices_apart(tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> None:

    make_maker()
    path = tmp_path / "EtsyListingsDownload.csv"
    path.write_text("TITLE,PRICE,CURRENCY_CODE,QUANTITY,MATERIALS\nMoon,45,USD,1,Ruby\n")
    call_command("import_products", str(path), "--maker", "alder")
    out, err = capsys.readouterr()
    assert out == "Products: 1 created, 0 changed, 0 unchanged. Problems: 0. Notices: 1.\n"
    assert "Notice: line 2, MATERIALS: Not taken over: Ruby; declare metals and stones of the piece.\n" in err


def test_items_carry_no_more_than_they_know() -> None:
    item = only(found(listing()))
    assert isinstance(item, ProductItem)
    assert {"is_public", "stones", "product_type"} <= item.silent
