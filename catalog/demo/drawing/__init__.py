"""Pictures of the demo's pieces, drawn from what is known of them: type, tags, metal and stones.

`draw` answers the same bytes for the same piece, view, size and version of Pillow.
"""

from collections.abc import Callable
from zlib import crc32

from catalog.demo.drawing import chains, flats, hangings, rings
from catalog.demo.drawing.paints import METAL_RAMPS, Ramp, ramp_of
from catalog.demo.drawing.scene import Scene
from catalog.demo.pieces import metal_in_view
from catalog.imports.items import ProductItem

Draw = Callable[[ProductItem, Ramp, int], Scene]

DRAWERS: dict[str, Draw] = {
    "ring": rings.draw_ring,
    "bangle": rings.draw_bangle,
    "earrings": hangings.draw_earrings,
    "pendant": hangings.draw_pendant,
    "charm": hangings.draw_charm,
    "loose_stone": hangings.draw_loose_stone,
    "necklace": chains.draw_chain_piece,
    "bracelet": chains.draw_chain_piece,
    "anklet": chains.draw_chain_piece,
    "brooch": flats.draw_brooch,
    "cufflinks": flats.draw_cufflinks,
    "kit": flats.draw_kit,
}


def draw(item: ProductItem, view: int, *, size: int = 1200) -> bytes:
    """A square WebP picture of a piece: view 1 from the front, view 2 a detail or another side."""
    scene = DRAWERS[item.product_type](item, _ramp(item, view), view)
    return scene.picture(size=size, paper=crc32(item.vendor.encode()))


def _ramp(item: ProductItem, view: int) -> Ramp:
    if "blackened" in item.tags:
        return METAL_RAMPS["blackened"]
    return ramp_of(metal_in_view(item.variants, view))
