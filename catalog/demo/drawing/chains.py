"""Chains along a path, and the necklaces, bracelets and anklets made of them."""

from collections.abc import Callable, Sequence
from math import cos, sin

from catalog.demo.drawing import gems
from catalog.demo.drawing.geometry import (
    TURN,
    Frame,
    Point,
    add,
    circle,
    cross,
    evenly,
    facing,
    minus,
    times,
    unit,
)
from catalog.demo.drawing.paints import Paint, Ramp, polished
from catalog.demo.drawing.scene import Scene
from catalog.demo.drawing.shapes import one, revolve, tube
from catalog.imports.items import ProductItem

Lay = Callable[[Scene, Sequence[Point], float, Paint], None]

TOWARD: Point = (0.0, 0.0, 1.0)


def cable(scene: Scene, path: Sequence[Point], size: float, paint: Paint) -> None:
    """Oval links, each turned a quarter against the last."""
    for k, frame in enumerate(_frames(path, 2.3 * size)):
        angle = 0.95 if k % 2 else -0.62
        _link(scene, frame.pitched(angle), 1.75 * size, 1.25 * size, 0.38 * size, paint)


def paperclip(scene: Scene, path: Sequence[Point], size: float, paint: Paint) -> None:
    """Long links with straight sides, each turned against the last."""
    for k, frame in enumerate(_frames(path, 4.6 * size)):
        angle = 0.95 if k % 2 else -0.45
        _link(scene, frame.pitched(angle), 2.9 * size, 1.0 * size, 0.34 * size, paint, straight=1.9)


def curb(scene: Scene, path: Sequence[Point], size: float, paint: Paint) -> None:
    """Flat twisted links that lie over each other like scales."""
    for frame in _frames(path, 2.5 * size):
        turned = frame.rolled(0.55).yawed(0.16).pitched(0.32)
        _link(scene, turned, 2.25 * size, 1.45 * size, 0.56 * size, paint, sides=9, steps=22)


def box(scene: Scene, path: Sequence[Point], size: float, paint: Paint) -> None:
    """Square links of folded sheet."""
    half = 1.0 * size
    for k, frame in enumerate(_frames(path, 1.55 * size)):
        turned = frame.pitched(0.95 if k % 2 else -0.62)
        square = [turned.point(half * _squared(x), half * _squared(y), 0) for x, y in circle(1.0, 16)]
        tube(scene, square, 0.46 * size, paint, sides=7, closed=True, hint=turned.z)


def rope(scene: Scene, path: Sequence[Point], size: float, paint: Paint) -> None:
    """Three strands wound around each other."""
    pitch, samples = 9.0 * size, 14
    frames = _frames(path, pitch / samples)
    for strand in range(3):
        wound = []
        for k, frame in enumerate(frames):
            angle = TURN * (k / samples + strand / 3)
            wound.append(frame.point(0, 1.05 * size * cos(angle), 1.05 * size * sin(angle)))
        tube(scene, wound, 1.0 * size, paint, sides=9)


KINDS: dict[str, Lay] = {"cable": cable, "paperclip": paperclip, "curb": curb, "box": box, "rope": rope}


def _frames(path: Sequence[Point], step: float) -> list[Frame]:
    """Frames at even distances; x runs along the path, z toward us."""
    points = evenly(path, step)
    frames = []
    for k, point in enumerate(points):
        along = unit(minus(points[min(k + 1, len(points) - 1)], points[max(k - 1, 0)]))
        side = unit(cross(TOWARD, along))
        frames.append(Frame(point, along, side, cross(along, side)))
    return frames


def _squared(value: float) -> float:
    """Pushes a circle's coordinate outward, toward a square with round corners."""
    return abs(value) ** 0.45 * (1 if value > 0 else -1)


def _link(
    scene: Scene,
    frame: Frame,
    long: float,
    wide: float,
    wire: float,
    paint: Paint,
    *,
    straight: float = 0.0,
    sides: int = 7,
    steps: int = 16,
) -> None:
    """A closed link: an oval, or with `straight` two half circles joined by straight sides."""
    path = []
    for x, y in circle(1.0, steps):
        if straight:
            path.append(frame.point(x * (long - straight) + (straight if x > 0 else -straight), y * wide, 0))
        else:
            path.append(frame.point(x * long, y * wide, 0))
    tube(scene, path, wire, paint, sides=sides, closed=True, hint=frame.z)


