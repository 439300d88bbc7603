"""Points, directions and frames in space. Lengths are in millimetres."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import cos, hypot, pi, sin, sqrt
from random import Random

Point = tuple[float, float, float]
Flat = tuple[float, float]

TURN = 2 * pi


def add(a: Point, b: Point) -> Point:
    return (a[0] + b[0], a[1] + b[1], a[2] + b[2])


def minus(a: Point, b: Point) -> Point:
    return (a[0] - b[0], a[1] - b[1], a[2] - b[2])


def times(a: Point, k: float) -> Point:
    return (a[0] * k, a[1] * k, a[2] * k)


def dot(a: Point, b: Point) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def cross(a: Point, b: Point) -> Point:
    return (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])


def unit(a: Point) -> Point:
    length = sqrt(dot(a, a)) or 1.0
    return (a[0] / length, a[1] / length, a[2] / length)


@dataclass(frozen=True, slots=True)
class Frame:
    """A place and three directions at right angles, x cross y = z."""

    origin: Point
    x: Point
    y: Point
    z: Point

    def point(self, u: float, v: float, w: float) -> Point:
        o, x, y, z = self.origin, self.x, self.y, self.z
        return (
            o[0] + x[0] * u + y[0] * v + z[0] * w,
            o[1] + x[1] * u + y[1] * v + z[1] * w,
            o[2] + x[2] * u + y[2] * v + z[2] * w,
        )

    def direction(self, u: float, v: float, w: float) -> Point:
        return minus(self.point(u, v, w), self.origin)

    def moved(self, u: float, v: float, w: float) -> "Frame":
        return Frame(self.point(u, v, w), self.x, self.y, self.z)

    def rolled(self, angle: float) -> "Frame":
        """Turned about its own z."""
        c, s = cos(angle), sin(angle)
        return Frame(self.origin, self.direction(c, s, 0), self.direction(-s, c, 0), self.z)

    def yawed(self, angle: float) -> "Frame":
        """Turned about its own y."""
        c, s = cos(angle), sin(angle)
        return Frame(self.origin, self.direction(c, 0, -s), self.y, self.direction(s, 0, c))

    def pitched(self, angle: float) -> "Frame":
        """Turned about its own x."""
        c, s = cos(angle), sin(angle)
        return Frame(self.origin, self.x, self.direction(0, c, s), self.direction(0, -s, c))


WORLD = Frame((0.0, 0.0, 0.0), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))


def facing(origin: Point, z: Point, hint: Point) -> Frame:
    """A frame that looks along `z`, with its y as near to `hint` as can be."""
    z = unit(z)
    x = unit(cross(hint, z))
    return Frame(origin, x, cross(z, x), z)


def circle(radius: float = 1.0, steps: int = 48) -> list[Flat]:
    return [(radius * cos(TURN * k / steps), radius * sin(TURN * k / steps)) for k in range(steps)]


def scaled(outline: Sequence[Flat], factor: float) -> list[Flat]:
    return [(x * factor, y * factor) for x, y in outline]


def grown(outline: Sequence[Flat], by: float) -> list[Flat]:
    """The outline moved outward from the middle by a length, not by a factor."""
    return [(x * (1 + by / hypot(x, y)), y * (1 + by / hypot(x, y))) for x, y in outline]


def evenly(path: Sequence[Point], step: float) -> list[Point]:
    """Points along a path at equal distances, as near to `step` as fits it."""
    lengths = [0.0]
    for a, b in pairwise(path):
        d = minus(b, a)
        lengths.append(lengths[-1] + sqrt(dot(d, d)))
    count = max(2, round(lengths[-1] / step))
    points, index = [], 0
    for k in range(count + 1):
        wanted = lengths[-1] * k / count
        while index < len(path) - 2 and lengths[index + 1] < wanted:
            index += 1
        share = (wanted - lengths[index]) / ((lengths[index + 1] - lengths[index]) or 1.0)
        points.append(add(path[index], times(minus(path[index + 1], path[index]), share)))
    return points


def dice(seed: str) -> Random:
    """Chance that falls the same way every time, so that a piece always gets the same picture."""
    return Random(seed)  # noqa: S311 -- a drawing's disorder, not a secret
