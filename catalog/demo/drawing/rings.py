"""Rings, bangles and cuffs: bands by profile and finish, with or without stones on top."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, exp, pi, sin
from random import Random

from catalog.demo.drawing import gems, settings
from catalog.demo.drawing.geometry import TURN, WORLD, Flat, Frame, circle, dice, scaled
from catalog.demo.drawing.paints import ENAMELS, Paint, Ramp, glossy, polished, satin
from catalog.demo.drawing.scene import Scene
from catalog.demo.drawing.shapes import Warp, loft, one, revolve, tube
from catalog.imports.items import ProductItem, StoneItem

FINGER = 8.7
WRIST = 31.0


@dataclass(frozen=True, slots=True)
class Band:
    """The body of a ring: inner radius, width along the finger, thickness."""

    inner: float
    width: float
    thick: float

    @property
    def outer(self) -> float:
        return self.inner + self.thick


def draw_ring(item: ProductItem, ramp: Ramp, view: int) -> Scene:
    """A ring on the table: standing, or lying on its side with the front toward us."""
    has_top = "signet" in item.tags or (bool(item.stones) and "eternity" not in item.tags)
    if view == 1:
        scene = Scene(yaw=-0.62, pitch=0.50 if has_top else 0.36, standing=True, fill=0.63)
        frame = WORLD
    else:
        scene = Scene(yaw=0.32, pitch=0.62, standing=True, fill=0.63)
        frame = Frame(WORLD.origin, (-1.0, 0.0, 0.0), (0.0, 0.0, 1.0), (0.0, 1.0, 0.0))
    band = _band_of(item)
    draw_band(scene, frame, band, item, ramp)
    if has_top:
        _draw_top(scene, frame, band, item, ramp)
    return scene


def draw_bangle(item: ProductItem, ramp: Ramp, view: int) -> Scene:
    if view == 1:
        scene, frame = Scene(yaw=-0.60, pitch=0.34, standing=True, fill=0.62), WORLD
    else:
        scene = Scene(yaw=0.25, pitch=0.80, standing=True, fill=0.66)
        frame = Frame(WORLD.origin, (-1.0, 0.0, 0.0), (0.0, 0.0, 1.0), (0.0, 1.0, 0.0))
    if "cuff" in item.tags:
        _draw_cuff(scene, frame, item, ramp)
    else:
        width = 8.0 if "channel" in item.tags else 4.0
        draw_band(scene, frame, Band(WRIST, width, 2.4 if "channel" in item.tags else 3.6), item, ramp)
    return scene


def _band_of(item: ProductItem) -> Band:
    tags = item.tags
    if "eternity" in tags:
        return Band(FINGER, 2.2, 1.7)
    if item.stones:
        return Band(FINGER, 4.0 if "wide" in tags or "flat" in tags else 2.2, 1.7)
    if "wide" in tags:
        return Band(FINGER, 6.2 if "hammered" in tags else 8.0, 1.9)
    widths = {"wire": 1.6, "beaded": 2.0, "chevron": 2.2, "knife-edge": 3.6, "twist": 3.2, "channel": 5.0}
    width = next((widths[tag] for tag in tags if tag in widths), 4.4)
    if {"half-round", "polished"} <= set(tags) and width == 4.4:
        width = 3.2
    return Band(FINGER, width, 1.6 if width < 2.5 else 1.8)


def draw_band(scene: Scene, frame: Frame, band: Band, item: ProductItem, ramp: Ramp) -> None:
    """The plain part of a ring, chosen by the piece's tags."""
    tags = item.tags
    paint = satin(ramp) if "brushed" in tags else polished(ramp)
    if "twist" in tags:
        _twisted(scene, frame, band, paint)
    elif "beaded" in tags:
        _beaded(scene, frame, band, paint)
    elif "channel" in tags:
        _channel(scene, frame, band, paint, _enamel_of(tags))
    elif "eternity" in tags:
        _eternity(scene, frame, band, item, paint)
    elif "brushed" in tags:
        _brushed(scene, frame, band, ramp, tags)
    elif "hammered" in tags:
        _hammered(scene, frame, band, paint, item.handle)
    else:
        _plain(scene, frame, band, paint, tags)


def _enamel_of(tags: Sequence[str]) -> Paint:
    return glossy(next((ENAMELS[tag] for tag in tags if tag in ENAMELS), ENAMELS["cobalt"]))


