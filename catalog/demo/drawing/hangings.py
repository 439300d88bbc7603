"""Earrings, pendants and charms."""

from collections.abc import Sequence
from itertools import pairwise
from math import cos, hypot, pi, sin

from catalog.demo.drawing import chains, gems, rings, settings
from catalog.demo.drawing.geometry import TURN, WORLD, Flat, Frame, Point, circle, scaled
from catalog.demo.drawing.paints import ENAMELS, Colour, Paint, Ramp, glossy, polished, satin
from catalog.demo.drawing.scene import Scene
from catalog.demo.drawing.shapes import loft, one, slab, tube
from catalog.imports.items import ProductItem


def draw_earrings(item: ProductItem, ramp: Ramp, view: int) -> Scene:
    if "hoops" in item.tags:
        return _hoops(item, ramp, view)
    if "studs" in item.tags:
        return _studs(item, ramp, view)
    return _drops(item, ramp, view)


def _hoops(item: ProductItem, ramp: Ramp, view: int) -> Scene:
    """Two hoops standing on the table, turned a little differently."""
    scene = Scene(yaw=0.0, pitch=0.32 if view == 1 else 0.5, standing=True, fill=0.68)
    hammered = "hammered" in item.tags
    band = rings.Band(13.0 if hammered else 10.0, 3.6 if hammered else 2.1, 1.3 if hammered else 2.1)
    turns = (-0.75, -0.35) if view == 1 else (-1.05, 0.6)
    apart = band.outer * 0.92
    for side, turn in zip((-1, 1), turns, strict=True):
        frame = WORLD.moved(side * apart, 0, side * 7.0).yawed(turn)
        rings.draw_band(scene, frame, band, item, ramp)
        hinge = [frame.point(x, band.outer - 1.0 + y, 0) for x, y in ((-2.4, -0.5), (2.4, -0.5))]
        tube(scene, hinge, 0.62 if not hammered else 0.5, polished(ramp), sides=10)
    return scene


def _studs(item: ProductItem, ramp: Ramp, view: int) -> Scene:
    """A pair lying face up; from the side one sees the posts."""
    scene = Scene(fill=0.54)
    yaw, pitch = (0.12, 0.25) if view == 1 else (0.75, 0.40)
    for side in (-1, 1):
        frame = WORLD.moved(side * 5.4, 0.9 * side, 0).pitched(pitch).yawed(yaw).rolled(-0.2 * side)
        if view == 2:
            post = [frame.point(0, 0, -8.5), frame.point(0, 0, -0.5)]
            tube(scene, post, 0.42, polished(ramp), sides=10)
        _stud(scene, frame, item, ramp)
    return scene


def _stud(scene: Scene, frame: Frame, item: ProductItem, ramp: Ramp) -> None:
    paint = polished(ramp)
    if "ball" in item.tags:
        scene.ball(frame.point(0, 0, 1.5), 3.2, paint)
    elif "enamel" in item.tags:
        _enamel_dome(scene, frame, item, paint, 3.9)
    elif "pearl" in item.stones[0].kind:
        loft(scene, frame, circle(2.0, 40), [(0.5, -1.2), (1.0, -0.2), (1.05, 0.3)], one(paint))
        gems.pearl(scene, frame.moved(0, 0, 3.0), 3.7)
    else:
        stone = item.stones[0]
        half = 3.0
        edge = scaled(rings.stone_outline(stone, item.tags), half)
        settings.bezel(scene, frame.moved(0, 0, 1.6), edge, 2.2, paint, beads=stone.kind == "turquoise")
        rings.draw_stone(scene, frame.moved(0, 0, 1.6), stone, item, half)


def _enamel_dome(scene: Scene, frame: Frame, item: ProductItem, paint: Paint, radius: float) -> None:
    edge = circle(radius, 64)
    loft(scene, frame, edge, [(0.94, -1.0), (1.0, -0.4), (1.0, 0.25), (0.96, 0.5), (0.90, 0.5)], one(paint))
    dome = [(0.92 * cos(k / 14 * pi / 2), 0.5 + 1.5 * sin(k / 14 * pi / 2)) for k in range(14)] + [(0.0, 2.0)]
    loft(scene, frame, edge, dome, one(glossy(enamel_of(item))))


def enamel_of(item: ProductItem) -> Colour:
    return next((ENAMELS[tag] for tag in item.tags if tag in ENAMELS), ENAMELS["cobalt"])


