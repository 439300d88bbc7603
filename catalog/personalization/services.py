"""A piece's options as its maker sets them, and the files that shoppers send for them.

Options are set as a whole list at once, so that none is lost between two tabs.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.db.models import QuerySet

from catalog.catalogue.models import Product
from catalog.catalogue.queries import find_piece
from catalog.catalogue.services import changing
from catalog.media.rules import PictureRefused
from catalog.media.services import checked_picture
from catalog.partner.models import Partner
from catalog.personalization import files, rules
from catalog.personalization.models import Upload, new_upload_id
from catalog.personalization.queries import uploads_in
from catalog.personalization.vectors import DrawingRefused, check_drawing
from shop import versions
from shop.actors import Actor
from shop.audit import services as audit
from shop.errors import DomainError, InvalidInput
from shop.events.services import atomic
from shop.jobs.services import defer

DRAWING = "image/svg+xml"
# What a picture may turn out to be, whatever it was sent as.
PICTURES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
MAX_UPLOADS = 20


class FileRefused(DomainError):
    """What was sent is no file that we keep for a shopper; the detail says why."""

    code = "file_refused"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    title = "This file cannot be taken"
    detail = "Send a whole JPEG, PNG or WebP picture, or a plain SVG drawing; `errors` names what stands against it."


class TooManyUploads(DomainError):
    code = "too_many_uploads"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    title = "The basket has enough files"
    detail = f"A basket takes {MAX_UPLOADS} files; use one that is there, or begin another basket."


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file that was checked and is in the storage; its name is of one row only."""

    public_id: str
    name: str
    content_type: str
    bytes: int
    width: int | None
    height: int | None


@atomic()
def set_options(
    *, maker: Partner, product: str, options: Sequence[Mapping[str, Any]], actor: Actor, if_match: str | None
) -> Product:
    """Offer these options on the piece and no others; baskets with another one are told so.

    Raises NotFound, StaleVersion and InvalidInput.
    """
    piece = find_piece(maker.pk, product, lock=True)
    versions.check_shape(if_match, piece.personalization)
    if problems := rules.option_problems(options):
        raise InvalidInput(errors=problems)
    before = piece.personalization
    if before == list(options):
        return piece
    with changing(piece):
        piece.personalization = list(options)
        piece.save(update_fields=["personalization"])
    # As the database keeps it, which sorts the names: what is shown next must be what is shown ever after.
    piece.refresh_from_db(fields=["personalization"])
    audit.record(
        actor, "product.personalization_changed", maker=maker.public_id, object=piece.public_id,
        before={"options": before}, after={"options": piece.personalization},
    )  # fmt: skip
    return piece


@contextmanager
def kept_file(data: bytes, content_type: str) -> Iterator[KeptFile]:
    """Check a file that was sent and put it into the storage, for a block that adds it to a basket.

    A picture is written anew from its pixels, a drawing is kept as it is. Not inside a transaction, since it takes
    long; where the block fails the file goes. Raises FileRefused.
    """
    kept, checked = _checked(data, content_type)
    files.save(kept.name, checked, kept.content_type)
    try:
        yield kept
    except BaseException:
        files.remove(kept.name)
        raise


def _checked(data: bytes, content_type: str) -> tuple[KeptFile, bytes]:
    public_id = new_upload_id()
    if content_type == DRAWING:
        try:
            check_drawing(data)
        except DrawingRefused as refused:
            raise _refusal(refused.code, str(refused)) from refused
        return KeptFile(public_id, f"{public_id}.svg", DRAWING, len(data), None, None), data
    try:
        picture = checked_picture(data)
    except PictureRefused as refused:
        raise _refusal("picture", str(refused)) from refused
    if picture.format not in PICTURES:
        raise _refusal("picture", "The file is not a JPEG, PNG or WebP picture.")
    name, size = f"{public_id}.{picture.extension}", len(picture.data)
    return KeptFile(public_id, name, PICTURES[picture.format], size, picture.width, picture.height), picture.data


def _refusal(code: str, message: str) -> FileRefused:
    return FileRefused(message, errors=[{"field": "", "code": code, "message": message}])


def add_upload(*, basket_id: int, kept: KeptFile) -> Upload:
    """Give the basket, which the caller has locked, a kept file. Raises TooManyUploads."""
    if uploads_in(basket_id) >= MAX_UPLOADS:
        raise TooManyUploads
    return Upload.objects.create(
        public_id=kept.public_id,
        basket_id=basket_id,
        file=kept.name,
        content_type=kept.content_type,
        bytes=kept.bytes,
        width=kept.width,
        height=kept.height,
    )


def delete_uploads(uploads: QuerySet[Upload], *, limit: int | None = None) -> int:
    """Delete these rows, and once that is committed their files. Returns how many; within the caller's transaction."""
    # Locked, so that one which is being ordered is looked at again, and stays.
    found = dict(uploads.select_for_update(of=("self",)).order_by("pk").values_list("pk", "file")[:limit])
    Upload.objects.filter(pk__in=found).delete()
    for name in found.values():
        defer("catalog.personalization.remove_file", name=name)
    return len(found)
