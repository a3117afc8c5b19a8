"""Which lock files differ: two that are named, or all below a folder since its merge base with a revision."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import click

from doorward import wiring
from doorward.errors import Misuse, Undecided
from doorward.formats.locks.reading import SKIPPED_FOLDERS, is_lock, pins_hashes, read_lock
from doorward.formats.settings import ProjectFile, parse_project_file
from doorward.inspect.explain.escape import visible
from doorward.inspect.lock_walk import LockChange

__all__ = ["Since", "between", "since"]


@dataclass(frozen=True, slots=True)
class Since:
    """What a working tree changes against its merge base with a revision."""

    base: str
    """Full commit id of the merge base."""
    changes: tuple[LockChange, ...]
    project: ProjectFile
    """The settings of the merge base: the change under judgment brings none."""


def between(old: str, new: str) -> tuple[LockChange, ...]:
    """The change from one lock file to another.

    Raises:
        Misuse: a file cannot be read, is no lock file, or the two are of different formats.
    """
    before, after = (read_lock(name, content(name)) for name in (old, new))
    if before.format != after.format:
        raise Misuse(
            f"comparing {old} with {new}",
            expected="two lock files of one format",
            found=f"{before.format} and {after.format}",
            next_step="name the file as it was and as it is: doorward inspect --lock OLD NEW",
        )
    return (LockChange(new, before, after),)


def content(name: str) -> bytes:
    try:
        if not stat.S_ISREG(os.stat(name).st_mode):  # noqa: PTH116 - a pipe or device may never end
            raise IsADirectoryError(errno.EISDIR, "Is a directory, pipe or device")
        return Path(name).read_bytes()
    except OSError as error:
        raise Misuse(
            f"reading {name}",
            expected="a lock file",
            found=error.strerror or str(error),
            next_step="doorward inspect --lock OLD NEW, with two files that exist",
        ) from error


def since(revision: str, folder: Path, environment: Mapping[str, str]) -> Since:
    """Every lock file below a folder that differs from the merge base with a revision.

    The new side is the working tree: what would be committed, whether or not it is yet.

    Raises:
        Misuse: not a checkout, no such revision, no merge base, or a lock file that cannot be read.
        Undecided: a lock file that is a link.
    """
    checkout = wiring.Checkout(folder, environment)
    base = checkout.merge_base(revision)
    top = checkout.top()
    below = folder.resolve().relative_to(top.resolve()).as_posix()
    prefix = "" if below == "." else f"{below}/"
    before = {path for path in checkout.files(base) if is_lock(path) and path.startswith(prefix)}
    after = set(lock_files(top, folder.resolve()))
    changes = [change for path in sorted(before | after) for change in changed(checkout, path, base, top)]
    return Since(base, tuple(changes), project_at(checkout, base, below))


def lock_files(top: Path, folder: Path) -> Iterator[str]:
    """Lock files in the working tree, as paths from its top."""
    for place, names, files in os.walk(folder):
        names[:] = [name for name in names if name not in SKIPPED_FOLDERS]
        for name in files:
            path = (Path(place) / name).relative_to(top.resolve()).as_posix()
            if is_lock(path):
                yield path


def changed(checkout: wiring.Checkout, path: str, base: str, top: Path) -> Iterator[LockChange]:
    """The change of one lock file, if there is any."""
    before = checkout.read(base, path)
    place = top / path
    if place.is_symlink():
        raise Undecided(
            f"reading {path}",
            expected="a file",
            found="a symbolic link, which another tool may read otherwise",
            next_step="replace it by the file itself",
        )
    after = place.read_bytes() if place.is_file() else None
    if before == after:
        return
    if not pinned(path, before) and not pinned(path, after):
        click.echo(
            f"doorward: note: {visible(path)} changed but pins no digests: it is not a lock file", err=True
        )
        return
    old = None if before is None else read_lock(path, before)
    yield LockChange(path, old, None if after is None else read_lock(path, after))


def pinned(path: str, data: bytes | None) -> bool:
    """Whether this is a lock file: any format but requirements files always is."""
    return data is not None and (not path.endswith(".txt") or pins_hashes(data.decode("utf-8", "replace")))


def project_at(checkout: wiring.Checkout, base: str, below: str) -> ProjectFile:
    """The settings as they stand at the merge base, in the folder or the nearest one above it."""
    for folder in [PurePosixPath(below), *PurePosixPath(below).parents]:
        for name in ("doorward.toml", "pyproject.toml"):
            data = checkout.read(base, (folder / name).as_posix())
            if data is None:
                continue
            found = parse_project_file(data.decode("utf-8", "replace"), f"{base[:12]}:{folder / name}")
            if found.values or name == "doorward.toml":
                return found
    return ProjectFile()
