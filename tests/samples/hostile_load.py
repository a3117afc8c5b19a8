"""Releases that take a while: for interrupting, killing and starving those who work on them."""

from __future__ import annotations

import random
from pathlib import Path

from tests.samples import small_releases

__all__ = ["busy_pair", "incompressible", "slow_source"]


def slow_source(lines: int) -> bytes:
    """A long script, whose tree takes a worker seconds to build and to walk."""
    return b"".join(b"value_%d = call(%d, 'text %d')[%d]\n" % (n, n, n, n) for n in range(lines))


def incompressible(size: int, seed: int = 7) -> bytes:
    """Bytes that take as much room packed as unpacked."""
    return random.Random(seed).randbytes(size)  # noqa: S311 - repeatable on purpose, and no secret


def busy_pair(folder: Path, files: int = 24, lines: int = 150) -> tuple[Path, Path]:
    """Two releases with enough changed files to keep workers busy for a second or two."""
    made: list[Path] = []
    for version in ("1.0", "1.1"):
        head = f"VERSION = '{version}'\n".encode()
        extra = {f"small/part_{n}.py": head + slow_source(lines + n) for n in range(files)}
        extra["small/data.bin"] = incompressible(3 << 20, seed=len(version) + len(made))
        made.append(small_releases.wheel(folder, version, extra))
    return made[0], made[1]
