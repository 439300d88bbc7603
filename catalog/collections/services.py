"""A maker's collections made, changed and taken away; whoever shows pieces is told."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction

from catalog.catalogue.models import Category, ImageStatus, Product, ProductImage
from catalog.catalogue.queries import free_slug
from catalog.catalogue.slugs import MAX_SLUG, SLUG_PART
from catalog.catalogue.slugs import slug as slug_of
from catalog.collections import rules, shapes
from catalog.collections.events import CollectionChanged
from catalog.collections.models import Collection, CollectionPiece
from catalog.collections.queries import get_collection
from catalog.html import TooManyTags, sanitised
from catalog.partner.models import Partner
from catalog.slug_history.models import Kind
from catalog.slug_history.queries import is_kept_for_another
from catalog.slug_history.services import forget_old_slugs, keep_old_slug
from shop import versions
from shop.actors import Actor
from shop.audit import services as audit
from shop.errors import DomainError, InvalidInput
from shop.events.services import atomic, publish

Given = Mapping[str, Any]
PLAIN_COLUMNS = ("title", "is_published")
TRIES = 20


class TooManyCollections(DomainError):
    code = "too_many_collections"
    title = "The maker has as many collections as there may be"
    detail = f"A maker may have {rules.MAX_COLLECTIONS}. Delete one that is not shown any more."


@atomic()
def create_collection(*, maker: Partner, values: Given, actor: Actor) -> Collection:
    """A new collection, by hand unless a rule is given. Raises InvalidInput and TooManyCollections."""
    # With those there are locked, nobody else can add one to them meanwhile.
    there = Collection.objects.for_maker(maker.pk).order_by("pk").locked().values_list("pk")
    if len(there) >= rules.MAX_COLLECTIONS:
        raise TooManyCollections
    row = Collection(maker=maker, **_columns(maker, values))
    _save_under_a_slug(row, values.get("slug"))
    _set_pieces(row, values)
    return _noted(row, "collection.created", None, actor)


@atomic()
def change_collection(
    *, maker: Partner, collection: str, changes: Given, actor: Actor, if_match: str | None
) -> Collection:
    """Change what is given. With `products` it is made by hand from then on, with `rule` by the rule.

    Raises NotFound, StaleVersion and InvalidInput.
    """
    row = _for_change(maker, collection, if_match)
    before = shapes.detail(row)
    for name, value in _columns(maker, changes).items():
        setattr(row, name, value)
    _save_under_a_slug(row, changes.get("slug", row.slug))
    keep_old_slug(Kind.COLLECTION, row.pk, old=before["slug"], new=row.slug)
    _set_pieces(row, changes)
    return _noted(row, "collection.changed", before, actor)


@atomic()
def delete_collection(*, maker: Partner, collection: str, actor: Actor, if_match: str | None) -> None:
    """Take the collection away; its pieces stay. Raises NotFound and StaleVersion."""
    row = _for_change(maker, collection, if_match)
    key, before = row.pk, shapes.detail(row)
    forget_old_slugs(Kind.COLLECTION, key)
    row.delete()
    audit.record(actor, "collection.deleted", maker=maker.public_id, object=row.public_id, before=_facts(before))
    if before["is_published"]:
        publish(CollectionChanged(key, maker.pk, before["slug"]))


def _for_change(maker: Partner, collection: str, if_match: str | None) -> Collection:
    row = get_collection(maker.pk, collection, lock=True)
    versions.check_shape(if_match, shapes.version(shapes.detail(row)))
    return row


def _columns(maker: Partner, values: Given) -> dict[str, Any]:
    """The columns that are given, tidied. Raises InvalidInput."""
    columns = {name: values[name] for name in PLAIN_COLUMNS if name in values}
    if "description" in values:
        columns["description"] = _safe(values["description"])
    if "picture" in values:
        columns["picture"] = _picture(maker, values["picture"])
    if "seo" in values:
        columns["meta_title"], columns["meta_description"] = values["seo"]["title"], values["seo"]["description"]
    if "rule" in values:
        columns |= {"by_rule": True, **rules.NOT_ASKED, **_rule(values["rule"])}
    if "products" in values:
        columns |= {"by_rule": False, **rules.NOT_ASKED}
    return columns


def _rule(asked: Given) -> dict[str, Any]:
    if "category" not in asked:
        return dict(asked)
    category = Category.objects.filter(slug=asked["category"]).first()
    if category is None:
        raise _refused("rule.category", "unknown_category", f"There is no category {asked['category']}.")
    return {**asked, "category": category}


def _picture(maker: Partner, name: str | None) -> ProductImage | None:
    if name is None:
        return None
    ready = ProductImage.objects.filter(product__maker=maker, status=ImageStatus.READY)
    if found := ready.filter(public_id=name).first():
        return found
    raise _refused("picture", "unknown_picture", "Name a picture of one of your pieces that is ready, by its id.")


def _safe(description: str) -> str:
    try:
        return sanitised(description)
    except TooManyTags as error:
        raise _refused("description", "too_many_tags", str(error)) from error


def _save_under_a_slug(row: Collection, wanted: str | None) -> None:
    """Save it under the slug that is wanted, else under one made of its title. Raises InvalidInput."""
    if wanted is not None and is_kept_for_another(Kind.COLLECTION, wanted, holder=row.pk):
        raise _refused("slug", "slug_taken", f"Links to another collection lead to {wanted}.")
    for _ in range(TRIES):
        row.slug = wanted or _free_slug(row)
        try:
            with transaction.atomic():
                return row.save()
        except IntegrityError as error:
            if wanted is not None:
                raise _refused("slug", "slug_taken", f"Another collection of the shop is at {wanted}.") from error
    raise _refused("slug", "slug_taken", "Others took each slug made of the title. Send one.")


def _free_slug(row: Collection) -> str:
    base = slug_of(row.title)[:MAX_SLUG].strip("-") or "collection"
    return free_slug(Collection.objects.all(), Kind.COLLECTION, base, f"{base[:SLUG_PART]}-{row.maker.code}")


def _set_pieces(row: Collection, values: Given) -> None:
    """The pieces chosen by hand, in their order; none where it goes by a rule."""
    if "rule" in values or "products" in values:
        row.places.all().delete()
    places = enumerate(_pieces(row.maker, values.get("products", [])), start=1)
    CollectionPiece.objects.bulk_create(
        CollectionPiece(collection=row, piece_id=pk, position=position) for position, pk in places
    )


def _pieces(maker: Partner, names: Sequence[str]) -> list[int]:
    """Keys of the maker's pieces, each once, by id or slug. Raises InvalidInput."""
    pieces = Product.objects.for_maker(maker.pk)
    known = dict(pieces.filter(public_id__in=names).values_list("public_id", "pk"))
    known |= dict(pieces.filter(slug__in=names).values_list("slug", "pk"))
    if unknown := [name for name in names if name not in known]:
        raise _refused("products", "unknown_product", f"You have no piece {', '.join(unknown[:10])}.")
    return list(dict.fromkeys(known[name] for name in names))


def _noted(row: Collection, action: str, before: dict[str, Any] | None, actor: Actor) -> Collection:
    row = get_collection(row.maker_id, row.public_id)
    facts = audit.changes(_facts(before) if before else {}, _facts(shapes.detail(row)))
    if not facts["after"]:
        return row
    kept = facts if before else {"after": facts["after"]}
    audit.record(actor, action, maker=row.maker.public_id, object=row.public_id, **kept)
    if row.is_published or (before and before["is_published"]):
        publish(CollectionChanged(row.pk, row.maker_id, before["slug"] if before else ""))
    return row


def _facts(shaped: dict[str, Any]) -> dict[str, Any]:
    """For the record: pieces by their ids, and no dates."""
    image = shaped["image"]
    kept = {name: value for name, value in shaped.items() if name not in ("id", "created_at")}
    return {**shapes.version(kept), "image": image and image["id"]}


def _refused(field: str, code: str, message: str) -> InvalidInput:
    return InvalidInput(errors=[{"field": field, "code": code, "message": message}])
