import csv
import io
import os
import tempfile
import tracemalloc
from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.imports import csv_text, shopify
from catalog.imports.csv_text import UnreadableFile
from catalog.imports.formats import read_products
from catalog.imports.items import ImageItem, Problem, ProductItem, VariantItem
from catalog.imports.shopify import COLUMNS, SILENT, SILENT_OF_VARIANT, stock_of
from tests.catalog.imports.big_file import write_big_file

NEW_NAMES = {
    "handle": "URL handle",
    "description": "Description",
    "published": "Published on online store",
    "sku": "SKU",
    "price": "Price",
    "compare_at_price": "Compare-at price",
    "tracker": "Inventory tracker",
    "quantity": "Inventory quantity",
    "when_sold_out": "Continue selling when out of stock",
    "grams": "Weight value (grams)",
    "image": "Product image URL",
}

read_shopify = partial(read_products, format_name="shopify")
Rows = Sequence[dict[str, str]]


def ring(**cells: str) -> dict[str, str]:
    """The one row of a product without options, by our names for the columns."""
    return {"handle": "ring", "title": "A ring", "price": "42.99"} | cells


def sized(size: str, **cells: str) -> dict[str, str]:
    """The row of one size of a ring; the first such row needs a title."""
    return {"handle": "ring", "option1_name": "Size", "option1_value": size, "price": "42.99"} | cells


def to_text(
    rows: Rows, *, names: dict[str, str] | None = None, delimiter: str = ",", lineterminator: str = "\n"
) -> str:
    """The rows as a file that has the columns they use."""
    columns = list(dict.fromkeys(["handle", "title", "price", *(column for row in rows for column in row)]))
    header = [(names or {}).get(column, COLUMNS.get(column, (column,))[0]) for column in columns]
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator=lineterminator)
    writer.writerow(header)
    writer.writerows([row.get(column, "") for column in columns] for row in rows)
    return out.getvalue()


def read(content: Rows | str | bytes) -> tuple[list[ProductItem], list[Problem]]:
    if not isinstance(content, str | bytes):
        content = to_text(content)
    if isinstance(content, str):
        content = content.encode()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "products.csv"
        path.write_bytes(content)
        found = list(read_shopify(path))
    products = [item for item in found if isinstance(item, ProductItem)]
    return products, [item for item in found if isinstance(item, Problem)]


def read_one(content: Rows | str | bytes) -> ProductItem:
    (product,), problems = read(content)
    assert problems == []
    return product


def read_variant(**cells: str) -> VariantItem:
    (variant,) = read_one([ring(**cells)]).variants
    return variant


def refusal(content: Rows | str | bytes) -> Problem:
    """The one problem of a file from which nothing goes in, apart from the product left without a variant."""
    products, problems = read(content)
    assert products == []
    first, *rest = problems
    assert all("has no variant that can go in" in problem.reason for problem in rest)
    return first


FULL = """\
Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Variant SKU,Variant Grams,\
Variant Inventory Tracker,Variant Inventory Qty,Variant Inventory Policy,Variant Price,Variant Compare At Price,\
Variant Barcode,Image Src,Image Position,Image Alt Text,Gift Card,SEO Title,SEO Description,Variant Image,\
Variant Weight Unit
hoop-earrings,Hoop Earrings,"<p>Thin hoops, 1"" wide.</p>
<ul>
<li>Sterling silver</li>
</ul>",Anvil & Ember,Earrings,"Silver, Hoops, silver",true,Metal,Sterling Silver,HE-1,12,\
shopify,3,deny,42.99,44.99,4006381333931,https://cdn.example.com/2.jpg,2,Side,false,Hoops,Thin hoops,\
https://cdn.example.com/2.jpg,oz
hoop-earrings,,,,,,,,Rose,,0,shopify,-2,continue,52,52,,https://cdn.example.com/1.jpg,1,Front,,,,,kg
hoop-earrings,,,,,,,,,,,,,,,,,https://cdn.example.com/3.jpg,3,,,,,,
hoop-earrings,,,,,,,,,,,,,,,,,https://cdn.example.com/1.jpg,4,,,,,,
plain-chain,Plain Chain,,Anvil & Ember,Chains,,false,Title,Default Title,,0,,1,deny,30,0,,,,,false,,,,kg
"""


