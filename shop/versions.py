"""Lost updates: a change names the version it was made on (`If-Match`), and a stale one is refused."""

from shop.errors import StaleVersion


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
