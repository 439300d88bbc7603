"""What an order shows of a piece outlives the picture on the piece."""

from collections.abc import Callable
from pathlib import Path

from catalog.catalogue.events import PictureRemoved
from catalog.catalogue.models import ProductImage
from catalog.media.services import store_picture
from orders.order.services import release_picture
from tests.api import Api
from tests.catalog.media.outside import picture
from tests.factories import make_piece, make_variant


def test_a_picture_that_an_order_shows_stays(api: Api, run_jobs: Callable[[], int], media_root: Path) -> None:
    piece = make_piece("band", make_variant("BAND-1"))
    for place in (1, 2):
        url = f"https://pictures.example/{place}.jpg"
        row = ProductImage.objects.create(product=piece, source_url=url, display_order=place)
        store_picture(image_id=row.pk, data=picture())
    shown, other = ProductImage.objects.order_by("display_order").values_list("original", flat=True)
    order = api.placed(BAND_1=1)["order"]
    assert order["lines"][0]["product"]["image_url"].endswith(shown)
    ProductImage.objects.all().delete()
    for original in (shown, other):
        release_picture(PictureRemoved(original))
    run_jobs()
    assert (media_root / shown).exists()
    assert not (media_root / other).exists()
