"""How a maker's pieces look as a CSV file that `benchpin.py` reads again, and how a report of an import looks."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson
from django.conf import settings

from catalog.catalogue.models import Product, ProductImage
from catalog.catalogue.rules import variant_title
from catalog.catalogue.shapes import decimal
from catalog.catalogue.stones import STONE_KEYS
from catalog.imports.benchpin import ACTIVE, COLUMNS, DRAFT, OPTIONS, PUBLISHED, WITHDRAWN
from catalog.imports.cells import BadCell
from catalog.imports.items import Notice, Problem
from catalog.imports.own_cells import escaped, read_tags
from catalog.imports.queries import address_of
from catalog.imports.reports import ImportReport
from catalog.personalization.rules import PERCENT
from catalog.variants.queries import record_of

YES_NO = {True: "true", False: "false"}
# Said of every stone, whatever it is otherwise.
ALWAYS_SAID = {"kind", "origin"}


def csv_lines(pieces: Iterable[Product]) -> Iterator[str]:
    """The file, piece by piece: UTF-8 when encoded, commas, lines ended as RFC 4180 has it."""
    yield _line(COLUMNS)
    for piece in pieces:
        for row in _rows(piece):
            yield _line([escaped(row.get(column, "")) for column in COLUMNS])


def _line(fields: Iterable[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(fields)
    return out.getvalue()


def _rows(piece: Product) -> Iterator[dict[str, str]]:
    """A row for each variant, the first with the words of the piece; one of these alone where there is none."""
    handle = {"handle": piece.source_handle or piece.public_id}
    words = _words(piece)
    pictures = {picture.pk: picture for picture in piece.pictures}
    for child in piece.variants or [None]:
        yield {**handle, **words, **(_variant(child, pictures) if child else {})}
        words = {}


def _words(piece: Product) -> dict[str, str]:
    return {
        "slug": piece.slug,
        "title": piece.title,
        "subtitle": piece.subtitle,
        "description": piece.description,
        "product_type": piece.product_type,
        "status": PUBLISHED if piece.is_public else DRAFT,
        "one_of_a_kind": YES_NO[piece.one_of_a_kind],
        "final_sale": YES_NO[piece.final_sale],
        "tags": _tags(piece.tags),
        "categories": ", ".join(branch.slug for branch in piece.branches),
        "attributes": _json(piece.facts),
        "parts": _json(piece.parts),
        "stones": _json([_stone(stone) for stone in piece.stones]),
        "ring_sizes": _json(piece.ring_sizes),
        "personalization": _json([_option(option) for option in piece.personalization]),
        "images": _json([image for picture in piece.pictures if (image := _image(picture))]),
        "seo_title": piece.meta_title or "",
        "seo_description": piece.meta_description or "",
    }


def _variant(child: Product, pictures: Mapping[int, ProductImage]) -> dict[str, str]:
    record = record_of(child)
    picture = pictures.get(child.picture_id)
    options: dict[str, str] = {}
    for (name_column, value_column), (name, value) in zip(OPTIONS, child.options.items(), strict=False):
        options |= {name_column: name, value_column: value}
    return {
        "sku": record.partner_sku,
        "variant_title": "" if child.title == variant_title(child.options) else child.title,
        "variant_position": str(child.position),
        "variant_status": ACTIVE if child.is_public else WITHDRAWN,
        **options,
        "metal": child.metal,
        "variant_parts": _json(child.parts),
        "price": str(record.price or ""),
        "compare_at_price": str(record.compare_at_price or ""),
        "currency": record.price_currency,
        "weight_g": decimal(child.weight_g) or "",
        "lead_time_days": "" if child.lead_time_days is None else str(child.lead_time_days),
        "barcode": child.barcode,
        # As it was counted: of what is promised beyond it the ledger knows.
        "stock_count": str(record.num_in_stock - record.num_missing),
        "stock_policy": record.policy,
        "variant_image": address_of(picture) if picture else "",
    }


def _json(value: Any) -> str:
    """Compact, with sorted keys, so that the same is always written the same; blank where there is nothing."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode() if value else ""


def _tags(tags: list[str]) -> str:
    """Between commas; as JSON where a comma in a tag would part it."""
    plain = ", ".join(tags)
    try:
        return plain if list(read_tags(plain)) == tags else _json(tags)
    except BadCell:
        return _json(tags)


def _stone(stone: Mapping[str, Any]) -> dict[str, Any]:
    """What is said of the stone, without what holds of one where nothing is."""
    return {key: value for key, value in stone.items() if key in ALWAYS_SAID or value != STONE_KEYS.get(key)}


def _option(option: Mapping[str, Any]) -> dict[str, Any]:
    """What may be asked of the piece, as the studio's door takes it, without what is not said."""
    price, choices = option["price"], option["choices"]
    priced = {
        "price": price and {"kind": price["kind"], **_amount(price)},
        "choices": [{**choice, "price": _money(choice["price"])} for choice in choices],
    }
    return {name: value for name, value in {**option, **priced}.items() if value}


def _amount(price: Mapping[str, str]) -> dict[str, Any]:
    return {"percent": price["amount"]} if price["kind"] == PERCENT else {"amount": _money(price["amount"])}


def _money(amount: str | None) -> dict[str, str] | None:
    return None if amount is None else {"amount": amount, "currency": settings.CURRENCY}


def _image(picture: ProductImage) -> dict[str, Any] | None:
    """None where the picture has no address to fetch it from."""
    address = address_of(picture)
    said = {"url": address, "position": picture.display_order}
    return {**said, **({"alt": picture.alt} if picture.alt else {})} if address else None


def report(found: ImportReport, *, dry_run: bool) -> dict[str, Any]:
    """What became of the products of a file."""
    return {
        "dry_run": dry_run,
        **{name: found.outcomes[name] for name in ("created", "changed", "unchanged")},
        "problems": [_remark(problem) for problem in found.problems],
        "notices": [_remark(notice) for notice in found.notices],
    }


def _remark(said: Problem | Notice) -> dict[str, Any]:
    return {"line": said.line, "column": said.column, "reason": said.reason}
