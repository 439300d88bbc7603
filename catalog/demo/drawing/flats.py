"""Brooches, cufflinks and kits: what lies on the table."""

from math import cos, pi, sin

from catalog.demo.drawing import hangings
from catalog.demo.drawing.geometry import TURN, WORLD, Flat, Frame, Point, circle
from catalog.demo.drawing.paints import (
    METAL_RAMPS,
    Colour,
    Paint,
    Ramp,
    glossy,
    matte,
    mixed,
    polished,
    satin,
)
from catalog.demo.drawing.scene import Scene
from catalog.demo.drawing.shapes import loft, one, revolve, slab, tube
from catalog.imports.items import ProductItem


def draw_brooch(item: ProductItem, ramp: Ramp, view: int) -> Scene:
    scene = Scene(yaw=0.08 if view == 1 else -0.55, pitch=0.12 if view == 1 else 0.62, fill=0.62)
    if "leaf" in item.tags:
        _ginkgo(scene, polished(ramp), hangings.enamel_of(item))
    else:
        _anemone(scene, polished(ramp), hangings.enamel_of(item))
    return scene


def _ginkgo(scene: Scene, paint: Paint, colour: Colour) -> None:
    """A fan with a notch, veins that spread from the stalk, and a metal edge."""
    light, dark = mixed(colour, (214, 236, 190), 0.45), mixed(colour, (0, 30, 10), 0.25)
    shades = [glossy(mixed(light, dark, k / 7), 0.45) for k in range(8)]
    rows = [[_on_leaf(across, out / 26) for across in _spokes()] for out in range(27)]

    def paint_at(i: int, j: int) -> Paint:
        groove = 0.5 + 0.5 * cos(j * TURN / 4)
        return shades[min(7, int(8 * (0.30 * groove + 0.68 * (1 - i / 26))))]

    scene.grid(list(reversed(rows)), lambda i, j: paint_at(25 - i, j), two_sided=True)
    rim = [_on_leaf(-1.0, k / 20) for k in range(2, 20)] + [_on_leaf(a, 1.0) for a in _spokes()]
    rim += [_on_leaf(1.0, k / 20) for k in range(19, 1, -1)]
    tube(scene, rim, 0.55, paint, sides=9)
    for across in (-0.72, -0.44, -0.18, 0.18, 0.44, 0.72):
        vein = [_on_leaf(across, 0.10 + 0.72 * k / 12, 0.12) for k in range(13)]
        tube(scene, vein, [0.30 - 0.20 * k / 12 for k in range(13)], paint, sides=6, nearer=0.4)
    stalk = [(0.5 * sin(k / 5), -1.0 - 1.5 * k, 1.4 + 0.03 * k) for k in range(12)]
    stalk = [(x + 0.035 * k * k, y, z) for k, (x, y, z) in enumerate(stalk)]
    tube(scene, [(0, 1.6, 1.4), *stalk], [1.0] * 6 + [0.85] * 6 + [1.05], paint, sides=10)


def _spokes() -> list[float]:
    return [-1 + 2 * k / 64 for k in range(65)]


def _on_leaf(across: float, out: float, lift: float = 0.0) -> Point:
    """A place on the leaf: `across` the fan from -1 to 1, `out` from the stalk to the edge."""
    angle = across * 1.22
    edge = 26.0 - 8.5 * max(0.0, 1 - abs(across) / 0.13) ** 0.8 + 0.8 * sin(across * 21) - 2.8 * across**4
    reach = edge * out
    ripple = 0.55 * out * cos(across * 16) + 2.2 * out * (1 - out) + 1.4 + 1.4 * out * across * across
    return (reach * sin(angle), reach * cos(angle), ripple + lift)


def _anemone(scene: Scene, paint: Paint, colour: Colour) -> None:
    """Six domed petals, three over three, around a heart of beads."""
    shades = [glossy(mixed((250, 242, 246), colour, min(1.0, k / 26)), 0.5) for k in range(32)]
    for number in (1, 3, 5, 0, 2, 4):
        over = 0.0 if number % 2 else 1.6
        frame = WORLD.moved(0, 0, 1.2 + over).rolled(TURN * number / 6)
        _petal(scene, frame, shades, paint, over * 3)
    for k in range(22):
        away, angle = 1.15 * k**0.5, 2.399963 * k
        scene.ball((away * cos(angle), away * sin(angle), 5.6 - 0.05 * k), 0.95, paint, nearer=8.0)
    for k in range(20):
        angle = TURN * (k + 0.5) / 20
        stamen = (7.6 * cos(angle), 7.6 * sin(angle), 5.0)
        tube(scene, [(4.8 * cos(angle), 4.8 * sin(angle), 4.8), stamen], 0.16, paint, sides=6, nearer=7.0)
        scene.ball(stamen, 0.5, paint, nearer=7.5)


