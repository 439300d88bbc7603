"""The documents are true where a machine can tell: links, addresses, commands, variables, paths, error codes."""

import ast
import csv
import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command, get_commands
from django.urls import Resolver404, get_resolver, resolve

from config.database import BASE_DIR
from config.management.commands.document_errors import TARGET, errors_document
from config.pages import all_errors

DOCS = BASE_DIR / "docs"
PAGES = [BASE_DIR / "README.md", *sorted(DOCS.rglob("*.md"))]
STARTS = ("manage.py", "config", "shop", "catalog", "orders")
SETTINGS = BASE_DIR / "config" / "settings"

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
CODE = re.compile(rf"{FENCE.pattern}|`[^`\n]+`", re.MULTILINE | re.DOTALL)
# An address of ours; the local Stripe has a /v1 of its own.
ADDRESS = re.compile(r"(?P<before>[^\s`\"']*?)(?P<path>/v1(?:/[\w{}$.-]+)*)|\$api(?P<store>(?:/[\w{}$.-]+)*)")

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(BASE_DIR)))


def code_of(page: Path) -> list[str]:
    return [found[0] for found in CODE.finditer(page.read_text())]


def headings(page: Path) -> set[str]:
    """The anchors of a page, as GitHub makes them of its headings."""
    titles = re.findall(r"^#+ (.*)$", FENCE.sub("", page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def table_rows(page: Path) -> Iterator[list[str]]:
    """The cells of every table's rows, their headers left out."""
    for line in page.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| ") and len(cells) > 1:
            yield cells


# Links, commands, addresses


@each_page
def test_links_lead_somewhere(page: Path) -> None:
    broken = []
    for target in LINK.findall(FENCE.sub("", page.read_text())):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        found = (page.parent / path).resolve() if path else page
        if not found.exists() or (anchor and anchor not in headings(found)):
            broken.append(target)
    assert broken == []


@each_page
def test_make_targets_are_there(page: Path) -> None:
    targets = set(re.findall(r"^([a-z][a-z-]*):", (BASE_DIR / "Makefile").read_text(), re.MULTILINE))
    named = {name for code in code_of(page) for name in re.findall(r"\bmake ([a-z][a-z-]*)", code)}
    assert named <= targets


@each_page
def test_management_commands_are_there(page: Path) -> None:
    named = {name for code in code_of(page) for name in re.findall(r"manage\.py ([a-z]\w+)", code)}
    assert named <= get_commands().keys()


@each_page
def test_addresses_are_served(page: Path) -> None:
    routes = known_routes()
    assert [path for path in addresses(page.read_text()) if not is_served(path, routes)] == []


def addresses(text: str) -> Iterator[str]:
    # A whole segment of a template literal is some id; a piece of one may be anything.
    plain = re.sub(r"\$\{[^}]*\}", "", re.sub(r"/\$\{[^}]*\}", "/x", text))
    for found in ADDRESS.finditer(plain):
        if found["path"] and not re.search(r"stripe|:8001", found["before"]):
            yield found["path"].rstrip("./")
        elif found["store"]:
            yield f"/v1/store{found['store'].rstrip('./')}"


def known_routes() -> list[str]:
    def walk(patterns: Sequence[Any], before: str) -> Iterator[str]:
        for each in patterns:
            if hasattr(each, "url_patterns"):
                yield from walk(each.url_patterns, before + str(each.pattern))
            else:
                yield before + str(each.pattern)

    return [f"/{route}" for route in walk(get_resolver().url_patterns, "")]


def is_served(path: str, routes: Sequence[str]) -> bool:
    """Whether the address has a route, or is where several begin."""
    if any(route.startswith(f"{path}/") for route in routes):
        return True
    try:
        return resolve(re.sub(r"\{\w+\}|\$\w+", "x", path)) is not None
    except Resolver404:
        return False


def test_an_address_that_is_not_served_is_found() -> None:
    text = "`/v1/store/products`, /v1/store/nothing, $api/orders/$number/cancel, $api/carts, $stripe/v1/charges"
    routes = known_routes()
    assert [path for path in addresses(text) if not is_served(path, routes)] == ["/v1/store/nothing", "/v1/store/carts"]


# configuration.md


def variables_read() -> dict[str, list[ast.expr | None]]:
    """Each variable that the code reads, with the defaults it gives: `env.str("A", "b")`, `os.environ.get("A")`, ..."""
    found: dict[str, list[ast.expr | None]] = {}
    for start in STARTS:
        path = BASE_DIR / start
        for file in [path] if path.is_file() else path.rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                if (read := variable_read(node)) is not None:
                    found.setdefault(read[0], []).append(read[1])
    return found


def variable_read(node: ast.AST) -> tuple[str, ast.expr | None] | None:
    arguments: list[ast.expr] = []
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        owner = ast.unparse(node.func.value)
        if owner == "env" or owner == "os.environ" or (owner == "os" and node.func.attr == "getenv"):
            arguments = node.args
    elif isinstance(node, ast.Subscript) and ast.unparse(node.value) == "os.environ":
        arguments = [node.slice]
    if not arguments or not isinstance(arguments[0], ast.Constant):
        return None
    return str(arguments[0].value), arguments[1] if len(arguments) > 1 else None


def written(default: ast.expr) -> str:
    """A default as the table writes it: what a person would put into the environment, or `empty`."""
    value = ast.literal_eval(default)
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    text = ",".join(value) if isinstance(value, list) else str(value)
    return f"`{text}`" if text else "empty"


def variables_documented() -> dict[str, list[str]]:
    rows = table_rows(DOCS / "configuration.md")
    return {cells[0].strip("`"): cells for cells in rows if re.fullmatch(r"`[A-Z_]+`", cells[0])}


def test_every_variable_is_documented_and_no_other() -> None:
    assert variables_documented().keys() == variables_read().keys()


def test_documented_defaults_are_those_of_the_code() -> None:
    documented = variables_documented()
    wrong = {
        (name, written(default))
        for name, defaults in variables_read().items()
        for default in defaults
        if isinstance(default, ast.Constant | ast.List) and written(default) not in documented[name][1]
    }
    # Where it is empty, development makes one: the table says so in words.
    assert wrong <= {("SECRET_KEY", "empty")}


def test_what_production_insists_on_is_marked() -> None:
    tree = ast.parse((SETTINGS / "production.py").read_text())
    reads = filter(None, map(variable_read, ast.walk(tree)))
    marked = {name for name, cells in variables_documented().items() if cells[3] == "required"}
    assert marked == {name for name, default in reads if default is None}


def test_the_example_for_compose_sets_what_must_be_set() -> None:
    block = re.search(r"An `\.env` beside it:\n\n```sh\n(.*?)```", (DOCS / "operator.md").read_text(), re.DOTALL)
    assert block is not None
    compose = (BASE_DIR / "compose.yaml").read_text()
    required = {name for name, cells in variables_documented().items() if cells[3] == "required"} - {"DATABASE_URL"}
    assert required | {"POSTGRES_PASSWORD"} <= set(re.findall(r"^([A-Z_]+)=", block[1], re.MULTILINE))
    assert set(re.findall(r"\$\{([A-Z_]+):\?", compose)) == required | {"POSTGRES_PASSWORD"}


# where-to-change.md, errors.md, decisions, operator.md, maker.md


def test_every_path_named_is_there() -> None:
    rows = [cells for cells in table_rows(DOCS / "where-to-change.md") if cells[0] != "to change"]
    paths = [path for cells in rows for path in re.findall(r"`([^`]*[/.][^`]*)`", cells[1])]
    assert len(rows) >= 25
    assert [path for path in paths if not (BASE_DIR / path).exists()] == []


def test_the_error_codes_are_current() -> None:
    assert TARGET.read_text() == errors_document(), "Run: manage.py document_errors"


def test_an_address_that_an_error_names_answers() -> None:
    known_routes()  # imports every door, and so every error
    named = {path.rstrip(".") for error in all_errors() for path in re.findall(r"/v1/[\w{}/.-]+", error.detail)}
    assert "/v1/auth/app/v1/auth/reauthenticate" in named
    # Not even the beginning of some: whoever follows the advice must not find nothing there.
    assert {path for path in named if not is_served(path, [])} == set()


def test_decisions_are_numbered_in_a_row() -> None:
    names = sorted(path.name for path in (DOCS / "decisions").iterdir())
    assert [name[:4] for name in names] == [f"{number:04}" for number in range(1, len(names) + 1)]
    for name in names:
        lines = (DOCS / "decisions" / name).read_text().splitlines()
        assert lines[0].startswith(f"# {int(name[:4])}. ")
        assert [line for line in lines if line.startswith("## ")] == ["## Context", "## Decision", "## Consequences"]


def test_the_webhook_events_are_those_that_are_handled() -> None:
    from orders.payment.stripe_events import HANDLERS

    text = (DOCS / "operator.md").read_text()
    assert set(re.findall(r"^ *- `([a-z_]+(?:\.[a-z_]+)+)`$", text, re.MULTILINE)) == set(HANDLERS)


def test_the_jobs_are_those_that_there_are() -> None:
    from procrastinate.contrib.django import app

    ours = {name for name in app.tasks if name.startswith(("shop.", "catalog.", "orders."))}
    named = set(re.findall(r"`((?:shop|catalog|orders)\.[a-z_]+\.[a-z_]+)`", (DOCS / "operator.md").read_text()))
    assert named == ours


def test_what_is_logged_is_explained() -> None:
    sources = "".join(path.read_text() for start in STARTS[1:] for path in (BASE_DIR / start).rglob("*.py"))
    events = set(re.findall(r'\blog\.(?:warning|error|exception)\(\s*"([a-z_]+)"', sources))
    named = {name for cells in table_rows(DOCS / "operator.md") for name in re.findall(r"`([a-z_]+)`", cells[0])}
    assert events
    assert events <= named


def test_every_column_that_is_read_is_in_the_makers_guide() -> None:
    from catalog.imports.shopify import COLUMNS

    text = (DOCS / "maker.md").read_text()
    named = set(re.findall(r"`([^`\n]+)`", text))
    numbered = re.compile(r"Option[23] (Name|Value)")
    assert {name for names in COLUMNS.values() for name in names if not numbered.fullmatch(name)} <= named


@pytest.mark.django_db
def test_the_makers_example_is_answered_as_shown(tmp_path: Path) -> None:
    blocks = dict(re.findall(r"^```(csv|text)\n(.*?)^```$", (DOCS / "maker.md").read_text(), re.MULTILINE | re.DOTALL))
    path = tmp_path / "products_export.csv"
    path.write_text(blocks["csv"])
    assert len({len(row) for row in csv.reader(io.StringIO(blocks["csv"]))}) == 1
    call_command("create_maker", "goldfinch", name="Goldfinch Jewelry", stdout=io.StringIO())
    said = io.StringIO()
    with pytest.raises(SystemExit):
        call_command("import_products", path, format="shopify", maker="goldfinch", stdout=said, stderr=said)
    assert said.getvalue() == blocks["text"]


# What no document may say


@each_page
def test_nothing_foreign_is_named(page: Path) -> None:
    assert not re.search(r"(?<!\w)#\d+\b|index-url", page.read_text())
