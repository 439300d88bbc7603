"""Our own CSV: what is exported goes in again as it was, and what is wrong in it is named."""

import csv
import io
import json
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from catalog.catalogue.attributes import TYPES, Attribute, read_attributes
from catalog.catalogue.metals import METAL_CODES, plain_parts
from catalog.catalogue.models import Category, ImageStatus, Product, ProductImage
from catalog.catalogue.stones import CUTS, STONE_KINDS, TREATMENTS
from catalog.html import sanitised
from catalog.imports import own_cells
from catalog.imports.benchpin import COLUMNS
from catalog.imports.formats import read_products
from catalog.imports.items import Found, ImageItem, Problem, ProductItem, StoneItem, VariantItem
from catalog.imports.own_cells import FORMULA, escaped, unescaped
from catalog.imports.queries import exported_pieces
from catalog.imports.reports import ImportReport
from catalog.imports.services import import_items
from catalog.imports.shapes import csv_lines
from catalog.partner.models import Partner, StockRecord
from catalog.personalization.rules import CHARACTERS
from shop.inputs import CONTROLS
from tests.factories import make_maker, make_piece, make_variant

pytestmark = pytest.mark.django_db


def export(maker: Partner) -> str:
    return "".join(csv_lines(exported_pieces(maker)))


def read(text: str | bytes, format_name: str = "benchpin") -> list[Found]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "products.csv")
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return list(read_products(path, format_name=format_name))


def put(found: Iterable[Found], maker: Partner) -> ImportReport:
    return import_items(found, maker=maker, source="import:test.csv")


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def to_text(*rows: dict[str, str]) -> str:
    """The rows as a file that has the columns they use."""
    columns = list(dict.fromkeys(["handle", "title", "sku", *(column for row in rows for column in row)]))
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def ring(**cells: str) -> dict[str, str]:
    return {"handle": "ring", "title": "A ring", "sku": "R-1", "price": "42.99"} | cells


def problems(found: Iterable[Found]) -> list[tuple[int, str, str]]:
    return [(item.line, item.column, item.reason) for item in found if isinstance(item, Problem)]


def only(found: Iterable[Found]) -> ProductItem:
    (item,) = (item for item in found if isinstance(item, ProductItem))
    return item


# A catalog of any kind.

LETTERS = st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")).filter(lambda one: not CONTROLS.search(one))


def texts(most: int, *, least: int = 1) -> st.SearchStrategy[str]:
    """What a person may write on one line, and what a spreadsheet would run."""
    plain = st.text(LETTERS | st.sampled_from("=+-@',;\"[{ \u00a0<&"), max_size=min(most, 30)).map(str.strip)
    return plain.filter(lambda text: len(text) >= least)


def decimals(most: int, places: int) -> st.SearchStrategy[Decimal]:
    return st.integers(1, most * 10**places).map(lambda number: Decimal(number).scaleb(-places))


def values_of(attribute: Attribute) -> st.SearchStrategy[Any]:
    codes = [code for code, _ in attribute.choices]
    match attribute.kind:
        case "boolean":
            return st.booleans()
        case "choice":
            return st.sampled_from(codes)
        case "choices":
            return st.lists(st.sampled_from(codes), min_size=1, max_size=4)
        case "number":
            return decimals(10, 2).map(str)
        case "text":
            return texts(attribute.longest or 1)
    return st.lists(texts(attribute.longest or 1), min_size=1, max_size=4)


