"""Variants as their maker changes them: each change under the piece's lock, each written down."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from catalog.catalogue.metals import part_errors, plain_parts
from catalog.catalogue.models import Product
from catalog.catalogue.queries import find_piece
from catalog.catalogue.rules import MAX_VARIANTS, is_named_by, variant_title
from catalog.catalogue.services import changing
from catalog.inventory.queries import was_ordered
from catalog.inventory.services import lock_records, open_records, reference_of
from catalog.partner.models import Partner, StockPolicy, StockRecord
from catalog.variants import rules, shapes
from catalog.variants.queries import find_variant, is_in_a_basket, record_of, skus_taken, variants_of
from shop import versions
from shop.actors import Actor
from shop.audit import services as audit
from shop.errors import DomainError, FieldError, InvalidInput
from shop.events.services import atomic

Given = Mapping[str, Any]
# The name of a value of the nth variant in a problem.
Field = Callable[[int, str], str]

UNCOUNTED = {"count": 0, "policy": StockPolicy.STOCK}
VARIANT_COLUMNS = ("title", "options", "metal", "parts", "weight_g", "lead_time_days", "barcode")
RECORD_COLUMNS = {"sku": "partner_sku", "price": "price", "compare_at_price": "compare_at_price"}


class DuplicateSku(DomainError):
    code = "duplicate_sku"
    title = "A SKU names one variant of a maker"
    detail = "`errors` names each SKU that is taken; a withdrawn variant keeps its own until it is given another."


class TooManyVariants(DomainError):
    code = "too_many_variants"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    title = "The piece has enough variants"
    detail = f"A piece takes {MAX_VARIANTS:,} variants, those withdrawn included."


@atomic()
def add_variant(*, maker: Partner, product: str, values: Given, actor: Actor) -> Product:
    """A new variant of the piece, and the last.

    Raises NotFound, InvalidInput, DuplicateSku, TooManyVariants and NeededWhilePublished.
    """
    piece = find_piece(maker.pk, product, lock=True)
    sisters = variants_of(piece)
    if len(sisters) >= MAX_VARIANTS:
        raise TooManyVariants
    with changing(piece):
        opened = open_variants(piece, sisters, [values], actor=actor, field=lambda _, name: name)
    variant = find_variant(piece, opened[0].public_id)
    facts = {"product": piece.public_id, **shapes.variant(variant)}
    audit.record(actor, "variant.created", maker=maker.public_id, object=variant.public_id, after=facts)
    return variant


@atomic()
def change_variant(
    *, maker: Partner, product: str, variant: str, changes: Given, actor: Actor, if_match: str | None
) -> Product:
    """Change a variant or its price, withdraw it or bring it back; only what is given changes.

    Raises NotFound, StaleVersion, InvalidInput, DuplicateSku and NeededWhilePublished.
    """
    piece, child = _variant_for_change(maker, product, variant, if_match)
    before = shapes.variant(child)
    with changing(piece):
        _set_variant_columns(piece, child, changes)
        _set_record_columns(record_of(child), changes)
    child = find_variant(piece, variant)
    changed = audit.changes(shapes.version(before), shapes.version(shapes.variant(child)))
    if changed["after"]:
        audit.record(actor, "variant.changed", maker=maker.public_id, object=variant, **changed)
    return child


@atomic()
def remove_variant(*, maker: Partner, product: str, variant: str, actor: Actor, if_match: str | None) -> None:
    """Take a variant off the piece: withdrawn where a shopper may have it in hand, else deleted.

    Raises NotFound, StaleVersion, and NeededWhilePublished for the last one on sale.
    """
    piece, child = _variant_for_change(maker, product, variant, if_match)
    facts = {"product": piece.public_id, **shapes.variant(child)}
    # What is being ordered this moment is waited for.
    lock_records([record_of(child).pk])
    is_kept = piece.is_public or was_ordered(child) or is_in_a_basket(child)
    if is_kept and not child.is_public:
        return
    with changing(piece):
        if is_kept:
            child.is_public = False
            child.save(update_fields=["is_public", "date_updated"])
        else:
            child.delete()
    action = "variant.withdrawn" if is_kept else "variant.removed"
    audit.record(actor, action, maker=maker.public_id, object=variant, before=facts)


def open_variants(
    piece: Product, sisters: Sequence[Product], given: Sequence[Given], *, actor: Actor, field: Field
) -> list[Product]:
    """Create variants of the locked piece behind their sisters, each with its stock record.

    Raises InvalidInput and DuplicateSku.
    """
    skus = [(field(number, "sku"), values["sku"]) for number, values in enumerate(given)]
    _check_skus(skus, piece.maker_id)
    _check_new(given, sisters, field)
    position = max((sister.position for sister in sisters), default=-1) + 1
    variants = [
        Product(structure=Product.CHILD, parent=piece, position=number, **_new_columns(values))
        for number, values in enumerate(given, start=position)
    ]
    Product.objects.bulk_create(variants)
    records = [_new_record(variant, values) for variant, values in zip(variants, given, strict=True)]
    with _named_duplicates(skus, piece.maker_id):
        open_records(records, reference=reference_of(actor))
    return variants


def _variant_for_change(maker: Partner, product: str, variant: str, if_match: str | None) -> tuple[Product, Product]:
    piece = find_piece(maker.pk, product, lock=True)
    child = find_variant(piece, variant)
    versions.check_shape(if_match, shapes.version(shapes.variant(child)))
    return piece, child


@contextmanager
def _named_duplicates(skus: Sequence[tuple[str, str]], maker_id: int) -> Iterator[None]:
    """Where somebody takes one of the SKUs at the same moment, the database refuses ours. Raises DuplicateSku."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        _check_skus(skus, maker_id)
        raise


