"""The tree of categories with its counts, and the makers."""

from typing import Any

import pytest

from catalog.catalogue.events import CategoriesChanged
from catalog.catalogue.models import Category
from shop.events.services import publish
from tests.api import Api
from tests.factories import make_maker, make_piece, written_past_services

pytestmark = pytest.mark.django_db


def tree(api: Api) -> list[Any]:
    """The tree as nested `[name, count, children]`."""

    def shown(node: dict[str, Any]) -> list[Any]:
        return [node["name"], node["count"], [shown(child) for child in node["children"]]]

    return [shown(node) for node in api.get("/store/categories").json()["results"]]


class TestTree:
    def test_is_nested_as_it_is_kept_and_counts_what_is_below(self, api: Api) -> None:
        paths = ["Rings > Bands > Wide", "Rings > Bands", "Rings", "Chains", "Rings > Signets", "Rings > Bands > Wide"]
        for number, path in enumerate(paths):
            make_piece(f"piece-{number}", category=path)
        Category.objects.add_root({"name": "Empty", "slug": "empty"})
        assert tree(api) == [
            ["Rings", 5, [["Bands", 3, [["Wide", 2, []]]], ["Signets", 1, []]]],
            ["Chains", 1, []],
            ["Empty", 0, []],
        ]

    def test_a_node_has_these_names(self, api: Api) -> None:
        make_piece("band", category="Rings")
        assert api.get("/store/categories").json() == {
            "results": [{"slug": "rings", "name": "Rings", "description": "", "count": 1, "children": []}],
            "next": None,
            "previous": None,
        }

    def test_counts_agree_with_the_lists(self, api: Api) -> None:
        for number, path in enumerate(["Rings > Bands", "Rings", "Rings > Bands > Wide", "Chains > Fine"]):
            make_piece(f"piece-{number}", category=path)

        def check(nodes: list[dict[str, Any]]) -> None:
            for node in nodes:
                listed = api.get(f"/store/products?category={node['slug']}").json()["results"]
                assert len(listed) == node["count"]
                check(node["children"])

        check(api.get("/store/categories").json()["results"])

    def test_a_piece_in_two_branches_counts_once_where_they_meet(self, api: Api) -> None:
        piece = make_piece("band", category="Rings > Bands")
        make_piece("signet", category="Rings > Signets")
        piece.categories.add(Category.objects.get(slug="signets"), Category.objects.get(slug="rings"))
        written_past_services()
        assert tree(api) == [["Rings", 2, [["Bands", 1, []], ["Signets", 2, []]]]]

    def test_hidden_branches_are_left_out_with_all_below(self, api: Api) -> None:
        make_piece("band", category="Rings > Bands > Wide")
        make_piece("chain", category="Chains")
        bands = Category.objects.get(slug="bands")
        bands.is_public = False
        bands.save()
        bands.set_ancestors_are_public()
        publish(CategoriesChanged((bands.pk,)))
        assert tree(api) == [["Rings", 1, []], ["Chains", 1, []]]

    def test_an_empty_shop(self, api: Api) -> None:
        assert api.get("/store/categories").json() == {"results": [], "next": None, "previous": None}


class TestMakers:
    def test_each_has_these_names(self, api: Api) -> None:
        maker = make_maker(
            "alder", name="Alder & Ash", tagline="Silver", story="<p>Since 2004.</p>", city="Portland", state="OR"
        )
        make_piece("band")
        make_piece("chain")
        shown = {
            "id": maker.public_id,
            "slug": "alder",
            "name": "Alder & Ash",
            "tagline": "Silver",
            "story": "<p>Since 2004.</p>",
            "city": "Portland",
            "state": "OR",
            "product_count": 2,
        }
        assert api.get("/store/makers").json() == {"results": [shown], "next": None, "previous": None}
        assert api.get("/store/makers/alder").json() == shown

    def test_one_without_pieces_counts_none(self, api: Api) -> None:
        make_maker("birch")
        assert api.get("/store/makers/birch").json()["product_count"] == 0
