"""Writes a large Shopify export to measure with: `python -m tests.catalog.imports.big_file out.csv 10000`.

The same number gives the same file, byte for byte.
"""

import csv
import sys
from collections.abc import Iterator
from pathlib import Path

HEADER = (
    *("Handle", "Title", "Body (HTML)", "Vendor", "Product Category", "Type", "Tags", "Published"),
    *("Option1 Name", "Option1 Value", "Option2 Name", "Option2 Value", "Option3 Name", "Option3 Value"),
    *("Variant SKU", "Variant Grams", "Variant Inventory Tracker", "Variant Inventory Qty"),
    *("Variant Inventory Policy", "Variant Price", "Variant Compare At Price", "Variant Barcode"),
    *("Image Src", "Image Position", "Image Alt Text", "Gift Card", "SEO Title", "SEO Description"),
    *("Variant Image", "Variant Weight Unit", "Status"),
)
TYPES = ("Ring", "Earrings", "Necklace", "Pendant", "Bracelet", "Brooch")
METALS = ("Sterling Silver", "14k Yellow Gold", "18k Rose Gold")
STONES = ("Turquoise", "Opal", "Moonstone", "Garnet", "Pearl")
IMAGES = 2


def write_big_file(path: Path, *, products: int = 10_000) -> None:
    """A file of `products` pieces, each of three variants and two pictures, on three rows a piece."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, HEADER, restval="", lineterminator="\n")
        writer.writeheader()
        for number in range(1, products + 1):
            writer.writerows(_rows(number))


def _rows(number: int) -> Iterator[dict[str, str]]:
    handle = f"piece-{number:06d}"
    for place, metal in enumerate(METALS):
        row = {"Handle": handle, **_variant(number, place, metal)}
        if place == 0:
            row |= _words(number)
        if place < IMAGES:
            row |= _image(handle, place + 1)
        yield row


def _words(number: int) -> dict[str, str]:
    kind, stone = TYPES[number % len(TYPES)], STONES[number % len(STONES)]
    title = f"{stone} {kind} No. {number}"
    return {
        "Title": title,
        "Body (HTML)": f'<p>{title}, made by hand.</p>\n<ul>\n<li>{stone}, 6"</li>\n<li>One week</li>\n</ul>',
        "Vendor": "Anvil & Ember",
        "Type": kind,
        "Tags": f"{stone}, handmade",
        "Published": "true",
        "Option1 Name": "Metal",
        "Gift Card": "false",
        "SEO Title": title,
        "Status": "active",
    }


def _variant(number: int, place: int, metal: str) -> dict[str, str]:
    price = 40 + number % 900 + 150 * place
    return {
        "Option1 Value": metal,
        "Variant SKU": f"P{number:06d}-{place + 1}",
        "Variant Grams": str(2 + number % 30),
        "Variant Inventory Tracker": "shopify",
        "Variant Inventory Qty": str(number % 12),
        "Variant Inventory Policy": "continue" if place else "deny",
        "Variant Price": f"{price}.00",
        "Variant Compare At Price": f"{price + 20}.00" if number % 5 == 0 else "",
        "Variant Weight Unit": "g",
    }


def _image(handle: str, position: int) -> dict[str, str]:
    return {
        "Image Src": f"https://images.example.com/{handle}-{position}.jpg",
        "Image Position": str(position),
        "Image Alt Text": f"View {position}",
    }


if __name__ == "__main__":
    write_big_file(Path(sys.argv[1]), products=int(sys.argv[2]) if len(sys.argv) > 2 else 10_000)
