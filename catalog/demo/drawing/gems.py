"""Stones: facets by cut, colours by kind, and the domes of cabochons and pearls."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import cos, hypot, pi, sin
from random import Random

from catalog.demo.drawing.geometry import TURN, Flat, Frame, Point, add, circle, dice, minus, scaled, times
from catalog.demo.drawing.paints import Colour, Paint, Ramp, along, glossy, mixed, nacre, step, studio
from catalog.demo.drawing.scene import PaintAt, Scene
from catalog.demo.drawing.shapes import loft

Draw = Callable[[float, float, float], Colour]

STONE_RAMPS: dict[str, Ramp] = {
    "diamond": ((118, 132, 146), (196, 208, 218), (236, 243, 248), (255, 255, 255)),
    "moissanite": ((120, 128, 138), (204, 212, 214), (243, 242, 232), (255, 255, 255)),
    "sapphire": ((10, 20, 78), (26, 58, 150), (82, 128, 214), (222, 236, 255)),
    "teal sapphire": ((8, 52, 62), (22, 108, 118), (92, 182, 180), (228, 250, 246)),
    "ruby": ((84, 4, 22), (172, 16, 46), (230, 76, 96), (255, 226, 228)),
    "emerald": ((4, 62, 40), (14, 126, 82), (82, 190, 138), (226, 252, 238)),
    "garnet": ((58, 6, 16), (130, 18, 34), (196, 66, 72), (255, 222, 216)),
    "orange garnet": ((124, 44, 4), (214, 96, 14), (250, 164, 70), (255, 240, 214)),
    "aquamarine": ((70, 132, 152), (140, 198, 212), (204, 236, 242), (255, 255, 255)),
    "citrine": ((122, 72, 4), (214, 146, 20), (250, 206, 92), (255, 248, 222)),
    "amethyst": ((48, 20, 86), (108, 62, 156), (172, 130, 212), (246, 236, 255)),
    "green tourmaline": ((14, 54, 40), (44, 112, 78), (118, 178, 132), (236, 252, 238)),
    "pink tourmaline": ((110, 18, 62), (198, 62, 116), (240, 140, 176), (255, 236, 244)),
}

# Half width of a cut whose half length is 1.
WIDTHS = {"round": 1.0, "oval": 0.76, "cushion": 0.95, "emerald": 0.70, "pear": 0.68, "marquise": 0.50}


def outline(cut: str, steps: int = 16) -> list[Flat]:
    """The girdle of a cut, counter-clockwise from its top, one half length above the middle."""
    if cut == "emerald":
        w, c = WIDTHS[cut], 0.26
        return [
            (w - c, 1),
            (c - w, 1),
            (-w, 1 - c),
            (-w, c - 1),
            (c - w, -1),
            (w - c, -1),
            (w, c - 1),
            (w, 1 - c),
        ]
    return [_edge(cut, TURN * k / steps) for k in range(steps)]


def _edge(cut: str, t: float) -> Flat:
    width = WIDTHS.get(cut, 1.0)
    x, y = -sin(t), cos(t)
    if cut == "cushion":
        power = 2 / 3.1
        return (width * _rooted(x, power), _rooted(y, power))
    if cut == "pear":
        return (width * x * (1 - 0.30 * y - 0.30 * max(0.0, y) ** 3), y if y < 0 else y * 1.0)
    if cut == "marquise":
        return (width * x * abs(x) ** 0.55, y)
    return (width * x, y)


def _rooted(value: float, power: float) -> float:
    return abs(value) ** power * (1 if value > 0 else -1)


def ramp_of_stone(kind: str, tags: Sequence[str]) -> Ramp:
    """A stone's colours; a colour among the tags tells apart kinds that come in several."""
    for tag in tags:
        if f"{tag} {kind}" in STONE_RAMPS:
            return STONE_RAMPS[f"{tag} {kind}"]
    return STONE_RAMPS.get(kind, STONE_RAMPS["diamond"])


