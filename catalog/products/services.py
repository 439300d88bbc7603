"""Pieces as their maker changes them: each change under the piece's lock, each written down."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from catalog.catalogue.attributes import read_attributes
from catalog.catalogue.events import ProductsChanged
from catalog.catalogue.metals import part_errors, plain_parts
from catalog.catalogue.models import Category, Product
from catalog.catalogue.queries import free_slug_of_piece, publishing_problems
from catalog.catalogue.services import changing
from catalog.catalogue.sizes import plain_range, range_errors
from catalog.catalogue.stones import plain_stone, stone_errors
from catalog.html import TooManyTags, sanitised
from catalog.partner.models import Partner
from catalog.products import rules, shapes
from catalog.products.queries import get_product
from catalog.slug_history.models import Kind
from catalog.slug_history.queries import is_kept_for_another
from catalog.slug_history.services import keep_old_slug
from catalog.variants.services import open_variants
from shop import versions
from shop.actors import Actor
from shop.audit import services as audit
from shop.errors import DomainError, FieldError, InvalidInput
from shop.events.services import atomic, publish

Given = Mapping[str, Any]

# Each that fails means that somebody else has got theirs.
TRIES = 20
# Those that are called the same outside and need no tidying.
PLAIN_COLUMNS = ("title", "subtitle", "product_type", "one_of_a_kind", "final_sale")


class NotPublishable(DomainError):
    code = "not_publishable"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    title = "The piece cannot be published yet"
    detail = "`errors` names all that keeps it from being shown."


@atomic()
def create_product(*, maker: Partner, values: Given, actor: Actor) -> Product:
    """A new draft with its variants. Raises InvalidInput and DuplicateSku."""
    piece = Product(structure=Product.PARENT, maker=maker, is_public=False)
    for name, value in _piece_columns(piece, values).items():
        setattr(piece, name, value)
    _save_under_a_slug(piece, values)
    _set_categories(piece, values)
    variants = open_variants(piece, [], values.get("variants", []), actor=actor, field="variants.{}.{}".format)
    piece = get_product(maker.pk, piece.public_id)
    facts = {**shapes.words(piece), "variants": [variant.public_id for variant in variants]}
    audit.record(actor, "product.created", maker=maker.public_id, object=piece.public_id, after=facts)
    return piece


@atomic()
def change_product(*, maker: Partner, product: str, changes: Given, actor: Actor, if_match: str | None) -> Product:
    """Change what is said of the piece as a whole; only what is given changes.

    Raises NotFound, StaleVersion, InvalidInput and NeededWhilePublished.
    """
    piece = _piece_for_change(maker, product, if_match)
    before = shapes.words(piece)
    with changing(piece):
        columns = _piece_columns(piece, changes)
        for name, value in columns.items():
            setattr(piece, name, value)
        piece.save(update_fields=list(columns))
        if "slug" in changes:
            old = piece.slug
            _save_under_a_slug(piece, changes)
            keep_old_slug(Kind.PRODUCT, piece.pk, old=old, new=piece.slug)
        _set_categories(piece, changes)
    piece = get_product(maker.pk, piece.public_id)
    changed = audit.changes(before, shapes.words(piece))
    if changed["after"]:
        audit.record(actor, "product.changed", maker=maker.public_id, object=piece.public_id, **changed)
    return piece


@atomic()
def publish_product(*, maker: Partner, product: str, actor: Actor, if_match: str | None) -> Product:
    """Show the piece to shoppers; one that is shown stays so. Raises NotFound, StaleVersion and NotPublishable."""
    piece = _piece_for_change(maker, product, if_match)
    if not piece.is_public:
        if problems := publishing_problems(piece):
            raise NotPublishable(errors=problems)
        _set_public(piece, True, "product.published", maker, actor)
    return piece


@atomic()
def unpublish_product(*, maker: Partner, product: str, actor: Actor, if_match: str | None) -> Product:
    """Take the piece off the shop; what was ordered stays ordered. Raises NotFound and StaleVersion."""
    piece = _piece_for_change(maker, product, if_match)
    if piece.is_public:
        _set_public(piece, False, "product.unpublished", maker, actor)
    return piece


def _piece_for_change(maker: Partner, product: str, if_match: str | None) -> Product:
    piece = get_product(maker.pk, product, lock=True)
    versions.check_shape(if_match, shapes.version(shapes.detail(piece)))
    return piece


def _piece_columns(piece: Product, values: Given) -> dict[str, Any]:
    """The columns of the piece that are given, tidied. Raises InvalidInput."""
    columns = {name: values[name] for name in PLAIN_COLUMNS if name in values}
    if "description" in values:
        columns["description"] = _safe(values["description"])
    if "tags" in values:
        columns["tags"] = rules.each_once(values["tags"])
    if "seo" in values:
        columns["meta_title"], columns["meta_description"] = values["seo"]["title"], values["seo"]["description"]
    return columns | _declared(piece, values)


def _declared(piece: Product, values: Given) -> dict[str, Any]:
    """What the piece is made of and measures. What stands already must suit a new product type, too.

    Raises InvalidInput with all that is wrong.
    """
    columns: dict[str, Any] = {}
    errors: list[FieldError] = []
    product_type = values.get("product_type", piece.product_type)
    if "attributes" in values or "product_type" in values:
        columns["facts"], errors = read_attributes(product_type, values.get("attributes", piece.facts))
    if "stones" in values:
        errors += stone_errors(values["stones"])
        columns["stones"] = [plain_stone(stone) for stone in values["stones"]]
    if "parts" in values:
        errors += part_errors(values["parts"])
        columns["parts"] = plain_parts(values["parts"])
    sizes = values.get("ring_sizes", piece.ring_sizes)
    if sizes and ("ring_sizes" in values or "product_type" in values):
        errors += range_errors(sizes, product_type=product_type)
    if "ring_sizes" in values:
        columns["ring_sizes"] = plain_range(sizes, settings.CURRENCY) if sizes else None
    if errors:
        raise InvalidInput(errors=errors)
    return columns


def _safe(description: str) -> str:
    try:
        return sanitised(description)
    except TooManyTags as error:
        message = str(error)
        raise InvalidInput(errors=[{"field": "description", "code": "too_many_tags", "message": message}]) from error


def _save_under_a_slug(piece: Product, values: Given, *, tries: int = TRIES) -> None:
    """Save the piece under the slug that is given, else under one made of its title. Raises InvalidInput."""
    piece.slug = values.get("slug") or free_slug_of_piece(piece.title, maker_slug=piece.maker.code)
    if "slug" in values and is_kept_for_another(Kind.PRODUCT, piece.slug, holder=piece.pk):
        raise _slug_taken(f"Links to another piece of the shop lead to {piece.slug}.")
    try:
        with transaction.atomic():
            piece.save()
    except IntegrityError as error:
        # Its random id aside, nothing else of a piece must be unique.
        if "slug" in values:
            raise _slug_taken(f"Another piece of the shop is at {piece.slug}.") from error
        if tries == 1:
            raise
        _save_under_a_slug(piece, values, tries=tries - 1)


def _slug_taken(message: str) -> InvalidInput:
    return InvalidInput(errors=[{"field": "slug", "code": "slug_taken", "message": message}])


def _set_categories(piece: Product, values: Given) -> None:
    if "categories" not in values:
        return
    found = {category.slug: category for category in Category.objects.filter(slug__in=values["categories"])}
    if unknown := [slug for slug in values["categories"] if slug not in found]:
        message = f"There is no category {', '.join(unknown)}."
        raise InvalidInput(errors=[{"field": "categories", "code": "unknown_category", "message": message}])
    piece.categories.set(found.values())


def _set_public(piece: Product, is_public: bool, action: str, maker: Partner, actor: Actor) -> None:
    before = {"status": shapes.status(piece)}
    piece.is_public = is_public
    piece.save(update_fields=["is_public", "date_updated"])
    publish(ProductsChanged((piece.pk,)))
    audit.record(
        actor, action, maker=maker.public_id, object=piece.public_id, before=before,
        after={"status": shapes.status(piece)},
    )  # fmt: skip
