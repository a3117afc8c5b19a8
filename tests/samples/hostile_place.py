"""A user's machine in a folder: starts the program as its user does, and sees that nothing is left behind.

Everything that Doorward may write lies below one folder: home, caches, temporary files, the working
folder. After each start, whatever it ended with, no temporary file, spool, half-written output or
process of it may be there.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["Place", "Told"]

SECONDS = 120.0
"""Longest wait for one start: a machine may be loaded, and a hang must still end."""


@dataclass(frozen=True)
class Told:
    """How one start ended."""

    code: int
    out: str
    err: str

    def says(self, *parts: str) -> Told:
        """Each of these stands in what was said to people."""
        for part in parts:
            assert part in self.err, f"{part!r} is missing from:\n{self.err}"
        return self

    def failed(self, code: int, *parts: str) -> Told:
        """It ended with this code, one message that names what, and the next step; and no traceback."""
        assert self.code == code, self
        assert self.out == "", self
        assert "Traceback" not in self.err, self
        assert self.err.startswith("doorward: "), self
        assert "\n  next:" in self.err, self
        return self.says(*parts)


class Place:
    """Home, caches, temporary folder and working folder of one user."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.here, self.home, self.temporary = (folder / name for name in ("here", "home", "tmp"))
        self.cache = folder / "cache"
        for made in (self.here, self.home, self.temporary):
            made.mkdir(parents=True)
        self.variables: dict[str, str] = {}

    @property
    def environment(self) -> dict[str, str]:
        """What the program sees."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        return {
            **kept,
            "HOME": str(self.home),
            "XDG_CACHE_HOME": str(self.cache),
            "XDG_CONFIG_HOME": str(self.home / ".config"),
            "TMPDIR": str(self.temporary),
            **self.variables,
        }

    @staticmethod
    def command(*words: str | bytes | Path) -> list[str | bytes | Path]:
        """The program with these words."""
        return [sys.executable, "-m", "doorward.cli.main", *words]

    def start(self, *words: str | bytes | Path, **more: Any) -> subprocess.Popen[str]:
        """Start the program; the caller waits for it."""
        settings: dict[str, Any] = {
            "cwd": self.here,
            "env": self.environment,
            "stdin": subprocess.DEVNULL,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
            "text": True,
            "encoding": "utf-8",
            "errors": "surrogateescape",
            "start_new_session": True,
            **more,
        }
        return subprocess.Popen(self.command(*words), **settings)

    def run(self, *words: str | bytes | Path, makes: Sequence[str] = (), **more: Any) -> Told:
        """Start the program, wait for its end, and see that only `makes` is new in the working folder."""
        before = set(self._files(self.here))
        process = self.start(*words, **more)
        try:
            out, err = process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            out, err = process.communicate()
            raise AssertionError(f"hung for {SECONDS:g} seconds\n{out}\n{err}") from None
        new = {path.relative_to(self.here).as_posix() for path in set(self._files(self.here)) - before}
        assert new == set(makes), (process.returncode, err)
        self.nothing_left()
        return Told(process.returncode, out or "", err or "")

    def inspect(self, *words: str | bytes | Path, **more: Any) -> Told:
        """`doorward inspect` with one worker, which is quickest for small releases."""
        return self.run("inspect", "--jobs", "1", *words, **more)

    def nothing_left(self) -> None:
        """No temporary file, no spool, no part of an output, no process."""
        assert list(self._files(self.temporary)) == []
        assert list(self._files(self.cache / "doorward" / "spool")) == []
        parts = [path for path in self._files(self.folder) if path.name.endswith((".part", ".tmp"))]
        assert parts == []
        assert self.lingering() == {}

    def workers(self) -> list[int]:
        """Worker processes that live now."""
        return [pid for pid, words in self._processes().items() if "doorward.world.jail" in words]

    def lingering(self, patience: float = 10.0) -> Mapping[int, str]:
        """Processes that still live after a moment: the kernel takes one to reap them."""
        end = time.monotonic() + patience
        while (found := self._processes()) and time.monotonic() < end:
            time.sleep(0.02)
        return found

    def _processes(self) -> dict[int, str]:
        """Every process whose command line names this place, as that of workers confined to it does."""
        found = {}
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) == os.getpid():
                continue
            try:
                words = (entry / "cmdline").read_bytes().decode("utf-8", "replace")
            except OSError:
                continue  # it ended while it was looked at
            if str(self.folder) in words and "doorward" in words:
                found[int(entry.name)] = words
        return found

    @staticmethod
    def _files(folder: Path) -> Iterator[Path]:
        """Everything below a folder, links not followed."""
        for root, names, files in os.walk(folder):
            for name in (*names, *files):
                yield Path(root) / name
