"""The demo's makers and pieces: plausible, honest in their words, and each with its own pictures."""

import re
import tomllib
from collections import Counter
from dataclasses import asdict
from decimal import Decimal
from io import BytesIO
from itertools import chain

import pytest
from PIL import Image

from catalog.catalogue.attributes import PRODUCT_TYPES, read_attributes
from catalog.catalogue.metals import METALS, metal_problems, part_errors
from catalog.catalogue.models import Product
from catalog.catalogue.sizes import range_errors
from catalog.catalogue.stones import stone_errors
from catalog.demo.drawing import draw
from catalog.demo.pieces import FILES, DemoMaker, load_makers
from catalog.imports.items import ProductItem, StoneItem, VariantItem

MAKERS = load_makers()
PIECES = [piece for maker in MAKERS for piece in maker.products]
DECLARED = [piece for path in FILES.glob("*.toml") for piece in tomllib.loads(path.read_text("utf-8"))["products"]]

# Dollars for a gram of the pure metal, about as dear as the demo's prices were reckoned with.
PER_GRAM = {"gold": Decimal(130), "silver": Decimal("1.6"), "platinum": Decimal(50)}

STONE_WORDS = {
    "diamond": "diamonds?",
    "sapphire": "sapphires?",
    "ruby": "rub(?:y|ies)",
    "emerald": "emeralds?",
    "moissanite": "moissanites?",
    "opal": "opals?",
    "pearl": "pearls?",
    "turquoise": "turquoises?",
    "garnet": "garnets?",
    "aquamarine": "aquamarines?",
    "moonstone": "moonstones?",
    "citrine": "citrines?",
    "amethyst": "amethysts?",
    "tourmaline": "tourmalines?",
    "labradorite": "labradorites?",
}
QUALIFIERS = {"lab_grown": "lab-grown", "simulated": "simulated"}


def piece(handle: str) -> ProductItem:
    return next(piece for piece in PIECES if piece.handle == handle)


def plain_text(item: ProductItem) -> str:
    """Everything a shopper reads about a piece, without its tags of HTML."""
    parts = [item.title, item.subtitle, item.description, item.seo_title, item.seo_description, item.category]
    parts += [image.alt for image in item.images]
    return re.sub(r"<[^>]+>", " ", " | ".join(parts)).lower()


def metal_value(variant: VariantItem) -> Decimal:
    fineness = METALS[variant.metal].fineness
    if fineness is None or variant.weight_g is None:
        return Decimal(0)
    per_gram = next(rate for metal, rate in PER_GRAM.items() if metal in variant.metal)
    return variant.weight_g * fineness / 1000 * per_gram


def named(items: list[ProductItem]) -> list[object]:
    return [pytest.param(item, id=item.handle) for item in items]


every_piece = pytest.mark.parametrize("item", named(PIECES))


def test_four_makers_sell_about_sixty_pieces() -> None:
    assert len(MAKERS) == 4
    assert 60 <= len(PIECES) <= 64
    assert all(maker.slug and maker.tagline and maker.city for maker in MAKERS)
    assert all(re.fullmatch("[A-Z]{2}", maker.state) for maker in MAKERS)


def test_the_pieces_are_of_many_kinds() -> None:
    types = Counter(item.product_type for item in PIECES)

    assert set(types) <= set(PRODUCT_TYPES)
    assert {"ring", "earrings", "necklace", "pendant", "bracelet", "bangle", "anklet"} <= set(types)
    assert {"brooch", "cufflinks", "charm", "loose_stone", "kit"} <= set(types)
    policies = {variant.policy for item in PIECES for variant in item.variants}
    assert policies == {"stock", "made_to_order", "stock_then_made_to_order"}
    assert any(variant.compare_at_price for item in PIECES for variant in item.variants)
    assert any(all(variant.stock == 0 for variant in item.variants) for item in PIECES)
    assert {stone.origin for item in PIECES for stone in item.stones} == {"natural", "lab_grown", "simulated"}


def test_handles_are_unique_over_all_makers() -> None:
    assert len({item.handle for item in PIECES}) == len(PIECES)


@pytest.mark.parametrize("maker", MAKERS, ids=lambda maker: maker.slug)
def test_skus_are_unique_for_a_maker(maker: DemoMaker) -> None:
    skus = [variant.sku for item in maker.products for variant in item.variants]

    assert len(set(skus)) == len(skus)


def test_the_ring_of_the_guided_tour() -> None:
    ring = piece("hammered-band")
    by_sku = {variant.sku: variant for variant in ring.variants}

    assert ring in MAKERS[0].products
    assert by_sku["HB-SS-7"].price == Decimal("180.00")
    assert by_sku["HB-SS-7"].options == {"metal": "sterling silver", "ring_size": "7"}
    assert "HB-14Y-6" in by_sku
    assert all(variant.stock >= 5 and variant.policy == "stock" for variant in ring.variants)


def test_a_price_grows_with_the_length_of_a_chain() -> None:
    chain_piece = piece("box-chain")
    prices = {v.options["length_in"]: v.price for v in chain_piece.variants if v.metal == "14k-yellow-gold"}
    weights = {v.options["length_in"]: v.weight_g for v in chain_piece.variants if v.metal == "14k-yellow-gold"}

    assert prices["16"] < prices["18"] < prices["20"]
    assert prices["20"] - prices["18"] == prices["18"] - prices["16"]
    assert weights == {"16": Decimal("6.27"), "18": Decimal("7.05"), "20": Decimal("7.84")}


