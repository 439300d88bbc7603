"""Every address under /v1 with every method it takes, read off the URL patterns: tests over all of them miss none."""

from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from django.urls import URLPattern, URLResolver, get_resolver

# HEAD is answered like GET, without the body; OPTIONS is refused everywhere.
UNLISTED = {"HEAD", "OPTIONS"}


class Route(NamedTuple):
    """`path` as the patterns have it: `/v1/store/baskets/<str:basket_id>`."""

    method: str
    path: str
    door: Any = None

    @property
    def needs_sign_in(self) -> bool:
        """Whether a door of ours asks who is there."""
        asked = getattr(self.door, "permission_for", None)
        return asked is not None and asked(self.method) != "anyone"

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@cache
def routes() -> tuple[Route, ...]:
    found = [
        Route(method, path, getattr(callback, "cls", None))
        for path, callback in _patterns(get_resolver().url_patterns, "/")
        if path.startswith("/v1/")
        for method in _methods(callback)
    ]
    return tuple(found)


def _patterns(entries: list[Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for entry in entries:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _patterns(entry.url_patterns, path)
        elif isinstance(entry, URLPattern):
            yield path, entry.callback


def _methods(callback: Any) -> list[str]:
    """A class names its methods; the few plain pages are only read."""
    view = getattr(callback, "cls", None) or getattr(callback, "view_class", None)
    if view is None:
        return ["GET"]
    return sorted(
        name.upper() for name in view.http_method_names if hasattr(view, name) and name.upper() not in UNLISTED
    )
