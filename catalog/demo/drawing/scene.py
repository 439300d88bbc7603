"""A small studio: surfaces are put on a floor, seen by a camera, lit, and become one picture.

Faces are drawn from far to near, each in one flat colour, at twice the size, and reduced. The
camera has no perspective, so that pieces keep their proportions.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from io import BytesIO
from math import cos, sin, sqrt

from PIL import Image, ImageDraw, ImageFilter

from catalog.demo.drawing.geometry import Flat, Point, dot, unit
from catalog.demo.drawing.paints import Colour, Paint, mixed, shade_index

PaintAt = Callable[[int, int], Paint]
Box = tuple[float, float, float, float]
# What a face needs to be shaded smoothly: the directions at its four corners, its paint, and how
# many patches its change of colour asks for, along and across.
Patches = tuple[list[Flat], Paint, int, int]
Face = tuple[float, Sequence[Point], Colour, Patches | None]

TO_LIGHT = unit((-0.40, 0.56, 0.86))
SHADOW: Colour = (88, 66, 48)
SUPERSAMPLE = 2
CREASE = 0.60  # cosine of the angle from which an edge is sharp
PATCH_CONTRAST = 16  # steps of colour (of 255) that the eye takes for a smooth change
PATCH_BEND = 0.12  # the same for the change of direction across a face
MOST_PATCHES = 10
BALL_POINTS = 56  # samples across a ball, then enlarged smoothly
SMALLEST_PATCH = 6  # in pixels, before the picture is reduced
SHADOW_SCALE = 4

# Quiet paper tones (middle, corner), one for each shop.
PAPERS: tuple[tuple[Colour, Colour], ...] = (
    ((250, 246, 239), (232, 223, 210)),
    ((248, 246, 242), (227, 224, 217)),
    ((251, 244, 238), (236, 221, 211)),
    ((246, 246, 240), (224, 225, 214)),
)


class Scene:
    """What is in the picture. Surfaces are given in the world and kept as the camera sees them:
    x to the right, y up, z toward the camera."""

    def __init__(self, *, yaw: float = 0.0, pitch: float = 0.0, standing: bool = False, fill: float = 0.66) -> None:
        """`standing`: the floor lies below the piece; otherwise the piece lies on paper facing us.

        `fill` is the share of the picture's side that the piece takes.
        """
        cy, sy, cp, sp = cos(yaw), sin(yaw), cos(pitch), sin(pitch)
        self._x: Point = (cy, 0.0, sy)
        self._y: Point = (sy * sp, cp, -cy * sp)
        self._z: Point = (-sy * cp, sp, cy * cp)
        up: Point = (0.0, 1.0, 0.0) if standing else (0.0, 0.0, 1.0)
        self._floor = self.seen(up)
        self._fill = fill
        self._faces: list[Face] = []
        self._balls: list[tuple[float, Point, float, Paint]] = []
        # Set by who needs a close-up: what the camera frames, and where the paper lies.
        self.frame: Box | None = None
        self.floor: float | None = None

    def seen(self, p: Point) -> Point:
        x, y, z = self._x, self._y, self._z
        return (
            p[0] * x[0] + p[2] * x[2],
            p[0] * y[0] + p[1] * y[1] + p[2] * y[2],
            p[0] * z[0] + p[1] * z[1] + p[2] * z[2],
        )

    def grid(
        self,
        rows: Sequence[Sequence[Point]],
        paint_at: PaintAt,
        *,
        close_rows: bool = False,
        close_columns: bool = False,
        two_sided: bool = False,
        nearer: float = 0.0,
    ) -> None:
        """A surface of four-cornered faces between rows of points.

        Its outside is where "along the row" crossed with "to the next row" points. `nearer` draws
        it as if it were so much closer to the camera.
        """
        seen = [[self.seen(point) for point in row] for row in rows]
        if close_rows:
            seen = [[*row, row[0]] for row in seen]
        if close_columns:
            seen.append(seen[0])
        normals = _normals(seen, close_rows, close_columns)
        for i in range(len(seen) - 1):
            low, high, low_normals, high_normals = seen[i], seen[i + 1], normals[i], normals[i + 1]
            for j in range(len(low) - 1):
                corners = (low[j], low[j + 1], high[j + 1], high[j])
                around = (low_normals[j], low_normals[j + 1], high_normals[j + 1], high_normals[j])
                face = _facing(corners)
                if face is None or (face[2] <= 0 and not two_sided):
                    continue
                self._quad(corners, around, face, paint_at(i, j), nearer)

    def _quad(
        self, corners: tuple[Point, ...], normals: tuple[Point, ...], face: Point, paint: Paint, nearer: float
    ) -> None:
        """One face of a grid, cut into as many patches as its change of colour asks for."""
        back = face[2] < 0
        shades: list[Flat] = []
        for n in normals:
            # Across a sharp edge the corner's average would round what is not round.
            smooth = n if n[0] * face[0] + n[1] * face[1] + n[2] * face[2] > CREASE else face
            shades.append((-smooth[0], -smooth[1]) if back else (smooth[0], smooth[1]))
        a, b, c, d = (paint[shade_index(nx, ny)] for nx, ny in shades)
        depth = (corners[0][2] + corners[1][2] + corners[2][2] + corners[3][2]) / 4 + nearer
        first, second, third, fourth = shades
        across = min(MOST_PATCHES, 1 + max(_unlike(a, b), _unlike(d, c), _bend(first, second), _bend(fourth, third)))
        upward = min(MOST_PATCHES, 1 + max(_unlike(a, d), _unlike(b, c), _bend(first, fourth), _bend(second, third)))
        patches = (shades, paint, across, upward) if across > 1 or upward > 1 else None
        self._faces.append((depth, corners, a, patches))

    def facet(
        self,
        corners: Sequence[Point],
        colour_of: Callable[[float, float, float], Colour],
        *,
        nearer: float = 0.0,
    ) -> None:
        """One flat face of any number of corners, coloured by the direction it faces."""
        seen = [self.seen(point) for point in corners]
        (ax, ay, az), (bx, by, bz), (cx, cy, cz) = seen[0], seen[1], seen[2]
        nx = (by - ay) * (cz - az) - (bz - az) * (cy - ay)
        ny = (bz - az) * (cx - ax) - (bx - ax) * (cz - az)
        nz = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if nz <= 0:
            return
        length = sqrt(nx * nx + ny * ny + nz * nz)
        depth = sum(point[2] for point in seen) / len(seen)
        self._faces.append((depth + nearer, seen, colour_of(nx / length, ny / length, nz / length), None))

    def ball(self, centre: Point, radius: float, paint: Paint, *, nearer: float = 0.0) -> None:
        """A sphere. Seen without perspective, its picture is the paint itself."""
        x, y, z = self.seen(centre)
        self._balls.append((z + radius * 0.5 + nearer, (x, y, z), radius, paint))

    def picture(self, *, size: int, paper: int) -> bytes:
        """The picture as WebP."""
        image = _paper(size, paper).copy()
        scale, dx, dy = self._placement(size)
        self._cast_shadow(image, scale, dx, dy)
        self._draw_faces(image, scale, dx, dy)
        buffer = BytesIO()
        image.save(buffer, "WEBP", quality=85, method=1)
        return buffer.getvalue()

    def _placement(self, size: int) -> tuple[float, float, float]:
        """Scale and shift that put the piece in the middle of the picture."""
        left, low, right, high = self.frame or self._bounds()
        scale = size * self._fill / max(right - left, high - low)
        return scale, size / 2 - scale * (left + right) / 2, size / 2 + scale * (low + high) / 2

    def _bounds(self) -> Box:
        xs = [p[0] for face in self._faces for p in face[1]]
        ys = [p[1] for face in self._faces for p in face[1]]
        for _, centre, radius, _ in self._balls:
            xs += (centre[0] - radius, centre[0] + radius)
            ys += (centre[1] - radius, centre[1] + radius)
        return min(xs), min(ys), max(xs), max(ys)

    def _cast_shadow(self, image: Image.Image, scale: float, dx: float, dy: float) -> None:
        small = image.width // SHADOW_SCALE
        ux, uy, uz = self._floor
        slope = dot(TO_LIGHT, self._floor)
        lx, ly = TO_LIGHT[0] / slope, TO_LIGHT[1] / slope
        k, kx, ky = scale / SHADOW_SCALE, dx / SHADOW_SCALE, dy / SHADOW_SCALE
        floor = self._lowest()
        mask = Image.new("L", (small, small), 0)
        draw = ImageDraw.Draw(mask)
        for _, points, _, _ in self._faces:
            shade = []
            for x, y, z in points:
                height = max(0.0, x * ux + y * uy + z * uz - floor)
                shade.append((kx + k * (x - lx * height), ky - k * (y - ly * height)))
            draw.polygon(shade, fill=255)
        for _, (x, y, z), radius, _ in self._balls:
            height = max(0.0, x * ux + y * uy + z * uz - floor)
            sx, sy, r = kx + k * (x - lx * height), ky - k * (y - ly * height), k * radius
            draw.ellipse((sx - r, sy - r, sx + r, sy + r), fill=255)
        near = mask.filter(ImageFilter.GaussianBlur(small * 0.008)).point(lambda v: v * 0.30)
        far = mask.filter(ImageFilter.GaussianBlur(small * 0.035)).point(lambda v: v * 0.34)
        for shadow in (far, near):
            image.paste(SHADOW, (0, 0), shadow.resize(image.size, Image.Resampling.BILINEAR))

    def _lowest(self) -> float:
        """How high the floor lies: where the piece touches it."""
        if self.floor is not None:
            return self.floor
        heights = [dot(p, self._floor) for face in self._faces for p in face[1]]
        heights += [dot(centre, self._floor) - radius for _, centre, radius, _ in self._balls]
        return min(heights)

    def _draw_faces(self, image: Image.Image, scale: float, dx: float, dy: float) -> None:
        left, low, right, high = self._bounds()
        size = image.width
        x0, x1 = max(0, int(dx + scale * left) - 2), min(size, int(dx + scale * right) + 3)
        y0, y1 = max(0, int(dy - scale * high) - 2), min(size, int(dy - scale * low) + 3)
        part = image.crop((x0, y0, x1, y1))
        large = part.resize((part.width * SUPERSAMPLE, part.height * SUPERSAMPLE), Image.Resampling.NEAREST)
        k = scale * SUPERSAMPLE
        kx, ky = (dx - x0) * SUPERSAMPLE, (dy - y0) * SUPERSAMPLE
        polygon = ImageDraw.Draw(large).polygon
        balls = sorted(self._balls, key=lambda ball: ball[0], reverse=True)
        for depth, points, colour, patches in sorted(self._faces, key=lambda face: face[0]):
            while balls and balls[-1][0] < depth:
                _paste_ball(large, balls.pop(), k, kx, ky)
            flat = [(kx + k * p[0], ky - k * p[1]) for p in points]
            if patches is None:
                polygon(flat, fill=colour)
            else:
                _draw_patches(polygon, flat, patches)
        while balls:
            _paste_ball(large, balls.pop(), k, kx, ky)
        image.paste(large.reduce(SUPERSAMPLE), (x0, y0))


def _facing(corners: Sequence[Point]) -> Point | None:
    """The direction a four-cornered face looks, or nothing where it has no area."""
    a, b, c, d = corners
    px, py, pz = c[0] - a[0], c[1] - a[1], c[2] - a[2]
    qx, qy, qz = d[0] - b[0], d[1] - b[1], d[2] - b[2]
    nx, ny, nz = py * qz - pz * qy, pz * qx - px * qz, px * qy - py * qx
    length = sqrt(nx * nx + ny * ny + nz * nz)
    return (nx / length, ny / length, nz / length) if length > 1e-9 else None


def _normals(rows: Sequence[Sequence[Point]], close_rows: bool, close_columns: bool) -> list[list[Point]]:
    """The direction the surface faces at every point, from the points beside it."""
    last, normals = len(rows) - 1, []
    for i, row in enumerate(rows):
        below = rows[i - 1] if i else rows[last - 1 if close_columns else 0]
        above = rows[i + 1] if i < last else rows[1 if close_columns else last]
        end = len(row) - 1
        line = []
        for j in range(end + 1):
            a = row[j - 1] if j else row[end - 1 if close_rows else 0]
            b = row[j + 1] if j < end else row[1 if close_rows else end]
            c, d = below[j], above[j]
            px, py, pz = b[0] - a[0], b[1] - a[1], b[2] - a[2]
            qx, qy, qz = d[0] - c[0], d[1] - c[1], d[2] - c[2]
            nx, ny, nz = py * qz - pz * qy, pz * qx - px * qz, px * qy - py * qx
            length = sqrt(nx * nx + ny * ny + nz * nz) or 1.0
            line.append((nx / length, ny / length, nz / length))
        normals.append(line)
    return normals


def _unlike(a: Colour, b: Colour) -> int:
    """How many steps lie between two colours."""
    return max(abs(a[0] - b[0]), abs(a[1] - b[1]), abs(a[2] - b[2])) // PATCH_CONTRAST


def _bend(a: Flat, b: Flat) -> int:
    """How many steps lie between two directions: a highlight may hide between equal colours."""
    return int((abs(a[0] - b[0]) + abs(a[1] - b[1])) / PATCH_BEND)


def _draw_patches(polygon: Callable[..., None], corners: Sequence[Flat], patches: Patches) -> None:
    """A face in smoothly changing colours, in patches no smaller than the eye can tell apart."""
    shades, paint, across, upward = patches
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = corners
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = shades
    wide = max(abs(x1 - x0), abs(y1 - y0), abs(x2 - x3), abs(y2 - y3))
    high = max(abs(x3 - x0), abs(y3 - y0), abs(x2 - x1), abs(y2 - y1))
    across, upward = min(across, 1 + int(wide / SMALLEST_PATCH)), min(upward, 1 + int(high / SMALLEST_PATCH))
    below = _between(x0, y0, x1, y1, across)
    for i in range(upward):
        top, v = (i + 1) / upward, (i + 0.5) / upward
        above = _between(x0 + (x3 - x0) * top, y0 + (y3 - y0) * top, x1 + (x2 - x1) * top, y1 + (y2 - y1) * top, across)
        lx, ly, rx, ry = ax + (dx - ax) * v, ay + (dy - ay) * v, bx + (cx - bx) * v, by + (cy - by) * v
        for j in range(across):
            u = (j + 0.5) / across
            colour = paint[shade_index(lx + (rx - lx) * u, ly + (ry - ly) * u)]
            polygon((below[j], below[j + 1], above[j + 1], above[j]), fill=colour)
        below = above


def _between(ax: float, ay: float, bx: float, by: float, parts: int) -> list[Flat]:
    """The points that cut a line into equal parts, ends included."""
    return [(ax + (bx - ax) * k / parts, ay + (by - ay) * k / parts) for k in range(parts + 1)]


def _paste_ball(image: Image.Image, ball: tuple[float, Point, float, Paint], k: float, kx: float, ky: float) -> None:
    _, centre, radius, paint = ball
    side = max(2, round(2 * radius * k))
    look, mask = _ball_picture(paint, side)
    image.paste(look, (round(kx + k * centre[0] - side / 2), round(ky - k * centre[1] - side / 2)), mask)


@lru_cache(maxsize=64)
def _ball_picture(paint: Paint, side: int) -> tuple[Image.Image, Image.Image]:
    steps = [2 * k / (BALL_POINTS - 1) - 1 for k in range(BALL_POINTS)]
    look = Image.new("RGB", (BALL_POINTS, BALL_POINTS))
    look.putdata([paint[shade_index(nx, ny)] for ny in reversed(steps) for nx in steps])
    mask = Image.new("L", (side, side), 0)
    ImageDraw.Draw(mask).ellipse((0, 0, side - 1, side - 1), fill=255)
    return look.resize((side, side), Image.Resampling.BICUBIC), mask


@lru_cache(maxsize=8)
def _paper(size: int, tone: int) -> Image.Image:
    """A sheet of paper, lighter where the lamp falls."""
    middle, corner = PAPERS[tone % len(PAPERS)]
    small = 64
    sheet = Image.new("RGB", (small, small))
    for y in range(small):
        for x in range(small):
            away = min(1.0, sqrt((x / small - 0.42) ** 2 + (y / small - 0.38) ** 2) / 0.85)
            share = away * away
            sheet.putpixel((x, y), mixed(middle, corner, share))
    return sheet.resize((size, size), Image.Resampling.BICUBIC)