def test_a_whole_export() -> None:
    (hoops, chain), problems = read(FULL)
    assert problems == []
    assert hoops == ProductItem(
        handle="hoop-earrings",
        line=2,
        title="Hoop Earrings",
        description='<p>Thin hoops, 1" wide.</p>\n<ul>\n<li>Sterling silver</li>\n</ul>',
        product_type="earrings",
        category="Earrings",
        vendor="Anvil & Ember",
        tags=("Silver", "Hoops"),
        published=True,
        seo_title="Hoops",
        seo_description="Thin hoops",
        images=(
            ImageItem("https://cdn.example.com/1.jpg", 1, "Front"),
            ImageItem("https://cdn.example.com/2.jpg", 2, "Side"),
            ImageItem("https://cdn.example.com/3.jpg", 3),
        ),
        variants=(
            VariantItem(
                line=2,
                sku="HE-1",
                price=Decimal("42.99"),
                options={"metal": "Sterling Silver"},
                compare_at_price=Decimal("44.99"),
                stock=3,
                policy="stock",
                weight_g=Decimal(12),
                barcode="4006381333931",
                image_url="https://cdn.example.com/2.jpg",
                metal="sterling-silver",
                silent=SILENT_OF_VARIANT,
            ),
            VariantItem(
                line=6,
                sku="hoop-earrings-rose",
                price=Decimal("52.00"),
                options={"metal": "Rose"},
                stock=0,
                policy="stock_then_made_to_order",
                silent=SILENT_OF_VARIANT | {"metal"},
            ),
        ),
        silent=SILENT,
    )
    assert chain.line == 9
    assert chain.product_type == "other"
    assert chain.category == "Chains"
    assert not chain.published
    assert chain.variants == (
        VariantItem(
            line=9,
            sku="plain-chain",
            price=Decimal("30.00"),
            policy="made_to_order",
            silent=SILENT_OF_VARIANT | {"metal"},
        ),
    )


# How the file is written


@pytest.mark.parametrize("names", [{}, NEW_NAMES, {column: names[0].upper() for column, names in COLUMNS.items()}])
def test_column_names_old_and_new_in_any_case(names: dict[str, str]) -> None:
    cells = {
        "description": "<p>Thin</p>",
        "published": "FALSE",
        "sku": "R-1",
        "compare_at_price": "50",
        "grams": "3",
        "tracker": "shopify",
        "quantity": "4",
        "when_sold_out": "CONTINUE",
        "image": "https://a.example/1.jpg",
    }
    product = read_one(to_text([ring(**cells)], names=names))
    assert (product.handle, product.description, product.published) == ("ring", "<p>Thin</p>", False)
    assert product.images == (ImageItem("https://a.example/1.jpg", 1),)
    assert product.variants == (
        VariantItem(
            line=2,
            sku="R-1",
            price=Decimal("42.99"),
            compare_at_price=Decimal("50.00"),
            stock=4,
            policy="stock_then_made_to_order",
            weight_g=Decimal(3),
            silent=SILENT_OF_VARIANT | {"metal"},
        ),
    )


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le-bom", "utf-16-be-bom", "cp1252", "latin-1"]
)
@pytest.mark.parametrize("lineterminator", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_encodings_line_ends_and_delimiters(encoding: str, lineterminator: str, delimiter: str) -> None:
    rows = [
        ring(title='Bague dorée; fine, à 7"', description=f"<p>a</p>{lineterminator}<p>b</p>"),
        ring(handle="b", title="B"),
    ]
    text = to_text(rows, delimiter=delimiter, lineterminator=lineterminator)
    if encoding.endswith("-bom"):
        content = ("\ufeff" + text).encode(encoding.removesuffix("-bom"))
    else:
        content = text.encode(encoding)
    (first, second), problems = read(content)
    assert problems == []
    assert first.title == 'Bague dorée; fine, à 7"'
    assert (first.line, second.line) == (2, 4)


def test_one_bad_byte_does_not_garble_a_good_file() -> None:
    content = to_text([ring(title="Bague dorée"), ring(handle="b", title="Opale X")]).encode().replace(b"X", b"\xe9")
    (first, second), _ = read(content)
    assert (first.title, second.title) == ("Bague dorée", "Opale é")


def test_line_numbers_are_those_of_the_file() -> None:
    text = '\n\nHandle,Title,Variant Price,Body (HTML)\na,A,x,"one\r\ntwo\n\nthree"\n\n,,,\nb,B,y,\n'
    assert [problem.line for problem in read(text)[1]] == [4, 4, 10, 10]


def test_space_after_the_delimiter_does_not_matter() -> None:
    assert read_one('Handle, Title, Variant Price\nring, "Gold, 14k", 5\n').title == "Gold, 14k"


def test_progress_adds_up_to_the_size(tmp_path: Path) -> None:
    path = tmp_path / "big.csv"
    write_big_file(path, products=200)
    steps: list[int] = []
    assert len(list(read_shopify(path, advance=steps.append))) == 200
    assert sum(steps) == path.stat().st_size
    assert len(steps) > 5


def test_memory_stays_flat(tmp_path: Path) -> None:
    def peak(products: int) -> int:
        path = tmp_path / "big.csv"
        write_big_file(path, products=products)
        tracemalloc.start()
        for _ in read_shopify(path):
            pass
        _, highest = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return highest

    peak(10)
    # What is kept of a product is its handle and SKUs; the items would be some 5 KB each.
    assert peak(2_000) - peak(200) < 1_800 * 1_000


# What is no export at all


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"\n\n\r\n  \n", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "PNG picture"),
        (b"PK\x03\x04\x14\0\x06\0", "workbook"),
        (b"%PDF-1.7\n", "PDF"),
        (b"Han\0dle,Title\n", "not text"),
        ("Handle,Title\n".encode("utf-16-le"), "not text"),
        (b'"Handle,Title\n', "names of the columns"),
    ],
)
def test_unreadable(content: bytes, said: str) -> None:
    with pytest.raises(UnreadableFile, match=said):
        read(content)


