"""What may be asked of a piece, and the files that shoppers sent for it."""

from collections.abc import Collection, Sequence

from django.conf import settings
from django.utils import timezone

from catalog.catalogue.models import Product
from catalog.personalization import links
from catalog.personalization.models import Upload
from catalog.personalization.rules import Known, Option, with_ring_sizes
from shop.errors import NotFound


def options_of(piece: Product) -> Sequence[Option]:
    """What its maker offers, and the ring sizes that follow from the range the piece is made in."""
    return with_ring_sizes(piece.personalization, piece.ring_sizes, usual_days=settings.DEFAULT_LEAD_TIME_DAYS)


def known_of(basket_id: int, uploads: Collection[str]) -> Known:
    """What reading wishes needs to know; a query only where files are named."""
    if not uploads:
        return Known(timezone.localdate(), {})
    found = Upload.objects.filter(basket=basket_id, public_id__in=uploads)
    return Known(timezone.localdate(), dict(found.values_list("public_id", "content_type")))


def uploads_in(basket_id: int) -> int:
    return Upload.objects.filter(basket=basket_id).count()


def find_upload(token: str) -> Upload:
    """The file that a link is for. Raises NotFound for one that is not ours, has ended, or whose file is gone."""
    found = Upload.objects.filter(public_id=links.upload_of(token)).first()
    if found is None:
        raise NotFound
    return found
