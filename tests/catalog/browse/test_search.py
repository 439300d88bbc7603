"""Searching in the shopper's words: what is found, what is understood, and how well."""

from typing import Any
from urllib.parse import quote

import pytest

from catalog.browse.asking import understood
from catalog.browse.services import refresh_vocabulary
from catalog.browse.words import tokens
from catalog.catalogue.models import Product
from catalog.demo.services import load_pieces
from catalog.imports.items import StoneItem
from tests.api import Api
from tests.catalog.browse.relevance import measure
from tests.factories import make_maker, make_piece, make_storefront, make_variant
from tests.shop.storefronts.windows import through

pytestmark = pytest.mark.django_db

# What the judged queries reached when this was written, less a little.
FLOOR = 0.95


@pytest.fixture
def shop() -> None:
    sapphire, lab = StoneItem("sapphire", "natural"), StoneItem("sapphire", "lab_grown")
    gold, rose = {"metal": "14k-yellow-gold"}, {"metal": "14k-rose-gold"}
    size = {"options": {"ring_size": "6.5"}}
    make_piece("dawn", make_variant("D", "850.00", **rose, **size), title="Dawn", product_type="ring", stones=(lab,))
    make_piece(
        "dusk",
        make_variant("K-1", "300.00", metal="sterling-silver", options={"ring_size": "6.5"}),
        make_variant("K-2", "1900.00", **rose, options={"ring_size": "7"}),
        title="Dusk", product_type="ring", stones=(lab,),
    )  # fmt: skip
    make_piece("noon", make_variant("N", "990.00", **gold), title="Noon", product_type="ring", stones=(sapphire,))
    silver, vermeil = {"metal": "sterling-silver"}, {"metal": "gold-vermeil"}
    make_piece("circles", make_variant("C", "75.00", **silver), title="Circles",
               subtitle="Hammered hoops", product_type="earrings")  # fmt: skip
    make_piece("drops", make_variant("P", "60.00", 0, **vermeil), title="Rain Drops", product_type="earrings",
               description="<p>Worn with a sapphire.</p>")  # fmt: skip
    refresh_vocabulary()


def found(api: Api, q: str, **headers: str) -> list[str]:
    answer = api.get(f"/store/products?q={quote(q)}", **headers)
    assert answer.status_code == 200, answer.content
    return [item["slug"] for item in answer.json()["results"]]