def test_a_folder_a_missing_file_and_a_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "missing.csv", tmp_path / "pipe"):
        with pytest.raises(UnreadableFile):
            list(read_shopify(path))


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "products.csv"
    path.write_text(FULL)

    def refuse(*_: Any, **__: Any) -> Any:
        raise PermissionError(13, "Permission denied")

    # Taking the right away would not stop a test that runs as root.
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(UnreadableFile, match="Permission denied"):
        list(read_shopify(path))


@pytest.mark.parametrize(
    ("header", "column"),
    [
        ("Title,Variant Price", "Handle"),
        ("Handle,Variant Price", "Title"),
        ("Handle,Title", "Variant Price"),
        ("Name,Cost", "Handle, Title, Variant Price"),
        ("Handle,Title,Variant Price,variant price", "Variant Price, variant price"),
        ("Handle,Title,Variant Price,Price", "Variant Price, Price"),
    ],
)
def test_columns_missing_or_twice(header: str, column: str) -> None:
    products, (problem,) = read(f"{header}\na,b,c,d\n")
    assert products == []
    assert (problem.line, problem.column) == (1, column)


def test_unknown_columns_may_stand_twice() -> None:
    assert read_one("Handle,Title,Variant Price,Note,Note,,\nring,A ring,5,x,y,,\n").title == "A ring"


def test_header_only() -> None:
    assert refusal("Handle,Title,Variant Price\n").line == 1


# Broken rows


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("bad,Bad", "too few fields: 2, where the header has 3"),
        ("bad,Bad,5,extra", "too many fields: 4"),
        ('bad,"7" chain",5', "quotes"),
        ('bad,"never closed,5', "quotes"),
        ("bad,B\0ad,5", "NUL"),
        (f"bad,{'x' * (csv_text.MAX_FIELD + 1)},5", "at most 1,000,000"),
        (f"bad,{'x' * (csv_text.MAX_ROW + 10)},5", "longer than 5,000,000"),
        (f'bad,"{"x" * 999}\n{"x" * (csv_text.MAX_ROW + 10)}",5', "longer than"),
        (",Bad,5", "handle is missing"),
        ("!!,Bad,5", "neither letters nor digits"),
        (f"{'x' * 256},Bad,5", "at most 255"),
    ],
)
def test_a_broken_row_costs_only_itself(row: str, said: str) -> None:
    products, problems = read(f"Handle,Title,Variant Price\na,A,1\n{row}\nb,B,2\nc,C,3\n")
    assert [product.handle for product in products] == ["a", "b", "c"]
    assert problems[0].line == 3
    assert said in problems[0].reason
    assert len(problems[0].reason) < 250


def test_a_quote_inside_an_unquoted_field_is_an_inch() -> None:
    assert read_one('Handle,Title,Variant Price\nring,Chain 7",5\n').title == 'Chain 7"'


def test_empty_fields_beyond_the_header_say_nothing() -> None:
    assert read_one("Handle,Title,Variant Price\nring,A ring,5,,\n").title == "A ring"


def test_quotes_without_end_come_to_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_text, "MAX_READ_AGAIN", 10_000)
    _, problems = read("Handle,Title,Variant Price\n" + 'a",",\n' * 5_000)
    assert "nothing below" in problems[-1].reason
    assert len(problems) < 100


def test_all_that_is_wrong_with_a_row_is_said_at_once() -> None:
    row = ring(price="-1", quantity="x", grams="y", published="z", image="ftp://a", tags="t" * 200)
    _, problems = read([row])
    assert {problem.column for problem in problems if problem.line == 2} == {
        *("Variant Price", "Variant Inventory Qty", "Variant Grams", "Published", "Image Src", "Tags"),
    }


def test_the_column_is_named_as_in_the_file() -> None:
    assert refusal("HANDLE;title;price\nring;A ring;x\n").column == "price"


# Products


