"""How metals, stones, enamel and paper take the light.

A paint is a table from the direction a surface faces (seen from the camera) to its colour: what
sculpting programs call a matcap. It holds the whole studio, so that shading a face is one look-up.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from math import exp, sqrt

Colour = tuple[int, int, int]
Ramp = tuple[Colour, Colour, Colour, Colour]

RESOLUTION = 96


class Paint(dict[int, Colour]):
    """The table, filled in where it is looked at. Its keys come from `shade_index`."""

    __slots__ = ("_colour_at",)

    def __init__(self, colour_at: Callable[[float, float, float], Colour]) -> None:
        super().__init__()
        self._colour_at = colour_at

    def __missing__(self, place: int) -> Colour:
        nx = 2 * (place % RESOLUTION) / (RESOLUTION - 1) - 1
        ny = 2 * (place // RESOLUTION) / (RESOLUTION - 1) - 1
        length = max(1.0, sqrt(nx * nx + ny * ny))
        nx, ny = nx / length, ny / length
        colour = self._colour_at(nx, ny, sqrt(max(0.0, 1 - nx * nx - ny * ny)))
        self[place] = colour
        return colour

    # A paint is known by being itself, so that pictures of balls can be kept by paint.
    def __hash__(self) -> int:  # type: ignore[override]
        return id(self)


# From the dark reflections to the highlight.
METAL_RAMPS: dict[str, Ramp] = {
    "yellow18": ((104, 62, 12), (214, 154, 48), (250, 214, 124), (255, 250, 226)),
    "yellow14": ((98, 64, 24), (206, 158, 76), (245, 217, 150), (255, 250, 232)),
    "yellow10": ((92, 68, 36), (196, 160, 96), (238, 218, 168), (255, 250, 236)),
    "white": ((84, 77, 70), (176, 168, 158), (231, 226, 218), (255, 254, 250)),
    "rose": ((104, 54, 42), (208, 142, 118), (245, 205, 186), (255, 243, 236)),
    "silver": ((74, 77, 84), (168, 172, 178), (228, 231, 234), (255, 255, 255)),
    "platinum": ((60, 64, 71), (148, 153, 161), (211, 216, 222), (252, 253, 255)),
    "blackened": ((16, 16, 18), (52, 52, 56), (104, 105, 110), (196, 198, 204)),
    "steel": ((48, 52, 58), (128, 134, 142), (196, 202, 208), (248, 250, 252)),
    "brass": ((86, 62, 22), (184, 148, 66), (230, 204, 128), (255, 247, 220)),
}

RAMP_OF_METAL = {
    "10k-yellow-gold": "yellow10",
    "14k-yellow-gold": "yellow14",
    "18k-yellow-gold": "yellow18",
    "gold-filled": "yellow14",
    "gold-vermeil": "yellow18",
    "gold-plated": "yellow18",
    "platinum-950": "platinum",
}

ENAMELS: dict[str, Colour] = {
    "green": (46, 112, 74),
    "violet": (108, 76, 150),
    "cobalt": (28, 62, 148),
    "midnight": (24, 34, 74),
    "poppy": (206, 62, 40),
    "moss": (92, 116, 58),
    "sage": (138, 164, 140),
}


def ramp_of(metal: str) -> Ramp:
    """The colours of a metal code; alloys that are not listed go by the word in their name."""
    for word in ("white", "rose", "brass", "steel"):
        if word in metal:
            return METAL_RAMPS[word]
    if "yellow" in metal or "gold" in metal:
        return METAL_RAMPS[RAMP_OF_METAL.get(metal, "yellow14")]
    return METAL_RAMPS[RAMP_OF_METAL.get(metal, "silver")]


def along(ramp: Sequence[Colour], value: float) -> Colour:
    """The colour at `value` from 0 (dark) to 1 (highlight)."""
    place = min(max(value, 0.0), 0.9999) * (len(ramp) - 1)
    index = int(place)
    return mixed(ramp[index], ramp[index + 1], place - index)


def mixed(a: Colour, b: Colour, share: float) -> Colour:
    share = min(max(share, 0.0), 1.0)
    return (
        round(a[0] + (b[0] - a[0]) * share),
        round(a[1] + (b[1] - a[1]) * share),
        round(a[2] + (b[2] - a[2]) * share),
    )


def shade_index(nx: float, ny: float) -> int:
    """Where in a paint the colour of a surface stands whose normal points to (nx, ny)."""
    return int((ny + 1) * 0.5 * (RESOLUTION - 1) + 0.5) * RESOLUTION + int((nx + 1) * 0.5 * (RESOLUTION - 1) + 0.5)


def step(low: float, high: float, value: float) -> float:
    share = min(max((value - low) / (high - low), 0.0), 1.0)
    return share * share * (3 - 2 * share)


def studio(nx: float, ny: float, nz: float) -> float:
    """How bright the studio is where a mirror facing (nx, ny, nz) looks: 0 to 1.

    Pale paper below, a dark horizon, a wide soft box above on the left and a strip on the right.
    """
    x, y, z = 2 * nz * nx, 2 * nz * ny, 2 * nz * nz - 1
    light = 0.30 + 0.30 * step(-0.05, 0.9, y) + 0.36 * step(-0.12, -0.70, y)
    light -= 0.24 * step(-0.70, -1.0, y)
    light += 0.50 * step(0.62, 0.93, -0.42 * x + 0.62 * y + 0.66 * z)
    light += 0.34 * step(0.80, 0.97, 0.86 * x + 0.30 * y + 0.42 * z)
    light += 0.20 * step(0.55, 1.0, z)
    light -= 0.22 * exp(-((y + 0.16) ** 2) / 0.018)
    light -= 0.20 * step(0.1, -0.9, z) * (1 - step(-0.4, -0.9, y))
    return light


@lru_cache(maxsize=256)
def polished(ramp: Ramp) -> Paint:
    return Paint(lambda nx, ny, nz: along(ramp, studio(nx, ny, nz)))


@lru_cache(maxsize=256)
def satin(ramp: Ramp, lift: float = 0.0) -> Paint:
    """A brushed surface: the studio blurred until only the large lights are left."""

    def colour_at(nx: float, ny: float, nz: float) -> Colour:
        lit = max(0.0, -0.40 * nx + 0.60 * ny + 0.69 * nz)
        return along(ramp, 0.22 + 0.50 * lit**1.6 + 0.10 * studio(nx, ny, nz) + lift)

    return Paint(colour_at)


@lru_cache(maxsize=512)
def glossy(colour: Colour, gloss: float = 0.75) -> Paint:
    """Enamel, polished stone, lacquer: the colour lit from the left above, and a sharp highlight."""

    def colour_at(nx: float, ny: float, nz: float) -> Colour:
        lit = max(0.0, -0.40 * nx + 0.60 * ny + 0.69 * nz)
        shaded = mixed((0, 0, 0), colour, 0.52 + 0.58 * lit)
        z = 2 * nz * nz - 1
        shine = step(0.86, 0.97, -0.42 * 2 * nz * nx + 0.62 * 2 * nz * ny + 0.66 * z)
        rim = 0.16 * (1 - nz) ** 2
        return mixed(shaded, (255, 255, 255), gloss * shine + rim)

    return Paint(colour_at)


@lru_cache(maxsize=64)
def matte(colour: Colour) -> Paint:
    """Paper, charcoal, wood, wax."""

    def colour_at(nx: float, ny: float, nz: float) -> Colour:
        lit = max(0.0, -0.40 * nx + 0.60 * ny + 0.69 * nz)
        return mixed(mixed((20, 14, 10), colour, 0.45 + 0.55 * lit), (255, 255, 255), 0.10 * lit**6)

    return Paint(colour_at)


@lru_cache(maxsize=32)
def nacre(colour: Colour) -> Paint:
    """A pearl's skin: a soft highlight, a darker belt, a light from below and a breath of rose and green."""

    def colour_at(nx: float, ny: float, nz: float) -> Colour:
        lit = max(0.0, -0.40 * nx + 0.60 * ny + 0.69 * nz)
        body = mixed((116, 100, 94), colour, min(1.0, 0.28 + 0.95 * lit**0.7))
        body = mixed(body, (238, 196, 196), 0.26 * exp(-((lit - 0.66) ** 2) / 0.02))
        body = mixed(body, (194, 216, 208), 0.22 * exp(-((lit - 0.34) ** 2) / 0.02))
        below = step(0.25, 0.75, 0.35 * nx - 0.9 * ny) * step(0.2, 0.55, nz)
        shine = 0.35 * step(0.78, 0.97, lit) + 0.60 * step(0.965, 0.99, lit)
        return mixed(mixed(body, (255, 244, 234), 0.42 * below), (255, 255, 255), shine)

    return Paint(colour_at)
