"""Each door of the studio's pieces takes a fixed number of queries, however much there is."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.catalog.bench import Bench, ring, usd

pytestmark = pytest.mark.django_db


def rings(count: int) -> list[dict[str, Any]]:
    return [ring(uuid.uuid4().hex, options={"size": str(size)}) for size in range(count)]


def calls(bench: Bench, size: int) -> dict[str, Callable[[], Any]]:
    """What is done to a piece of so many variants and pictures, among as many others."""
    for number in range(size):
        bench.create(title=f"Other {number}", variants=rings(size))
    piece = bench.create(title=f"Piece {size}", variants=rings(size))
    images = [bench.add_picture(piece) for _ in range(size)]
    variant, image = bench.variant(piece), bench.path(piece, "images", images[0]["id"])
    variants, new = bench.path(piece, "variants"), ring(f"N-{size}", options={"size": "x"})
    return {
        "list": lambda: bench.api.get(f"{bench.base}?limit=100"),
        "search": lambda: bench.api.get(f"{bench.base}?limit=100&q=p&status=draft&sort=name"),
        "read": lambda: bench.read(piece),
        "create": lambda: bench.try_create(title=f"New {size}", variants=rings(size)),
        "change": lambda: bench.patch(piece, {"subtitle": "New", "tags": ["a"], "categories": []}),
        "publish": lambda: bench.publish(piece),
        "read a variant": lambda: bench.api.get(variant),
        "change a variant": lambda: bench.api.patch(variant, {"price": usd("9.00"), "title": "Own"}),
        "add a variant": lambda: bench.api.post(variants, new),
        "withdraw a variant": lambda: bench.api.delete(variant),
        "read stock": lambda: bench.api.get(f"{variant}/stock"),
        "count stock": lambda: bench.count(piece, 7),
        "add a picture": lambda: bench.upload(piece),
        "change a picture": lambda: bench.api.patch(image, {"alt": "New", "position": 1}),
        "remove a picture": lambda: bench.api.delete(image),
        "unpublish": lambda: bench.unpublish(piece),
    }  # fmt: skip


# Eight before the door's own work begins: who calls, and may they, asked once more under the lock.
BUDGETS = {
    "list": 6,
    "search": 6,
    "read": 11,
    "create": 36,
    "change": 30,
    "publish": 33,
    "read a variant": 6,
    "change a variant": 39,
    "add a variant": 43,
    "withdraw a variant": 33,
    "read stock": 5,
    "count stock": 40,
    "add a picture": 34,
    "change a picture": 33,
    "remove a picture": 35,
    "unpublish": 25,
}


@pytest.mark.parametrize("size", [1, 6])
def test_queries(size: int) -> None:
    taken = {}
    for name, call in calls(Bench(), size).items():
        with CaptureQueriesContext(connection) as done:
            answer = call()
        assert answer.status_code < 300, (name, answer.content)
        taken[name] = len(done)
    assert taken == BUDGETS
