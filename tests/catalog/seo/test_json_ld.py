"""A piece as schema.org describes it."""

import json
from typing import Any

import pytest
from django.core.files.base import ContentFile

from catalog.catalogue.models import ImageStatus, Product, ProductImage
from catalog.seo.rules import is_gtin, script_safe
from catalog.slug_history.models import Kind
from catalog.slug_history.services import keep_old_slug
from shop.storefronts.models import Storefront
from tests.api import Api
from tests.factories import make_maker, make_piece, make_variant
from tests.shop.storefronts.windows import default

pytestmark = pytest.mark.django_db
PAGE = "https://alder.example/p/{slug}?a=1&b=2"


def set_pages(**templates: str) -> Storefront:
    window = default()
    window.link_templates = templates
    window.save()
    return window


def picture_of(piece: Product, **values: Any) -> str:
    image = ProductImage.objects.create(product=piece, status=ImageStatus.READY, **values)
    image.original.save("ring.webp", ContentFile(b"x"), save=False)
    ProductImage.objects.filter(pk=image.pk).update(original=image.original.name, width=1, height=1)
    return f"http://localhost:8000{image.original.url}"


def described(api: Api, slug: str = "band") -> dict[str, Any]:
    answer = api.get(f"/store/products/{slug}/json-ld")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/ld+json"), answer.content
    return dict(json.loads(answer.content))


def test_a_piece_of_one_variant(api: Api) -> None:
    set_pages(product=PAGE)
    variant = make_variant("B-1", "180.00", metal="14k-yellow-gold", weight_g=3, barcode="4006381333931")
    piece = make_piece("band", variant, description="<p>Plain &amp; strong.</p><p>Heavy.</p>", product_type="ring")
    address = picture_of(piece)
    assert described(api) == {
        "@context": "https://schema.org",
        "@type": "Product",
        "name": "Band",
        "description": "Plain & strong. Heavy.",
        "url": "https://alder.example/p/band?a=1&b=2",
        "image": [address],
        "brand": {"@type": "Brand", "name": "Alder"},
        "category": "ring",
        "sku": "B-1",
        "gtin": "4006381333931",
        "material": ["14k yellow gold"],
        "weight": {"@type": "QuantitativeValue", "value": "3", "unitCode": "GRM"},
        "offers": {
            "@type": "Offer",
            "url": "https://alder.example/p/band?a=1&b=2",
            "price": "180.00",
            "priceCurrency": "USD",
            "availability": "https://schema.org/InStock",
            "itemCondition": "https://schema.org/NewCondition",
            "seller": {"@type": "Organization", "name": "Alder"},
        },
    }


def test_a_piece_of_several(api: Api) -> None:
    set_pages()
    piece = make_piece(
        "band",
        make_variant("B-6", "180.00", metal="sterling-silver", options={"ring_size": "6"}),
        make_variant("B-7", "190.00", 0, metal="14k-yellow-gold", options={"ring_size": "7"}, policy="made_to_order"),
        make_variant("B-8", "190.00", 0, metal="14k-yellow-gold", options={"ring_size": "8"}),
        make_variant("B-9", "190.00", 1, options={"ring_size": "9"}, policy="stock_then_made_to_order", barcode="12"),
    )
    found = described(api)
    assert "url" not in found and "offers" not in found and "image" not in found
    assert (found["@type"], found["productGroupID"]) == ("ProductGroup", piece.public_id)
    assert found["variesBy"] == ["https://schema.org/material", "https://schema.org/size"]
    assert found["material"] == ["sterling silver", "14k yellow gold"]
    variants = found["hasVariant"]
    assert [(each["sku"], each["name"], each["size"]) for each in variants] == [
        ("B-6", "Band, 6", "6"), ("B-7", "Band, 7", "7"), ("B-8", "Band, 8", "8"), ("B-9", "Band, 9", "9"),
    ]  # fmt: skip
    assert [each["offers"]["availability"].rpartition("/")[2] for each in variants] == [
        "InStock", "MadeToOrder", "OutOfStock", "InStock",
    ]  # fmt: skip
    assert "gtin" not in variants[3]
    assert not {"url", "priceValidUntil"} & variants[0]["offers"].keys()


def test_nothing_in_it_ends_the_script(api: Api) -> None:
    evil = "</script><script>alert(1)</script>\u2028<!-- &"
    make_piece("band", title=evil, maker=make_maker("alder", name=evil))
    answer = api.get("/store/products/band/json-ld")
    assert not [unsafe for unsafe in (b"<", b">", b"&", "\u2028".encode()) if unsafe in answer.content]
    assert json.loads(answer.content)["name"] == evil


def test_escaping_changes_no_value() -> None:
    value = {"<": ["&amp;", "\u2028\u2029", "\\u003c", "\\<"]}
    for text in (json.dumps(value), json.dumps(value, ensure_ascii=False)):
        assert json.loads(script_safe(text.encode())) == value


@pytest.mark.parametrize(
    ("code", "right"),
    [
        ("4006381333931", True), ("036000291452", True), ("96385074", True), ("10614141000415", True),
        ("4006381333930", False), ("400638133393", False), ("", False), ("0000000000000", False),
        ("４００６３８１３３３９３１", False), ("40063813339-1", False),
    ],
)  # fmt: skip
def test_gtins(code: str, right: bool) -> None:
    assert is_gtin(code) == right


def test_it_is_kept_and_led_to_like_the_piece(api: Api, django_assert_num_queries: Any) -> None:
    set_pages(product=PAGE)
    piece = make_piece("band", *(make_variant(f"B-{n}", options={"ring_size": str(n)}) for n in range(20)))
    with django_assert_num_queries(5):
        answer = api.get("/store/products/band/json-ld")
    assert answer["Cache-Control"] == "public, max-age=0, must-revalidate"
    assert api.get("/store/products/band/json-ld", If_None_Match=answer["ETag"]).status_code == 304
    keep_old_slug(Kind.PRODUCT, piece.pk, old="old", new="band")
    assert api.get("/store/products/old/json-ld")["Location"].endswith("/v1/store/products/band/json-ld")
    assert api.get("/store/products/nothing/json-ld").status_code == 404