def _sparkle(ramp: Ramp, chance: float, weight: float = 0.5) -> Draw:
    """A facet mirrors the studio, and shows by chance a bright or dark facet of the far side."""

    def colour_of(nx: float, ny: float, nz: float) -> Colour:
        return along(ramp, (1 - weight) * studio(nx, ny, nz) + weight * chance)

    return colour_of


def faceted(scene: Scene, frame: Frame, cut: str, half: float, ramp: Ramp, seed: str, *, nearer: float = 0.0) -> None:
    """A cut stone lying with its table up on the frame; its girdle is at height 0."""
    luck = dice(seed)
    if cut == "emerald":
        _step_cut(scene, frame, half, ramp, luck, nearer)
    else:
        _brilliant(scene, frame, cut, half, ramp, luck, nearer)


def small(scene: Scene, frame: Frame, half: float, ramp: Ramp, seed: str, *, nearer: float = 0.0) -> None:
    """A round stone of a millimetre or two: few facets."""
    luck = dice(seed)
    girdle, table = circle(half, 8), scaled(circle(1, 8), half * 0.58)
    for k in range(8):
        n = (k + 1) % 8
        corners = [frame.point(*girdle[k], 0), frame.point(*girdle[n], 0)]
        corners += [frame.point(*table[n], half * 0.3), frame.point(*table[k], half * 0.3)]
        scene.facet(corners, _sparkle(ramp, luck.random(), 0.6), nearer=nearer)
        top = [
            frame.point(0, 0, half * 0.3),
            frame.point(*table[k], half * 0.3),
            frame.point(*table[n], half * 0.3),
        ]
        scene.facet(top, _sparkle(ramp, 0.35 + 0.6 * (k % 2), 0.7), nearer=nearer + half * 0.05)


def _facet(
    scene: Scene, corners: Sequence[Point], ramp: Ramp, luck: Random, look: tuple[float, float], nearer: float
) -> None:
    """A facet, broken into a fan of glints, as a stone shows many small mirrors in each of its faces.

    `look` is the facet's own brightness and how much that weighs against the light of the studio.
    """
    chance, weight = look
    count = len(corners)
    middle = times((sum(p[0] for p in corners), sum(p[1] for p in corners), sum(p[2] for p in corners)), 1 / count)
    # The fan's centre lies off the middle, or the facet would look like a little pyramid.
    middle = add(middle, times(minus(corners[0], middle), luck.uniform(0.0, 0.35)))
    for k, corner in enumerate(corners):
        glint = luck.choice((-0.22, -0.08, 0.0, 0.06, 0.14, 0.42))
        colour_of = _sparkle(ramp, min(1.0, max(0.0, chance + glint)), weight)
        scene.facet([middle, corner, corners[(k + 1) % count]], colour_of, nearer=nearer)


