"""What holds a stone: bezels, prongs, halos and clusters. Each is built on the frame of its stone."""

from collections.abc import Sequence
from itertools import pairwise
from math import atan2, cos, hypot, sin

from catalog.demo.drawing import gems
from catalog.demo.drawing.geometry import TURN, Flat, Frame, facing, grown, scaled
from catalog.demo.drawing.paints import Paint, Ramp
from catalog.demo.drawing.scene import Scene
from catalog.demo.drawing.shapes import loft, one, tube
from catalog.imports.items import StoneItem

MILLIMETRES_PER_CARAT = {
    "round": 6.4,
    "oval": 7.6,
    "cushion": 6.0,
    "emerald": 7.0,
    "pear": 8.4,
    "marquise": 10.0,
}


def half_length(stone: StoneItem, *, at_least: float = 1.0) -> float:
    """Half the length in millimetres of one of these stones, from its carats."""
    each = float(stone.carat or 1) / stone.count
    return max(at_least, MILLIMETRES_PER_CARAT.get(stone.cut, 6.4) * each ** (1 / 3) / 2)


def bezel(scene: Scene, frame: Frame, edge: Sequence[Flat], deep: float, paint: Paint, *, beads: bool = False) -> None:
    """A wall of metal around a stone, rubbed over its edge, from `deep` below the girdle."""
    wall = [
        (0.90, -deep),
        (1.0, -deep * 0.8),
        (1.0, 0.0),
        (0.995, 0.25),
        (0.95, 0.5),
        (0.90, 0.55),
        (0.86, 0.42),
    ]
    around = grown(edge, 0.75)
    loft(scene, frame, around, wall, one(paint))
    if beads:
        milgrain(scene, frame.moved(0, 0, 0.35), grown(edge, 0.72), 0.26, paint)


def milgrain(scene: Scene, frame: Frame, edge: Sequence[Flat], radius: float, paint: Paint) -> None:
    """A row of beads along a closed outline."""
    points = [frame.point(x, y, 0) for x, y in edge]
    lengths = sum(hypot(a[0] - b[0], a[1] - b[1]) for a, b in zip(edge, [*edge[1:], edge[0]], strict=True))
    count = max(12, round(lengths / (radius * 2.1)))
    for k in range(count):
        place = len(points) * k / count
        a, b = points[int(place)], points[(int(place) + 1) % len(points)]
        share = place % 1
        centre = (
            a[0] + (b[0] - a[0]) * share,
            a[1] + (b[1] - a[1]) * share,
            a[2] + (b[2] - a[2]) * share,
        )
        scene.ball(centre, radius, paint, nearer=radius)


def prongs(
    scene: Scene, frame: Frame, edge: Sequence[Flat], deep: float, paint: Paint, angles: Sequence[float]
) -> None:
    """Claws from a common foot up over the girdle, and a gallery rail between them."""
    thick = 0.30 + 0.05 * max(hypot(x, y) for x, y in edge)
    for angle in angles:
        x, y = _on_edge(edge, angle)
        foot = frame.point(x * 0.35, y * 0.35, -deep)
        hip = frame.point(x * 0.85, y * 0.85, -deep * 0.35)
        top = frame.point(x * 1.06, y * 1.06, 0.1)
        tip = frame.point(x * 0.93, y * 0.93, 0.62)
        tube(scene, [foot, hip, top, tip], [thick * 0.9, thick, thick, thick * 0.9], paint, sides=8)
        scene.ball(tip, thick * 1.05, paint, nearer=1.2)
    rail = [frame.point(x * 0.74, y * 0.74, -deep * 0.5) for x, y in edge]
    tube(scene, rail, thick * 0.7, paint, sides=8, closed=True, hint=frame.z)


