"""A directory as an artifact: every entry in sorted order, links not followed.

A `.git` folder is not part of a release and is left out wherever it stands. Devices, FIFOs and sockets are
listed, never opened; a file that cannot be read is an entry saying so.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from doorward.inspect.open.interface import Entry
from doorward.model.artifact import MemberKind

__all__ = ["VERSION", "entries"]

VERSION = 1
"""Raised whenever the same tree could give another answer: part of the cache key."""

LEFT_OUT = frozenset({".git"})


def entries(root: Path) -> Iterator[Entry]:
    """Yield everything below a directory, folders before what is in them.

    Args:
        root: the directory; it may itself be a symbolic link.
    """
    yield from _below(os.fspath(root), "")


def _below(folder: str, prefix: str) -> Iterator[Entry]:
    try:
        found = sorted(os.scandir(folder), key=lambda item: item.name)
    except OSError as error:
        yield Entry(prefix.rstrip("/"), MemberKind.FILE, unreadable=f"cannot be listed: {error.strerror}")
        return
    for item in found:
        if item.name in LEFT_OUT:
            continue
        path = prefix + item.name
        info = item.stat(follow_symlinks=False)
        if stat.S_ISDIR(info.st_mode):
            yield Entry(path, MemberKind.DIRECTORY, mode=stat.S_IMODE(info.st_mode))
            yield from _below(item.path, f"{path}/")
        else:
            yield _entry(path, item.path, info.st_mode)


def _entry(path: str, place: str, mode: int) -> Entry:
    bits = stat.S_IMODE(mode)
    if stat.S_ISLNK(mode):
        return Entry(path, MemberKind.SYMLINK, mode=bits, link=str(Path(place).readlink()))
    if not stat.S_ISREG(mode):
        return Entry(path, MemberKind.SPECIAL, mode=bits)
    try:
        # O_NOFOLLOW and O_NONBLOCK: the entry may have been swapped since it was listed.
        handle = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        return Entry(path, MemberKind.FILE, mode=bits, unreadable=f"cannot be read: {error.strerror}")
    return Entry(path, MemberKind.FILE, mode=bits, stream=os.fdopen(handle, "rb"))
