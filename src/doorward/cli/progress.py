"""A progress bar for whoever waits at a terminal, and nothing for everybody else.

Drawn on stderr, only if that is a terminal that can move its cursor, and only once a job has taken
a second; wiped before anything else is written. `NO_COLOR` asks for no colour, not for no bar.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TextIO

from doorward.inspect.explain.escape import cut, visible
from doorward.ports import Progress

__all__ = ["Bar", "Quiet", "Spoken", "progress_for"]

FIRST_AFTER = 1.0
"""Seconds of work before a bar is worth drawing."""
EVERY = 0.1
"""Seconds between two drawings."""
WIDTH = 24
WIPE = "\r\x1b[K"


class Quiet:
    """Tells nobody (`ports.Progress`)."""

    def phase(self, name: str, total: int) -> None:
        """Say nothing."""

    def step(self, done: int = 1, detail: str = "") -> None:
        """Say nothing."""


class Spoken:
    """One line for each phase, for `--verbose` and for logs (`ports.Progress`)."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.began = time.monotonic()

    def phase(self, name: str, total: int) -> None:
        """Write a line."""
        amount = f" ({total:,})" if total else ""
        self.stream.write(f"doorward: {time.monotonic() - self.began:6.2f} s  {visible(name)}{amount}\n")

    def step(self, done: int = 1, detail: str = "") -> None:
        """Say nothing: a log wants phases, not every file."""


class Bar:
    """A bar that is redrawn in place (`ports.Progress`)."""

    def __init__(self, stream: TextIO, *, columns: int = 80) -> None:
        self.stream = stream
        self.columns = columns
        self.began = time.monotonic()
        self.drawn = 0.0
        self.name, self.total, self.done, self.detail = "", 0, 0, ""

    def phase(self, name: str, total: int) -> None:
        """A new phase begins."""
        self.name, self.total, self.done, self.detail = name, total, 0, ""
        self.draw()

    def step(self, done: int = 1, detail: str = "") -> None:
        """Some steps are done."""
        self.done += done
        self.detail = detail or self.detail
        self.draw()

    def draw(self) -> None:
        """Draw, unless it is too early or was just done."""
        now = time.monotonic()
        if now - self.began < FIRST_AFTER or now - self.drawn < EVERY:
            return
        self.drawn = now
        self.stream.write(WIPE + cut(self.line(), max(self.columns - 1, 10)))
        self.stream.flush()

    def line(self) -> str:
        """What the bar says now."""
        detail = f"  {visible(self.detail)}" if self.detail else ""
        if not self.total:
            return f"{visible(self.name)} {self.done or ''}{detail}"
        full = min(WIDTH, WIDTH * self.done // self.total)
        return f"{visible(self.name)} {'█' * full}{'░' * (WIDTH - full)} {self.done:,}/{self.total:,}{detail}"

    def wipe(self) -> None:
        """Leave the line as it was found."""
        if self.drawn:
            self.stream.write(WIPE)
            self.stream.flush()


@contextmanager
def progress_for(
    *, wanted: bool, verbose: bool, environment: Mapping[str, str] = os.environ
) -> Iterator[Progress]:
    """What suits whoever started the process."""
    if verbose:
        yield Spoken(sys.stderr)
        return
    if not wanted or not sys.stderr.isatty() or environment.get("TERM", "dumb") == "dumb":
        yield Quiet()
        return
    bar = Bar(sys.stderr, columns=shutil.get_terminal_size().columns)
    try:
        yield bar
    finally:
        bar.wipe()
