"""The tree renamed and moved: what is refused, and what follows."""

from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.browse.services import stale_documents
from catalog.catalogue.models import Category, Product
from catalog.catalogue.rules import MAX_CATEGORY_DEPTH
from catalog.categories.services import move_category, rename_category
from catalog.imports.services import make_category
from catalog.slug_history.models import OldSlug
from shop.actors import SYSTEM
from shop.audit.models import AuditEntry
from shop.errors import InvalidInput
from tests.api import Api
from tests.catalog.bench import Bench
from tests.catalog.browse.test_branches_and_makers import tree
from tests.factories import make_piece

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(db: None) -> dict[str, Product]:
    paths = {"band": "Rings > Bands", "wide": "Rings > Bands > Wide", "signet": "Rings > Signets", "rope": "Chains"}
    return {handle: make_piece(handle, category=path) for handle, path in paths.items()}


def branch(slug: str) -> Category:
    return Category.objects.get(slug=slug)


def rename(slug: str, *, name: str = "Hoops", to: str = "hoops") -> Category:
    return rename_category(branch(slug).pk, name=name, slug=to, actor=SYSTEM)


def move(slug: str, *, below: str | None = None, before: str | None = None) -> Category:
    parent_id, before_id = (name and branch(name).pk for name in (below, before))
    return move_category(branch(slug).pk, parent_id=parent_id, before_id=before_id, actor=SYSTEM)


def refused(call: Any) -> dict[str, str]:
    with pytest.raises(InvalidInput) as caught:
        call()
    return {error["field"]: error["code"] for error in caught.value.errors}


def ids(shop: dict[str, Product], *handles: str) -> tuple[int, ...]:
    return tuple(sorted(shop[handle].pk for handle in handles))


class TestRename:
    def test_it_has_another_name_and_slug(self, shop: dict[str, Product], api: Api) -> None:
        rename("bands")
        assert tree(api)[0] == ["Rings", 3, [["Hoops", 2, [["Wide", 1, []]]], ["Signets", 1, []]]]
        assert list(stale_documents()) == []
        entry = AuditEntry.objects.latest("pk")
        assert (entry.action, entry.before, entry.after) == (
            "category.renamed", {"name": "Bands", "slug": "bands"}, {"name": "Hoops", "slug": "hoops"},
        )  # fmt: skip

    def test_the_old_slug_goes_on_working_and_back_again(self, shop: dict[str, Product], api: Api) -> None:
        rename("bands")
        for slug in ("bands", "hoops"):
            assert len(api.get(f"/store/products?category={slug}").json()["results"]) == 2
        rename("hoops", name="Bands", to="bands")
        assert len(api.get("/store/products?category=hoops").json()["results"]) == 2
        assert list(OldSlug.objects.values_list("slug", flat=True)) == ["hoops"]

    @pytest.mark.parametrize(
        ("values", "expected"),
        [
            ({"to": "Hoops"}, {"slug": "invalid"}),
            ({"to": ""}, {"slug": "invalid"}),
            ({"to": "a--b"}, {"slug": "invalid"}),
            ({"to": "chains"}, {"slug": "slug_taken"}),
            ({"name": "signets"}, {"name": "same_name"}),
        ],
    )
    def test_what_is_refused(self, shop: dict[str, Product], values: dict[str, str], expected: dict[str, str]) -> None:
        assert refused(lambda: rename("bands", **values)) == expected
        assert branch("bands").name == "Bands"

    def test_anothers_old_slug_is_refused(self, shop: dict[str, Product]) -> None:
        rename("bands")
        assert refused(lambda: rename("signets", name="Seals", to="bands")) == {"slug": "slug_taken"}

    def test_nothing_new_is_no_change(self, shop: dict[str, Product]) -> None:
        with CaptureQueriesContext(connection) as done:
            rename("bands", name="Bands", to="bands")
        assert not any("browse_productdocument" in query["sql"] for query in done)
        assert (AuditEntry.objects.count(), OldSlug.objects.count()) == (0, 0)


class TestMove:
    def test_a_branch_goes_with_all_below_it(self, shop: dict[str, Product], api: Api) -> None:
        move("bands", below="chains")
        assert tree(api) == [["Rings", 1, [["Signets", 1, []]]], ["Chains", 3, [["Bands", 2, [["Wide", 1, []]]]]]]
        assert list(stale_documents()) == []
        assert len(api.get("/store/products?category=chains").json()["results"]) == 3
        assert Category.objects.find_problems() == ([], [], [], [], [])
        entry = AuditEntry.objects.latest("pk")
        assert entry.action == "category.moved"
        assert (entry.before or {})["parent"], (entry.after or {})["parent"] == ("rings", "chains")

    def test_to_the_root_and_before_a_sister(self, shop: dict[str, Product], api: Api) -> None:
        move("wide")
        assert [node[0] for node in tree(api)] == ["Rings", "Chains", "Wide"]
        move("wide", before="rings")
        assert [node[0] for node in tree(api)] == ["Wide", "Rings", "Chains"]
        move("signets", below="rings", before="bands")
        assert [node[0] for node in tree(api)[1][2]] == ["Signets", "Bands"]
        assert Category.objects.find_problems() == ([], [], [], [], [])

    @pytest.mark.parametrize("below", ["rings", "bands", "wide"])
    def test_a_cycle_is_refused(self, shop: dict[str, Product], api: Api, below: str) -> None:
        before = tree(api)
        assert refused(lambda: move("rings", below=below)) == {"parent": "category_cycle"}
        assert tree(api) == before

    def test_it_stands_before_its_sisters_only(self, shop: dict[str, Product]) -> None:
        assert refused(lambda: move("wide", below="rings", before="chains")) == {"before": "no_sister"}
        assert refused(lambda: move("wide", below="bands", before="wide")) == {"before": "no_sister"}

    def test_too_deep(self, shop: dict[str, Product]) -> None:
        deepest = make_category([f"Level {level}" for level in range(MAX_CATEGORY_DEPTH - 1)])
        move("wide", below=deepest.slug)
        assert refused(lambda: move("bands", below="wide")) == {"parent": "too_deep"}
        assert refused(lambda: move("rings", below=deepest.slug)) == {"parent": "too_deep"}

    def test_a_sister_of_the_same_name(self, shop: dict[str, Product]) -> None:
        make_category(["Chains", "Bands"])
        assert refused(lambda: move("bands", below="chains")) == {"name": "same_name"}

    def test_what_is_under_a_hidden_branch_is_hidden(self, shop: dict[str, Product], api: Api) -> None:
        chains = branch("chains")
        chains.is_public = False
        chains.save()
        move("bands", below="chains")
        assert tree(api) == [["Rings", 1, [["Signets", 1, []]]]]
        move("bands", below="rings")
        assert [node[0] for node in tree(api)[0][2]] == ["Signets", "Bands"]

    def test_its_own_way_there_is_never_an_old_one(self, shop: dict[str, Product]) -> None:
        cache.clear()
        assert branch("wide").full_slug == "rings/bands/wide"
        rename("bands")
        move("hoops", below="chains")
        assert branch("wide").full_slug == "chains/hoops/wide"


def test_a_maker_files_under_the_new_slug(shop: dict[str, Product]) -> None:
    rename("bands")
    assert Bench().create(categories=["hoops"])["categories"] == [{"slug": "hoops", "name": "Hoops"}]