def _petal(scene: Scene, frame: Frame, shades: list[Paint], paint: Paint, nearer: float) -> None:
    rows = []
    for i in range(33):
        rows.append([_on_petal(frame, i / 32, -1 + j / 12) for j in range(25)])

    def paint_at(i: int, j: int) -> Paint:
        streak = 2.5 * cos(j * 2.1) * (1 - i / 32)
        return shades[max(0, min(31, int(32 * (i / 32) ** 0.75 - 5 + streak)))]

    scene.grid(list(reversed(rows)), lambda i, j: paint_at(31 - i, j), two_sided=True, nearer=nearer)
    rim = [_on_petal(frame, k / 22, -1.0) for k in range(3, 22)]
    rim += [_on_petal(frame, 1.0, -1 + j / 12) for j in range(25)]
    rim += [_on_petal(frame, k / 22, 1.0) for k in range(21, 2, -1)]
    tube(scene, rim, 0.42, paint, sides=8, nearer=nearer + 0.2)


def _on_petal(frame: Frame, out: float, across: float) -> Point:
    half = 9.4 * sin(min(1.0, out * 1.02) * pi * 0.78) ** 0.75 + 0.6
    reach = 3.0 + 17.0 * out * (1 - 0.12 * across * across)
    dome = 2.4 * sin(out * pi * 0.8) * (1 - 0.75 * across * across)
    return frame.point(half * across, reach, dome)


def draw_cufflinks(item: ProductItem, ramp: Ramp, view: int) -> Scene:
    scene = Scene(yaw=0.05 if view == 1 else 0.0, pitch=0.30 if view == 1 else 0.45, fill=0.66)
    turns = ((-0.12, 0.1), (0.16, -0.1)) if view == 1 else ((0.3, 0.2), (1.25, -0.3))
    for side, (yaw, roll) in zip((-1, 1), turns, strict=True):
        frame = WORLD.moved(side * 11.5, side * 1.6, 0).rolled(roll).yawed(yaw)
        _cufflink(scene, frame, item, ramp)
    scene.floor = -7.0
    return scene


def _cufflink(scene: Scene, frame: Frame, item: ProductItem, ramp: Ramp) -> None:
    """A round face with engine-turned rays under enamel, a post and a toggle."""
    paint, colour = polished(ramp), hangings.enamel_of(item)
    back = frame.moved(0, 0, -13.0)
    levels = [(1.7, -6.5), (2.2, -5.5), (2.2, 5.5), (1.7, 6.5), (0.0, 6.6)]
    loft(scene, Frame(back.origin, back.y, back.z, back.x), circle(1.0, 28), levels, one(paint))
    tube(scene, [frame.point(-0.9, 0, -13.0), frame.point(-0.9, 0, -1.0)], 1.0, paint, sides=14)
    tube(scene, [frame.point(0.9, 0, -13.0), frame.point(0.9, 0, -1.0)], 1.0, paint, sides=14)
    edge = circle(8.4, 144)
    wall = [(0.94, -1.4), (1.0, -0.9), (1.0, 0.6), (0.975, 1.0), (0.93, 1.1), (0.90, 0.85)]
    loft(scene, frame, edge, wall, one(paint))
    shades = [glossy(mixed(colour, (150, 186, 255), 0.0 + 0.5 * (0.5 + 0.5 * cos(k * pi / 2))), 0.5) for k in range(4)]
    face = [(0.905 - 0.90 * k / 16, 0.9 + 0.9 * (1 - (1 - k / 16) ** 2)) for k in range(17)]
    loft(scene, frame, edge, face, lambda i, j: shades[(j + (2 if i % 4 < 2 else 0)) % 4])


def draw_kit(item: ProductItem, ramp: Ramp, view: int) -> Scene:
    """Tools laid out on the bench; the second picture goes nearer."""
    scene = Scene(yaw=0.0 if view == 1 else -0.35, pitch=0.34 if view == 1 else 0.62, fill=0.80)
    if "wax-carving" in item.tags:
        _wax_kit(scene)
    else:
        _solder_kit(scene, ramp)
    if view == 2:
        scene.frame = (-52.0, -40.0, 30.0, 42.0)
    return scene


WOOD: Colour = (176, 122, 74)
BEECH: Colour = (206, 166, 116)
GREEN_WAX: Colour = (52, 124, 92)
CHARCOAL: Colour = (58, 56, 56)


