"""What a shopper asks for, alone and together."""

from decimal import Decimal
from typing import Any

import pytest

from catalog.catalogue.events import CategoriesChanged
from catalog.catalogue.models import Category, Product
from catalog.inventory.services import hold
from shop.events.services import publish
from tests.api import Api
from tests.factories import make_maker, make_piece, make_variant, stock, written_past_services

pytestmark = pytest.mark.django_db

SILVER, GOLD = "sterling-silver", "14k-yellow-gold"


@pytest.fixture
def shop() -> None:
    birch = make_maker("birch")
    make_piece(
        "two-metals",
        make_variant("T-S", "100.00", 0, metal=SILVER),
        make_variant("T-G", "500.00", 3, metal=GOLD),
        category="Rings > Bands",
    )
    make_piece("silver", make_variant("S", "80.00", 3, metal=SILVER), category="Rings")
    make_piece(
        "gold", make_variant("G", "450.00", 0, metal=GOLD), title="Signet", category="Rings > Signets", maker=birch
    )
    make_piece("to-order", make_variant("O", "60.00", 3, policy="made_to_order"), category="Chains", maker=birch)


def found(api: Api, query: str) -> set[str]:
    answer = api.get(f"/store/products?{query}")
    assert answer.status_code == 200, answer.content
    return {item["slug"] for item in answer.json()["results"]}


@pytest.mark.usefixtures("shop")
class TestEachAlone:
    @pytest.mark.parametrize(
        ("query", "slugs"),
        [
            ("", {"two-metals", "silver", "gold", "to-order"}),
            ("maker=birch", {"gold", "to-order"}),
            ("maker=nobody", set()),
            ("category=rings", {"two-metals", "silver", "gold"}),
            ("category=bands", {"two-metals"}),
            ("category=chains", {"to-order"}),
            ("category=nothing", set()),
            ("metal=sterling-silver", {"two-metals", "silver"}),
            ("metal=platinum-950", set()),
            ("price_min=100", {"two-metals", "gold"}),
            ("price_min=100.01", {"two-metals", "gold"}),
            ("price_min=500.01", set()),
            ("price_max=80", {"silver", "to-order"}),
            ("price_max=79.99", {"to-order"}),
            ("price_min=100&price_max=100", {"two-metals"}),
            ("price_min=200&price_max=400", set()),
            ("price_min=500&price_max=100", set()),
            ("in_stock=true", {"two-metals", "silver"}),
            ("in_stock=false", {"two-metals", "gold", "to-order"}),
        ],
    )
    def test_finds(self, api: Api, query: str, slugs: set[str]) -> None:
        assert found(api, query) == slugs

    @pytest.mark.parametrize("sort", ["newest", "price", "-price", "name"])
    def test_holds_in_every_order(self, api: Api, sort: str) -> None:
        assert found(api, f"category=rings&metal={GOLD}&sort={sort}") == {"two-metals", "gold"}

    def test_a_held_piece_is_not_in_stock(self, api: Api) -> None:
        hold({stock("S").pk: 3}, reference="ORD-1")
        assert found(api, "in_stock=true") == {"two-metals"}


@pytest.mark.usefixtures("shop")
class TestTogether:
    @pytest.mark.parametrize(
        ("query", "slugs"),
        [
            (f"metal={SILVER}&in_stock=true", {"silver"}),
            (f"metal={SILVER}&price_min=400", set()),
            (f"metal={GOLD}&price_max=460", {"gold"}),
            (f"metal={GOLD}&in_stock=true&price_max=460", set()),
            (f"metal={GOLD}&in_stock=true&price_min=460", {"two-metals"}),
            ("price_max=100&in_stock=true", {"silver"}),
            (f"metal={SILVER}&in_stock=false", {"two-metals"}),
            (f"category=rings&maker=birch&metal={GOLD}", {"gold"}),
            ("category=bands&maker=birch", set()),
        ],
    )
    def test_what_is_said_of_a_variant_holds_on_one_and_the_same(self, api: Api, query: str, slugs: set[str]) -> None:
        for sort in ("newest", "price"):
            assert found(api, f"{query}&sort={sort}") == slugs

    def test_the_price_shown_is_still_that_of_all_variants(self, api: Api) -> None:
        answer = api.get(f"/store/products?metal={GOLD}&maker=alder&sort=price").json()["results"]
        assert [item["price_from"]["amount"] for item in answer] == ["100.00"]

    def test_variants_that_are_not_for_sale_do_not_count(self, api: Api) -> None:
        Product.objects.filter(stockrecords__partner_sku="T-G").update(is_public=False)
        written_past_services()
        assert found(api, f"metal={GOLD}") == {"gold"}
        record = stock("G")
        record.price = None
        record.save()
        written_past_services()
        assert found(api, f"metal={GOLD}") == set()