def _profile(band: Band, tags: Sequence[str]) -> list[Flat]:
    """The cross-section, counter-clockwise in (radius, height), beginning inside."""
    half, inner, thick = band.width / 2, band.inner, band.thick
    inside = [(inner + 0.16, half * 0.92), (inner + 0.02, half * 0.55), (inner, 0.0)]
    inside += [(inner + 0.02, -half * 0.55), (inner + 0.16, -half * 0.92)]
    outside: list[Flat] = []
    for k in range(17):
        share = -1 + 2 * k / 16
        outside.append((inner + thick * _height(share, tags), half * share))
    return inside + outside


def _height(share: float, tags: Sequence[str]) -> float:
    """How thick the band is at a place across it, from -1 to 1, as a share of the whole."""
    if "knife-edge" in tags:
        return 0.34 + 0.86 * (1 - (share * share + 0.012) ** 0.5)
    if "flat" in tags or "channel" in tags:
        return 1 - 0.55 * abs(share) ** 14
    if "wide" in tags:
        return 0.62 + 0.38 * (1 - share**4) ** 0.5 if abs(share) < 1 else 0.55
    return 0.30 + 0.70 * (1 - share * share) ** 0.5


def _plain(scene: Scene, frame: Frame, band: Band, paint: Paint, tags: Sequence[str]) -> None:
    warp: Warp | None = _chevron if "chevron" in tags else None
    if "signet" in tags:
        warp = _shoulders
    revolve(scene, frame, _profile(band, tags), one(paint), steps=120, warp=warp)
    if "milgrain" in tags and not any(tag in tags for tag in ("halo", "bezel")):
        for side in (-1, 1):
            edge = frame.moved(0, 0, side * band.width * 0.47)
            settings.milgrain(scene, edge, circle(band.inner + band.thick * 0.66, 160), 0.34, paint)


def _chevron(angle: float, radius: float, height: float) -> Flat:
    """The band dips to a soft point on one side."""
    away = abs((angle - pi / 2 + pi) % TURN - pi)
    return radius, height - 3.6 * exp(-1.9 * (away * away + 0.012) ** 0.5)


def _shoulders(angle: float, radius: float, height: float) -> Flat:
    """The band widens and thickens toward the face of a signet ring."""
    away = abs((angle - pi / 2 + pi) % TURN - pi)
    rise = exp(-((away / 0.75) ** 2))
    return FINGER + (radius - FINGER) * (0.75 + 0.65 * rise), height * (1 + 1.2 * rise)


def _hammered(scene: Scene, frame: Frame, band: Band, paint: Paint, seed: str) -> None:
    """Small shallow dishes all around, left by a round-faced hammer."""
    dents = _dents(dice(seed), band)
    half = band.width / 2

    def warp(angle: float, radius: float, height: float) -> Flat:
        if radius < band.inner + band.thick * 0.4:
            return radius, height
        place = angle * band.outer
        bin_number = int(place / DENT)
        count = len(dents)
        nearest = min(
            (_around(place - x, count * DENT) ** 2 + (height - y) ** 2)
            for k in (bin_number - 1, bin_number, bin_number + 1)
            for x, y in dents[k % count]
        )
        return radius - 0.26 + 0.16 * min(nearest, 2.4), height

    profile = [(r, h) for r, h in _profile(band, ("flat",)) if r < band.outer - 0.06 or abs(h) < half * 0.93]
    revolve(scene, frame, profile, one(paint), steps=230, warp=warp)


DENT = 1.75


def _dents(chance: Random, band: Band) -> list[list[Flat]]:
    """Where the hammer fell: (place around, height), sorted into stretches of one dent's length."""
    count = round(TURN * band.outer / DENT)
    rows = max(2, round(band.width / 1.5))
    stretches = []
    for k in range(count):
        stretch = []
        for row in range(rows):
            x = (k + 0.5 + 0.25 * (-1) ** row + chance.uniform(-0.25, 0.25)) * DENT
            y = (row + 0.5 + chance.uniform(-0.25, 0.25)) * band.width / rows - band.width / 2
            stretch.append((x, y))
        stretches.append(stretch)
    return stretches


def _around(distance: float, whole: float) -> float:
    return (distance + whole / 2) % whole - whole / 2


