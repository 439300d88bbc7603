"""Pictures come in: fetched from the address a maker gave, or sent by the maker; checked, kept."""

import hashlib
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from threading import Lock, get_native_id
from typing import Any

from django.db.models import QuerySet

from catalog.catalogue.events import PictureRemoved, ProductsChanged
from catalog.catalogue.models import ImageStatus, Product, ProductImage, new_picture_id
from catalog.catalogue.queries import find_piece
from catalog.catalogue.services import changing
from catalog.media import fetching, files, shapes
from catalog.media.fetching import FetchRefused, Unreachable
from catalog.media.queries import find_picture, pictures_of
from catalog.media.renditions import FORMATS, draw, file_name
from catalog.media.rules import MAX_PICTURES, Picture, PictureRefused, check_picture
from catalog.partner.models import Partner
from shop import versions
from shop.actors import Actor
from shop.audit import services as audit
from shop.errors import DomainError
from shop.events.services import atomic, publish
from shop.jobs.services import defer, each

REFUSAL_LENGTH = 255


class PicturesMissing(Exception):
    """Some pictures could not be fetched this time."""


class UploadRefused(DomainError):
    """What was sent is no picture that we keep; the detail says why."""

    code = "picture_refused"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    title = "This picture cannot be taken"
    detail = "Send a whole JPEG, PNG, WebP, GIF or AVIF picture."


class TooManyPictures(DomainError):
    code = "too_many_pictures"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    title = "The piece has enough pictures"
    detail = f"A piece takes {MAX_PICTURES} pictures; remove one first."


@dataclass(frozen=True, slots=True)
class KeptPicture:
    """A picture that was checked and is in the storage; its id is part of its name, so it is of one row only."""

    public_id: str
    name: str
    width: int
    height: int


# A picture of 40 million pixels takes 160 MB while it is open: one at a time in a process.
_OPENING = Lock()


def _step_back() -> None:
    """Let everybody else have the processor first. Only Linux knows the niceness of a thread."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, get_native_id(), 19)


# Renditions, likewise one picture at a time; they may wait, the shop may not.
_BEHIND_ALL_ELSE = ThreadPoolExecutor(1, "renditions", initializer=_step_back)


@contextmanager
def kept_picture(data: bytes) -> Iterator[KeptPicture]:
    """Check a picture that was sent and put it into the storage, for a block that adds it to a piece.

    Not inside a transaction, since it takes long; where the block fails its file goes. Raises UploadRefused.
    """
    try:
        picture = checked_picture(data)
    except PictureRefused as refused:
        raise UploadRefused(str(refused)) from refused
    public_id = new_picture_id()
    name = _saved(public_id, picture)
    try:
        yield KeptPicture(public_id, name, picture.width, picture.height)
    except BaseException:
        files.remove_unused(name)
        raise


def checked_picture(data: bytes) -> Picture:
    """The picture in these bytes, written anew: one at a time in a process. Raises PictureRefused."""
    with _OPENING:
        return check_picture(data)


@atomic()
def add_picture(
    *, maker: Partner, product: str, kept: KeptPicture, alt: str, position: int | None, actor: Actor
) -> ProductImage:
    """Give the piece a kept picture, at `position` from 1 or as the last. Raises NotFound and TooManyPictures."""
    piece = find_piece(maker.pk, product, lock=True)
    pictures = pictures_of(piece)
    if len(pictures) >= MAX_PICTURES:
        raise TooManyPictures
    with changing(piece):
        picture = ProductImage.objects.create(
            product=piece,
            public_id=kept.public_id,
            original=kept.name,
            width=kept.width,
            height=kept.height,
            alt=alt,
            status=ImageStatus.READY,
        )
        _arrange(pictures, picture, position)
    defer("catalog.media.make_renditions", image_id=picture.pk, original=kept.name)
    facts = {"product": piece.public_id, "file": kept.name, "alt": alt, "position": picture.display_order}
    audit.record(actor, "picture.added", maker=maker.public_id, object=picture.public_id, after=facts)
    return picture


@atomic()
def change_picture(
    *, maker: Partner, product: str, image: str, changes: Mapping[str, Any], actor: Actor, if_match: str | None
) -> ProductImage:
    """Set a picture's `alt`, `focal_point` and `position`, as far as given. Raises NotFound and StaleVersion."""
    piece, picture = _picture_for_change(maker, product, image, if_match)
    before = shapes.picture(picture)
    with changing(piece):
        picture.alt = changes.get("alt", picture.alt)
        if "focal_point" in changes:
            picture.focal_x, picture.focal_y = changes["focal_point"]["x"], changes["focal_point"]["y"]
        picture.save(update_fields=["alt", "focal_x", "focal_y"])
        if "position" in changes:
            _arrange([other for other in pictures_of(piece) if other != picture], picture, changes["position"])
    changed = audit.changes(before, shapes.picture(picture))
    if changed["after"]:
        audit.record(actor, "picture.changed", maker=maker.public_id, object=image, **changed)
    return picture


