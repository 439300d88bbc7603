"""Lost updates: a change names the version it was made on (`If-Match`), and a stale one is refused."""

import hashlib
from typing import Any

from shop.errors import StaleVersion
from shop.http import json_bytes


def tag(version: int) -> str:
    """The version as an `ETag`."""
    return f'"{version}"'


def check(if_match: str | None, version: int) -> None:
    """Raise StaleVersion when `If-Match` is given and names only other versions than today's."""
    if if_match is not None and if_match.strip() != "*" and tag(version) not in listed_tags(if_match):
        raise StaleVersion


def listed_tags(header: str) -> list[str]:
    """Tags of If-Match or If-None-Match, compared weakly: a proxy that compresses marks ours `W/` (RFC 9110)."""
    return [name.strip().removeprefix("W/") for name in header.split(",")]


def of(shape: Any) -> str:
    """The `ETag` of a thing by what it shows: whatever changed it, and by whichever way, it is another one."""
    return of_bytes(json_bytes(shape))


def of_bytes(body: bytes) -> str:
    """The `ETag` of an answer by its bytes."""
    return f'"{hashlib.blake2b(body, digest_size=16).hexdigest()}"'


def check_shape(if_match: str | None, shape: Any) -> None:
    """Raise StaleVersion when `If-Match` is given and the thing shows something else today. Call it under its lock."""
    if if_match is not None and if_match.strip() != "*" and of(shape) not in listed_tags(if_match):
        raise StaleVersion