def test_a_bad_first_row_leaves_the_other_variants() -> None:
    rows = [sized("6", title="A ring", price="free", image="https://a.example/1.jpg"), sized("7"), sized("8")]
    (product,), (problem,) = read(rows)
    assert (problem.line, problem.column) == (2, "Variant Price")
    assert product.title == "A ring"
    assert [variant.options["size"] for variant in product.variants] == ["7", "8"]
    assert len(product.images) == 1


@pytest.mark.parametrize(
    ("rows", "column", "said"),
    [
        ([ring(title="")], "Title", "no title"),
        ([ring(title="x" * 256)], "Title", "at most 255"),
        ([ring(price="")], "Variant Price", "no variant"),
        ([ring(price="", sku="R")], "Variant Price", "price is missing"),
        ([ring(gift_card="TRUE"), sized("10")], "Gift Card", "not imported"),
        ([ring(gift_card="perhaps", price="")], "Gift Card", "neither TRUE nor FALSE"),
    ],
)
def test_products_that_do_not_go_in(rows: Rows, column: str, said: str) -> None:
    problem = refusal(rows)
    assert problem.column == column
    assert said in problem.reason


def test_a_gift_card_is_said_once() -> None:
    _, problems = read([ring(gift_card="true", price="0"), sized("x", price="bad")])
    assert len(problems) == 1


def test_rows_that_come_again_are_refused_one_by_one() -> None:
    rows = [
        sized("6", title="A ring"),
        ring(handle="other", title="Other"),
        sized("7"),
        sized("8"),
        ring(handle="z"),
    ]
    products, problems = read(rows)
    assert [product.handle for product in products] == ["ring", "other", "z"]
    assert len(products[0].variants) == 1
    assert [(problem.line, problem.column) for problem in problems] == [(4, "Handle"), (5, "Handle")]
    assert "stand together" in problems[0].reason


def test_two_products_with_one_handle() -> None:
    (product,), (problem,) = read([sized("6", title="A ring"), sized("7", title="Another"), sized("8", title="A ring")])
    assert (problem.line, problem.column) == (3, "Title")
    assert len(product.variants) == 2


@pytest.mark.parametrize(
    ("handle", "slug"),
    [
        ("Chain-Bracelet", "chain-bracelet"),
        ("  Bague  dorée & fine! ", "bague-doree-fine"),
        ("ÆBLE_Straße", "aeble-strasse"),
        ("кольцо", "кольцо"),
        ("반지", "반지"),
        ("../../etc", "etc"),
    ],
)
def test_handles_become_slugs(handle: str, slug: str) -> None:
    assert read_one([ring(handle=handle)]).handle == slug


def test_handles_that_become_the_same_slug_are_two_products() -> None:
    (product,), (problem,) = read([ring(handle="bague é"), ring(handle="bague e", title="Other")])
    assert product.title == "A ring"
    assert problem.column == "Handle"


@pytest.mark.parametrize(
    ("published", "status", "expected"),
    [
        ("true", "", True),
        ("", "", True),
        ("FALSE", "", False),
        ("true", "Active", True),
        ("true", "draft", False),
        ("true", "archived", False),
        ("true", "unlisted", False),
        ("false", "active", False),
    ],
)
def test_published(published: str, status: str, expected: bool) -> None:
    assert read_one([ring(published=published, status=status)]).published is expected


@pytest.mark.parametrize("cells", [{"published": "perhaps"}, {"status": "sold"}])
def test_a_product_whose_visibility_is_unclear_goes_in_hidden(cells: dict[str, str]) -> None:
    (product,), problems = read([ring(**cells)])
    assert len(problems) == 1
    assert not product.published


@pytest.mark.parametrize(
    ("type_", "category", "product_type", "shown_category"),
    [
        ("Bracelet", "", "bracelet", "Bracelet"),
        ("Rings", "", "ring", "Rings"),
        ("Earring", "", "earrings", "Earring"),
        ("Choker", "", "necklace", "Choker"),
        ("Cufflinks", "", "cufflinks", "Cufflinks"),
        ("Loose stones", "", "loose_stone", "Loose stones"),
        ("", "Apparel & Accessories > Jewelry > Rings", "ring", "Rings"),
        ("Fine Jewelry", "Apparel & Accessories > Jewelry > Anklets", "anklet", "Fine Jewelry"),
        ("Keyring holder", "", "other", "Keyring holder"),
        ("", "", "other", ""),
    ],
)
def test_types_and_categories(type_: str, category: str, product_type: str, shown_category: str) -> None:
    product = read_one([ring(type=type_, category=category)])
    assert (product.product_type, product.category) == (product_type, shown_category)


def test_words_too_long_are_left_out_of_the_product() -> None:
    row = ring(vendor="v" * 256, seo_title="s" * 256, seo_description="d" * 1_001, tags=f"ok,{'t' * 129}")
    (product,), problems = read([row])
    assert {problem.column for problem in problems} == {"Vendor", "SEO Title", "SEO Description", "Tags"}
    assert (product.vendor, product.seo_title, product.seo_description, product.tags) == ("", "", "", ())