def _brilliant(scene: Scene, frame: Frame, cut: str, half: float, ramp: Ramp, luck: Random, nearer: float) -> None:
    """Kites, stars and girdle facets around a table; indexes count sixteenths of the way around."""
    fine = scaled(outline(cut, 64), half)
    edge = fine[::4]
    width = WIDTHS.get(cut, 1.0) * half
    high, deep = width * 0.34, -width * 0.86
    girdle = [frame.point(x, y, 0) for x, y in fine]
    middle = [frame.point(x * 0.80, y * 0.80, high * 0.55) for x, y in edge]
    table = [frame.point(x * 0.57, y * 0.57, high) for x, y in edge]
    inner = [frame.point(x * 0.30, y * 0.30, high) for x, y in edge]
    culet, centre = frame.point(0, 0, deep), frame.point(0, 0, high)

    def face(corners: Sequence[Point], chance: float, weight: float, lift: float = 0.0) -> None:
        _facet(scene, corners, ramp, luck, (chance, weight), nearer + lift)

    for k in range(0, 16, 2):
        a, b, c, d = (k - 1) % 16, k, k + 1, (k + 2) % 16
        face([table[b], middle[a], girdle[4 * b], middle[c]], luck.uniform(0.2, 0.8), 0.5)
        face([table[b], middle[c], table[d]], luck.uniform(0.3, 0.9), 0.5)
        face([middle[c], *girdle[4 * b : 4 * c + 1]], luck.uniform(0.0, 0.7), 0.55)
        face([middle[c], *girdle[4 * c : 4 * c + 4], girdle[4 * d]], luck.uniform(0.1, 0.8), 0.55)
        # Through the table: the arrows that the far side throws back.
        face([table[b], table[d], inner[c]], luck.uniform(0.0, 0.3), 0.85, half * 0.02)
        face([table[b], inner[c], inner[a]], luck.uniform(0.4, 0.95), 0.85, half * 0.02)
        face([centre, inner[a], inner[c]], 0.22 + 0.5 * (k // 2 % 2), 0.85, half * 0.02)
    for k in range(16):
        face(
            [culet, girdle[(4 * k + 4) % 64], *reversed(girdle[4 * k : 4 * k + 4])],
            luck.uniform(0.1, 0.8),
            0.6,
        )


def _step_cut(scene: Scene, frame: Frame, half: float, ramp: Ramp, luck: Random, nearer: float) -> None:
    edge = scaled(outline("emerald"), half)
    high = half * 0.26
    levels = ((1.0, 0.0), (0.86, high * 0.45), (0.73, high * 0.8), (0.60, high))
    rows = [[frame.point(x * size, y * size, z) for x, y in edge] for size, z in levels]
    seen = [[frame.point(x * size, y * size, high) for x, y in edge] for size in (0.60, 0.44, 0.27, 0.12)]
    keel = [frame.point(x * 0.35, y * 0.35, -half * 0.55) for x, y in edge]
    for k in range(8):
        n = (k + 1) % 8
        for low, top in pairwise(rows):
            scene.facet([low[k], low[n], top[n], top[k]], _sparkle(ramp, luck.uniform(0.1, 0.9), 0.45), nearer=nearer)
        for step_number, (low, top) in enumerate(pairwise(seen)):
            chance = 0.15 + 0.7 * ((k + step_number) % 2) * luck.uniform(0.6, 1.0)
            scene.facet([low[k], low[n], top[n], top[k]], _sparkle(ramp, chance, 0.7), nearer=nearer + half * 0.02)
        scene.facet([rows[0][n], rows[0][k], keel[k], keel[n]], _sparkle(ramp, luck.random(), 0.6), nearer=nearer)
    scene.facet(seen[-1], _sparkle(ramp, 0.55, 0.7), nearer=nearer + half * 0.02)


def cabochon(
    scene: Scene,
    frame: Frame,
    kind: str,
    edge: Sequence[Flat],
    high: float,
    seed: str,
    *,
    nearer: float = 0.0,
) -> None:
    """A polished dome over an outline, with the markings of its kind."""
    rings = 26
    levels = [(cos(pi / 2 * k / rings), high * sin(pi / 2 * k / rings)) for k in range(rings)]
    levels.append((0.0, high))
    loft(scene, frame, edge, levels, _markings(kind, edge, levels, seed), nearer=nearer)


def _markings(kind: str, edge: Sequence[Flat], levels: Sequence[Flat], seed: str) -> PaintAt:
    span = max(hypot(x, y) for x, y in edge)
    colour_at = MARKINGS[kind](dice(seed)) if kind in MARKINGS else _plain((170, 150, 140))

    def paint_at(i: int, j: int) -> Paint:
        size = (levels[i][0] + levels[i + 1][0]) / 2 / span
        x, y = edge[j]
        colour = colour_at(x * size, y * size)
        # Rounded, so that a stone needs a few dozen paints and not a thousand.
        return glossy((colour[0] // 10 * 10, colour[1] // 10 * 10, colour[2] // 10 * 10))

    return paint_at


Marking = Callable[[float, float], Colour]


def _plain(colour: Colour) -> Marking:
    return lambda x, y: colour


def _turquoise(luck: Random) -> Marking:
    """Blue-green with brown veins where two cells meet."""
    cells = [(luck.uniform(-1, 1), luck.uniform(-1, 1)) for _ in range(11)]
    tints = [luck.uniform(0, 1) for _ in cells]

    def colour_at(x: float, y: float) -> Colour:
        wx, wy = x + 0.07 * sin(9 * y), y + 0.07 * sin(8 * x + 1)
        away = sorted((hypot(wx - cx, wy - cy), k) for k, (cx, cy) in enumerate(cells))
        vein = step(0.075, 0.01, away[1][0] - away[0][0])
        body = mixed((96, 206, 204), (74, 182, 196), tints[away[0][1]])
        return mixed(body, (104, 76, 52), 0.85 * vein)

    return colour_at


def _opal(body: Colour, strength: float) -> Callable[[Random], Marking]:
    """Milk with patches of fire."""
    fire = ((70, 190, 130), (72, 150, 226), (250, 158, 84), (238, 108, 110), (150, 220, 96), (124, 110, 226))

    def marking(luck: Random) -> Marking:
        cells = [(luck.uniform(-1, 1), luck.uniform(-1, 1), luck.choice(fire)) for _ in range(34)]
        glow = [luck.uniform(0.1, 1.0) for _ in cells]

        def colour_at(x: float, y: float) -> Colour:
            near, far = sorted((hypot(x - cx, y - cy), k) for k, (cx, cy, _) in enumerate(cells))[:2]
            first = mixed(body, cells[near[1]][2], strength * glow[near[1]])
            second = mixed(body, cells[far[1]][2], strength * glow[far[1]])
            return mixed(second, first, 0.5 + 0.5 * step(0.0, 0.12, far[0] - near[0]))

        return colour_at

    return marking


def _labradorite(luck: Random) -> Marking:
    """Slate, with a blue flash that lies across it in streaks."""
    tilt = luck.uniform(0.3, 0.6)

    def colour_at(x: float, y: float) -> Colour:
        along_flash = x * cos(tilt) + y * sin(tilt)
        flash = step(-0.75, 0.05, along_flash) * step(0.95, 0.25, along_flash)
        streak = 0.5 + 0.5 * sin(34 * (y * cos(tilt) - x * sin(tilt)) + 5 * x)
        body = mixed((62, 70, 76), (84, 92, 92), streak)
        colour = mixed((38, 116, 176), (92, 188, 190), step(-0.2, 0.6, along_flash))
        return mixed(body, colour, flash * (0.62 + 0.38 * streak))

    return colour_at


def _moonstone(luck: Random) -> Marking:
    """Misty white with a blue cloud a little beside the middle."""
    cx, cy = luck.uniform(-0.2, 0.0), luck.uniform(-0.3, -0.1)

    def colour_at(x: float, y: float) -> Colour:
        cloud = step(0.85, 0.0, hypot(x - cx, y - cy))
        return mixed((234, 237, 240), (122, 172, 240), 0.8 * cloud)

    return colour_at


MARKINGS: dict[str, Callable[[Random], Marking]] = {
    "turquoise": _turquoise,
    "opal": _opal((226, 232, 234), 0.62),
    "simulated opal": _opal((208, 226, 240), 0.9),
    "labradorite": _labradorite,
    "moonstone": _moonstone,
}

PEARL: Colour = (246, 238, 228)
CREAM_PEARL: Colour = (244, 228, 204)


def pearl(scene: Scene, frame: Frame, radius: float, *, drop: bool = False, cream: bool = False) -> None:
    """A pearl, round or drop-shaped (its tip toward the frame's y)."""
    paint = nacre(CREAM_PEARL if cream else PEARL)
    if not drop:
        scene.ball(frame.origin, radius, paint)
        return
    turned = Frame(frame.origin, frame.z, frame.x, frame.y)
    levels = []
    for k in range(33):
        t = pi * k / 32
        narrow = 1 - 0.34 * (1 - cos(t)) / 2
        levels.append((radius * sin(t) * narrow, -radius * cos(t) * (1.0 if t < pi / 2 else 1.5)))
    loft(scene, turned, circle(1.0, 48), levels, lambda i, j: paint)
