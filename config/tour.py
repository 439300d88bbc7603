"""The README's tour, the one source for what the demo prints and what CI runs."""

import re

from config.database import BASE_DIR

SECTION = re.compile(r"^## A five-minute tour$(.*?)^## ", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
DEFAULT_PORT = 8000


def tour_blocks(port: int) -> list[str]:
    """The console blocks of the tour, with the demo's ports in place of 8000 and 8001."""
    readme = (BASE_DIR / "README.md").read_text()
    section = SECTION.search(readme)
    if section is None:
        raise ValueError("README.md has no section '## A five-minute tour'")
    return [_with_port(block, port) for block in BLOCK.findall(section[1])]


def tour_text(port: int) -> str:
    """The commands alone, ready to be copied."""
    lines = [line for block in tour_blocks(port) for line in block.splitlines()]
    return "\n".join(f"  {line[2:]}" for line in lines if line.startswith(("$ ", "> ")))


def _with_port(text: str, port: int) -> str:
    return re.sub(r"(localhost|127\.0\.0\.1):800([01])\b", lambda hit: f"{hit[1]}:{port + int(hit[2])}", text)
