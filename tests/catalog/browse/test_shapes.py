"""How a product looks to a storefront: the names that it relies on, in the list and on its own page."""

from dataclasses import asdict
from decimal import Decimal
from typing import Any

import pytest

from catalog.catalogue.models import ImageStatus, Product, ProductImage
from catalog.catalogue.stones import STONE_KEYS, stone_in_words
from catalog.imports.items import StoneItem
from catalog.inventory.services import hold, release
from tests.api import Api
from tests.factories import make_maker, make_piece, make_variant, stock, written_past_services

pytestmark = pytest.mark.django_db

LIST_ITEM = {
    *("id", "slug", "title", "subtitle", "product_type", "maker", "image", "price_from", "price_to", "in_stock"),
    *("made_to_order", "one_of_a_kind", "lead_time_days", "metals", "stones"),
}
DETAIL = LIST_ITEM | {
    *(
        "description",
        "images",
        "categories",
        "tags",
        "attributes",
        "disclosures",
        "ring_sizes",
        "final_sale",
        "variants",
        "personalization",
        "shipping",
    ),
    *("returns_policy", "seo"),
}
VARIANT = {
    *("id", "sku", "title", "options", "price", "compare_at_price", "in_stock", "made_to_order", "available_quantity"),
    *("lead_time_days", "weight_g", "parts", "image"),
}
GOLD = {"metal": "14k-yellow-gold", "options": {"metal": "14k yellow gold", "ring_size": "6"}}
SILVER = {"metal": "sterling-silver", "options": {"metal": "sterling silver", "ring_size": "6"}}


def add_picture(piece: Product, name: str, **values: Any) -> ProductImage:
    ready = {"width": 1200, "height": 900, "status": ImageStatus.READY, "original": f"products/{name}.webp"}
    return ProductImage.objects.create(product=piece, **ready | values)


@pytest.fixture
def band() -> Product:
    """Two variants in two metals, one of them made to order, with a picture each."""
    make_maker("alder", name="Alder & Ash", city="Portland", state="OR", returns_policy="Within 30 days.")
    piece = make_piece(
        "band",
        make_variant("B-S", "180.00", 2, **SILVER, weight_g=Decimal("2.570"), compare_at_price=Decimal("200.00")),
        make_variant("B-G", "690.00", 0, **GOLD, policy="made_to_order", lead_time_days=14, barcode="4006381333931"),
        title="Hammered band",
        subtitle="Four millimetres wide",
        description="<p>Hammered by hand.</p>",
        product_type="ring",
        category="Rings > Bands",
        tags=("hammered", "wide"),
        stones=(StoneItem("diamond", "natural", cut="round", carat=Decimal("0.10"), count=3),),
        seo_title="Hammered band | Alder",
        seo_description="A band.",
    )
    add_picture(piece, "front", display_order=1, alt="Front")
    side = add_picture(piece, "side", display_order=2, alt="Side")
    Product.objects.filter(stockrecords__partner_sku="B-G").update(picture=side)
    written_past_services()
    return piece


