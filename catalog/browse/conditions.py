"""What a shopper asks for, as conditions over product documents in SQL. Read by lists, facets and suggestions."""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from shop.prepared import fetch
from shop.storefronts.models import Storefront


@dataclass(frozen=True, slots=True)
class Sql:
    """A piece of SQL and its parameters."""

    text: str
    params: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class ProductFilter:
    """What the shopper asked for; slugs and codes, prices in the shop's currency.

    What is said of a variant (`OF_VARIANT`) must hold on one and the same variant.
    """

    category: str | None = None
    collection: str | None = None
    maker: str | None = None
    product_type: str | None = None
    stone: str | None = None
    one_of_a_kind: bool | None = None
    metal: str | None = None
    fineness: str | None = None
    ring_size: str | None = None
    price_min: Decimal | None = None
    price_max: Decimal | None = None
    in_stock: bool | None = None
    made_to_order: bool | None = None


OF_PIECE = {
    "category": "categories @> ARRAY[%s]",
    "collection": "collections @> ARRAY[%s]",
    "maker": "maker_id = (SELECT id FROM partner_partner WHERE code = %s)",
    "product_type": "product_type = %s",
    "stone": "stones @> ARRAY[%s]",
    "one_of_a_kind": "one_of_a_kind = %s",
}
# What must hold on the piece where it holds on a variant: an index or a column says it at once.
OF_VARIANT = {
    "metal": "metals @> ARRAY[%s]",
    "fineness": "finenesses @> ARRAY[%s]",
    "ring_size": "ring_sizes @> ARRAY[%s]",
    "price_min": "price_to >= %s",
    "price_max": "price_from <= %s",
    "in_stock": "(in_stock OR NOT %s)",
    "made_to_order": "(made_to_order OR NOT %s)",
}
# And what it is on the variant itself, as a jsonpath over `variants`.
ON_ONE_VARIANT = {
    "price_min": "@.price >= $price_min",
    "price_max": "@.price <= $price_max",
    **{name: f"@.{name} == ${name}" for name in ("metal", "fineness", "ring_size", "in_stock", "made_to_order")},
}
EVERYTHING = "is_listed"
# Filters that one facet stands for.
TOGETHER = {"price_min": "price", "price_max": "price"}


def rows_of(query: Sql) -> list[Any]:
    return fetch(query.text, query.params)


def listed_in(storefront: Storefront) -> Sql:
    """The condition that a document is of a piece that this storefront shows."""
    if storefront.all_makers:
        return Sql(EVERYTHING)
    if storefront.owner_id is not None:
        return Sql("is_listed AND maker_id = %s", (storefront.owner_id,))
    listed = "SELECT partner_id FROM storefronts_storefront_makers WHERE storefront_id = %s"
    return Sql(f"is_listed AND maker_id IN ({listed})", (storefront.pk,))


def all_of(conditions: Iterable[Sql]) -> Sql:
    """That all of them hold."""
    found = list(conditions)
    if not found:
        return Sql("TRUE")
    return Sql(" AND ".join(each.text for each in found), tuple(value for each in found for value in each.params))


def filtered(wanted: ProductFilter, *, but: Collection[str] = ()) -> Sql:
    """That a document holds what is wanted, some filters left out by their names; "TRUE" where nothing is."""
    given = given_filters(wanted, but=but)
    conditions = [Sql(OF_PIECE[name], (value,)) for name, value in given.items() if name in OF_PIECE]
    return all_of([*conditions, *_of_variant({name: given[name] for name in given if name in OF_VARIANT})])


def given_filters(wanted: ProductFilter, *, but: Collection[str] = ()) -> dict[str, Any]:
    values = {name: getattr(wanted, name) for name in (*OF_PIECE, *OF_VARIANT)}
    return {name: value for name, value in values.items() if value is not None and name not in but}


def variants_with(given: dict[str, Any]) -> Sql:
    """The variants of a document that have all of it; `given` by the names of `OF_VARIANT`."""
    return _on_variants("jsonb_path_query", given)


def _on_variants(function: str, given: dict[str, Any]) -> Sql:
    path = " && ".join(ON_ONE_VARIANT[name] for name in given)
    values = {name: _plain(value) for name, value in given.items()}
    return Sql(f"{function}(variants, '$[*] ? ({path})', %s)", (json.dumps(values),))


def _of_variant(given: dict[str, Any]) -> list[Sql]:
    conditions = [Sql(OF_VARIANT[name], (value,)) for name, value in given.items()]
    if len(given) > 1 or False in given.values():
        conditions.append(_on_variants("jsonb_path_exists", given))
    return conditions


def _plain(value: Any) -> Any:
    """Prices are compared in hundredths."""
    return int(value.scaleb(2)) if isinstance(value, Decimal) else value