@every_piece
def test_variants_are_sound(item: ProductItem) -> None:
    assert len({tuple(sorted(variant.options.items())) for variant in item.variants}) == len(item.variants)
    assert len({frozenset(variant.options) for variant in item.variants}) == 1
    pictures = {image.url for image in item.images}
    for variant in item.variants:
        assert variant.price > 0
        assert variant.weight_g
        assert variant.metal in METALS or item.product_type == "loose_stone"
        assert variant.compare_at_price is None or variant.compare_at_price > variant.price
        assert variant.image_url in pictures | {""}
        made_to_order = variant.policy != "stock"
        assert (14 <= (variant.lead_time_days or 0) <= 42) is made_to_order


@every_piece
def test_prices_lie_well_above_the_metal(item: ProductItem) -> None:
    for variant in item.variants:
        if variant.metal:
            assert variant.price >= metal_value(variant) * Decimal("1.8")


@every_piece
def test_a_one_of_a_kind_piece_exists_once(item: ProductItem) -> None:
    if item.one_of_a_kind:
        assert [variant.stock for variant in item.variants] == [1]
        assert item.variants[0].options == {}


@every_piece
def test_a_stone_not_from_the_ground_is_called_so_each_time_it_is_named(item: ProductItem) -> None:
    text = plain_text(item)
    for stone in item.stones:
        if stone.origin == "natural":
            continue
        word, qualifier = STONE_WORDS[stone.kind], QUALIFIERS[stone.origin]
        assert f"{qualifier} " in item.title.lower()
        assert re.search(rf"\b{qualifier} {word}\b", plain_text(item))
        assert not re.search(rf"(?<!{qualifier} )\b{word}\b", text)
        assert stone.kind not in item.handle or qualifier in item.handle


@every_piece
def test_cultured_pearls_are_called_cultured(item: ProductItem) -> None:
    assert not re.search(r"(?<!cultured )(?<!simulated )\bpearls?\b", plain_text(item))


@every_piece
def test_no_stone_is_named_that_is_not_declared(item: ProductItem) -> None:
    declared = {word for stone in item.stones for word in stone.kind.split()}
    text = plain_text(item)

    assert {kind for kind, word in STONE_WORDS.items() if re.search(rf"\b{word}\b", text)} <= declared


@every_piece
def test_treatments_are_disclosed_with_their_permanence(item: ProductItem) -> None:
    for stone in filter(treated, item.stones):
        assert stone.treatment in item.description or stone.treatment.removesuffix("ed") in item.description
        assert "permanent" in item.description


def treated(stone: StoneItem) -> bool:
    return stone.treatment != "none"


@every_piece
def test_gold_is_never_named_without_its_karat(item: ProductItem) -> None:
    text = re.sub(r"\bgold(?=[ -](vermeil|filled|plated))", "", plain_text(item))
    golds = re.findall(r"(\S+ )?(\S+ )?\bgold\b", text)

    for words in golds:
        assert re.search(r"\d\dk (yellow |white |rose )?$", "".join(words))
    karats = set(re.findall(r"\b(\d\d)k\b", text))
    metals = {variant.metal for variant in item.variants}
    covered = any(metal.startswith("gold-") for metal in metals)
    assert karats <= {metal[:2] for metal in metals} or (covered and karats == {"14"})


@every_piece
def test_silver_is_called_sterling(item: ProductItem) -> None:
    assert not re.search(r"(?<!sterling )\bsilver\b", plain_text(item))


@every_piece
def test_what_is_declared_is_of_the_tables(item: ProductItem) -> None:
    declared = next(piece for piece in DECLARED if piece["handle"] == item.handle)
    assert read_attributes(item.product_type, declared.get("attributes", {})) == (item.attributes, [])
    assert stone_errors([asdict(stone) for stone in item.stones]) == []
    if item.ring_sizes:
        assert range_errors(item.ring_sizes, product_type=item.product_type) == []
    for variant in item.variants:
        parts = list(variant.parts or ())
        assert part_errors(parts) == []
        assert metal_problems(Product(), Product(metal=variant.metal, parts=parts)) == []
        assert bool(parts) == variant.metal.startswith("gold-")


def test_most_pieces_declare_their_attributes() -> None:
    assert sum(bool(item.attributes) for item in PIECES) >= 40


@every_piece
def test_texts_fit_where_they_are_shown(item: ProductItem) -> None:
    assert item.description.startswith("<p>")
    assert len(item.title) <= 60
    assert len(item.seo_description) <= 160
    assert item.category
    assert len(item.tags) >= 2
    assert [(image.url, image.position) for image in item.images] == [
        (f"demo:{item.handle}/1", 1),
        (f"demo:{item.handle}/2", 2),
    ]


def test_a_picture_is_a_square_webp_of_the_size_asked_for() -> None:
    image = Image.open(BytesIO(draw(piece("hammered-band"), 1, size=200)))

    assert image.format == "WEBP"
    assert image.size == (200, 200)


def test_a_picture_is_the_same_every_time() -> None:
    for handle in ("hammered-band", "loose-white-opal", "wax-carving-kit"):
        assert draw(piece(handle), 1, size=200) == draw(piece(handle), 1, size=200)


def test_every_piece_has_two_pictures_of_its_own() -> None:
    pictures = list(chain.from_iterable((draw(item, 1, size=64), draw(item, 2, size=64)) for item in PIECES))

    assert len(set(pictures)) == 2 * len(PIECES)