def prong_angles(cut: str) -> list[float]:
    """Where the claws stand, counted counter-clockwise from the stone's top."""
    if cut == "pear":
        return [0.0, TURN * 0.20, TURN * 0.40, TURN * 0.60, TURN * 0.80]
    if cut == "marquise":
        return [0.0, TURN * 0.30, TURN * 0.5, TURN * 0.70]
    if cut in ("emerald", "cushion", "oval"):
        slant = 0.098 if cut == "emerald" else 0.11
        return [TURN * slant, TURN * (0.5 - slant), TURN * (0.5 + slant), TURN * (1 - slant)]
    return [TURN * (k + 0.5) / 6 for k in range(6)]


def _on_edge(edge: Sequence[Flat], angle: float) -> Flat:
    """The point of an outline that lies nearest to a direction from its middle."""
    wanted = (-sin(angle), cos(angle))
    return max(edge, key=lambda p: (p[0] * wanted[0] + p[1] * wanted[1]) / hypot(*p))


def halo(
    scene: Scene, frame: Frame, edge: Sequence[Flat], stone_half: float, ramp: Ramp, paint: Paint, beads: bool
) -> None:
    """A plate around the stone, set with small ones."""
    around = grown(edge, stone_half * 1.15)
    plate = [(0.80, -1.4), (1.0, -0.9), (1.0, -0.15), (0.9, -0.1), (0.5, -0.1)]
    outer = grown(edge, stone_half * 2.5)
    loft(scene, frame, outer, plate, one(paint))
    points = _spread(around, stone_half * 2.2)
    for k, (x, y) in enumerate(points):
        gems.small(scene, frame.moved(x, y, 0).rolled(atan2(y, x)), stone_half, ramp, f"halo{k}", nearer=0.3)
        step_x, step_y = points[(k + 1) % len(points)]
        bead = scaled([((x + step_x) / 2, (y + step_y) / 2)], 1.13 if not beads else 1.0)[0]
        scene.ball(frame.point(bead[0], bead[1], 0.15), stone_half * 0.22, paint, nearer=0.4)
    if beads:
        milgrain(scene, frame.moved(0, 0, -0.1), grown(edge, stone_half * 2.4), 0.2, paint)


def _spread(edge: Sequence[Flat], step: float) -> list[Flat]:
    """Points at even distances along a closed outline."""
    closed = [*edge, edge[0]]
    lengths = [hypot(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(closed)]
    count = max(6, round(sum(lengths) / step))
    points: list[Flat] = []
    for k in range(count):
        rest = sum(lengths) * k / count
        index = 0
        while rest > lengths[index]:
            rest -= lengths[index]
            index += 1
        share = rest / lengths[index]
        a, b = closed[index], closed[index + 1]
        points.append((a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share))
    return points


def cluster(scene: Scene, frame: Frame, half: float, ramp: Ramp, paint: Paint) -> None:
    """Six stones around one, with a grain of metal in every gap."""
    places = [(0.0, 0.0)] + [(2.12 * half * cos(TURN * k / 6), 2.12 * half * sin(TURN * k / 6)) for k in range(6)]
    for k, (x, y) in enumerate(places):
        seat = frame.moved(x, y, 0.35 if k == 0 else 0)
        bezel_edge = scaled(gems.outline("round", 24), half)
        loft(
            scene,
            seat,
            grown(bezel_edge, 0.22),
            [(0.8, -1.6), (1.0, -0.9), (1.0, -0.05), (0.9, 0.02)],
            one(paint),
        )
        gems.faceted(scene, seat, "round", half, ramp, f"cluster{k}", nearer=0.3)
    for k in range(6):
        for away in (1.22, 2.75):
            angle = TURN * (k + 0.5) / 6
            grain = frame.point(away * half * cos(angle), away * half * sin(angle), 0.3)
            scene.ball(grain, half * 0.22, paint, nearer=0.5)


def on_top(radius: float, frame: Frame, angle: float, lift: float) -> Frame:
    """The frame of a stone that stands on a ring at an angle, `lift` above its outside.

    Its y runs along the finger's axis.
    """
    away = frame.direction(cos(angle), sin(angle), 0)
    c, s = cos(angle), sin(angle)
    return facing(frame.point((radius + lift) * c, (radius + lift) * s, 0), away, frame.z)