# Variants


@pytest.mark.parametrize(
    ("cell", "price"),
    [
        ("42.99", "42.99"),
        ("42", "42.00"),
        ("0.5", "0.50"),
        ("1,250.00", "1250.00"),
        ("1,250,000.5", "1250000.50"),
        ("1.250,00", "1250.00"),
        ("$42.99", "42.99"),
        ("€ 42.99", "42.99"),
        ("42.99 £", "42.99"),
        ("12.500", "12.50"),
        ("99999999.99", "99999999.99"),
    ],
)
def test_prices(cell: str, price: str) -> None:
    found = read_variant(price=cell).price
    assert str(found) == price


@pytest.mark.parametrize(
    "cell",
    [
        *(
            "-5",
            "$-5",
            "−5",
            "(5.00)",
            "0",
            "0.00",
            "free",
            "12,50",
            "1,250",
            "1.250.00",
            "1,25.00",
            "1 250",
            "12.345",
        ),
        *(
            "100000000",
            "99999999.991",
            "NaN",
            "Infinity",
            "-inf",
            "1e5",
            "0x10",
            "1_000",
            "٣",
            "5.",
            ".",
            "$",
            "5 USD",
        ),
        *("9" * 64, "9" * 5_000, "'5", "=2+3", "5.00.00", "1,,000.00"),
    ],
)
def test_prices_that_are_refused(cell: str) -> None:
    problem = refusal([ring(price=cell)])
    assert (problem.line, problem.column) == (2, "Variant Price")
    assert len(problem.reason) < 150


@pytest.mark.parametrize(
    ("cell", "price"),
    [
        ("12,50", "12.50"),
        ("12.50", "12.50"),
        ("1250", "1250.00"),
        ("1.250,00", "1250.00"),
        ("1,250.00", "1250.00"),
    ],
)
def test_decimal_commas_in_a_file_of_semicolons(cell: str, price: str) -> None:
    (variant,) = read_one(f"Handle;Title;Variant Price\nring;A ring;{cell}\n").variants
    assert variant.price == Decimal(price)


@pytest.mark.parametrize("cell", ["1.250", "1,250", "12,345"])
def test_what_may_be_a_thousand_or_a_fraction_is_refused(cell: str) -> None:
    assert refusal(f"Handle;Title;Variant Price\nring;A ring;{cell}\n").column == "Variant Price"


@pytest.mark.parametrize(
    ("cell", "before"),
    [("44.99", "44.99"), ("42.99", None), ("40", None), ("0", None), ("", None), ("0.00", None)],
)
def test_compare_at_prices(cell: str, before: str | None) -> None:
    assert read_variant(compare_at_price=cell).compare_at_price == (Decimal(before) if before else None)


@pytest.mark.parametrize(
    ("tracked", "sold_on", "quantity", "expected"),
    [
        (False, False, 1, ("made_to_order", 0)),
        (False, True, -3, ("made_to_order", 0)),
        (True, False, 4, ("stock", 4)),
        (True, False, -4, ("stock", 0)),
        (True, True, 4, ("stock_then_made_to_order", 4)),
        (True, True, -4, ("stock_then_made_to_order", 0)),
    ],
)
def test_stock_of(tracked: bool, sold_on: bool, quantity: int, expected: tuple[str, int]) -> None:
    assert stock_of(tracked=tracked, sold_on=sold_on, quantity=quantity) == expected


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"tracker": "", "quantity": "1", "when_sold_out": "deny"}, ("made_to_order", 0)),
        ({"tracker": "shopify", "quantity": "3", "when_sold_out": "deny"}, ("stock", 3)),
        ({"tracker": "shopify", "quantity": "3.0", "when_sold_out": ""}, ("stock", 3)),
        ({"tracker": "shopify", "quantity": "", "when_sold_out": "deny"}, ("stock", 0)),
        ({"tracker": "shopify", "quantity": "3", "when_sold_out": "TRUE"}, ("stock_then_made_to_order", 3)),
        ({"tracker": "amazon_marketplace_web", "quantity": "3"}, ("stock", 3)),
        ({"quantity": "3"}, ("stock", 3)),
        ({}, ("made_to_order", 0)),
    ],
)
def test_stock_as_the_file_says_it(cells: dict[str, str], expected: tuple[str, int]) -> None:
    variant = read_variant(**cells)
    assert (variant.policy, variant.stock) == expected