def _brushed(scene: Scene, frame: Frame, band: Band, ramp: Ramp, tags: Sequence[str]) -> None:
    """Fine lines around the band between polished edges."""
    profile = _profile(band, tags)
    chance = dice("brushed")
    lines = [satin(ramp, chance.uniform(-0.05, 0.05)) for _ in profile]
    bright = polished(ramp)
    edges = {0, 1, len(profile) - 1, len(profile) - 2, len(profile) - 3}
    last = len(profile) - 1

    # The rows run backward along the profile, so face j lies between points last-j and last-j-1.
    def paint_at(i: int, j: int) -> Paint:
        return bright if last - j in edges or last - j <= 7 else lines[j]

    revolve(scene, frame, profile, paint_at, steps=120)


def _twisted(scene: Scene, frame: Frame, band: Band, paint: Paint) -> None:
    wire, turns, steps = band.width / 4 + 0.05, 15, 330
    middle = band.inner + 2 * wire
    for phase in (0.0, pi):
        path = []
        for k in range(steps):
            around = TURN * k / steps
            turn = turns * around + phase
            radius = middle + wire * cos(turn)
            path.append(frame.point(radius * cos(around), radius * sin(around), wire * sin(turn)))
        tube(scene, path, wire * 1.02, paint, sides=14, closed=True)


def _beaded(scene: Scene, frame: Frame, band: Band, paint: Paint) -> None:
    radius = band.width / 2
    middle = band.inner + radius
    count = round(TURN * middle / (2 * radius * 0.97))
    for k in range(count):
        angle = TURN * k / count
        scene.ball(frame.point(middle * cos(angle), middle * sin(angle), 0), radius, paint)


def _channel(scene: Scene, frame: Frame, band: Band, paint: Paint, enamel: Paint) -> None:
    """Two rims with enamel between them."""
    profile = _profile(band, ("flat",))
    last, half = len(profile) - 1, band.width / 2

    def paint_at(i: int, j: int) -> Paint:
        radius, height = profile[last - j]
        return enamel if radius > band.inner + 0.5 and abs(height) < half * 0.62 else paint

    revolve(scene, frame, profile, paint_at, steps=150)
    for side in (-1, 1):
        rim = [frame.point(x, y, side * half * 0.68) for x, y in circle(band.outer, 150)]
        tube(scene, rim, band.width * 0.045, paint, sides=8, closed=True)


def _eternity(scene: Scene, frame: Frame, band: Band, item: ProductItem, paint: Paint) -> None:
    base = Band(band.inner, band.width, band.thick * 0.6)
    revolve(scene, frame, _profile(base, ("flat",)), one(paint), steps=140)
    count = item.stones[0].count
    ramp = gems.ramp_of_stone(item.stones[0].kind, item.tags)
    half = pi * (band.outer - 0.2) / count * 0.97
    for k in range(count):
        angle = TURN * k / count
        seat = settings.on_top(band.outer, frame, angle, -0.15)
        gems.faceted(scene, seat, "round", half, ramp, f"{item.handle}{k}", nearer=0.25)
        between = settings.on_top(band.outer, frame, angle + pi / count, -0.1)
        for side in (-1, 1):
            scene.ball(between.point(0, side * half * 0.78, 0), 0.27, paint, nearer=0.4)
            foot = between.point(0, side * half * 0.9, -1.1)
            tube(scene, [foot, between.point(0, side * half * 0.78, 0)], 0.26, paint, sides=6)


def _draw_top(scene: Scene, frame: Frame, band: Band, item: ProductItem, ramp: Ramp) -> None:
    """What stands on the band, at its top."""
    paint, tags = polished(ramp), item.tags
    if "signet" in tags:
        face = settings.on_top(band.outer, frame, pi / 2, -0.7)
        edge = [(x * 5.2, y * 6.2) for x, y in gems.outline("round", 48)]
        wall = [(0.80, -1.9), (0.94, -0.5), (1.0, 0.9), (1.0, 1.15), (0.97, 1.28)]
        dome = [(0.95 * (1 - k / 10), 1.28 + 0.45 * (1 - (1 - k / 10) ** 2)) for k in range(11)]
        levels = wall + dome
        loft(scene, face, edge, levels, one(paint))
        return
    stone = item.stones[0]
    stone_ramp = gems.ramp_of_stone(stone.kind, tags)
    if "cluster" in tags:
        seat = settings.on_top(band.outer, frame, pi / 2, 1.3)
        settings.cluster(scene, seat, 1.55, stone_ramp, paint)
    elif "three-stone" in tags:
        _three_stones(scene, frame, band, item, paint)
    elif "bezel" in tags:
        _bezelled(scene, frame, band, stone, item, paint)
    else:
        seat = settings.on_top(band.outer, frame, pi / 2, 2.6 if "halo" not in tags else 2.2)
        _pronged(scene, seat, stone, stone_ramp, item.handle, paint)
        if "halo" in tags:
            edge = scaled(gems.outline(stone.cut, 48), settings.half_length(stone))
            others = gems.ramp_of_stone(item.stones[1].kind, ())
            settings.halo(scene, seat, edge, 0.62, others, paint, "milgrain" in tags)


