"""Picks the reader of a lock file and reads it: the one way in."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

from doorward.errors import Misuse
from doorward.formats.locks.interface import Lock, LockedPackage, LockReader
from doorward.formats.locks.npm import NpmReader
from doorward.formats.locks.page import Page
from doorward.formats.locks.pnpm import PnpmReader
from doorward.formats.locks.poetry import PoetryReader
from doorward.formats.locks.pylock import PylockReader
from doorward.formats.locks.requirements import RequirementsReader, pins_hashes
from doorward.formats.locks.uv import UvReader

__all__ = ["NAMES", "READERS", "SKIPPED_FOLDERS", "is_lock", "pins_hashes", "read_lock"]

READERS: tuple[LockReader, ...] = (
    UvReader(),
    PylockReader(),
    PoetryReader(),
    NpmReader(),
    PnpmReader(),
    RequirementsReader(),
)
NAMES = "uv.lock, pylock.toml, poetry.lock, requirements.txt, package-lock.json, pnpm-lock.yaml"
MAX_LOCK_BYTES = 64 * 1024**2
"""Of one lock file; those of the largest monorepos are near 5 MB."""
HEAD = 4096
SKIPPED_FOLDERS = frozenset({"node_modules", ".venv", "venv", "site-packages", ".git"})
"""Lock files in there belong to packages, not to the project."""


def read_lock(path: str, data: bytes) -> Lock:
    """Read a lock file of any format.

    Args:
        path: its name, which picks the reader and stands in messages.
        data: its bytes.

    Raises:
        Misuse: of no known format, or not readable as the one it is.
    """
    if len(data) > MAX_LOCK_BYTES:
        raise Page(path, "").refuse(f"at most {MAX_LOCK_BYTES:,} bytes", f"no fewer than {len(data):,}")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Page(path, "").refuse("UTF-8", f"no UTF-8 (byte {data[error.start]:#04x})", line) from error
    reader = _reader(path, text[:HEAD])
    if reader is None:
        raise Misuse(
            f"reading {path}",
            expected=f"a lock file: {NAMES}",
            found="none of them",
            next_step="give it the name that its tool gives it",
        )
    lock = reader.read(path, text)
    return replace(lock, packages=tuple(_without_login(package) for package in lock.packages))


def is_lock(path: str) -> bool:
    """Whether a file of a repository is, by its name, a lock file of the project itself.

    A requirements file is one only if it pins hashes: ask `pins_hashes` of its text.
    """
    folders = set(path.split("/")[:-1])
    return not folders & SKIPPED_FOLDERS and any(reader.accepts(path, "") for reader in READERS)


def _reader(path: str, head: str) -> LockReader | None:
    """By name first; by its opening lines if no name fits."""
    for shown in ("", head):
        for reader in READERS:
            if reader.accepts(path, shown):
                return reader
    return None


def _without_login(package: LockedPackage) -> LockedPackage:
    """An address without user and password: it will be shown."""
    if "@" not in package.url or "://" not in package.url:
        return package
    try:
        parts = urlsplit(package.url)
    except ValueError:
        return package
    host = parts.netloc.rpartition("@")[2]
    # ssh needs its user, which is no secret; a password would be.
    user = parts.username if parts.scheme.endswith("ssh") else None
    return replace(package, url=parts._replace(netloc=f"{user}@{host}" if user else host).geturl())