@pytest.mark.parametrize(
    ("cells", "grams"),
    [
        ({"grams": "28", "weight_unit": "oz"}, "28"),
        ({"grams": "28.35"}, "28.35"),
        ({"grams": "0", "weight_unit": "kg"}, None),
        ({"grams": ""}, None),
        ({"weight": "1", "weight_unit": "oz"}, "28.350"),
        ({"weight": "0.5", "weight_unit": "lb"}, "226.796"),
        ({"weight": "1000", "weight_unit": "lb"}, "453592.370"),
        ({"weight": "0.012", "weight_unit": "KG"}, "12"),
        ({"weight": "7", "weight_unit": "grams"}, "7"),
        ({"weight": "0", "weight_unit": ""}, None),
        ({"weight": "0.0001", "weight_unit": "g"}, None),
        ({"grams": "5", "weight": "1", "weight_unit": "lb"}, "5"),
    ],
)
def test_weights(cells: dict[str, str], grams: str | None) -> None:
    assert read_variant(**cells).weight_g == (Decimal(grams) if grams else None)


def test_a_decimal_comma_in_a_weight() -> None:
    (variant,) = read_one("Handle;Title;Price;Variant Grams\nring;A;5;0,125\n").variants
    assert variant.weight_g == Decimal("0.125")


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"compare_at_price": "-1"}, "Variant Compare At Price"),
        ({"compare_at_price": "was 5"}, "Variant Compare At Price"),
        ({"quantity": "many"}, "Variant Inventory Qty"),
        ({"quantity": "1.5"}, "Variant Inventory Qty"),
        ({"quantity": "2147483648"}, "Variant Inventory Qty"),
        ({"quantity": "9" * 5_000}, "Variant Inventory Qty"),
        ({"when_sold_out": "perhaps"}, "Variant Inventory Policy"),
        ({"grams": "-1"}, "Variant Grams"),
        ({"grams": "light"}, "Variant Grams"),
        ({"grams": "1000001"}, "Variant Grams"),
        ({"weight": "5", "weight_unit": ""}, "Variant Weight"),
        ({"weight": "5", "weight_unit": "stone"}, "Variant Weight"),
        ({"sku": "S" * 129}, "Variant SKU"),
        ({"barcode": "4.00638E+12"}, "Variant Barcode"),
        ({"barcode": "1" * 65}, "Variant Barcode"),
        ({"option1_value": "Blue"}, "Option1 Name"),
        ({"option1_name": "Color"}, "Option1 Value"),
        ({"option1_name": "♥", "option1_value": "Blue"}, "Option1 Name"),
        ({"option1_name": "N" * 129, "option1_value": "Blue"}, "Option1 Name"),
        ({"option1_name": "Color", "option1_value": "B" * 256}, "Option1 Value"),
        (
            {
                "option1_name": "Color",
                "option1_value": "Blue",
                "option2_name": "color",
                "option2_value": "Red",
            },
            "Option2 Name",
        ),
    ],
)
def test_values_that_leave_a_variant_out(cells: dict[str, str], column: str) -> None:
    problem = refusal([ring(**cells)])
    assert (problem.line, problem.column) == (2, column)
    assert len(problem.reason) < 200


def test_three_options() -> None:
    cells = {
        "option1_name": "Ring Size",
        "option1_value": "6 1/2",
        "option2_name": "Metal",
        "option2_value": "14K Yellow Gold",
        "option3_name": "Gravur",
        "option3_value": "Jürgen",
    }
    variant = read_variant(**cells)
    assert variant.options == {"ring_size": "6 1/2", "metal": "14K Yellow Gold", "gravur": "Jürgen"}
    assert variant.metal == "14k-yellow-gold"
    assert variant.sku == "ring-6-1-2-14k-yellow-gold-jurgen"


@pytest.mark.parametrize(
    ("name", "value", "metal"),
    [
        ("Material", "Sterling silver", "sterling-silver"),
        ("Metal", "argentium-935-silver", "argentium-935-silver"),
        ("Metal", "Gold", ""),
        ("Metal", "14k Yellow Gold, polished", ""),
        ("Color", "14k Yellow Gold", ""),
    ],
)
def test_metals_are_read_and_never_guessed(name: str, value: str, metal: str) -> None:
    row = ring(title="14k yellow gold ring", option1_name=name, option1_value=value)
    assert read_one([row]).variants[0].metal == metal


def test_a_default_title_is_no_option() -> None:
    assert read_variant(option1_name="Title", option1_value="Default Title").options == {}


def test_an_option_may_be_called_title() -> None:
    assert read_variant(option1_name="Title", option1_value="Dr").options == {"title": "Dr"}


