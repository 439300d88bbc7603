"""How the facts of a piece look outside, whoever is shown them."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from catalog.catalogue.attributes import PRODUCT_TYPES, Attribute, attributes_of, label_of
from catalog.catalogue.metals import COATINGS, METALS, PLATINGS, Metal
from catalog.catalogue.stones import CUTS, ORIGIN_WORDS, REPORT_LABS, SETTINGS, STONE_KINDS, TREATMENTS


def decimal(value: Decimal | None) -> str | None:
    """A weight or size as a decimal string without trailing zeros."""
    return None if value is None else f"{value.normalize():f}"


def metal(found: Metal) -> dict[str, Any]:
    return {
        "code": found.code,
        "label": found.label,
        "family": found.family,
        "colour": found.colour,
        "fineness": decimal(found.fineness),
    }


def vocabulary() -> dict[str, Any]:
    """The tables of the trade, as a form needs them."""
    kinds = STONE_KINDS.values()
    return {
        "product_types": [_product_type(code) for code in PRODUCT_TYPES],
        "metals": [_alloy(found) for found in METALS.values()],
        "coatings": [_alloy(found) for found in COATINGS.values()],
        "platings": _terms(PLATINGS),
        "stone_kinds": [
            {"code": kind.code, "label": kind.label, "trade_names": list(kind.trade_names)} for kind in kinds
        ],
        "origins": _terms(ORIGIN_WORDS),
        "cuts": list(CUTS),
        "treatments": [
            {"code": found.code, "label": found.label, "permanence": found.permanence, "care": found.care}
            for found in TREATMENTS.values()
        ],
        "settings": _terms({code: code.replace("_", " ") for code in SETTINGS}),
        "report_labs": list(REPORT_LABS),
    }


def _alloy(found: Metal) -> dict[str, Any]:
    return {**metal(found), "density": decimal(found.density)}


def _product_type(code: str) -> dict[str, Any]:
    fields = [_field(attribute) for attribute in attributes_of(code).values()]
    return {"code": code, "label": label_of(code), "attributes": fields}


def _field(attribute: Attribute) -> dict[str, Any]:
    return {
        "code": attribute.code,
        "label": attribute.label,
        "kind": attribute.kind,
        "unit": attribute.unit or None,
        "choices": _terms(attribute.choices),
        "min": decimal(attribute.least),
        "max": decimal(attribute.most),
        "max_length": attribute.longest,
        "max_items": attribute.items,
        "note": attribute.note,
    }


def _terms(labels: Mapping[str, str] | Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"code": code, "label": label} for code, label in dict(labels).items()]