def _drops(item: ProductItem, ramp: Ramp, view: int) -> Scene:
    """A pair lying side by side on paper."""
    scene = Scene(yaw=0.10 if view == 1 else 0.55, pitch=0.12 if view == 1 else 0.40, fill=0.70)
    for side in (-1, 1):
        frame = WORLD.moved(side * 9.0, side * 1.2, 0).rolled(0.10 * side)
        _ear_wire(scene, frame, polished(ramp))
        _drop(scene, frame, item, ramp)
    return scene


def _ear_wire(scene: Scene, frame: Frame, paint: Paint) -> None:
    """A French hook: a loop below, a wide bend over the ear, a tail behind."""
    bend = [(0.0, 0.0), (0.2, 2.0), (0.1, 4.5), (0.4, 6.6), (1.8, 8.6), (4.0, 9.2), (6.0, 8.2), (6.9, 6.0)]
    bend += [(7.0, 3.0), (7.1, 0.0), (7.6, -2.6)]
    tube(scene, [frame.point(-x + 0.0, y, 0.9 - 0.06 * x) for x, y in _smooth(bend)], 0.42, paint, sides=9)
    scene.ball(frame.point(-0.1, 1.4, 0.9), 0.85, paint, nearer=0.5)
    loop = [frame.point(1.05 * x, -1.0 + 1.05 * y, 0.9) for x, y in circle(1.0, 20)]
    tube(scene, loop, 0.32, paint, sides=8, closed=True)


def _smooth(points: Sequence[Flat], rounds: int = 3) -> list[Flat]:
    """The line with its corners cut (Chaikin), three times."""
    line = list(points)
    for _ in range(rounds):
        cut = [line[0]]
        for (ax, ay), (bx, by) in pairwise(line):
            cut += [
                (0.75 * ax + 0.25 * bx, 0.75 * ay + 0.25 * by),
                (0.25 * ax + 0.75 * bx, 0.25 * ay + 0.75 * by),
            ]
        line = [*cut, line[-1]]
    return line


def _drop(scene: Scene, frame: Frame, item: ProductItem, ramp: Ramp) -> None:
    paint = polished(ramp)
    if "bar" in item.tags:
        _bar(scene, frame.moved(0, -2.2, 0.4), 26.0, 1.0, satin(ramp, 0.06))
        return
    stone = item.stones[0]
    if "pearl" in stone.kind:
        gems.pearl(scene, frame.moved(0, -9.4, 1.0), 4.0, drop=True)
        cap = Frame(frame.point(0, -4.4, 1.0), frame.z, frame.x, frame.y)
        levels = [(1.9, -0.9), (1.7, -0.2), (1.1, 0.7), (0.4, 1.5), (0.3, 2.2)]
        loft(scene, cap, circle(1.0, 32), levels, one(paint), nearer=0.6)
        settings.milgrain(scene, cap.moved(0, 0, -0.9), circle(1.85, 32), 0.32, paint)
        return
    half = settings.half_length(stone)
    centre = frame.moved(0, -3.4 - half, 0.4)
    if "milgrain" in item.tags:
        _small_round(scene, frame.moved(0, -3.4, 0.4), item, paint)
        centre = frame.moved(0, -7.4 - half, 0.4)
    edge = scaled(gems.outline(stone.cut, 48), half)
    settings.bezel(scene, centre, edge, 1.6, paint, beads="milgrain" in item.tags)
    rings.draw_stone(scene, centre, stone, item, half)


def _small_round(scene: Scene, frame: Frame, item: ProductItem, paint: Paint) -> None:
    """The round stone above a pear-shaped one, and the link between them."""
    edge = circle(1.5, 40)
    settings.bezel(scene, frame, edge, 1.4, paint, beads=True)
    ramp = gems.ramp_of_stone(item.stones[0].kind, item.tags)
    gems.faceted(scene, frame, "round", 1.5, ramp, item.handle + "top", nearer=0.2)
    loop = [frame.point(0.7 * x, -3.1 + 0.9 * y, 0) for x, y in circle(1.0, 16)]
    tube(scene, loop, 0.28, paint, sides=8, closed=True)


