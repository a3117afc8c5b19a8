"""Which file of a Python release is wanted: this machine's, a named platform's, the sdist, or one by name.

Platforms are spelled as wheels spell them: `win_amd64`, `manylinux_2_28_x86_64`, `macosx_11_0_arm64`,
with an interpreter before a hyphen where it matters: `cp311-win_amd64`. Compatibility and its order
of preference are those of `packaging.tags` (PEP 425, 600, 656).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from packaging.tags import Tag, compatible_tags, cpython_tags, interpreter_version, mac_platforms, sys_tags
from packaging.utils import InvalidWheelFilename, parse_wheel_filename

from doorward.world.registries.catalogue import Remote

__all__ = ["Choice", "choose", "is_sdist"]

SDIST_SUFFIXES = (".tar.gz", ".zip", ".tar.bz2", ".tar.xz", ".tgz", ".tar.Z")
"""What `setup.py sdist` could write, the usual first; PEP 625 allows only the first."""
MANYLINUX = re.compile(r"(manylinux|musllinux)_(\d+)_(\d+)_(\w+)")
LEGACY = {(2, 17): "manylinux2014", (2, 12): "manylinux2010", (2, 5): "manylinux1"}
"""PEP 600's names for the older profiles."""
MACOS = re.compile(r"macosx_(\d+)_(\d+)_(\w+)")
INTERPRETER = re.compile(r"(?:cp|py)(\d)(\d+)")


@dataclass(frozen=True, slots=True)
class Choice:
    """The file that is wanted, and how it came to be this one."""

    remote: Remote
    reason: str
    """A phrase for the artifact's facts; says so if it is not what was asked for."""


def is_sdist(file_name: str) -> bool:
    """Whether this name is that of a source archive."""
    return file_name.endswith(SDIST_SUFFIXES)


def choose(files: Sequence[Remote], wanted: str) -> Choice | None:
    """Pick one file, or None if nothing fits.

    Args:
        files: all files of one release.
        wanted: `sdist`, a platform, a file name, or empty for this machine's.
    """
    exact = [remote for remote in files if remote.file_name == wanted]
    if exact:
        return Choice(exact[0], "named")
    source = _sdist(files)
    if wanted == "sdist":
        return Choice(source, "sdist") if source else None
    wheels = [remote for remote in files if remote.file_name.endswith(".whl")]
    best = _best_wheel(wheels, wanted)
    what = wanted or "this machine"
    if best:
        return Choice(best, f"wheel for {what}")
    if source is None or "." in wanted:
        return None  # a file name that is not there has no substitute
    count = f"none of {len(wheels)} wheels fits {what}" if wheels else "the release has no wheel"
    return Choice(source, f"sdist, because {count}")


def _sdist(files: Sequence[Remote]) -> Remote | None:
    for suffix in SDIST_SUFFIXES:
        for remote in files:
            if remote.file_name.endswith(suffix):
                return remote
    return None


def _best_wheel(wheels: Sequence[Remote], wanted: str) -> Remote | None:
    ranks = {tag: rank for rank, tag in reversed(list(enumerate(_tags(wanted))))}
    best: tuple[int, tuple[int, str], str] | None = None
    chosen = None
    for remote in wheels:
        parsed = _wheel_tags(remote.file_name)
        if parsed is None:
            continue
        tags, build = parsed
        fitting = [ranks[tag] for tag in tags if tag in ranks]
        if not fitting:
            continue
        # Lower rank first, then the higher build number, then the name, so that order is no matter.
        key = (-min(fitting), build, remote.file_name)
        if best is None or key > best:
            best, chosen = key, remote
    return chosen


def _wheel_tags(file_name: str) -> tuple[frozenset[Tag], tuple[int, str]] | None:
    try:
        _, _, build, tags = parse_wheel_filename(file_name)
    except InvalidWheelFilename:
        return None
    return tags, (build[0], build[1]) if build else (-1, "")


def _tags(wanted: str) -> Iterator[Tag]:
    """Compatible tags, best first."""
    if not wanted:
        yield from sys_tags()
        return
    interpreter, hyphen, platform = wanted.rpartition("-")
    if not hyphen:
        interpreter, platform = "", wanted
    platforms = list(_platforms(platform))
    for version in _python_versions(interpreter.split("-")[0]):
        yield from cpython_tags(version, platforms=platforms)
        yield from compatible_tags(version, f"cp{version[0]}{version[1]}", platforms)


def _python_versions(interpreter: str) -> Iterator[tuple[int, int]]:
    """The interpreter that is named; else this one's version, then its neighbours, newest first."""
    match = INTERPRETER.match(interpreter)
    if match:
        yield int(match[1]), int(match[2])
        return
    own = interpreter_version()
    major, minor = int(own[0]), int(own[1:])
    yield major, minor
    for other in range(minor + 4, 5, -1):
        if other != minor:
            yield major, other
    yield 2, 7


def _platforms(platform: str) -> Iterator[str]:
    """A platform and the older ones whose wheels run on it."""
    mac = MACOS.fullmatch(platform)
    linux = MANYLINUX.fullmatch(platform)
    legacy = {name: version for version, name in LEGACY.items()}
    if mac:
        yield from mac_platforms((int(mac[1]), int(mac[2])), mac[3])
    elif linux:
        family, major, minor, machine = linux[1], int(linux[2]), int(linux[3]), linux[4]
        for older in range(min(minor, 200), -1, -1):
            yield f"{family}_{major}_{older}_{machine}"
            if family == "manylinux" and (major, older) in LEGACY:
                yield f"{LEGACY[major, older]}_{machine}"
        yield f"linux_{machine}"
    elif platform.partition("_")[0] in legacy:
        name, _, machine = platform.partition("_")
        major, minor = legacy[name]
        yield from _platforms(f"manylinux_{major}_{minor}_{machine}")
    else:
        yield platform