def _check_skus(skus: Sequence[tuple[str, str]], maker_id: int) -> None:
    """`(field, sku)` each; none may be another variant's, and none come twice. Raises DuplicateSku."""
    taken = skus_taken(maker_id, [sku for _, sku in skus])
    here = Counter(sku for _, sku in skus)
    errors: list[FieldError] = []
    for field, sku in skus:
        if sku in taken:
            errors.append(_duplicate(field, f"{sku} is the SKU of the variant {taken[sku]}."))
        elif here[sku] > 1:
            errors.append(_duplicate(field, f"{sku} stands here more than once."))
    if errors:
        raise DuplicateSku(errors=errors)


def _duplicate(field: str, message: str) -> FieldError:
    return {"field": field, "code": DuplicateSku.code, "message": message}


def _check_new(given: Sequence[Given], sisters: Sequence[Product], field: Field) -> None:
    """Options and prices of new variants. Raises InvalidInput."""
    errors: list[FieldError] = []
    others = [sister.options for sister in sisters if sister.is_public]
    for number, values in enumerate(given):
        options = values.get("options", {})
        found = rules.option_errors(options, others)
        found += rules.price_errors(values.get("price"), values.get("compare_at_price"))
        found += part_errors(values.get("parts", []))
        errors += [{**error, "field": field(number, error["field"])} for error in found]
        others.append(options)
    if errors:
        raise InvalidInput(errors=errors)


def _new_record(variant: Product, values: Given) -> StockRecord:
    stock = values.get("stock", UNCOUNTED)
    return StockRecord(
        product=variant,
        partner_id=variant.parent.maker_id,
        price_currency=settings.CURRENCY,
        num_in_stock=stock["count"],
        policy=stock["policy"],
        **_record_columns(values),
    )


def _record_columns(values: Given) -> dict[str, Any]:
    return {column: values[name] for name, column in RECORD_COLUMNS.items() if name in values}


def _new_columns(values: Given) -> dict[str, Any]:
    """The columns of a new variant, which is called by its options unless it is given a name."""
    columns = {name: values[name] for name in VARIANT_COLUMNS if name in values}
    columns["title"] = values.get("title") or variant_title(values.get("options", {}))
    columns["metal"] = values.get("metal") or ""
    columns["parts"] = plain_parts(values.get("parts", []))
    return columns


def _set_variant_columns(piece: Product, child: Product, changes: Given) -> None:
    """Write what is given of a variant. Raises InvalidInput for parts, and for options its sisters do not go with."""
    columns = {name: changes[name] for name in VARIANT_COLUMNS if name in changes}
    if "metal" in columns:
        columns["metal"] = columns["metal"] or ""
    if "parts" in columns:
        if errors := part_errors(columns["parts"]):
            raise InvalidInput(errors=errors)
        columns["parts"] = plain_parts(columns["parts"])
    if "status" in changes:
        columns["is_public"] = changes["status"] == shapes.ACTIVE
    if "title" in columns or "options" in columns:
        kept = "" if is_named_by(child.title, child.options) else child.title
        columns["title"] = columns.get("title", kept) or variant_title(columns.get("options", child.options))
    for name, value in columns.items():
        setattr(child, name, value)
    sisters = [sister.options for sister in variants_of(piece) if sister.is_public and sister != child]
    if child.is_public and (errors := rules.option_errors(child.options, sisters)):
        raise InvalidInput(errors=errors)
    child.save(update_fields=[*columns, "date_updated"])


def _set_record_columns(record: StockRecord, changes: Given) -> None:
    """Write SKU and prices where they are given. Raises InvalidInput and DuplicateSku."""
    columns = _record_columns(changes)
    if not columns:
        return
    if "price" in columns:
        # The shop's currency may have been another when the record was made.
        columns["price_currency"] = settings.CURRENCY
    sku = str(columns.get("partner_sku", record.partner_sku))
    skus = [("sku", sku)] if sku != record.partner_sku else []
    _check_skus(skus, record.partner_id)
    for name, value in columns.items():
        setattr(record, name, value)
    if errors := rules.price_errors(record.price, record.compare_at_price):
        raise InvalidInput(errors=errors)
    with _named_duplicates(skus, record.partner_id):
        record.save(update_fields=[*columns, "date_updated"])