def _wax_kit(scene: Scene) -> None:
    steel = polished(METAL_RAMPS["steel"])
    _booklet(scene, WORLD.moved(-44, 18, 0).rolled(0.06), (120, 148, 128))
    tube_frame = WORLD.moved(-40, -44, 13).pitched(-0.5).yawed(0.5)
    profile: list[Flat] = [(8.5, -18), (13, -18), (13.6, -17), (13.6, 17), (13, 18), (8.5, 18)]
    revolve(scene, tube_frame, profile, one(glossy(GREEN_WAX, 0.25)), steps=90)
    ring = WORLD.moved(-13, -60, 3.0).pitched(-0.25)
    revolve(
        scene,
        ring,
        [(8.6, -3), (11.5, -3), (12, 0), (11.5, 3), (8.6, 3)],
        one(glossy(GREEN_WAX, 0.3)),
        steps=90,
    )
    _tool(scene, WORLD.moved(4, -20, 4).rolled(0.10), 96, WOOD, "spear")
    _tool(scene, WORLD.moved(21, -24, 4).rolled(0.04), 96, WOOD, "spoon")
    _file(scene, WORLD.moved(40, -30, 3).rolled(-0.03), 104, BEECH)
    _dividers(scene, WORLD.moved(60, -34, 3), steel)


def _solder_kit(scene: Scene, ramp: Ramp) -> None:
    silver, steel = polished(ramp), polished(METAL_RAMPS["steel"])
    _booklet(scene, WORLD.moved(-46, 24, 0).rolled(0.06), (178, 112, 84))
    block: list[Flat] = [(-20.0, -13.0), (20.0, -13.0), (20.0, 13.0), (-20.0, 13.0)]
    loft(
        scene,
        WORLD.moved(-44, -36, 0).rolled(0.08),
        block,
        [(1.0, 0.0), (1.0, 9.0), (0.97, 9.6), (0.0, 9.6)],
        one(matte(CHARCOAL)),
    )
    for number, away in enumerate((6.0, 6.6)):
        path = [(-52 + 16 * number + away * x, -38 + away * y, 10.6) for x, y in circle(1.0, 50)]
        tube(scene, path, 0.9, silver, sides=10, closed=True, nearer=20.0)
    coil = []
    for k in range(180):
        away = 12.0 - 4.6 * k / 180
        coil.append((2 + away * cos(TURN * k / 36), -42 + away * sin(TURN * k / 36), 1.2 + 0.01 * k))
    tube(scene, coil, 0.8, satin(ramp), sides=8)
    _torch(scene, WORLD.moved(10, -14, 9).rolled(-0.06))
    _tweezers(scene, WORLD.moved(34, -44, 3).rolled(0.03), steel)
    _file(scene, WORLD.moved(50, -46, 3).rolled(-0.02), 100, BEECH)
    _file(scene, WORLD.moved(62, -46, 3).rolled(-0.05), 100, WOOD)


def _booklet(scene: Scene, frame: Frame, colour: Colour) -> None:
    """A stapled guide with a ring on its cover."""
    page: list[Flat] = [(-20.0, -28.0), (20.0, -28.0), (20.0, 28.0), (-20.0, 28.0)]
    loft(scene, frame, page, [(1.0, 0.0), (1.0, 1.6), (0.0, 1.6)], one(matte((244, 238, 226))))
    cover = frame.moved(0, 0, 1.7)
    loft(scene, cover, page, [(1.0, 0.0), (1.0, 0.3), (0.0, 0.3)], one(matte(colour)), nearer=0.5)
    line = matte((248, 242, 230))
    ring = [cover.point(9 * x, 6 + 9 * y, 0.6) for x, y in circle(1.0, 48)]
    tube(scene, ring, 0.8, line, sides=6, closed=True, hint=frame.z, nearer=20.0)
    for y, half in ((-12.0, 12.0), (-17.0, 8.0)):
        tube(scene, [cover.point(-half, y, 0.8), cover.point(half, y, 0.8)], 0.7, line, sides=6, nearer=20.0)


def _upright(frame: Frame) -> Frame:
    """A frame whose z runs along the given frame's y: for turning things that lie down."""
    return Frame(frame.origin, frame.z, frame.x, frame.y)


def _tool(scene: Scene, frame: Frame, long: float, wood: Colour, tip: str) -> None:
    """A carver: turned handle, ferrule, steel shaft and a shaped tip."""
    axis, ring = _upright(frame), circle(1.0, 24)
    handle = [
        (0.0, 0.0),
        (2.4, 0.3),
        (3.4, 3.0),
        (3.9, 12.0),
        (3.4, 26.0),
        (2.9, 38.0),
        (2.4, 46.0),
        (2.3, 47.0),
    ]
    loft(scene, axis, ring, [(r, -30 + h) for r, h in handle], one(glossy(wood, 0.30)))
    brass = polished(METAL_RAMPS["brass"])
    loft(scene, axis, ring, [(2.5, 17.0), (2.6, 17.5), (2.3, 22.5), (1.2, 23.0)], one(brass))
    steel = polished(METAL_RAMPS["steel"])
    loft(scene, axis, ring, [(1.2, 23.0), (1.0, 40.0), (0.9, 48.0)], one(steel))
    blade = frame.moved(0, 48, 0.4)
    if tip == "spear":
        edge = [(0.9, -1.0), (2.6, 5.0), (0.0, long - 83.0), (-2.6, 5.0), (-0.9, -1.0)]
    else:
        edge = [(2.9 * x, 5.0 + 6.0 * y) for x, y in circle(1.0, 32)]
    slab(scene, blade, edge, 0.9, steel, edge=0.8)