@pytest.mark.usefixtures("shop")
class TestFinds:
    @pytest.mark.parametrize(
        ("q", "slugs"),
        [
            ("sapphire ring", {"dawn", "dusk", "noon"}),
            ("sapphire rings", {"dawn", "dusk", "noon"}),
            ("SAPPHIRE", {"dawn", "dusk", "noon", "drops"}),
            ("sapph", {"dawn", "dusk", "noon", "drops"}),
            ("lab grown sapphire", {"dawn", "dusk"}),
            ("lab-created sapphires", {"dawn", "dusk"}),
            ("laboratory-grown sapphire", {"dawn", "dusk"}),
            ("14k", {"dawn", "dusk", "noon"}),
            ("14kt", {"dawn", "dusk", "noon"}),
            ("14 karat", {"dawn", "dusk", "noon"}),
            ("14 carat gold", {"dawn", "dusk", "noon"}),
            ("585", {"dawn", "dusk", "noon"}),
            ("14k rose gold", {"dawn", "dusk"}),
            ("rose gold", {"dawn", "dusk"}),
            ("925", {"dusk", "circles"}),
            ("sterling silver", {"dusk", "circles"}),
            ("hoops", {"circles", "drops"}),
            ("hammer", {"circles"}),
            ("hammering", {"circles"}),
            ("saphire ring", {"dawn", "dusk", "noon"}),
            ("sapphrie", {"dawn", "dusk", "noon", "drops"}),
            ("earings", {"circles", "drops"}),
            ("a ring for my wife", {"dawn", "dusk", "noon"}),
            ("ring under $900", {"dawn", "dusk"}),
            ("14k rose gold ring with a lab-grown sapphire, size 6½, under $900, ready to ship", {"dawn"}),
            ("rose gold ring size 6 1/2", {"dawn", "dusk"}),
            ("14k rose gold ring size 6 1/2", {"dawn"}),
            ("earrings in stock", {"circles"}),
            ("between $70 and $80", {"circles"}),
            ("September birthstone ring", {"dawn", "dusk", "noon"}),
            ("birthstone rings", {"dawn", "dusk", "noon"}),
            ("july birthstone", set()),
            ("handmade hoops", {"circles", "drops"}),
            ("handcrafted earings", {"circles", "drops"}),
        ],
    )
    def test_these(self, api: Api, q: str, slugs: set[str]) -> None:
        assert set(found(api, q)) == slugs

    def test_untreated_stones_by_what_is_declared(self, api: Api) -> None:
        """Of the stone that is named, whatever else the piece holds; those nobody mined come last, imitations never."""
        heated = StoneItem("sapphire", "natural", treatment="heated")
        mixed = (heated, StoneItem("diamond", "natural"))
        make_piece("warm", make_variant("W"), title="Warm", stones=mixed, description="<p>The stone is treated.</p>")
        make_piece("fake", make_variant("F"), title="Fake", stones=(StoneItem("sapphire", "simulated"),))
        for q in ("untreated sapphire", "unheated sapphires", "sapphire, no heat"):
            assert found(api, q)[0] == "noon", q
        assert set(found(api, "untreated sapphire")) == {"noon", "dawn", "dusk"}
        assert found(api, "untreated diamond") == ["warm"]
        assert found(api, "heated sapphire") == ["warm"]

    def test_what_the_trade_calls_otherwise(self, api: Api) -> None:
        make_piece("links", title="Links", product_type="necklace")
        make_piece("frame", title="Frame", description="<p>Art Deco.</p>")
        make_piece("studs", title="Studs", attributes={"nickel": "nickel_free"})
        make_piece("month", title="Month Ring", subtitle="Your July birthstone")
        for q, slugs in (
            ("neckless", ["links"]),
            ("art deco", ["frame"]),
            ("hypoallergenic", ["studs"]),
            ("hypo-allergenic", ["studs"]),
            ("nickel free", ["studs"]),
            ("july birthstone", ["month"]),
            ("birthstone july", ["month"]),
        ):
            assert found(api, q) == slugs, q

    def test_the_title_before_the_description(self, api: Api) -> None:
        make_piece("sapphire-band", title="Sapphire Band", stones=(StoneItem("sapphire", "natural"),))
        assert found(api, "sapphire")[0] == "sapphire-band"
        assert found(api, "sapphire")[-1] == "drops"

    def test_what_is_called_so_before_what_is_only_like_it(self, api: Api) -> None:
        assert found(api, "hoops") == ["circles", "drops"]

    def test_says_how_it_was_read(self, api: Api) -> None:
        search = api.get(f"/store/products?q={quote('saphire ring under $900')}").json()["search"]
        assert search == {"corrected": "sapphire ring", "is_partial": False, "filters": {"price_max": "900"}}
        assert "search" not in api.get("/store/products").json()

    def test_what_is_chosen_counts_more_than_what_is_written(self, api: Api) -> None:
        answer = api.get("/store/products?q=ring%20under%20%24900&price_max=400").json()
        assert [item["slug"] for item in answer["results"]] == ["dusk"]

    def test_with_filters_and_other_orders(self, api: Api) -> None:
        answer = api.get("/store/products?q=sapphire%20ring&metal=14k-yellow-gold&sort=price").json()
        assert [item["slug"] for item in answer["results"]] == ["noon"]
        answer = api.get("/store/products?q=ring&sort=-price").json()
        prices = [item["price_from"]["amount"] for item in answer["results"]]
        assert prices == ["990.00", "850.00", "300.00"]

    def test_is_walked_page_by_page(self, api: Api) -> None:
        whole, walked, link = found(api, "sapphire"), [], "/store/products?q=sapphire&limit=1"
        while link:
            page = api.get(link).json()
            walked += [item["slug"] for item in page["results"]]
            link = page["next"] and page["next"].removeprefix("http://localhost:8000/v1")
        assert walked == whole

    def test_where_no_piece_has_all_words_those_that_have_some(self, api: Api) -> None:
        assert set(found(api, "noon circles")) == {"noon", "circles"}
        assert api.get("/store/products?q=noon%20circles").json()["search"]["is_partial"] is True
        link = api.get("/store/products?q=noon%20circles&limit=1").json()["next"]
        assert len(api.get(link.removeprefix("http://localhost:8000/v1")).json()["results"]) == 1

    @pytest.mark.parametrize("q", ["xyzzy", "!!!", "&|!:*'", "'", "\\", "%", "\\'):*", "<->", "💍", "кольцо", "of the"])
    def test_odd_words_break_nothing(self, api: Api, q: str) -> None:
        found(api, q)

    def test_another_makers_window_finds_its_own(self, api: Api) -> None:
        birch = make_maker("birch")
        make_piece("birch-ring", title="Sapphire Ring", maker=birch, stones=(StoneItem("sapphire", "natural"),))
        assert found(through(make_storefront(owner=birch)), "sapphire") == ["birch-ring"]