def _bar(scene: Scene, frame: Frame, long: float, half: float, paint: Paint) -> None:
    """A square bar hanging down from the frame."""
    turned = Frame(frame.origin, frame.x, (-frame.z[0], -frame.z[1], -frame.z[2]), frame.y)
    turned = turned.rolled(0.42)
    edge: list[Flat] = []
    for cx, cy in ((1, 1), (-1, 1), (-1, -1), (1, -1)):
        for k in range(4):
            angle = (0 if cx > 0 and cy > 0 else pi / 2 if cx < 0 < cy else pi if cx < 0 else 1.5 * pi) + pi / 6 * k
            edge.append((half * (0.82 * cx + 0.18 * cos(angle)), half * (0.82 * cy + 0.18 * sin(angle))))
    levels = [(0.0, -long), (0.86, -long), (1.0, -long + 0.15 * half)]
    levels += [(1.0, -long + (long - 0.3 * half) * k / 12) for k in range(1, 13)] + [(0.86, 0.0), (0.0, 0.0)]
    loft(scene, turned, edge, levels, one(paint))


def draw_pendant(item: ProductItem, ramp: Ramp, view: int) -> Scene:
    """A pendant on its chain, which leaves the picture at the top."""
    paint = polished(ramp)
    scene = Scene(yaw=0.06 if view == 1 else 0.50, pitch=0.06 if view == 1 else 0.20, fill=1.0)
    _hang(scene, paint)
    _pendant(scene, WORLD.moved(0, -3.4, 0.6), item, ramp)
    reach = 26.0 if view == 1 else 16.0
    middle = -7.0 if view == 1 else -12.5
    if "bar" in item.tags:
        reach, middle = reach + 6.0, middle - (4.0 if view == 1 else 5.0)
    scene.frame = (-reach, middle - reach, reach, middle + reach)
    return scene


def _hang(scene: Scene, paint: Paint) -> None:
    """Both sides of the chain, and the bail between."""
    for side in (-1, 1):
        path: list[Point] = []
        for k in range(30):
            up = 36 * k / 29
            path.append((side * (0.5 + 4.4 * up**0.42), 1.0 + up, 0.0))
        chains.cable(scene, path, 0.62, paint)
    bail = [(0.95 * x, -0.9 + 2.3 * y, 1.0 + 0.5 * y) for x, y in circle(1.0, 24)]
    tube(
        scene,
        bail,
        [0.45 + 0.3 * (1 + y) / 2 for _, y in circle(1.0, 24)],
        paint,
        sides=10,
        closed=True,
        nearer=2,
    )


def _pendant(scene: Scene, frame: Frame, item: ProductItem, ramp: Ramp) -> None:
    paint, tags = polished(ramp), item.tags
    if "bar" in tags:
        _bar(scene, frame.moved(0, -0.4, 0.6), 27.0, 1.7, satin(ramp, 0.06))
    elif "moon" in tags:
        _night_sky(scene, frame.moved(0, -11.0, 0), item, paint)
    elif "disc" in tags:
        _hammered_disc(scene, frame.moved(0, -10.0, 0), paint)
    else:
        _stone_pendant(scene, frame, item, paint)


def _stone_pendant(scene: Scene, frame: Frame, item: ProductItem, paint: Paint) -> None:
    stone = item.stones[0]
    half = rings.bezel_half(stone)
    centre = frame.moved(0, -half - 0.9, 1.0)
    edge = scaled(rings.stone_outline(stone, item.tags), half)
    if "prong" in item.tags:
        settings.prongs(scene, centre, edge, 2.4, paint, settings.prong_angles(stone.cut))
    else:
        settings.bezel(scene, centre, edge, 1.9, paint, beads="milgrain" in item.tags)
    rings.draw_stone(scene, centre, stone, item, half)


def _hammered_disc(scene: Scene, frame: Frame, paint: Paint) -> None:
    """A flat disc with rippled light: its points rise and fall a little."""
    slab(scene, frame, circle(10.0, 80), 1.0, paint)
    rows = []
    for ring in range(37):
        radius = 9.6 * (1 - ring / 36)
        row = []
        for x, y in circle(radius, 96):
            row.append(frame.point(x, y, 1.0 + _ripple(x, y)))
        rows.append(row)
    scene.grid(rows, one(paint), close_rows=True, nearer=0.3)


def _ripple(x: float, y: float) -> float:
    """The bottoms of hammer marks, laid out like a honeycomb with a little disorder."""
    deepest = 9.0
    row = round(y / 2.2)
    for r in (row - 1, row, row + 1):
        shift = 1.25 * (r % 2)
        column = round((x - shift) / 2.5)
        for c in (column - 1, column, column + 1):
            cx = c * 2.5 + shift + 0.55 * sin(12.9 * c + 7.1 * r)
            cy = r * 2.2 + 0.55 * cos(9.7 * c - 5.3 * r)
            deepest = min(deepest, (x - cx) ** 2 + (y - cy) ** 2)
    return 0.055 * deepest - 0.1


