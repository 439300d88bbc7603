"""Loads the demo's makers and pieces, once, and draws their pictures."""

from collections.abc import Callable
from contextlib import closing
from zlib import crc32

from django.core.files.base import ContentFile
from django.core.files.storage import Storage

from catalog.catalogue.models import ImageStatus, Product, ProductImage
from catalog.demo.drawers import draw_all
from catalog.demo.pieces import DemoMaker, load_makers
from catalog.imports.items import ProductItem
from catalog.imports.services import import_product
from catalog.partner.models import Partner

RETURNS = (
    "Returns within 30 days in the condition you got it. Made-to-order and sized pieces can be exchanged, not returned."
)
PICTURE_SIZE = 1200

Offer = tuple[DemoMaker, ProductItem]


def load_pieces(say: Callable[[str], None]) -> None:
    """Create the pieces that are not there: what has been sold or repriced since stays as it is."""
    offers = _offers()
    slugs = {maker.slug for maker, _ in offers}
    there = set(Product.objects.filter(maker__code__in=slugs).values_list("maker__code", "source_handle"))
    missing = [(maker, item) for maker, item in offers if (maker.slug, item.handle) not in there]
    if not missing:
        return
    say(f"Loading {len(missing)} pieces of {len(slugs)} makers ...")
    partners = {slug: _partner(maker) for slug, maker in {maker.slug: maker for maker, _ in missing}.items()}
    for maker, item in missing:
        import_product(item, maker=partners[maker.slug], source="demo")


def _partner(maker: DemoMaker) -> Partner:
    words = {"name": maker.name, "tagline": maker.tagline, "story": maker.story, "city": maker.city}
    defaults = {**words, "state": maker.state, "returns_policy": RETURNS}
    return Partner.objects.get_or_create(code=maker.slug, defaults=defaults)[0]


def _offers() -> list[Offer]:
    """Mixed, and the same each time: the newest pieces are listed first, and not all of one maker."""
    offers = [(maker, item) for maker in load_makers() for item in maker.products]
    return sorted(offers, key=lambda offer: crc32(offer[1].handle.encode()))


def draw_pictures(say: Callable[[str], None], *, stopped: Callable[[], bool], size: int = PICTURE_SIZE) -> None:
    """Draw the pictures that are not there, `size` pixels wide and high; `stopped` is asked after each.

    Whatever ends it half way, the next call goes on from there.
    """
    waiting = ProductImage.objects.filter(status=ImageStatus.PENDING, source_url__startswith="demo:")
    ids = dict(waiting.values_list("source_url", "pk"))
    tasks = [(item, image) for _, item in _offers() for image in item.images if image.url in ids]
    if not tasks:
        return
    say(f"Drawing {len(tasks)} pictures ...")
    with closing(draw_all([(item, image.position) for item, image in tasks], size=size)) as pictures:
        for (item, image), data in zip(tasks, pictures, strict=True):
            _keep(ids[image.url], f"demo/{item.handle}-{image.position}.webp", data, size)
            if stopped():
                return


def _keep(image_id: int, name: str, data: bytes, size: int) -> None:
    storage: Storage = ProductImage._meta.get_field("original").storage
    # A file of this name is half a one, from a load that was stopped while it wrote.
    storage.delete(name)
    ProductImage.objects.filter(pk=image_id).update(
        original=storage.save(name, ContentFile(data)), width=size, height=size, status=ImageStatus.READY
    )