class TestRefused:
    @pytest.mark.parametrize(
        ("q", "code"),
        [("x" * 10_000, "max_length"), ("", "blank"), ("a%0Ab", "control_character"), ("%07", "control_character")],
    )  # fmt: skip
    def test_is_named(self, api: Api, q: str, code: str) -> None:
        for path in ("/store/products", "/store/search/suggestions"):
            if not q and "suggestions" in path:
                continue
            answer = api.get(f"{path}?q={q}")
            assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
            assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [("q", code)]

    def test_nul(self, api: Api) -> None:
        assert api.get("/store/products?q=a%00b").status_code == 400

    @pytest.mark.parametrize(
        "query",
        ["fineness=585", "product_type=tiara", "made_to_order=yes", "one_of_a_kind=1", "facets=yes", "sort=rank"],
    )
    def test_what_a_closed_list_does_not_have(self, api: Api, query: str) -> None:
        answer = api.get(f"/store/products?{query}")
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "invalid_choice")

    @pytest.mark.parametrize("query", ["stone=cheese", "collection=none", "ring_size=99", "ring_size=purple"])
    def test_what_an_open_one_does_not_have_finds_nothing(self, api: Api, query: str) -> None:
        make_piece("band")
        assert api.get(f"/store/products?{query}").json()["results"] == []


@pytest.mark.usefixtures("shop")
class TestFilters:
    @pytest.mark.parametrize(
        ("query", "slugs"),
        [
            ("stone=sapphire", {"dawn", "dusk", "noon"}),
            ("stone=lab_grown-sapphire", {"dawn", "dusk"}),
            ("stone=natural-sapphire", {"noon"}),
            ("fineness=583.3", {"dawn", "dusk", "noon"}),
            ("fineness=925", {"dusk", "circles"}),
            ("product_type=earrings", {"circles", "drops"}),
            ("ring_size=6.5", {"dawn", "dusk"}),
            ("ring_size=6%201/2", {"dawn", "dusk"}),
            ("ring_size=6%C2%BD", {"dawn", "dusk"}),
            ("metal=14k-rose-gold&ring_size=6.5", {"dawn"}),
            ("fineness=583.3&price_max=900", {"dawn"}),
            ("one_of_a_kind=true", set()),
            ("one_of_a_kind=false", {"dawn", "dusk", "noon", "circles", "drops"}),
            ("made_to_order=true", set()),
            ("made_to_order=false&in_stock=false", {"drops"}),
        ],
    )
    def test_find(self, api: Api, query: str, slugs: set[str]) -> None:
        answer = api.get(f"/store/products?{query}")
        assert answer.status_code == 200, answer.content
        assert {item["slug"] for item in answer.json()["results"]} == slugs


