"""Loads the demo's makers and pieces, once, and draws their pictures."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from typing import Any
from zlib import crc32

from catalog.catalogue.models import ImageStatus, Product, ProductImage
from catalog.collections.models import Collection
from catalog.collections.services import create_collection
from catalog.demo.drawers import draw_all
from catalog.demo.pieces import DemoMaker, load_makers
from catalog.imports.items import ProductItem
from catalog.imports.services import import_product
from catalog.media.rules import Picture
from catalog.media.services import settle_picture
from catalog.partner.models import Partner
from catalog.personalization.services import set_options
from shop.actors import SYSTEM
from shop.events.services import atomic
from shop.storefronts.models import Storefront
from shop.storefronts.rules import PROVIDERS

RETURNS = (
    "Returns within 30 days in the condition you got it. Made-to-order and sized pieces can be exchanged, not returned."
)
INSTRUCTIONS = (
    "Transfer the total to Benchpin Demo, account 000123456789, routing 110000000, and name your order's number. "
    "Your pieces are held for three days."
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
    _take_money_by_hand()
    for maker, item in missing:
        with atomic():
            import_product(item, maker=partners[maker.slug], source="demo")
            _offer_options(item.handle, maker.options.get(item.handle, ()), partners[maker.slug])
    for maker in {maker.slug: maker for maker, _ in missing}.values():
        _collect(maker, partners[maker.slug])


def _take_money_by_hand() -> None:
    """The default storefront also takes bank transfers, unless somebody has said otherwise already."""
    untouched = Storefront.objects.filter(is_default=True, providers=["stripe"], payment_instructions="")
    untouched.update(providers=list(PROVIDERS), payment_instructions=INSTRUCTIONS)


def _offer_options(handle: str, options: Sequence[Mapping[str, Any]], partner: Partner) -> None:
    if options:
        piece = Product.objects.get(maker=partner, source_handle=handle)
        set_options(maker=partner, product=piece.public_id, options=options, actor=SYSTEM, if_match=None)


def _collect(maker: DemoMaker, partner: Partner) -> None:
    """The collections that are not there, once all pieces are."""
    there = set(Collection.objects.for_maker(partner.pk).values_list("title", flat=True))
    for collection in maker.collections:
        if collection["title"] not in there:
            create_collection(maker=partner, values={**collection, "is_published": True}, actor=SYSTEM)


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
        for (_, image), data in zip(tasks, pictures, strict=True):
            settle_picture(image_id=ids[image.url], picture=Picture(data, "WEBP", "webp", size, size))
            if stopped():
                return
