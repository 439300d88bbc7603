"""`manage.py import_products`: what it says, where, and with which exit code."""

import io
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from catalog.catalogue.models import Product
from tests.catalog.imports.big_file import write_big_file
from tests.factories import make_maker
from tests.scene import snapshot

pytestmark = pytest.mark.django_db

GOOD = """Handle,Title,Variant SKU,Variant Price,Image Src
ring,Ring,R-7,180.00,https://images.example.com/ring.jpg
chain,Chain,C-1,95.00,
"""
BAD = """Handle,Title,Variant SKU,Variant Price
ring,Ring,R-7,cheap
chain,Chain,C-1,95.00
brooch,Brooch,B-1
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    make_maker()
    path = tmp_path / "products.csv"
    path.write_text(GOOD)
    return path


def run(path: Path, *options: str, maker: str = "alder") -> tuple[int, str, str]:
    """Exit code, standard output and standard error."""
    out, err = io.StringIO(), io.StringIO()
    code = 0
    try:
        call_command(
            "import_products", str(path), "--format", "shopify", "--maker", maker, *options, stdout=out, stderr=err
        )
    except SystemExit as end:
        code = int(end.code or 0)
    return code, out.getvalue(), err.getvalue()


def test_a_good_file(file: Path) -> None:
    assert run(file) == (0, "Products: 2 created, 0 changed, 0 unchanged. Problems: 0.\n", "")
    assert run(file) == (0, "Products: 0 created, 0 changed, 2 unchanged. Problems: 0.\n", "")


def test_problems_name_line_and_column_and_the_rest_goes_in(file: Path) -> None:
    file.write_text(BAD)
    code, out, err = run(file)
    assert (code, out) == (1, "Products: 1 created, 0 changed, 0 unchanged. Problems: 3.\n")
    assert [line.split(": ")[0] for line in err.splitlines()] == [
        "line 2, Variant Price",
        "line 2, Variant Price",
        "line 4",
    ]
    assert err.startswith('line 2, Variant Price: "cheap" is not a price. Write it like 1250.00.\n')
    assert Product.objects.pieces().get().source_handle == "chain"


def test_a_problem_of_the_catalog_is_told_like_one_of_the_file(file: Path) -> None:
    run(file)
    file.write_text(GOOD.replace("ring,Ring", "bangle,Bangle"))
    code, _, err = run(file)
    assert (code, err) == (1, "line 2, SKU: The SKU R-7 belongs to another product of this maker.\n")


def test_a_dry_run_changes_nothing_and_says_so(file: Path) -> None:
    before = snapshot()
    code, out, err = run(file, "--dry-run")
    assert (code, err) == (0, "")
    assert out == "Dry run, nothing was changed. Products: 2 created, 0 changed, 0 unchanged. Problems: 0.\n"
    assert snapshot() == before


def test_a_dry_run_of_a_file_with_problems_fails_too(file: Path) -> None:
    file.write_text(BAD)
    assert run(file, "--dry-run")[0] == 1


def test_an_unknown_maker_is_told_how_to_make_one(file: Path) -> None:
    with pytest.raises(CommandError, match=r"no maker 'nobody'\. Create one: manage\.py create_maker nobody"):
        run(file, maker="nobody")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file is empty"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "The file is a PNG picture, not a CSV file"),
        (b"PK\x03\x04" + b"\0" * 40, "a spreadsheet workbook"),
    ],
)
def test_a_file_that_is_none_is_refused_as_a_whole(file: Path, content: bytes, words: str) -> None:
    file.write_bytes(content)
    with pytest.raises(CommandError, match=words):
        run(file)
    assert not Product.objects.exists()


def test_a_file_without_the_columns_needed(file: Path) -> None:
    file.write_text("Name,Cost\nRing,12\n")
    code, out, err = run(file)
    assert (code, out) == (1, "Products: 0 created, 0 changed, 0 unchanged. Problems: 1.\n")
    assert err.startswith("line 1")


def test_a_file_that_is_not_there(file: Path) -> None:
    with pytest.raises(CommandError, match=r"nowhere\.csv cannot be read: No such file or directory"):
        run(file.with_name("nowhere.csv"))


def test_a_folder(file: Path) -> None:
    with pytest.raises(CommandError, match="is a folder, not a file"):
        run(file.parent)


def test_a_format_we_do_not_read(file: Path) -> None:
    with pytest.raises(CommandError, match="invalid choice: 'ebay'"):
        call_command("import_products", str(file), "--format", "ebay", "--maker", "alder")


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("stream", "is_shown"), [(_Terminal(), True), (io.StringIO(), False)])
def test_the_bar_is_for_a_terminal_only(
    file: Path, stream: io.StringIO, is_shown: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_big_file(file, products=2)
    monkeypatch.setattr(sys, "stderr", stream)
    run(file)
    assert ("products.csv: 100%" in stream.getvalue()) is is_shown


def test_every_product_of_a_large_file_goes_in(file: Path) -> None:
    write_big_file(file, products=120)
    assert run(file)[1].startswith("Products: 120 created, ")
    assert Product.objects.pieces().count() == 120
    assert run(file)[1].startswith("Products: 0 created, 0 changed, 120 unchanged")