@pytest.mark.usefixtures("shop")
class TestFacets:
    def facets(self, api: Api, query: str = "") -> dict[str, Any]:
        return dict(api.get(f"/store/products?facets=true&{query}".rstrip("&")).json()["facets"])

    def counts(self, api: Api, facet: str, query: str = "") -> dict[str, int]:
        return {each["value"]: each["count"] for each in self.facets(api, query)[facet]}

    def test_only_where_asked_for(self, api: Api) -> None:
        assert "facets" not in api.get("/store/products").json()

    def test_of_all(self, api: Api) -> None:
        facets = self.facets(api)
        assert facets["metal"][0] == {"value": "14k-rose-gold", "label": "14k rose gold", "count": 2}
        assert facets["price"] == {
            "min": {"amount": "60.00", "currency": "USD"}, "max": {"amount": "1900.00", "currency": "USD"},
        }  # fmt: skip
        assert {each["value"]: each["label"] for each in facets["stone"]} == {
            "sapphire": "sapphire", "lab_grown-sapphire": "lab-grown sapphire",
            "natural-sapphire": "natural sapphire",
        }  # fmt: skip
        assert facets["maker"] == [{"value": "alder", "label": "Alder", "count": 5}]
        assert facets["in_stock"] == [{"value": "true", "label": "In stock", "count": 4}]

    def test_one_leaves_its_own_filter_out(self, api: Api) -> None:
        query = "metal=14k-yellow-gold"
        assert self.counts(api, "metal", query) == self.counts(api, "metal")
        assert self.counts(api, "product_type", query) == {"ring": 1}
        assert self.counts(api, "product_type", f"{query}&product_type=earrings") == {"ring": 1}
        assert self.counts(api, "metal", f"{query}&product_type=earrings") == {"sterling-silver": 1, "gold-vermeil": 1}

    def test_what_is_said_of_a_variant_holds_on_one_and_the_same(self, api: Api) -> None:
        assert self.counts(api, "metal", "price_max=900") == {
            "14k-rose-gold": 1, "sterling-silver": 2, "gold-vermeil": 1,
        }  # fmt: skip
        assert self.counts(api, "ring_size", "metal=14k-rose-gold") == {"6.5": 1, "7": 1}
        assert self.facets(api, "metal=14k-rose-gold")["price"]["min"]["amount"] == "850.00"

    @pytest.mark.parametrize(
        "query",
        ["", "metal=14k-rose-gold", "price_max=900&metal=sterling-silver", "stone=sapphire&ring_size=6.5&in_stock=true",
         "q=sapphire", "q=ring&price_max=900"],
    )  # fmt: skip
    def test_each_count_is_what_the_choice_would_find(self, api: Api, query: str) -> None:
        chosen = dict(part.split("=") for part in query.split("&") if part)
        for facet, values in self.facets(api, query).items():
            for each in values if facet != "price" else ():
                wanted = "&".join(f"{name}={value}" for name, value in {**chosen, facet: each["value"]}.items())
                listed = api.get(f"/store/products?{wanted}").json()["results"]
                assert len(listed) == each["count"], (facet, each)

    def test_take_one_query_more_and_of_words_none(self, api: Api, django_assert_num_queries: Any) -> None:
        with django_assert_num_queries(3):
            api.get("/store/products?metal=14k-rose-gold&facets=true")
        with django_assert_num_queries(2):
            api.get("/store/products?q=gold%20ring&metal=14k-rose-gold&facets=true")

    @pytest.mark.parametrize(
        "wanted", ["", "&metal=14k-rose-gold", "&metal=14k-rose-gold&price_max=900", "&stone=sapphire"]
    )
    def test_are_the_same_in_any_order(self, api: Api, wanted: str) -> None:
        """Sorted by relevance they are counted along with the page, otherwise by themselves."""
        along = api.get(f"/store/products?q=ring&facets=true{wanted}").json()
        apart = api.get(f"/store/products?q=ring&facets=true&sort=name{wanted}").json()
        assert along["facets"] == apart["facets"] != {}
        assert sorted(each["slug"] for each in along["results"]) == sorted(each["slug"] for each in apart["results"])