@pytest.mark.parametrize(
    ("second", "column", "said"),
    [
        (sized("6"), "Option1 Value", "already on line 2"),
        (sized(" 6 "), "Option1 Value", "already on line 2"),
        (sized("7", option1_name="Length"), "Option1 Name", "Name it the same"),
        (sized("7", option2_name="Color", option2_value="Blue"), "Option1 Value", "other options"),
        (sized("", option1_name=""), "Option1 Value", "has no value"),
        (sized("7", sku="R-6"), "Variant SKU", "already the SKU of the variant on line 2"),
    ],
)
def test_the_second_of_two_variants_that_clash(second: dict[str, str], column: str, said: str) -> None:
    (product,), problems = read([sized("6", title="A ring", sku="R-6"), second])
    assert [variant.line for variant in product.variants] == [2]
    assert problems[0].column == column
    assert said in problems[0].reason


def test_a_sku_may_not_come_again_in_another_product() -> None:
    products, problems = read([ring(sku="S"), ring(handle="b", sku="S"), ring(handle="c", sku="s")])
    assert [product.handle for product in products] == ["ring", "c"]
    assert [problem.column for problem in problems] == ["Variant SKU", "Variant Price"]


def test_the_sku_of_a_variant_left_out_is_free() -> None:
    (product,), _ = read([ring(sku="S", price="0"), ring(sku="S")])
    assert product.variants[0].sku == "S"


def test_derived_skus_are_unique() -> None:
    rows = [
        ring(handle="b", sku="ring-x-2"),
        sized("X!", title="A ring"),
        sized("X?"),
        sized("♥"),
        sized("♦"),
    ]
    products, problems = read(rows)
    assert problems == []
    assert [variant.sku for variant in products[1].variants] == ["ring-x", "ring-x-3", "ring", "ring-2"]


def test_derived_skus_fit() -> None:
    rows = [sized(str(size), title="A ring" * (size == 1), handle="h" * 200) for size in range(1, 4)]
    skus = [variant.sku for variant in read_one(rows).variants]
    assert len(set(skus)) == 3
    assert max(map(len, skus)) <= 128


def test_an_apostrophe_that_keeps_leading_zeros_is_dropped() -> None:
    variant = read_variant(barcode="'0012345", sku="'007")
    assert (variant.barcode, variant.sku) == ("0012345", "007")


def test_too_many_variants(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shopify, "MAX_VARIANTS", 3)
    (product,), problems = read([sized(str(size), title="A ring") for size in range(5)])
    assert len(product.variants) == 3
    assert [problem.line for problem in problems] == [5, 6]


# Pictures


@pytest.mark.parametrize(
    "address",
    [
        *(
            "data:image/png;base64,AAAA",
            "//cdn.example.com/1.jpg",
            "1.jpg",
            "ftp://a.example/1.jpg",
            "javascript:x",
        ),
        *(
            "file:///etc/passwd",
            "https://",
            "http://[::1",
            "https://a.example/1 2.jpg",
            "https://a.example/" + "x" * 2_000,
        ),
    ],
)
def test_bad_addresses_leave_only_the_picture_out(address: str) -> None:
    row = ring(image=address, variant_image=address)
    (product,), problems = read([row, ring(title="", price="", image="https://a.example/ok.jpg")])
    assert [(problem.line, problem.column) for problem in problems] == [
        (2, "Image Src"),
        (2, "Variant Image"),
    ]
    assert [image.url for image in product.images] == ["https://a.example/ok.jpg"]
    assert product.variants[0].image_url == ""


def test_pictures_stand_by_position_and_those_without_one_last() -> None:
    def picture(name: str, position: str) -> dict[str, str]:
        return {"handle": "ring", "image": f"https://a.example/{name}", "image_position": position}

    rows = [
        ring(),
        picture("d", ""),
        picture("b", "5"),
        picture("a", "2"),
        picture("c", "5"),
        picture("a", "1"),
    ]
    images = read_one(rows).images
    assert [image.url[-1] for image in images] == ["a", "b", "c", "d"]
    assert [image.position for image in images] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("cells", "column"),
    [({"image_position": "first"}, "Image Position"), ({"image_alt": "x" * 513}, "Image Alt Text")],
)
def test_a_picture_without_a_good_position_or_text_goes_in(cells: dict[str, str], column: str) -> None:
    (product,), (problem,) = read([ring(image="https://a.example/1.jpg", **cells)])
    assert problem.column == column
    assert product.images == (ImageItem("https://a.example/1.jpg", 1),)


def test_too_many_pictures() -> None:
    rows = [ring()] + [{"handle": "ring", "image": f"https://a.example/{number}.jpg"} for number in range(22)]
    (product,), problems = read(rows)
    assert len(product.images) == 20
    assert [problem.line for problem in problems] == [23, 24]


# Descriptions


