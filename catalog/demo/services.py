"""Loads the demo's makers and pieces, once, and draws their pictures."""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor

from django.core.files.base import ContentFile

from catalog.catalogue.models import ImageStatus, ProductImage
from catalog.demo.drawing import draw
from catalog.demo.pieces import DemoMaker, load_makers
from catalog.imports.items import ProductItem
from catalog.imports.services import import_product
from catalog.partner.models import Partner

RETURNS = (
    "Returns within 30 days in the condition you got it. Made-to-order and sized pieces can be exchanged, not returned."
)
DRAWING_PROCESSES = 2


def load_demo(say: Callable[[str], None]) -> None:
    """Create what is missing; a second call changes nothing and takes a moment."""
    makers = load_makers()
    wanted = sum(len(maker.products) for maker in makers)
    if Partner.objects.filter(code__in=[maker.slug for maker in makers], products__isnull=False).count() < wanted:
        say(f"Loading {wanted} pieces of {len(makers)} makers ...")
        for maker in makers:
            _load_maker(maker)
    _draw_missing([item for maker in makers for item in maker.products], say)


def _load_maker(maker: DemoMaker) -> None:
    partner, _ = Partner.objects.get_or_create(
        code=maker.slug,
        defaults={
            "name": maker.name,
            "tagline": maker.tagline,
            "story": maker.story,
            "city": maker.city,
            "state": maker.state,
            "returns_policy": RETURNS,
        },
    )
    for item in maker.products:
        import_product(item, maker=partner, source="demo")


def _draw_missing(items: list[ProductItem], say: Callable[[str], None]) -> None:
    missing = {
        image.source_url: image
        for image in ProductImage.objects.filter(status=ImageStatus.PENDING, source_url__startswith="demo:")
    }
    tasks = [(item, image.position, image.url) for item in items for image in item.images if image.url in missing]
    if not tasks:
        return
    say(f"Drawing {len(tasks)} pictures ...")
    with ProcessPoolExecutor(DRAWING_PROCESSES) as pool:
        drawn = pool.map(draw, [task[0] for task in tasks], [task[1] for task in tasks], chunksize=4)
        for (item, view, url), data in zip(tasks, drawn, strict=True):
            picture = missing[url]
            picture.original.save(f"{item.handle}-{view}.webp", ContentFile(data), save=False)
            picture.status = ImageStatus.READY
            picture.save()