def _pronged(scene: Scene, seat: Frame, stone: StoneItem, ramp: Ramp, seed: str, paint: Paint) -> None:
    half = settings.half_length(stone)
    edge = scaled(gems.outline(stone.cut, 48), half)
    gems.faceted(scene, seat, stone.cut, half, ramp, seed, nearer=0.5)
    settings.prongs(scene, seat, edge, 3.2, paint, settings.prong_angles(stone.cut))


def _three_stones(scene: Scene, frame: Frame, band: Band, item: ProductItem, paint: Paint) -> None:
    centre, sides = item.stones[0], item.stones[1]
    seat = settings.on_top(band.outer, frame, pi / 2, 2.4)
    _pronged(scene, seat, centre, gems.ramp_of_stone(centre.kind, item.tags), item.handle, paint)
    apart = settings.half_length(centre) * gems.WIDTHS[centre.cut] + settings.half_length(sides) + 0.35
    for side in (-1, 1):
        seat = settings.on_top(band.outer, frame, pi / 2 + side * apart / (band.outer + 1.8), 1.7)
        ramp = gems.ramp_of_stone(sides.kind, ())
        _pronged(scene, seat, sides, ramp, f"{item.handle}{side}", paint)


def _bezelled(scene: Scene, frame: Frame, band: Band, stone: StoneItem, item: ProductItem, paint: Paint) -> None:
    half = bezel_half(stone)
    seat = settings.on_top(band.outer, frame, pi / 2, 1.7)
    edge = scaled(stone_outline(stone, item.tags), half)
    settings.bezel(scene, seat, edge, 2.6, paint)
    draw_stone(scene, seat, stone, item, half)


def bezel_half(stone: StoneItem) -> float:
    """Cabochons are not cut to a proportion: their size grows a little slower with their weight."""
    if stone.cut == "cabochon":
        return 3.6 * (float(stone.carat or 1) / stone.count) ** (1 / 3)
    return settings.half_length(stone)


def stone_outline(stone: StoneItem, tags: Sequence[str]) -> list[Flat]:
    if stone.cut != "cabochon":
        return gems.outline(stone.cut, 48)
    round_one = "round" in tags or "studs" in tags
    return [(x * (1.0 if round_one else 0.72), y) for x, y in gems.outline("round", 64)]


def draw_stone(scene: Scene, seat: Frame, stone: StoneItem, item: ProductItem, half: float) -> None:
    """A stone by itself, its table or dome up."""
    kind = f"simulated {stone.kind}" if stone.origin == "simulated" else stone.kind
    if stone.cut == "cabochon":
        edge = scaled(stone_outline(stone, item.tags), half)
        gems.cabochon(scene, seat, kind, edge, half * 0.42, item.handle, nearer=0.2)
    else:
        ramp = gems.ramp_of_stone(stone.kind, item.tags)
        gems.faceted(scene, seat, stone.cut, half, ramp, item.handle, nearer=0.2)


def _draw_cuff(scene: Scene, frame: Frame, item: ProductItem, ramp: Ramp) -> None:
    """An open bangle that is oval like a wrist, with a stone in front."""
    frame = frame.pitched(0.5) if frame is WORLD else frame
    paint = polished(ramp)
    band = Band(WRIST, 10.0, 2.0)

    def warp(angle: float, radius: float, height: float) -> Flat:
        away = abs((angle - pi / 2 + pi) % TURN - pi)
        return radius * (1 - 0.16 * sin(angle) ** 2), height * (1 - 0.28 * (away / pi) ** 2)

    profile = _profile(band, ("wide",))
    revolve(scene, frame, profile, one(paint), steps=120, start=-pi / 2 + 0.44, sweep=TURN - 0.88, warp=warp)
    stone = item.stones[0]
    half = bezel_half(stone)
    front = settings.on_top(band.outer * 0.84, frame, pi / 2, 0.9).rolled(pi / 2)
    edge = scaled(stone_outline(stone, item.tags), half)
    settings.bezel(scene, front, edge, 1.6, paint)
    draw_stone(scene, front, stone, item, half)
