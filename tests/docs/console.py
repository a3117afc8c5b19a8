"""Code in the documentation, found and run as its reader would run it.

A block fenced as `console` is a session: lines that begin with `$ ` are commands, a backslash at a
line's end continues one, everything else is what the command prints (stdout and stderr together). In
what is printed, `...` stands for anything within a line, and a line of `...` alone for any lines. A
block fenced as `console network` needs the package registries. A block fenced as `sh run` is a script
that prints nothing: files for the reader to paste.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Block", "Command", "blocks", "commands", "differs", "is_run", "run"]

FENCE = re.compile(
    r"^(?P<indent> *)```(?P<info>[^\n`]*)\n(?P<body>.*?)^(?P=indent)```\s*$", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True)
class Block:
    """One fenced block of code."""

    page: str
    line: int
    language: str
    words: tuple[str, ...]
    """What stands after the language."""
    body: str


@dataclass(frozen=True)
class Command:
    """One command of a session and what it is said to print."""

    text: str
    output: str


def blocks(page: str, text: str) -> Iterator[Block]:
    """Every fenced block of a page."""
    for found in FENCE.finditer(text):
        indent = len(found["indent"])
        body = "".join(
            line[indent:] if line.strip() else line for line in found["body"].splitlines(keepends=True)
        )
        language, *words = found["info"].split() or [""]
        yield Block(page, text.count("\n", 0, found.start()) + 1, language, tuple(words), body)


def is_run(block: Block) -> bool:
    """Whether a block is something to run."""
    return block.language == "console" or (block.language == "sh" and "run" in block.words)


def commands(block: Block) -> list[Command]:
    """The commands of a session; a script is one command."""
    if block.language == "sh":
        return [Command(block.body.rstrip("\n"), "")]
    found: list[Command] = []
    continued = False
    for line in block.body.splitlines():
        if continued:
            found[-1] = Command(f"{found[-1].text}\n{line}", "")
        elif line.startswith("$ "):
            found.append(Command(line[2:], ""))
        elif found:
            found[-1] = Command(found[-1].text, f"{found[-1].output}{line}\n")
        else:
            raise ValueError(f"a session begins with a command, not with {line!r}")
        continued = (continued or line.startswith("$ ")) and line.endswith("\\")
    return found


def run(
    session: list[Command], folder: Path, environment: Mapping[str, str], seconds: float = 300
) -> list[str]:
    """What each command of a session prints, run in one shell so that `$?` is the last one's code."""
    mark = "@@ doc @@"
    script = "".join(f"__code=$?; echo '{mark}'; (exit $__code)\n{command.text}\n" for command in session)
    done = subprocess.run(
        ["bash", "-c", f"exec 2>&1\n{script}"],
        cwd=folder,
        env=dict(environment),
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    return [part.removeprefix("\n") for part in done.stdout.split(mark)[1:]]


def differs(expected: str, found: str) -> str:
    """Where what was printed is not what the page says; empty if it is."""
    pattern = "".join(
        r"(?:.*\n)*?"
        if line.strip() == "..."
        else re.escape(line.rstrip()).replace(r"\.\.\.", ".*?") + r"[ ]*\n"
        for line in expected.splitlines()
    )
    if re.fullmatch(pattern, found if found.endswith("\n") or not found else found + "\n"):
        return ""
    return f"the page says:\n{expected}\nthe program says:\n{found}"
