"""What tells the variants of a piece apart, and what their prices may be. Pure."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from catalog.catalogue.slugs import slug
from shop.errors import FieldError


def option_codes(options: Mapping[str, str]) -> dict[str, str]:
    """Options by code, as imports keep them: "Ring Size" is `ring_size`. What has no letter or digit is left out."""
    return {code: value for name, value in options.items() if (code := slug(name, joint="_"))}


def option_errors(options: Mapping[str, str], others: Iterable[Mapping[str, str]]) -> list[FieldError]:
    """Why a variant with these options cannot stand beside others: all have the same names, no two the same values."""
    for other in others:
        if other.keys() != options.keys():
            names = ", ".join(other) or "none"
            return [_option_error("other_options", f"The variants of a piece have the same options; here: {names}.")]
        if _choice(other) == _choice(options):
            return [_option_error("same_options", "Another variant of this piece has the same options.")]
    return []


def _option_error(code: str, message: str) -> FieldError:
    return {"field": "options", "code": code, "message": message}


def _choice(options: Mapping[str, str]) -> dict[str, str]:
    return {name: value.casefold() for name, value in options.items()}


def price_errors(price: Decimal | None, compare_at_price: Decimal | None) -> list[FieldError]:
    """A price crossed out must be above the one that is asked."""
    if compare_at_price is None or (price is not None and compare_at_price > price):
        return []
    return [{"field": "compare_at_price", "code": "not_above_price", "message": "It must be above the price."}]
