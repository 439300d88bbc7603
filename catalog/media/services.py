"""Pictures come in: fetched from the address a maker gave, checked, kept."""

import hashlib
from collections.abc import Callable

from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from django.db.models import QuerySet

from catalog.catalogue.models import ImageStatus, ProductImage
from catalog.media import fetching
from catalog.media.fetching import FetchRefused, Unreachable
from catalog.media.rules import Picture, PictureRefused, check_picture
from shop.jobs.services import each

REFUSAL_LENGTH = 255


class PicturesMissing(Exception):
    """Some pictures could not be fetched this time."""


def store_picture(*, image_id: int, data: bytes) -> None:
    """Check a picture and keep it as that of a row that still waits for one. Raises PictureRefused."""
    picture = check_picture(data)
    _pending(image_id).update(
        original=_saved(picture), width=picture.width, height=picture.height, status=ImageStatus.READY, refusal=""
    )


def _saved(picture: Picture) -> str:
    """The name of its file, which follows from the content: cached for ever, and the same picture is kept once."""
    storage: Storage = ProductImage._meta.get_field("original").storage
    name = f"products/{hashlib.sha256(picture.data).hexdigest()[:32]}.{picture.extension}"
    # A worker that was killed may have left half a file under this name; then Django finds another name.
    if storage.exists(name) and storage.size(name) == len(picture.data):
        return name
    return storage.save(name, ContentFile(picture.data))


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