@atomic()
def remove_picture(*, maker: Partner, product: str, image: str, actor: Actor, if_match: str | None) -> None:
    """Take a picture off the piece; whoever reacts to `PictureRemoved` sees to its files.

    Raises NotFound, StaleVersion, and NeededWhilePublished for the last one of a published piece.
    """
    piece, picture = _picture_for_change(maker, product, image, if_match)
    with changing(piece):
        # As a query: Oscar's own `delete` counts the others anew from zero, one by one.
        ProductImage.objects.filter(pk=picture.pk).delete()
    if name := picture.original.name:
        publish(PictureRemoved(name))
    facts = {"product": piece.public_id, "file": picture.original.name}
    audit.record(actor, "picture.removed", maker=maker.public_id, object=image, before=facts)


def _picture_for_change(maker: Partner, product: str, image: str, if_match: str | None) -> tuple[Product, ProductImage]:
    piece = find_piece(maker.pk, product, lock=True)
    picture = find_picture(piece, image)
    versions.check_shape(if_match, shapes.version(shapes.picture(picture)))
    return piece, picture


def _arrange(others: list[ProductImage], picture: ProductImage, position: int | None) -> None:
    """Put the picture among the others, and count all of them from 1."""
    ordered = list(others)
    ordered.insert(len(others) if position is None else position - 1, picture)
    for number, each_picture in enumerate(ordered, start=1):
        each_picture.display_order = number
    ProductImage.objects.bulk_update(ordered, ["display_order"])


def store_picture(*, image_id: int, data: bytes) -> None:
    """Check a picture and keep it as that of a row that still waits for one. Raises PictureRefused."""
    settle_picture(image_id=image_id, picture=checked_picture(data))


def settle_picture(*, image_id: int, picture: Picture) -> None:
    """Keep a checked picture as that of a row that still waits for one; not inside a transaction."""
    waiting = _pending(image_id).first()
    if waiting is None:
        return
    name = _saved(waiting.public_id, picture)
    facts = {"original": name, "width": picture.width, "height": picture.height}
    with atomic():
        if _update_shown(_pending(image_id), **facts, status=ImageStatus.READY, refusal=""):
            defer("catalog.media.make_renditions", image_id=image_id, original=name)
            return
    # Somebody was quicker, or took the row away.
    files.remove_unused(name)


def make_renditions(*, image_id: int, original: str) -> None:
    """Draw a picture's renditions and its placeholder, and show them once all files are there.

    Not inside a transaction, since it takes seconds. Done twice, or ended half way and done again, it is done once.
    """
    row = ProductImage.objects.filter(pk=image_id, original=original)
    if row.exists():
        placeholder, renditions = _BEHIND_ALL_ELSE.submit(_draw, original).result()
        if _update_shown(row, placeholder=placeholder, renditions=renditions):
            return
    # Removed meanwhile; an order may show it all the same.
    publish(PictureRemoved(original))


def _draw(original: str) -> tuple[str, list[dict[str, Any]]]:
    placeholder, drawn = draw(files.read(original))
    renditions = [
        {
            "file": files.save(file_name(original, rendition), rendition.data),
            "format": rendition.format,
            "width": rendition.width,
            "height": rendition.height,
        }
        for rendition in drawn
    ]
    return placeholder, sorted(renditions, key=lambda each: (list(FORMATS).index(each["format"]), each["width"]))


@atomic()
def _update_shown(row: QuerySet[ProductImage], **values: Any) -> bool:
    """Change a picture as our jobs do: its piece is locked first, and who shows it is told. False: it is not there."""
    piece = Product.objects.locked().filter(images__in=row).first()
    if piece is None or not row.update(**values):
        return False
    publish(ProductsChanged((piece.pk,)))
    return True


def _saved(public_id: str, picture: Picture) -> str:
    """The name of its file, which follows from the row's id and the content: cached for ever, and nobody else's.

    Done twice, as by a job that was killed, it is one file.
    """
    digest = hashlib.sha256(public_id.encode() + picture.data).hexdigest()[:32]
    return files.save(f"products/{digest}.{picture.extension}", picture.data)


def _pending(image_id: int) -> QuerySet[ProductImage]:
    return ProductImage.objects.filter(pk=image_id, status=ImageStatus.PENDING)


def fetch_picture(image_id: int, *, fetch: Callable[[str], bytes] = fetching.fetch) -> None:
    """Fetch a pending picture from its address; not inside a transaction, since it may take long.

    One we cannot take is refused for good, with the reason. Raises Unreachable where a later try may help.
    """
    url = _pending(image_id).exclude(source_url="").values_list("source_url", flat=True).first()
    if url is None:
        return
    try:
        store_picture(image_id=image_id, data=fetch(url))
    except (FetchRefused, PictureRefused) as refused:
        _pending(image_id).update(status=ImageStatus.REFUSED, refusal=str(refused)[:REFUSAL_LENGTH])
    except Unreachable as unreachable:
        _pending(image_id).update(refusal=str(unreachable)[:REFUSAL_LENGTH])
        raise


def fetch_pictures(product_id: int, *, fetch: Callable[[str], bytes] = fetching.fetch) -> None:
    """Fetch a piece's pending pictures; one that fails does not stop the others. Raises PicturesMissing."""
    waiting = ProductImage.objects.filter(product_id=product_id, status=ImageStatus.PENDING).exclude(source_url="")
    ids = list(waiting.order_by("display_order", "pk").values_list("pk", flat=True))
    done = each(ids, lambda pk: fetch_picture(pk, fetch=fetch), what="picture")
    if done < len(ids):
        raise PicturesMissing(f"{len(ids) - done} of {len(ids)} pictures of product {product_id} could not be fetched")
