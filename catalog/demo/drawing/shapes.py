"""Surfaces that pieces are made of: revolved profiles, tubes, and stacks of outlines."""

from collections.abc import Callable, Sequence
from math import cos, sin

from catalog.demo.drawing.geometry import TURN, Flat, Frame, Point, add, cross, dot, minus, times, unit
from catalog.demo.drawing.paints import Paint
from catalog.demo.drawing.scene import PaintAt, Scene

# (angle, radius, height) -> (radius, height)
Warp = Callable[[float, float, float], Flat]


def one(paint: Paint) -> PaintAt:
    """The same paint everywhere."""
    return lambda i, j: paint


def revolve(
    scene: Scene,
    frame: Frame,
    profile: Sequence[Flat],
    paint_at: PaintAt,
    *,
    steps: int = 160,
    start: float = 0.0,
    sweep: float = TURN,
    warp: Warp | None = None,
) -> None:
    """A closed profile of (radius, height), counter-clockwise, turned about the frame's z."""
    whole = sweep >= TURN
    rows = []
    for k in range(steps if whole else steps + 1):
        angle = start + sweep * k / steps
        c, s = cos(angle), sin(angle)
        row = []
        for radius, height in reversed(profile):
            r, h = warp(angle, radius, height) if warp else (radius, height)
            row.append(frame.point(r * c, r * s, h))
        rows.append(row)
    scene.grid(rows, paint_at, close_rows=True, close_columns=whole)
    if not whole:
        scene.grid([rows[0], [rows[0][0]] * len(profile)], paint_at, close_rows=True, two_sided=True)
        scene.grid([rows[-1], [rows[-1][0]] * len(profile)], paint_at, close_rows=True, two_sided=True)


def loft(
    scene: Scene,
    frame: Frame,
    outline: Sequence[Flat],
    levels: Sequence[Flat],
    paint_at: PaintAt,
    *,
    nearer: float = 0.0,
) -> None:
    """An outline, counter-clockwise, stacked at levels of (scale, height), from the bottom up."""
    rows = [[frame.point(x * size, y * size, height) for x, y in outline] for size, height in levels]
    scene.grid(rows, paint_at, close_rows=True, nearer=nearer)


def slab(scene: Scene, frame: Frame, outline: Sequence[Flat], thick: float, paint: Paint, edge: float = 0.96) -> None:
    """A plate with a rounded edge, lying on the frame's plane."""
    levels = [
        (edge, 0.0),
        (1.0, thick * 0.35),
        (1.0, thick * 0.65),
        ((1 + edge) / 2, thick * 0.92),
        (edge, thick),
    ]
    loft(scene, frame, outline, levels, one(paint))
    flat = [(edge * k / 4, thick) for k in (4, 3, 2, 1, 0)]
    loft(scene, frame, outline, flat, one(paint))


def tube(
    scene: Scene,
    path: Sequence[Point],
    radius: float | Sequence[float],
    paint: Paint,
    *,
    sides: int = 10,
    closed: bool = False,
    flatten: float = 1.0,
    hint: Point = (0.12, 0.07, 0.99),
    nearer: float = 0.0,
) -> None:
    """A wire along a path. `flatten` below 1 presses it thinner in the direction of `hint`."""
    radii = [radius] * len(path) if isinstance(radius, int | float) else radius
    ring = [(cos(TURN * k / sides), sin(TURN * k / sides)) for k in range(sides)]
    rows = []
    normal = hint
    for k, point in enumerate(path):
        before = path[k - 1] if k or closed else path[0]
        after = path[(k + 1) % len(path)] if k + 1 < len(path) or closed else path[-1]
        tangent = unit(minus(after, before))
        normal = unit(minus(normal, times(tangent, dot(normal, tangent))))
        side = cross(tangent, normal)
        r = radii[k]
        rows.append([add(point, add(times(side, -r * c), times(normal, r * s * flatten))) for c, s in ring])
    scene.grid(rows, one(paint), close_rows=True, close_columns=closed, nearer=nearer)