def draw_chain_piece(item: ProductItem, ramp: Ramp, view: int) -> Scene:
    """A necklace, bracelet or anklet: laid in a loop, and close up."""
    paint = polished(ramp)
    if view == 2:
        scene = Scene(fill=1.0, pitch=0.12)
        scene.frame = (-22.0, -22.0, 22.0, 22.0)
        for path in _close_up_paths():
            _lay(scene, item, path, 1.75 if _is_fine(item) else 2.1, paint)
        return scene
    if item.product_type == "necklace" and "strand" not in item.tags:
        scene = Scene(fill=1.0, pitch=0.08)
        scene.frame = (-42.0, -42.0, 42.0, 42.0)
        _lay(scene, item, _hanging_path(), 1.75, paint)
        return scene
    scene = Scene(fill=0.70, pitch=0.10)
    path, size = _loop(item)
    _lay(scene, item, path, size, paint)
    _clasp(scene, path, size, paint)
    return scene


def _hanging_path() -> list[Point]:
    """As a chain lies around a neck: a deep curve whose ends leave the picture at the top."""
    path = []
    for k in range(161):
        t = -1 + k / 80
        path.append((34 * t * (1 - 0.16 * t * t), -27 + 74 * abs(t) ** 2.3, 0.0))
    return path


def _is_fine(item: ProductItem) -> bool:
    return "box" in item.tags or "rope" in item.tags or item.product_type == "anklet"


def _lay(scene: Scene, item: ProductItem, path: Sequence[Point], size: float, paint: Paint) -> None:
    if "strand" in item.tags:
        _strand(scene, path, 3.3 * size, cream="cream" in item.tags)
        return
    kind = next(tag for tag in item.tags if tag in KINDS)
    KINDS[kind](scene, path, size, paint)
    if "beads" in item.tags:
        for point in evenly(path, 30.0)[1:-1]:
            scene.ball(point, 1.9 * size, paint, nearer=1.0)


def _strand(scene: Scene, path: Sequence[Point], radius: float, *, cream: bool) -> None:
    for frame in _frames(path, 2.12 * radius):
        gems.pearl(scene, frame, radius, cream=cream)


def _loop(item: ProductItem) -> tuple[list[Point], float]:
    """The path of a closed piece on the paper, open by a clasp at the top, and its chain's size."""
    steps = 240
    turns = [0.05 + (TURN - 0.10) * k / steps for k in range(steps + 1)]
    if item.product_type == "necklace":
        path = [(60 * sin(t) * (1 - 0.20 * cos(t)), 70 * cos(t), 0.0) for t in turns]
        return path, 1.15
    if item.product_type == "anklet":
        path = [(44 * sin(t) * (1 + 0.06 * sin(2 * t)), 36 * cos(t) + 3 * sin(2 * t), 0.0) for t in turns]
        return path, 1.1
    path = [(33 * sin(t), 30 * cos(t), 0.0) for t in turns]
    return path, 1.02 if "strand" in item.tags else 1.45


def _clasp(scene: Scene, path: Sequence[Point], size: float, paint: Paint) -> None:
    """A spring ring between the two ends of the loop."""
    middle = times(add(path[0], path[-1]), 0.5)
    frame = facing(add(middle, (0, 0, 0.6)), TOWARD, (0, 1, 0))
    radius = max(2.6, 2.2 * size)
    ring = [(radius + 0.75 * cos(TURN * k / 12), 0.75 * sin(TURN * k / 12)) for k in range(12)]
    revolve(scene, frame, ring, one(paint), steps=40)
    tube(scene, [frame.point(radius + 0.4, 0, 0.7), frame.point(radius + 2.2, 0.4, 0.7)], 0.5, paint, sides=8)


def _close_up_paths() -> list[list[Point]]:
    """Two runs of chain that cross the picture from edge to edge."""
    upper = [(-40 + 80 * k / 60, 9 + 7 * sin(k / 60 * 3.4 + 0.2) + 8 * (k / 60 - 0.5), 0.0) for k in range(61)]
    lower = [(-40 + 80 * k / 60, -11 + 5 * sin(k / 60 * 3.6 + 1.4) + 8 * (k / 60 - 0.5), 0.0) for k in range(61)]
    return [upper, lower]