class TestCategories:
    def test_one_in_several_branches_is_listed_once(self, api: Api) -> None:
        piece = make_piece("band", category="Rings > Bands")
        make_piece("signet", category="Rings > Signets")
        piece.categories.add(Category.objects.get(slug="signets"))
        written_past_services()
        for sort in ("newest", "price", "-price", "name"):
            slugs = [item["slug"] for item in api.get(f"/store/products?category=rings&sort={sort}").json()["results"]]
            assert sorted(slugs) == ["band", "signet"]

    @pytest.mark.parametrize("hidden", ["rings", "bands"])
    def test_a_hidden_one_is_as_unknown_as_one_that_is_not_there(self, api: Api, hidden: str) -> None:
        make_piece("band", category="Rings > Bands")
        category = Category.objects.get(slug=hidden)
        category.is_public = False
        category.save()
        category.set_ancestors_are_public()
        publish(CategoriesChanged((category.pk,)))
        assert found(api, "category=bands") == set()
        assert found(api, "") == {"band"}
        assert api.get("/store/products/band").json()["categories"] == []

    def test_a_neighbour_whose_path_begins_alike_is_not_below(self, api: Api) -> None:
        """Branches beyond the thirty-sixth: paths are compared by whole steps."""
        for number in range(38):
            make_piece(f"piece-{number}", category=f"Branch {number}")
        for number in (0, 3, 36, 37):
            assert found(api, f"category=branch-{number}") == {f"piece-{number}"}


class TestRefused:
    @pytest.mark.parametrize(
        ("query", "field", "code"),
        [
            ("metal=cheese", "metal", "invalid_choice"),
            ("metal=", "metal", "invalid_choice"),
            ("sort=cheapest", "sort", "invalid_choice"),
            ("in_stock=yes", "in_stock", "invalid_choice"),
            ("in_stock=True", "in_stock", "invalid_choice"),
            ("price_min=-1", "price_min", "min_value"),
            ("price_max=abc", "price_max", "invalid"),
            ("price_max=NaN", "price_max", "invalid"),
            ("price_max=Infinity", "price_max", "invalid"),
            ("price_min=10.005", "price_min", "max_decimal_places"),
            ("price_min=99999999999999", "price_min", "max_digits"),
            ("limit=0", "limit", "min_value"),
            ("limit=-1", "limit", "min_value"),
            ("limit=101", "limit", "max_value"),
            ("limit=abc", "limit", "invalid"),
            ("limit=1.5", "limit", "invalid"),
            ("limit=", "limit", "invalid"),
            ("category=" + "x" * 256, "category", "max_length"),
            ("maker=" + "x" * 129, "maker", "max_length"),
            ("cursor=" + "x" * 1001, "cursor", "max_length"),
            ("colour=red", "colour", "unknown_field"),
            ("Metal=sterling-silver", "Metal", "unknown_field"),
        ],
    )
    def test_a_wrong_value_is_named(self, api: Api, query: str, field: str, code: str) -> None:
        answer = api.get(f"/store/products?{query}")
        assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
        problem = answer.json()
        assert problem["code"] == "invalid_input"
        assert [(error["field"], error["code"]) for error in problem["errors"]] == [(field, code)]

    def test_all_wrong_values_are_named_at_once(self, api: Api) -> None:
        problem = api.get("/store/products?limit=0&sort=x&colour=red&price_min=a").json()
        assert {error["field"] for error in problem["errors"]} == {"limit", "sort", "colour", "price_min"}

    def test_a_parameter_given_twice(self, api: Api) -> None:
        answer = api.get("/store/products?limit=3&limit=4")
        assert answer.status_code == 422
        assert [error["field"] for error in answer.json()["errors"]] == ["limit"]

    @pytest.mark.parametrize("path", ["/store/makers?colour=red", "/store/makers?limit=0", "/store/makers?sort=name"])
    def test_in_the_list_of_makers(self, api: Api, path: str) -> None:
        assert api.get(path).status_code == 422

    @pytest.mark.parametrize("value", ["%27%20OR%201=1--", "%25", "_", "%5C", "🙂", "%F0%28"])
    def test_odd_values_find_nothing(self, api: Api, shop: Any, value: str) -> None:
        assert found(api, f"category={value}") == set()
        assert found(api, f"maker={value}") == set()


def test_prices_are_compared_exactly(api: Api) -> None:
    make_piece("band", make_variant("A", "0.10"))
    assert found(api, f"price_min=0.10&price_max={Decimal('0.10')}") == {"band"}
    assert found(api, "price_max=0.09") == set()
