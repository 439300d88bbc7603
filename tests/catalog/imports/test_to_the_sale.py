"""From a maker's file to the last one sold: imported, declared, published, found by its metal, gone from the shelf."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from tests.api import Api
from tests.catalog.bench import Bench, problem
from tests.fakes.local_stripe import LocalStripe

pytestmark = pytest.mark.django_db

# As shops export it: the title speaks of a metal and a stone that no column declares.
FILE = """Handle,Title,Body (HTML),Type,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Tracker,Variant Inventory Qty,Variant Inventory Policy,Variant Price
dusk-ring,14k Rose Gold Ring with Lab-Grown Sapphire,<p>Cast and set by hand.</p>,Ring,Size,6.5,DUSK-65,shopify,1,deny,840.00
"""  # noqa: E501


def found(query: str) -> list[str]:
    return [piece["slug"] for piece in Api().get(f"/store/products?{query}").json()["results"]]


def test_a_file_becomes_a_sale(tmp_path: Path, stripe_server: LocalStripe, capsys: Any) -> None:
    bench = Bench()
    path = tmp_path / "products_export.csv"
    path.write_text(FILE)
    with pytest.raises(SystemExit):
        call_command("import_products", str(path), "--format", "shopify", "--maker", "alder")
    said = capsys.readouterr().err
    assert "16 CFR 23" in said

    [listed] = bench.api.get(bench.base).json()["results"]
    piece = bench.api.get(bench.path(listed)).json()
    assert (piece["status"], found("")) == ("draft", [])
    refused = bench.publish(piece)
    assert problem(refused) == (422, "not_publishable")
    assert {"no_picture"} < {error["code"] for error in refused.json()["errors"]}

    stone = {"kind": "sapphire", "origin": "lab_grown", "carat": "1.05", "count": 1}
    assert bench.patch(piece, {"product_type": "ring", "stones": [stone]}).status_code == 200
    assert bench.api.patch(bench.variant(piece), {"metal": "14k-rose-gold"}).status_code == 200
    bench.add_picture(piece)
    published = bench.publish(piece)
    assert published.status_code == 200, json.dumps(published.json(), indent=1)

    slug = published.json()["slug"]
    in_stock = "metal=14k-rose-gold&stone=lab_grown-sapphire&in_stock=true"
    assert found(in_stock) == found("q=rose+gold+sapphire+ring") == [slug]
    Api().placed(DUSK_65=1)
    assert found(in_stock) == []
    assert found("metal=14k-rose-gold") == [slug]
    detail = Api().get(f"/store/products/{slug}").json()
    assert (detail["in_stock"], detail["variants"][0]["available_quantity"]) == (False, 0)