def _night_sky(scene: Scene, frame: Frame, item: ProductItem, paint: Paint) -> None:
    edge = circle(10.6, 80)
    loft(scene, frame, edge, [(0.97, -0.6), (1.0, -0.2), (1.0, 0.5), (0.97, 0.8), (0.93, 0.75)], one(paint))
    dome = [(0.94 - 0.94 * k / 12, 0.7 + 0.5 * (1 - (1 - k / 12) ** 2)) for k in range(13)]
    loft(scene, frame, edge, dome, one(glossy(enamel_of(item), 0.55)))
    crescent(scene, frame.moved(-1.6, -0.6, 1.5).rolled(0.5), 5.6, paint)
    for x, y, size in (
        (3.6, 3.8, 1.5),
        (5.6, -1.0, 1.0),
        (2.2, -5.4, 0.9),
        (-2.2, 6.4, 0.9),
        (6.4, 1.9, 0.6),
    ):
        star(scene, frame.moved(x, y, 1.2), size, 0.42, 4, 0.3, paint)


def crescent(scene: Scene, frame: Frame, radius: float, paint: Paint) -> None:
    """A young moon, open to the right, slightly domed."""
    rows: list[list[Point]] = []
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        row = []
        for k in range(41):
            t = 0.62 + (TURN - 1.24) * k / 40
            outer = (radius * cos(t), radius * sin(t))
            inner = (radius * 0.42 + radius * 0.80 * cos(t), radius * 0.80 * sin(t))
            close = hypot(outer[0] - inner[0], outer[1] - inner[1]) / radius
            rise = 0.9 * close * (1 - (2 * share - 1) ** 2)
            row.append(
                frame.point(outer[0] + (inner[0] - outer[0]) * share, outer[1] + (inner[1] - outer[1]) * share, rise)
            )
        rows.append(row)
    scene.grid(rows, one(paint), two_sided=True, nearer=1.0)


def star(
    scene: Scene,
    frame: Frame,
    radius: float,
    waist: float,
    points: int,
    high: float,
    paint: Paint,
    short: float = 1.0,
) -> None:
    """A star with a ridge along every ray; every second ray may be shorter."""
    top = frame.point(0, 0, high)
    edge: list[Flat] = []
    for k in range(2 * points):
        angle = TURN * k / (2 * points) + pi / 2
        away = radius * (waist if k % 2 else (short if k % 4 == 2 else 1.0))
        edge.append((away * cos(angle), away * sin(angle)))
    for k, (x, y) in enumerate(edge):
        nx, ny = edge[(k + 1) % len(edge)]
        corner, following = frame.point(x, y, 0), frame.point(nx, ny, 0)
        scene.grid([[corner, following], [top, top]], one(paint), nearer=1.0)
        below, beyond = frame.point(x, y, -high * 0.6), frame.point(nx, ny, -high * 0.6)
        scene.grid([[below, beyond], [corner, following]], one(paint), nearer=0.9)


def draw_charm(item: ProductItem, ramp: Ramp, view: int) -> Scene:
    paint = polished(ramp)
    scene = Scene(yaw=0.10 if view == 1 else 0.62, pitch=0.14 if view == 1 else 0.34, fill=0.58)
    star(scene, WORLD.moved(0, 0, 0.6), 8.0, 0.36, 8, 1.7, paint, short=0.68)
    loop = [(1.2 * x, 8.4 + 1.3 * y, 0.6) for x, y in circle(1.0, 20)]
    tube(scene, loop, 0.42, paint, sides=9, closed=True)
    ring = [(0.35 * x, 11.8 + 2.9 * y, 0.8 + 2.0 * x) for x, y in circle(1.0, 36)]
    ring = [(x + 1.9 * z * 0.6 - 0.8, y, z) for x, y, z in ring]
    tube(scene, ring, 0.5, paint, sides=10, closed=True)
    return scene


def draw_loose_stone(item: ProductItem, ramp: Ramp, view: int) -> Scene:
    """A stone by itself: from above, and from the side standing on its point."""
    stone = item.stones[0]
    half = 5.0
    if view == 1:
        scene = Scene(yaw=0.05, pitch=0.10, fill=0.46)
        rings.draw_stone(scene, WORLD.moved(0, 0, 0 if stone.cut == "cabochon" else 2.6), stone, item, half)
        return scene
    scene = Scene(yaw=0.3, pitch=-0.85, fill=0.46)
    tilt = 0.0 if stone.cut == "cabochon" else 0.25
    rings.draw_stone(scene, WORLD.pitched(tilt), stone, item, half)
    return scene