def test_a_search_takes_as_many_queries_as_a_list(api: Api, shop: Any, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(2):
        api.get("/store/products?q=sapphire%20ring")
    # Nobody has it so: is it spelled otherwise, is there any of it?
    with django_assert_num_queries(7):
        api.get("/store/products?q=saphire%20zzzzz")


@pytest.mark.usefixtures("shop")
class TestSuggestions:
    def suggested(self, api: Api, q: str) -> dict[str, Any]:
        answer = api.get(f"/store/search/suggestions?q={quote(q)}")
        assert answer.status_code == 200
        return dict(answer.json())

    def test_pieces_and_requests_that_find_something(self, api: Api) -> None:
        found = self.suggested(api, "sapph")
        assert {piece["slug"] for piece in found["products"]} == {"dawn", "dusk", "noon", "drops"}
        assert found["products"][0].keys() == {"slug", "title", "image", "price_from"}
        assert found["queries"] == ["sapphire"]
        assert self.suggested(api, "rose gold r")["queries"] == ["rose gold rings"]
        assert "lab-grown sapphire" in self.suggested(api, "lab g")["queries"]

    def test_branches_and_makers(self, api: Api) -> None:
        make_piece("band", category="Rings > Wedding bands", maker=make_maker("wed", name="Wedgewood & Daughters"))
        found = self.suggested(api, "wed")
        assert found["categories"] == [{"slug": "wedding-bands", "name": "Wedding bands"}]
        assert found["makers"] == [{"slug": "wed", "name": "Wedgewood & Daughters"}]

    def test_those_of_another_window_are_not_told(self) -> None:
        make_piece("band", category="Secret bands", maker=make_maker("birch"), title="Moon band")
        api = through(make_storefront(owner=make_maker("alder")))
        found = self.suggested(api, "secret")
        assert found == {"queries": [], "products": [], "categories": [], "makers": []}
        assert self.suggested(api, "birch")["makers"] == []

    def test_nothing_written_suggests_nothing(self, api: Api) -> None:
        assert api.get("/store/search/suggestions").json()["products"] == []
        assert self.suggested(api, "!?")["queries"] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("untreated sapphires, never heated", ["untreatedsapphire", "unheated"]),
        ("Hoops, hammered & brushed", ["hoop", "hammer", "brush"]),
        ("14 kt rose-gold", ["14krosegold"]),
        ("lab-created diamonds", ["labgrowndiamond"]),
        ("Collier doré", ["collier", "dore"]),
        ("cultured pearls", ["cultur", "pearl"]),
        ("<b>Rings</b> &amp; things", ["ring", "thing"]),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected


def test_a_ring_is_not_a_thing_that_was_rung() -> None:
    assert {tokens(word)[0] for word in ("ring", "rings")} == {"ring"}


@pytest.mark.parametrize(
    ("q", "filters"),
    [
        ("under 900", {"price_max": "900"}),
        ("less than $1,250.50", {"price_max": "1250.50"}),
        ("$200 or less", {"price_max": "200"}),
        ("over 100 dollars", {"price_min": "100"}),
        ("$100-$200 ring", {"price_min": "100", "price_max": "200"}),
        ("from 200 to 100", {"price_min": "100", "price_max": "200"}),
        ("size 7 ring", {"ring_size": "7"}),
        ("size us 7.5", {"ring_size": "7.5"}),
        ("US 7 ring", {"ring_size": "7"}),
        ("us ring size 6½", {"ring_size": "6.5"}),
        ("ring, 6 1/2 US", {"ring_size": "6.5"}),
        ("size 7 us under $900", {"ring_size": "7", "price_max": "900"}),
        ("EU 54 band", {"ring_size": "7"}),
        ("UK N½", {"ring_size": "7"}),
        ("ring size n 1/2 uk", {"ring_size": "7"}),
        ("jp 14", {"ring_size": "7"}),
        ("size 7 it is a gift", {"ring_size": "7"}),
        ("a us ring", {}),
        ("a uk ring", {}),
        ("us 70", {}),
        ("US$ 7", {}),
        ("us 14k gold ring", {}),
        ("made to order", {"made_to_order": "True"}),
        ("ready to ship", {"in_stock": "True"}),
        ("14k 18 inch chain", {}),
        ("0.92 ct sapphire", {}),
    ],
)
def test_phrases_that_are_filters(q: str, filters: dict[str, str]) -> None:
    assert {name: str(value) for name, value in understood(q).filters.items()} == filters


def test_the_judged_queries_over_the_demos_catalog(api: Api) -> None:
    load_pieces(print)
    refresh_vocabulary()
    handles = dict(Product.objects.pieces().values_list("slug", "source_handle"))
    scores = measure(lambda q: [handles[slug] for slug in found(api, q)])
    mean = sum(scores.values()) / len(scores)
    print(f"NDCG@10 {mean:.3f} over {len(scores)} queries")
    assert len(scores) >= 60
    assert mean >= FLOOR, sorted(scores.items(), key=lambda each: each[1])[:10]
