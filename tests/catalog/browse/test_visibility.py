"""What is not for sale is seen nowhere: not listed, not counted, not found by its address."""

from collections.abc import Callable

import pytest

from catalog.catalogue.models import Product
from catalog.partner.models import Partner, StockRecord
from tests.api import Api
from tests.factories import make_maker, make_piece, make_variant, written_past_services

pytestmark = pytest.mark.django_db

HIDDEN: dict[str, Callable[[Product], object]] = {
    "unpublished": lambda piece: Product.objects.filter(pk=piece.pk).update(is_public=False),
    "of a hidden maker": lambda piece: Partner.objects.filter(pk=piece.maker_id).update(is_public=False),
    "without a price": lambda piece: StockRecord.objects.filter(product__parent=piece).update(price=None),
    "without a shown variant": lambda piece: piece.children.update(is_public=False),
    "without a stock record": lambda piece: StockRecord.objects.filter(product__parent=piece).delete(),
    "without a variant": lambda piece: piece.children.all().delete(),
}


@pytest.fixture(params=HIDDEN, ids=lambda name: name.replace(" ", "-"))
def hidden(request: pytest.FixtureRequest) -> Product:
    """A piece that nobody may see beside one that everybody may, in the same category."""
    make_piece("shown", make_variant("SHOWN", metal="sterling-silver"), category="Rings > Bands")
    piece = make_piece(
        "hidden",
        make_variant("H-1", metal="sterling-silver"),
        make_variant("H-2", metal="sterling-silver"),
        category="Rings > Bands",
        maker=make_maker("birch"),
    )
    HIDDEN[request.param](piece)
    written_past_services()
    return piece


@pytest.mark.usefixtures("hidden")
class TestAHiddenPiece:
    @pytest.mark.parametrize("sort", ["newest", "price", "-price", "name"])
    @pytest.mark.parametrize(
        "query", ["", "category=bands", "category=rings", "metal=sterling-silver", "in_stock=true"]
    )
    def test_is_in_no_list(self, api: Api, query: str, sort: str) -> None:
        answer = api.get(f"/store/products?{query}&sort={sort}".replace("?&", "?")).json()
        assert [item["slug"] for item in answer["results"]] == ["shown"]
        assert answer["next"] is None

    def test_takes_no_place_on_a_page(self, api: Api) -> None:
        answer = api.get("/store/products?limit=1").json()
        assert ([item["slug"] for item in answer["results"]], answer["next"]) == (["shown"], None)

    def test_is_not_found_by_its_maker(self, api: Api) -> None:
        assert api.get("/store/products?maker=birch").json()["results"] == []

    def test_is_not_found_by_its_address(self, api: Api) -> None:
        answer = api.get("/store/products/hidden")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        nowhere = api.get("/store/products/nowhere")
        assert {**nowhere.json(), "request_id": ""} == {**answer.json(), "request_id": ""}

    def test_is_not_counted(self, api: Api) -> None:
        (rings,) = api.get("/store/categories").json()["results"]
        assert (rings["count"], rings["children"][0]["count"]) == (1, 1)
        counts = {maker["slug"]: maker["product_count"] for maker in api.get("/store/makers").json()["results"]}
        assert counts.pop("alder") == 1
        assert counts in ({}, {"birch": 0})


def test_a_hidden_maker_is_as_unknown_as_one_that_is_not_there(api: Api) -> None:
    make_maker("alder")
    make_maker("birch", is_public=False)
    assert [maker["slug"] for maker in api.get("/store/makers").json()["results"]] == ["alder"]
    assert api.get("/store/makers/birch").status_code == 404
    assert api.get("/store/makers/nobody").status_code == 404


def test_a_variants_own_name_is_no_address(api: Api) -> None:
    make_piece("band", make_variant("B", options={"metal": "sterling silver"}))
    Product.objects.filter(structure="child").update(slug="sterling-silver")
    assert api.get("/store/products/sterling-silver").status_code == 404


@pytest.mark.parametrize("slug", ["BAND", "band/", "ba%00nd", "band%20", "%2e%2e", "x" * 300])
def test_only_the_slug_itself_is_found(api: Api, slug: str) -> None:
    make_piece("band")
    answer = api.get(f"/store/products/{slug}")
    assert answer.status_code in (400, 404)
    assert answer["Content-Type"] == "application/problem+json"


def test_a_slug_in_another_script_is_found(api: Api) -> None:
    make_piece("кольцо")
    assert api.get("/store/products/кольцо").json()["title"] == "Кольцо"