def detail(api: Api, slug: str = "band") -> dict[str, Any]:
    answer = api.get(f"/store/products/{slug}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def item(api: Api, slug: str = "band") -> dict[str, Any]:
    results = api.get("/store/products").json()["results"]
    return next(found for found in results if found["slug"] == slug)


def variant(api: Api, sku: str, slug: str = "band") -> dict[str, Any]:
    return next(found for found in detail(api, slug)["variants"] if found["sku"] == sku)


def test_a_list_item_needs_no_further_request_to_be_drawn(api: Api, band: Product) -> None:
    found = item(api)
    assert found.keys() == LIST_ITEM
    assert found == {
        "id": band.public_id,
        "slug": "band",
        "title": "Hammered band",
        "subtitle": "Four millimetres wide",
        "product_type": "ring",
        "maker": {"slug": "alder", "name": "Alder & Ash"},
        "image": {
            "url": "http://localhost:8000/media/products/front.webp",
            "width": 1200,
            "height": 900,
            "alt": "Front",
            "blur": None,
            "focal_point": {"x": "0.5", "y": "0.5"},
            "renditions": [],
        },
        "price_from": {"amount": "180.00", "currency": "USD"},
        "price_to": {"amount": "690.00", "currency": "USD"},
        "in_stock": True,
        "made_to_order": True,
        "one_of_a_kind": False,
        "lead_time_days": 14,
        "metals": [
            {
                "code": "sterling-silver",
                "label": "sterling silver",
                "family": "silver",
                "colour": "white",
                "fineness": "925",
            },
            {
                "code": "14k-yellow-gold",
                "label": "14k yellow gold",
                "family": "gold",
                "colour": "yellow",
                "fineness": "583.3",
            },
        ],
        "stones": [{**STONE_KEYS, "kind": "diamond", "cut": "round", "carat": "0.10", "count": 3}],
    }


def test_a_products_own_page_has_all_of_the_item_and_more(api: Api, band: Product) -> None:
    found = detail(api)
    assert found.keys() == DETAIL
    assert {name: found[name] for name in LIST_ITEM} == item(api)
    assert found["description"] == "<p>Hammered by hand.</p>"
    assert [image["alt"] for image in found["images"]] == ["Front", "Side"]
    assert found["categories"] == [{"slug": "bands", "name": "Bands"}]
    assert found["tags"] == ["hammered", "wide"]
    assert found["attributes"][:2] == [
        {"code": "metal", "label": "Metal", "value": "sterling silver, 14k yellow gold"},
        {"code": "weight", "label": "Weight in grams", "value": "2.57"},
    ]
    assert found["disclosures"] == []
    assert found["personalization"] == []
    assert found["shipping"] == {"ships_from": {"city": "Portland", "state": "OR"}}
    assert found["returns_policy"] == "Within 30 days."
    assert found["seo"] == {"title": "Hammered band | Alder", "description": "A band."}


def test_variants_come_with_options_price_and_stock(api: Api, band: Product) -> None:
    silver, gold = detail(api)["variants"]
    assert silver.keys() == VARIANT
    assert silver["id"].startswith("prd_")
    assert silver | {"id": ""} == {
        "id": "",
        "sku": "B-S",
        "title": "sterling silver / 6",
        "options": {"metal": "sterling-silver", "ring_size": "6"},
        "price": {"amount": "180.00", "currency": "USD"},
        "compare_at_price": {"amount": "200.00", "currency": "USD"},
        "in_stock": True,
        "made_to_order": False,
        "available_quantity": 2,
        "lead_time_days": None,
        "weight_g": "2.57",
        "parts": [],
        "image": None,
    }
    assert (gold["sku"], gold["made_to_order"], gold["in_stock"], gold["lead_time_days"]) == ("B-G", True, False, 14)
    assert (gold["compare_at_price"], gold["weight_g"], gold["available_quantity"]) == (None, None, 0)
    assert gold["image"]["alt"] == "Side"


def test_variants_keep_the_makers_order(api: Api) -> None:
    make_piece("band", *(make_variant(f"V-{size}") for size in (9, 5, 7)))
    assert [found["sku"] for found in detail(api)["variants"]] == ["V-9", "V-5", "V-7"]


def test_without_words_for_search_engines_the_title_stands_in(api: Api) -> None:
    make_piece("band", title="Plain band")
    assert detail(api)["seo"] == {"title": "Plain band", "description": ""}


def test_a_piece_without_pictures(api: Api) -> None:
    make_piece("band")
    assert (item(api)["image"], detail(api)["images"]) == (None, [])


def test_pictures_that_wait_or_were_refused_are_not_shown(api: Api, band: Product) -> None:
    add_picture(band, "waiting", display_order=0, status=ImageStatus.PENDING)
    add_picture(band, "refused", display_order=0, status=ImageStatus.REFUSED)
    written_past_services()
    assert [image["alt"] for image in detail(api)["images"]] == ["Front", "Side"]


def test_addresses_are_built_on_the_public_url_whatever_the_host_header_says(
    api: Api, band: Product, settings: Any
) -> None:
    settings.PUBLIC_URL = "https://shop.example"
    settings.ALLOWED_HOSTS = ["*"]
    # Addresses stand in the documents.
    written_past_services()
    make_piece("other", make_variant("O", "10.00"))
    answer = api.get("/store/products?limit=1&sort=-price", Host="evil.example").json()
    assert answer["results"][0]["image"]["url"] == "https://shop.example/media/products/front.webp"
    assert answer["next"].startswith("https://shop.example/v1/store/products?limit=1&sort=-price&cursor=")


def test_pictures_in_a_bucket_keep_their_address(api: Api, band: Product, settings: Any) -> None:
    settings.MEDIA_URL = "https://cdn.example/"
    written_past_services()
    assert item(api)["image"]["url"] == "https://cdn.example/products/front.webp"


class TestPrices:
    def test_span_what_can_be_bought(self, api: Api) -> None:
        make_piece(
            "band", make_variant("A", "300.00"), make_variant("B", "99.50", stock=0), make_variant("C", "120.00")
        )
        found = item(api)
        assert (found["price_from"]["amount"], found["price_to"]["amount"]) == ("99.50", "300.00")

    def test_leave_out_hidden_variants_and_those_without_a_price(self, api: Api) -> None:
        make_piece("band", *(make_variant(sku, price) for sku, price in (("A", "300"), ("B", "99"), ("C", "900"))))
        Product.objects.filter(stockrecords__partner_sku="B").update(is_public=False)
        record = stock("C")
        record.price = None
        record.save()
        written_past_services()
        found = detail(api)
        assert (found["price_from"]["amount"], found["price_to"]["amount"]) == ("300.00", "300.00")
        assert [shown["sku"] for shown in found["variants"]] == ["A"]


class TestStock:
    def test_the_last_piece_held_is_no_longer_in_stock(self, api: Api) -> None:
        make_piece("band", make_variant("A", stock=1))
        assert (item(api)["in_stock"], variant(api, "A")["available_quantity"]) == (True, 1)
        hold({stock("A").pk: 1}, reference="ORD-1")
        assert (item(api)["in_stock"], variant(api, "A")["available_quantity"]) == (False, 0)
        assert not variant(api, "A")["in_stock"]
        release({stock("A").pk: 1}, reference="ORD-1")
        assert item(api)["in_stock"]

    @pytest.mark.parametrize(("count", "shown"), [(0, 0), (1, 1), (10, 10), (11, None), (500, None)])
    def test_how_deep_the_drawer_is_stays_hidden(self, api: Api, count: int, shown: int | None) -> None:
        make_piece("band", make_variant("A", stock=count))
        assert variant(api, "A")["available_quantity"] == shown

    @pytest.mark.parametrize(
        ("policy", "count", "in_stock", "to_order"),
        [
            ("stock", 2, True, False),
            ("stock", 0, False, False),
            ("made_to_order", 2, False, True),
            ("stock_then_made_to_order", 2, True, True),
            ("stock_then_made_to_order", 0, False, True),
        ],
    )
    def test_policies(self, api: Api, policy: Any, count: int, in_stock: bool, to_order: bool) -> None:
        make_piece("band", make_variant("A", stock=count, policy=policy))
        for found in (item(api), variant(api, "A")):
            assert (found["in_stock"], found["made_to_order"]) == (in_stock, to_order)

    def test_more_held_than_counted_is_none_left(self, api: Api) -> None:
        """A piece that is made to order beyond the shelf may be promised more often than it lies there."""
        make_piece("band", make_variant("A", stock=1, policy="stock_then_made_to_order"))
        hold({stock("A").pk: 3}, reference="ORD-1")
        assert variant(api, "A")["available_quantity"] == 0

    def test_one_of_a_kind(self, api: Api) -> None:
        make_piece("band", make_variant("A", stock=1), one_of_a_kind=True)
        assert item(api)["one_of_a_kind"]


class TestDisclosures:
    @pytest.mark.parametrize(
        ("stone", "said"),
        [
            (StoneItem("diamond", "natural"), []),
            (StoneItem("diamond", "lab_grown"), [("lab_grown", "The diamond is lab-grown.")]),
            (StoneItem("ruby", "simulated"), [("simulated", "The ruby is simulated.")]),
            (
                StoneItem("sapphire", "natural", treatment="heat_treated"),
                [("treated", "The sapphire is treated: heat treated.")],
            ),
            (
                StoneItem("emerald", "lab_grown", treatment="oiled"),
                [
                    ("lab_grown", "The emerald is lab-grown."),
                    (
                        "treated",
                        "The emerald is treated: oiled. The treatment is not permanent. "
                        "No ultrasonic, steam or hot water; it may need to be oiled again.",
                    ),
                ],
            ),
        ],
    )
    def test_of_stones(self, api: Api, stone: StoneItem, said: list[tuple[str, str]]) -> None:
        # A treatment must be told in the description, too.
        make_piece("band", stones=(stone,), description=" ".join(text for _, text in said))
        assert [(found["code"], found["text"]) for found in detail(api)["disclosures"]] == said

    @pytest.mark.parametrize("metal", ["gold-vermeil", "gold-filled", "gold-plated"])
    def test_of_metal_that_is_not_gold_all_through(self, api: Api, metal: str) -> None:
        make_piece("band", make_variant("A", metal=metal), make_variant("B", metal=metal))
        (found,) = detail(api)["disclosures"]
        assert found["code"] == "plating"
        # No fineness, so that nobody can take it for gold.
        assert [(found["code"], found["fineness"]) for found in item(api)["metals"]] == [(metal, None)]


@pytest.mark.parametrize(
    ("stone", "words"),
    [
        (StoneItem("sapphire", "natural", cut="oval", carat=Decimal("1.05")), "1 x oval sapphire, 1.05 ct"),
        (StoneItem("diamond", "lab_grown", cut="round", count=2), "2 x round lab-grown diamond"),
        (StoneItem("opal", "simulated"), "1 x simulated opal"),
        (StoneItem("garnet", "natural", name="tsavorite"), "1 x tsavorite"),
        (StoneItem("ruby", "natural", carat=Decimal("1.2"), count=3), "3 x ruby, 1.2 ct in total"),
        (
            StoneItem("ruby", "natural", carat=Decimal("0.4"), count=3, carat_is="exact", treatment="heated"),
            "3 x ruby, 0.4 ct each, treated: heated",
        ),
    ],
)
def test_a_stone_in_words_has_its_qualifier_right_before_its_name(stone: StoneItem, words: str) -> None:
    assert stone_in_words(asdict(stone)) == words
