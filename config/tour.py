"""The README's tour, the one source for what the demo prints; CI runs it, and the guides written the same way.

`python -m config.tour --port 8000` runs it word for word against a running demo. A line that begins with `$ ` is a
command (`> ` goes on with it); what follows is its answer, where `...` stands for anything.
"""

import argparse
import re
import secrets
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from config.database import BASE_DIR

SECTION = re.compile(r"^## A five-minute tour$(.*?)^## ", re.MULTILINE | re.DOTALL)
GUIDES = ("docs/storefront.md", "docs/people.md")
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Step:
    """A command and the answer that the README shows for it."""

    command: str
    shown: str


def readme_tour() -> str:
    """The README's section. Raises ValueError where it has none."""
    section = SECTION.search((BASE_DIR / "README.md").read_text())
    if section is None:
        raise ValueError("README.md has no section 'A five-minute tour'")
    return section[1]


def steps_of(text: str, port: int) -> list[Step]:
    """What its console blocks say, with the demo's ports in place of 8000 and 8001."""
    return [step for block in BLOCK.findall(text) for step in _steps(_with_port(block, port))]


def tour_text(port: int) -> str:
    """The commands alone, ready to be copied."""
    return "\n".join(step.command for step in steps_of(readme_tour(), port))


def _with_port(text: str, port: int) -> str:
    return re.sub(r"(localhost|127\.0\.0\.1):800([01])\b", lambda hit: f"{hit[1]}:{port + int(hit[2])}", text)


def _steps(block: str) -> Iterator[Step]:
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        first, *rest = part.splitlines()
        command, shown = [first], rest
        while shown and shown[0].startswith("> "):
            command.append(shown.pop(0)[2:])
        yield Step("\n".join(command), "\n".join(shown).strip())


def run_steps(steps: Sequence[Step]) -> int:
    """Run them in one shell; 0 when each answer was as shown, else 1 with the first that was not."""
    shell = subprocess.Popen(
        ["bash", "--noprofile", "--norc"],  # noqa: S607  whichever bash the reader has
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with shell:
        for step in steps:
            answer = _run(shell, step.command)
            print(f"$ {step.command}\n{answer}")
            if not _is_as_shown(answer, step.shown):
                print(f"\nThe README or guide shows another answer:\n{step.shown}", file=sys.stderr)
                shell.kill()
                return 1
    return 0


def _run(shell: "subprocess.Popen[str]", command: str) -> str:
    end = f"end-of-answer-{secrets.token_hex(8)}"
    assert shell.stdin is not None
    assert shell.stdout is not None
    shell.stdin.write(f"{command}\necho; echo {end}\n")
    shell.stdin.flush()
    lines = []
    for line in shell.stdout:
        if line.strip() == end:
            break
        lines.append(line)
    return "".join(lines).strip()


def _is_as_shown(answer: str, shown: str) -> bool:
    pattern = ".*".join(re.escape(part) for part in shown.split("..."))
    return re.fullmatch(pattern, answer, re.DOTALL) is not None


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/health", timeout=10):
            return True
    except OSError:
        return False


def main() -> int:
    parser = argparse.ArgumentParser(description="Run the README's tour and the guides against a running demo.")
    parser.add_argument("--port", type=int, default=8000)
    port = parser.parse_args().port
    if not _answers(port):
        print(f"No demo answers on port {port}. Start one: make demo PORT={port}", file=sys.stderr)
        return 1
    for text in (readme_tour(), *((BASE_DIR / guide).read_text() for guide in GUIDES)):
        if failed := run_steps(steps_of(text, port)):
            return failed
    print("The tour is true, and so are the guides.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