def _file(scene: Scene, frame: Frame, long: float, wood: Colour) -> None:
    axis, ring = _upright(frame), circle(1.0, 24)
    handle = [(0.0, 0.0), (3.0, 0.4), (4.2, 5.0), (4.0, 20.0), (3.0, 34.0), (2.8, 36.0)]
    loft(scene, axis, ring, handle, one(glossy(wood, 0.30)))
    loft(scene, axis, ring, [(3.0, 35.0), (3.0, 41.0), (1.6, 41.5)], one(polished(METAL_RAMPS["brass"])))
    blade = [(x * 2.6, y * 0.9) for x, y in circle(1.0, 16)]
    blade_axis = Frame(frame.origin, frame.x, (-frame.z[0], -frame.z[1], -frame.z[2]), frame.y)
    bright, dull = satin(METAL_RAMPS["steel"], 0.06), satin(METAL_RAMPS["steel"], -0.08)
    steps = 44
    levels = [(1.0 - 0.55 * (k / steps) ** 2, 41.0 + (long - 41.0) * k / steps) for k in range(steps + 1)]
    loft(scene, blade_axis, blade, levels, lambda i, j: bright if (i + j) % 2 else dull)


def _dividers(scene: Scene, frame: Frame, steel: Paint) -> None:
    for side in (-1, 1):
        leg = [frame.point(side * 0.6, 96, 0), frame.point(side * 4.0, 60, 0), frame.point(side * 8.0, 6, 0)]
        tube(scene, leg, [1.9, 1.7, 0.5], steel, sides=12)
    ring = [frame.point(4.6 * x, 96 + 4.6 * y, 0.5) for x, y in circle(1.0, 36)]
    tube(scene, ring, 1.5, steel, sides=10, closed=True)
    screw = [frame.point(-12, 52, 1.0), frame.point(9, 52, 1.0)]
    tube(scene, screw, 0.8, polished(METAL_RAMPS["brass"]), sides=8)
    wheel = Frame(frame.point(-10, 52, 1.0), frame.y, frame.z, frame.x)
    loft(
        scene,
        wheel,
        circle(3.0, 24),
        [(0.9, -1.2), (1.0, -0.8), (1.0, 0.8), (0.9, 1.2), (0.0, 1.2)],
        one(steel),
    )


def _torch(scene: Scene, frame: Frame) -> None:
    axis, ring = _upright(frame), circle(1.0, 40)
    body = [(0.0, -4.0), (7.4, -4.0), (8.2, -2.5), (8.2, 34.0), (7.6, 37.0), (4.6, 40.0)]
    loft(scene, axis, ring, body, one(glossy((62, 92, 112), 0.5)))
    steel = polished(METAL_RAMPS["steel"])
    loft(scene, axis, ring, [(4.6, 39.5), (5.2, 41.0), (5.2, 46.0), (3.4, 48.0)], one(steel))
    loft(
        scene,
        axis,
        ring,
        [(3.4, 47.5), (3.4, 58.0), (2.6, 59.0), (2.6, 72.0)],
        one(polished(METAL_RAMPS["brass"])),
    )
    loft(scene, axis, ring, [(2.6, 72.0), (2.0, 72.2), (0.0, 72.2)], one(matte((40, 36, 34))))
    wheel = frame.moved(0, 43.5, 4.0)
    tube(scene, [wheel.point(0, 0, 0), wheel.point(7, 0, 3)], 1.9, steel, sides=14)


def _tweezers(scene: Scene, frame: Frame, steel: Paint) -> None:
    for side in (-1, 1):
        arm = []
        for k in range(31):
            y = 108 * k / 30
            arm.append(frame.point(side * (3.6 * sin(pi * min(1.0, k / 27)) ** 0.8 + 0.3), y, 0.4 + side * 0.2))
        radii = [1.9 - 1.4 * (k / 30) ** 1.5 for k in range(31)]
        tube(scene, arm, radii, steel, sides=10, flatten=0.5)
    loft(
        scene,
        _upright(frame.moved(0, -1, 0.3)),
        circle(1.0, 20),
        [(0.0, -1.5), (2.4, -1.0), (2.4, 4.0), (1.6, 5.0)],
        one(steel),
    )