@pytest.mark.parametrize(
    ("given_html", "kept"),
    [
        ("Tom & Co", "Tom &amp; Co"),
        ("<p style='color:red' class=x onclick=y>a<br/>b</p>", "<p>a<br>b</p>"),
        ("<script>alert(1)</script><style>p{}</style>ok<!-- c -->", "ok"),
        ("<iframe src=//x>no</iframe><svg><script>1</script></svg><object>x</object>ok", "ok"),
        ("<img src=x onerror=alert(1)>ok", "ok"),
        ("<div>one</div><div>two</div>", "one two"),
        ("<h1>a</h1><h2>b</h2>", "a <h2>b</h2>"),
        ("<a href='javascript:x'>a</a>", '<a rel="noopener nofollow">a</a>'),
        ("<a href='data:text/html,x'>a</a>", '<a rel="noopener nofollow">a</a>'),
        ("<a href='/pages/x'>a</a>", '<a rel="noopener nofollow">a</a>'),
        ("<a href='https://a.b' rel=x target=y>a</a>", '<a href="https://a.b" rel="noopener nofollow">a</a>'),
        ("<a href='mailto:a@b.c'>a</a>", '<a href="mailto:a@b.c" rel="noopener nofollow">a</a>'),
        (
            "<table border=1><tr><td colspan=2 style=x>a</td></tr></table>",
            '<table><tbody><tr><td colspan="2">a</td></tr></tbody></table>',
        ),
        ("<p>never closed <b>bold", "<p>never closed <b>bold</b></p>"),
        ("&lt;script&gt;", "&lt;script&gt;"),
    ],
)
def test_descriptions_are_made_safe(given_html: str, kept: str) -> None:
    assert read_one([ring(description=given_html)]).description == kept


def test_a_description_with_a_large_picture_in_it() -> None:
    html = f'<p>ok</p><img src="data:image/png;base64,{"A" * 900_000}">'
    assert read_one([ring(description=html)]).description == "<p>ok</p>"


def test_markup_that_would_take_the_machine_down_is_left_out() -> None:
    html = "".join(f"<b id={number}><p>" for number in range(40_000))
    (product,), (problem,) = read([ring(description=html)])
    assert (problem.column, product.description) == ("Body (HTML)", "")


# Whatever comes

CELLS = st.one_of(
    st.sampled_from(["", "ring", "Ring", "chain", "5", "-5", "0", "1e5", "true", "Title", "Default Title", "Size"]),
    st.sampled_from(["shopify", "continue", "https://a.example/1.jpg", "http://[", "kg", "12,50", 'a"b', "a\nb", "\0"]),
    st.text(max_size=12),
)
COLUMN_NAMES = [names[0] for names in COLUMNS.values()]


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.lists(CELLS, min_size=len(COLUMN_NAMES), max_size=len(COLUMN_NAMES)), max_size=8),
    st.sampled_from([",", ";", "\t"]),
)
def test_any_rows_are_read_or_refused(rows: list[list[str]], delimiter: str) -> None:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n")
    writer.writerows([COLUMN_NAMES, *rows])
    products, problems = read(out.getvalue().encode(errors="replace"))
    meant = [row for row in rows if any(map(str.strip, row))]
    assert len(products) <= len(meant)
    assert sum(len(product.variants) for product in products) <= len(meant)
    assert len(problems) <= len(meant) * (len(COLUMN_NAMES) + 1) + 1
    assert bool(products or problems)
    _check_sane(products, problems, lines=out.getvalue().count("\n") + out.getvalue().count("\r") + 1)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from([b"", b"Handle,Title,Variant Price\n", b"\xff\xfe", b"Handle;Title;Price;Description\r"]),
    st.one_of(
        st.binary(max_size=300),
        st.text(alphabet='ab,;"\n\r\t5.$', max_size=300).map(str.encode),
        st.text(alphabet='ab,;"\n\r\t5.$é', max_size=300).map(lambda text: text.encode("utf-16-le")),
    ),
)
def test_any_bytes_are_read_or_refused(start: bytes, rest: bytes) -> None:
    try:
        products, problems = read(start + rest)
    except UnreadableFile as error:
        assert str(error).endswith(".")
    else:
        assert products or problems
        _check_sane(products, problems, lines=len(start + rest) + 1)


def _check_sane(products: list[ProductItem], problems: list[Problem], *, lines: int) -> None:
    """Whatever goes in is such that the catalog may keep it."""
    assert all(1 <= problem.line <= lines and problem.reason for problem in problems)
    assert len({product.handle for product in products}) == len(products)
    variants = [variant for product in products for variant in product.variants]
    assert len({variant.sku for variant in variants}) == len(variants)
    for product in products:
        assert product.handle
        assert product.title
        assert product.variants
        assert "\0" not in product.title + product.description
    for variant in variants:
        assert variant.sku
        assert 0 < variant.price <= Decimal("99999999.99")
        assert variant.stock >= 0
        assert variant.compare_at_price is None or variant.compare_at_price > variant.price
        assert variant.weight_g is None or variant.weight_g > 0