@st.composite
def attributes(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    given = {one.code: draw(values_of(one)) for one in TYPES[kind][1] if draw(st.booleans())}
    kept, errors = read_attributes(kind, given)
    assert not errors
    return kept


PLATINGS = st.fixed_dictionaries({
    "metal": st.sampled_from(["14k-yellow-gold", "22k-rose-gold"]), "kind": st.sampled_from(["plated", "vermeil"]),
    "microns": st.none() | decimals(5, 3), "fraction": st.sampled_from(["", "1/20"]),
})  # fmt: skip
PARTS = st.lists(
    st.fixed_dictionaries({
        "part": texts(64), "metal": st.none() | st.sampled_from(METAL_CODES), "plating": st.none() | PLATINGS,
        "weight_g": st.none() | decimals(100, 3),
    }),
    max_size=3, unique_by=lambda part: part["part"].casefold(),
).map(lambda parts: tuple(plain_parts(parts)))  # fmt: skip
STONES = st.builds(
    StoneItem,
    kind=st.sampled_from([kind for kind in STONE_KINDS if kind not in ("other", "cultured_pearl")]),
    origin=st.sampled_from(["natural", "lab_grown", "simulated"]),
    treatment=st.sampled_from(list(TREATMENTS)),
    cut=st.sampled_from(["", *CUTS]),
    carat=st.none() | decimals(50, 3),
    count=st.integers(1, 100),
    name=st.just("") | texts(64),
    carat_is=st.sampled_from(["total", "exact"]),
    colour=st.just("") | texts(64),
    clarity=st.sampled_from(["", "VS1"]),
    country=st.sampled_from(["", "LK"]),
    mine=st.just("") | texts(64),
    report=st.none() | st.fixed_dictionaries({"lab": st.just("GIA"), "number": texts(64), "url": st.just("")}),
    setting=st.sampled_from(["", "bezel"]),
    position=st.just("") | texts(64),
)
RING_SIZES = st.just({}) | st.fixed_dictionaries({
    "from_mm": st.just("49.3"), "to_mm": st.just("62"), "made_on_request": st.just(True),
    "extra_lead_time_days": st.none() | st.integers(0, 365),
    "price_per_size_above": st.none() | st.just({"amount": "12.50", "currency": "USD"}),
})  # fmt: skip
MONEY = st.sampled_from(["5.00", "12.50"]).map(lambda amount: {"amount": amount, "currency": "USD"})
OPTIONS = st.lists(
    st.one_of(
        st.fixed_dictionaries({
            "code": st.just("inside"), "label": texts(128), "help": texts(200, least=0), "kind": st.just("text"),
            "required": st.booleans(), "final_sale": st.booleans(), "lead_time_days": st.integers(0, 30),
            "limits": st.fixed_dictionaries({
                "max_length": st.integers(1, 40), "characters": st.sampled_from(CHARACTERS),
                "fonts": st.just(["Script"]), "scripts": st.just(["latin", "greek"]),
            }),
            "price": st.none()
            | MONEY.map(lambda price: {"kind": "per_character", "amount": price})
            | st.just({"kind": "percent", "percent": "12.5"}),
        }),
        st.fixed_dictionaries({
            "code": st.just("chain"), "label": texts(128), "kind": st.just("choice"),
            "choices": st.just([{"value": "long", "label": "Long", "price": {"amount": "9.00", "currency": "USD"}},
                                {"value": "short", "label": "Short"}]),
        }),
        st.fixed_dictionaries({
            "code": st.just("size"), "label": texts(128), "kind": st.just("size"),
            "limits": st.just({"unit": "inch", "from": "14", "to": "24", "step": "0.5", "above": "18"}),
            "price": MONEY.map(lambda price: {"kind": "per_size_above", "amount": price}),
        }),
    ),
    max_size=3, unique_by=lambda option: option["code"],
).map(lambda given: own_cells.personalization(json.dumps(given)))  # fmt: skip
ADDRESSES = st.integers(0, 5).map("https://images.example.com/{}.jpg".format)


@st.composite
def catalogs(draw: st.DrawFn) -> list[ProductItem]:
    skus = iter(draw(st.lists(texts(128), min_size=12, max_size=12, unique=True)))
    handles = draw(st.lists(texts(255), min_size=1, max_size=3, unique=True))
    return [draw(products(handle, [next(skus) for _ in range(draw(st.integers(0, 4)))])) for handle in handles]


@st.composite
def products(draw: st.DrawFn, handle: str, skus: list[str]) -> ProductItem:
    kind = draw(st.sampled_from(list(TYPES)))
    urls = draw(st.lists(ADDRESSES, max_size=3, unique=True))
    images = tuple(ImageItem(url, draw(st.integers(0, 9)), draw(st.just("") | texts(512))) for url in urls)
    names = draw(st.lists(st.sampled_from(["metal", "ring_size", "lange"]), max_size=3, unique=True))
    return ProductItem(
        handle=handle,
        line=2,
        title=draw(texts(255)),
        variants=tuple(draw(variants(sku, names, number, urls)) for number, sku in enumerate(skus)),
        subtitle=draw(texts(255, least=0)),
        description=sanitised(draw(texts(255, least=0) | st.just("<p>Two<br>lines</p>\n<script>x</script>"))),
        product_type=kind,
        tags=tuple(draw(st.lists(texts(128), max_size=3, unique=True))),
        published=draw(st.booleans()),
        one_of_a_kind=draw(st.booleans()),
        stones=tuple(draw(st.lists(STONES, max_size=2))),
        images=images,
        seo_title=draw(texts(255, least=0)),
        seo_description=draw(texts(255, least=0)),
        attributes=draw(attributes(kind)),
        parts=draw(PARTS),
        ring_sizes=draw(RING_SIZES) if kind == "ring" else {},
        personalization=draw(OPTIONS),
        final_sale=draw(st.booleans()),
        categories=tuple(draw(st.lists(st.sampled_from(["rings", "gold", "sale"]), max_size=3, unique=True))),
    )


@st.composite
def variants(draw: st.DrawFn, sku: str, names: list[str], number: int, urls: list[str]) -> VariantItem:
    price = draw(st.none() | decimals(1_000, 2))
    return VariantItem(
        line=2 + number,
        sku=sku,
        price=price,
        # The last tells each from its sisters. Without options there is one on sale.
        options={name: draw(texts(200)) + (str(number) if name == names[-1] else "") for name in names},
        compare_at_price=price + 1 if price and draw(st.booleans()) else None,
        stock=draw(st.integers(0, 9)),
        policy=draw(st.sampled_from(["stock", "made_to_order", "stock_then_made_to_order"])),
        weight_g=draw(st.none() | decimals(100, 3)),
        barcode=draw(texts(64, least=0)),
        image_url=draw(st.sampled_from(["", *urls])),
        metal=draw(st.sampled_from(["", *METAL_CODES])),
        lead_time_days=draw(st.none() | st.integers(0, 730)),
        parts=draw(PARTS),
        title=draw(st.just("") | texts(255)),
        position=draw(st.none() | st.integers(0, 9)),
        active=draw(st.booleans()) if names or not number else False,
    )


@pytest.fixture
def branches() -> None:
    for name in ("Rings", "Gold", "Sale"):
        Category.objects.add_root({"name": name, "slug": name.lower()})


# Not shrunk: with a database that takes minutes.
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
@given(catalogs())
def test_an_export_goes_in_again_as_it_was(branches: None, catalog: list[ProductItem]) -> None:
    StockRecord.objects.all().delete()
    Product.objects.all().delete()
    alder, birch = make_maker("alder"), make_maker("birch")
    # Some stay drafts, for words that contradict what they declare.
    assert put(catalog, alder).outcomes["created"] == len(catalog)
    exported = export(alder)

    before = dict(Product.objects.values_list("pk", "date_updated"))
    onto_itself = put(read(exported), alder)
    assert (onto_itself.outcomes["unchanged"], onto_itself.problems) == (len(catalog), [])
    assert dict(Product.objects.values_list("pk", "date_updated")) == before
    assert export(alder) == exported

    beside = put(read(exported), birch)
    assert beside.outcomes["created"] == len(catalog)
    # An address names one piece of the whole shop; all else is the same.
    assert [row | {"slug": ""} for row in rows_of(export(birch))] == [row | {"slug": ""} for row in rows_of(exported)]

    StockRecord.objects.all().delete()
    Product.objects.all().delete()
    afresh = put(read(exported), birch)
    assert afresh.outcomes["created"] == len(catalog)
    assert export(birch) == exported


class TestWhatASpreadsheetWouldRun:
    @given(st.text(st.sampled_from([*FORMULA, "a", " ", ",", '"']), max_size=6))
    def test_comes_back_as_it_was(self, text: str) -> None:
        assert unescaped(escaped(text)) == text
        assert not escaped(text).startswith(("=", "+", "-", "@"))

    def test_stands_behind_an_apostrophe_in_the_file(self) -> None:
        make_piece("band", make_variant("=1+1"), title='=HYPERLINK("https://evil.example")', tags=("@a", "b"))
        (row,) = rows_of(export(make_maker()))
        assert (row["title"], row["sku"]) == ('\'=HYPERLINK("https://evil.example")', "'=1+1")
        assert row["tags"] == "'@a, b"


class TestExport:
    def test_has_every_column_and_one_maker(self) -> None:
        make_piece("band")
        make_piece("other", make_variant("O-1"), maker=make_maker("birch"))
        text = export(make_maker())
        assert text.splitlines()[0] == ",".join(COLUMNS)
        assert [row["handle"] for row in rows_of(text)] == ["band"]

    def test_a_piece_of_the_studio_is_named_by_its_id_and_known_again(self) -> None:
        piece = make_piece("band")
        Product.objects.filter(pk=piece.pk).update(source_handle="", slug="moon", meta_title=None)
        Product.objects.filter(parent=piece).update(position=7)
        text = export(make_maker())
        assert rows_of(text)[0]["handle"] == piece.public_id
        assert put(read(text), make_maker()).outcomes == {"unchanged": 1}

    def test_a_picture_that_was_uploaded_is_known_again(self) -> None:
        piece = make_piece("band")
        moon = ProductImage.objects.create(product=piece, alt="Moon")
        file = {"original": "products/moon.jpg", "width": 8, "height": 8, "status": ImageStatus.READY}
        ProductImage.objects.filter(pk=moon.pk).update(**file)
        ProductImage.objects.create(product=piece)
        text = export(make_maker())
        (image,) = json.loads(rows_of(text)[0]["images"])
        assert image["url"].startswith("http") and image["url"].endswith("/media/products/moon.jpg")
        assert put(read(text), make_maker()).outcomes == {"unchanged": 1}
        assert ProductImage.objects.count() == 2

    def test_a_withdrawn_variant_keeps_its_options_beside_its_sister(self) -> None:
        gone = make_variant("B-0", active=False, options={"ring_size": "7"})
        make_piece("band", make_variant("B-1", options={"ring_size": "7"}), gone)
        found = read(export(make_maker()))
        assert problems(found) == []
        assert put(found, make_maker()).outcomes == {"unchanged": 1}

    def test_takes_the_same_number_of_queries_for_each_batch(self, django_assert_num_queries: Any) -> None:
        maker = make_maker()
        for number in range(12):
            make_piece(f"p{number}", make_variant(f"P-{number}"), maker=maker)
        # Pieces, variants, their stock, pictures, categories, and the look for more.
        with django_assert_num_queries(6):
            export(maker)


class TestColumnsThatAreNotThere:
    def test_say_nothing(self) -> None:
        maker = make_maker()
        make_piece(
            "ring", make_variant("R-1", metal="sterling-silver", lead_time_days=9, stock=4), subtitle="Wide",
            tags=("a",), one_of_a_kind=True, final_sale=True, stones=(StoneItem("ruby", "natural"),),
        )  # fmt: skip
        found = read(to_text(ring(title="Ring", price="180.00")))
        assert put(found, maker).outcomes == {"unchanged": 1}
        assert put(read(to_text(ring(title="Ring", price="190.00"))), maker).outcomes == {"changed": 1}
        assert StockRecord.objects.get().price == Decimal("190.00")

    def test_and_a_blank_cell_says_that_there_is_nothing(self) -> None:
        maker = make_maker()
        make_piece("ring", make_variant("R-1", lead_time_days=9), subtitle="Wide", title="A ring")
        put(read(to_text(ring(subtitle="", lead_time_days="", status=""))), maker)
        piece = Product.objects.pieces().get()
        assert (piece.subtitle, piece.children.get().lead_time_days, piece.is_public) == ("", None, True)

    def test_a_new_piece_is_a_draft(self) -> None:
        put(read(to_text(ring())), make_maker())
        assert not Product.objects.pieces().get().is_public


STONE = '[{"kind":"ruby","origin":"natural"}]'


class TestProblems:
    @pytest.mark.parametrize(
        ("column", "text", "words"),
        [
            ("product_type", "crown", "is none of ring, earrings"),
            ("status", "shown", "is none of published, draft"),
            ("one_of_a_kind", "maybe", "neither TRUE nor FALSE"),
            ("subtitle", "x" * 256, "256 characters"),
            ("slug", "Not A Slug", "is no address"),
            ("tags", '["a", 1]', "Give the tags as texts"),
            ("attributes", "{", "is not JSON"),
            ("attributes", "[]", "is not a JSON object"),
            ("parts", '[{"part":"band","metal":"unobtainium"}]', "metal: Give one of"),
            ("parts", '[{"part":"a"},{"part":"A"}]', "There are two parts"),
            ("stones", '[{"kind":"kryptonite","origin":"natural"}]', "no stone the catalog knows"),
            ("stones", '[{"kind":"ruby"}]', "origin"),
            ("ring_sizes", '{"from_mm":"50","to_mm":"60"}', "the type of the piece"),
            ("images", '[{"url":"ftp://x/y.jpg"}]', "must begin with https"),
            ("seo_title", "a\u202eb", "invisible marks"),
            ("description", "<p>" * 2_001, "2,001 tags"),
        ],
    )
    def test_a_bad_value_of_the_product_is_left_out_alone(self, column: str, text: str, words: str) -> None:
        found = read(to_text(ring(**{column: text})))
        ((line, place, reason),) = problems(found)
        assert (line, place) == (2, column)
        assert words in reason
        assert len(only(found).variants) == 1

    def test_and_what_the_catalog_has_stays(self) -> None:
        maker = make_maker()
        make_piece("ring", make_variant("R-1", "42.99"), title="A ring", stones=(StoneItem("ruby", "natural"),))
        assert put(read(to_text(ring(stones="[{}]"))), maker).outcomes == {"unchanged": 1}

    @pytest.mark.parametrize(
        ("column", "text", "words"),
        [
            ("price", "-1", "below zero"),
            ("price", "0", "must be above zero"),
            ("price", "1.234", "more than two decimals"),
            ("price", "NaN", "is not a price"),
            ("compare_at_price", "42.99", "must be above the price"),
            ("currency", "EUR", "not the currency of this shop"),
            ("weight_g", "-2", "below zero"),
            ("lead_time_days", "731", "from 0 to 730"),
            ("stock_count", "-1", "not a whole number"),
            ("stock_count", "99999999999", "not a whole number"),
            ("stock_policy", "drop_ship", "is none of stock"),
            ("metal", "gold", "is none of 24k-yellow-gold"),
            ("barcode", "x" * 65, "65 characters"),
            ("barcode", "4.00638E+12", "lost digits in a spreadsheet"),
            ("sku", "1.23457E+11", "lost digits in a spreadsheet"),
            ("variant_status", "gone", "is none of active, withdrawn"),
            ("variant_image", "javascript:x", "must begin with https"),
        ],
    )
    def test_a_bad_value_of_a_variant_leaves_it_out(self, column: str, text: str, words: str) -> None:
        good = {"handle": "ring", "sku": "R-2", "price": "50.00"}
        found = read(to_text(ring(**{column: text}), good))
        assert [(line, place) for line, place, _ in problems(found)] == [(2, column)]
        assert words in problems(found)[0][2]
        assert [variant.sku for variant in only(found).variants] == ["R-2"]

    @pytest.mark.parametrize(
        ("rows", "wanted"),
        [
            ([ring(option1_name="Size")], (2, "option1_value", "has no value")),
            ([ring(option1_value="7")], (2, "option1_name", "has no name")),
            ([ring(title="")], (2, "title", "no title")),
            ([ring(handle="")], (2, "handle", "The handle is missing")),
            ([ring(), ring(handle="b", sku="B"), ring(sku="C")], (4, "handle", "was already read from line 2")),
            ([ring(), {"handle": "ring", "title": "B", "sku": "B"}], (3, "title", "line 2; say it there")),
            ([ring(), {"handle": "ring", "sku": "R-1"}], (3, "sku", "already the SKU of the variant on line 2")),
            ([ring(), {"handle": "ring", "sku": "R-2"}], (3, "option1_value", "is already on line 2")),
            ([ring(sku="")], (2, "sku", "The SKU is missing")),
        ],
    )  # fmt: skip
    def test_of_rows(self, rows: list[dict[str, str]], wanted: tuple[int, str, str]) -> None:
        line, column, words = wanted
        assert any(
            (line, column) == place and words in reason for *place, reason in problems(read(to_text(*rows)))
            for place in [tuple(place)]
        )  # fmt: skip

    def test_a_product_without_a_variant_row_is_a_draft_still_begun(self) -> None:
        found = read(to_text({"handle": "ring", "title": "A ring"}))
        assert (problems(found), only(found).variants) == ([], ())

    def test_five_thousand_variants(self) -> None:
        rows = [ring(sku=f"R-{n}", option1_name="Size", option1_value=str(n)) for n in range(5_000)]
        found = read(to_text(*rows))
        assert len(only(found).variants) == 2_000
        assert len(problems(found)) == 3_000
        assert "already has 2,000 variants" in problems(found)[0][2]

    def test_three_hundred_pictures(self) -> None:
        images = json.dumps([{"url": f"https://images.example.com/{n}.jpg"} for n in range(300)])
        found = read(to_text(ring(images=images)))
        assert len(only(found).images) == 20
        [(_, column, reason)] = problems(found)
        assert column == "images" and "https://images.example.com/20.jpg" in reason

    def test_scripts_in_a_description_are_taken_out(self) -> None:
        found = read(to_text(ring(description="<p onclick=x()>a</p><script>alert(1)</script>")))
        assert only(found).description == "<p>a</p>"

    def test_an_unknown_category_keeps_its_product_out_and_says_so(self) -> None:
        report = put(read(to_text(ring(categories="rings, moon"))), make_maker())
        (problem,) = report.problems
        assert (problem.line, problem.column) == (2, "categories")
        assert not Product.objects.exists()

    def test_a_cell_of_ten_megabytes(self) -> None:
        found = read(to_text(ring(), ring(handle="big", sku="B-1", description="x" * 10_000_000)))
        assert [item.handle for item in found if isinstance(item, ProductItem)] == ["ring"]
        assert "longer than" in problems(found)[0][2]

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
    def test_encodings(self, encoding: str) -> None:
        assert only(read(to_text(ring(title="Bücher & Ringe")).encode(encoding))).title == "Bücher & Ringe"

    def test_semicolons(self) -> None:
        found = read("handle;title;sku;price\nring;A ring;R-1;12,50\n")
        assert only(found).variants[0].price == Decimal("12.50")


HEADERS = {
    "benchpin": ",".join(COLUMNS),
    "shopify": "Handle,Title,Body (HTML),Vendor,Tags,Published,Variant SKU,Variant Price",
    "etsy": "TITLE,DESCRIPTION,PRICE,CURRENCY_CODE,QUANTITY,TAGS,MATERIALS,IMAGE1,SKU",
}


@pytest.mark.parametrize("name", HEADERS)
def test_a_format_is_told_by_its_columns(name: str) -> None:
    """Each reader has its own word for a file without products."""
    assert read(HEADERS[name] + "\n", "auto") == read(HEADERS[name] + "\n", name)


def test_a_file_of_no_format_is_refused() -> None:
    (problem,) = read("name,cost\nring,12\n", "auto")
    assert isinstance(problem, Problem) and "of no format" in problem.reason


def test_an_item_of_shopify_leaves_what_its_file_has_no_column_for() -> None:
    maker = make_maker()
    make_piece("ring", make_variant("R-1", "42.99", metal="sterling-silver", lead_time_days=9), subtitle="Wide")
    columns = "Handle,Title,Variant SKU,Variant Price,Variant Inventory Tracker,Variant Inventory Qty"
    text = f"{columns}\nring,Ring,R-1,42.99,x,5\n"
    (item,) = read(text, "auto")
    assert isinstance(item, ProductItem)
    Product.objects.filter(structure=Product.CHILD).update(is_public=False)
    assert put([replace(item, product_type="other")], maker).outcomes == {"unchanged": 1}
