"""Two locks in; out comes what the change of them brings in, and which releases to fetch for it.

A package that is new to the tree has no forerunner: it is inspected against nothing, and never clear
on that ground. What the lock says by itself against a change stands in `lock_rules`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from doorward.formats.locks.interface import Lock, LockedPackage, SourceKind

__all__ = ["Bump", "BumpKind", "Fetch", "compare_locks", "not_fetched", "plan"]

WANTED = {"pypi": ("", "sdist"), "npm": ("",)}
"""What to inspect of each release: this machine's artifact, and where there is one the sdist."""
PRE_RELEASE = re.compile(
    r"(?i)(?<![a-z])(?:a|b|c|rc|alpha|beta|pre|preview|dev|canary|next)(?![a-z])|^\d[\d.]*-\D"
)


class BumpKind(StrEnum):
    """What happened to a package between two locks."""

    ADDED = "added"
    """New to the tree."""
    REMOVED = "removed"
    CHANGED = "changed"
    """Another version."""
    SOURCE_CHANGED = "source-changed"
    """The same version from elsewhere."""
    HASH_CHANGED = "hash-changed"
    """The same version from the same place, with other digests."""


@dataclass(frozen=True, slots=True)
class Bump:
    """One package at one new version, and what it was before."""

    kind: BumpKind
    old: tuple[LockedPackage, ...]
    """Every old entry of that name, oldest version first; empty if it is new to the tree."""
    new: LockedPackage | None
    """None if it left the tree."""
    path: str
    """The lock file that says so."""

    @property
    def name(self) -> str:
        """The package's name."""
        return self._any.name

    @property
    def ecosystem(self) -> str:
        """`pypi` or `npm`."""
        return self._any.ecosystem

    @property
    def new_version(self) -> str:
        """Empty if it left the tree."""
        return self.new.version if self.new else ""

    @property
    def forerunner(self) -> LockedPackage | None:
        """The old entry to compare with: the same version, else the newest older one, else the newest."""
        if not self.old or self.new is None:
            return self.old[-1] if self.old else None
        same = [package for package in self.old if package.version == self.new.version]
        older = [package for package in self.old if _order(package.version) < _order(self.new.version)]
        return (same or older or list(self.old))[-1]

    @property
    def old_version(self) -> str:
        """Of the forerunner; empty if the package is new to the tree."""
        return self.forerunner.version if self.forerunner else ""

    @property
    def _any(self) -> LockedPackage:
        return self.new or self.old[0]


@dataclass(frozen=True, slots=True)
class Fetch:
    """One pair of artifacts to bring and inspect."""

    bump: Bump
    wanted: str
    """As `doorward.ports.Registry.fetch` has it."""
    old_version: str
    """Empty: inspect the new one against nothing."""
    new_version: str


def compare_locks(old: Lock | None, new: Lock | None) -> tuple[Bump, ...]:
    """Everything that differs, by ecosystem and name.

    Args:
        old: the accepted lock; None if the file is new.
        new: the lock under judgment; None if the file went.
    """
    before, after = _by_name(old), _by_name(new)
    path = new.path if new else old.path if old else ""
    bumps: list[Bump] = []
    for key in sorted(before.keys() | after.keys()):
        bumps += _bumps_of(before.get(key, ()), after.get(key, ()), path)
    return tuple(bumps)


def _by_name(lock: Lock | None) -> dict[tuple[str, str], tuple[LockedPackage, ...]]:
    found: dict[tuple[str, str], list[LockedPackage]] = {}
    for package in lock.packages if lock else ():
        found.setdefault((package.ecosystem, package.name), []).append(package)
    return {key: tuple(sorted(some, key=lambda p: _order(p.version))) for key, some in found.items()}


def _bumps_of(old: Sequence[LockedPackage], new: Sequence[LockedPackage], path: str) -> Iterator[Bump]:
    known = {_identity(package) for package in old}
    for package in new:
        if _identity(package) in known:
            continue
        same = [entry for entry in old if entry.version == package.version]
        if not old:
            kind = BumpKind.ADDED
        elif not same:
            kind = BumpKind.CHANGED
        elif not any((entry.kind, entry.url) == (package.kind, package.url) for entry in same):
            kind = BumpKind.SOURCE_CHANGED
        elif any(set(package.hashes) <= set(entry.hashes) and package.hashes for entry in same):
            continue  # fewer digests, all of them known
        else:
            kind = BumpKind.HASH_CHANGED
        yield Bump(kind, tuple(old), package, path)
    if old and not new:
        yield Bump(BumpKind.REMOVED, tuple(old), None, path)


def _identity(package: LockedPackage) -> tuple[str, SourceKind, str, tuple[str, ...]]:
    return package.version, package.kind, package.url, package.hashes


def plan(bumps: Iterable[Bump]) -> tuple[Fetch, ...]:
    """Which artifacts to bring for each bump, in order.

    Nothing for what left the tree, for what no registry offers (`not_fetched` says so), and for an
    unchanged version: its bytes are the registry's, or a finding says that they are not.
    """
    found: dict[tuple[str, str, str, str, str], Fetch] = {}
    for bump in bumps:
        if bump.new is None or bump.new.kind is not SourceKind.REGISTRY or _same_version(bump):
            continue
        for wanted in WANTED[bump.ecosystem]:
            fetch = Fetch(bump, wanted, _registry_forerunner(bump), bump.new_version)
            key = (bump.ecosystem, bump.name, wanted, fetch.old_version, fetch.new_version)
            found.setdefault(key, fetch)
    return tuple(found.values())


def _same_version(bump: Bump) -> bool:
    return bump.kind in {BumpKind.SOURCE_CHANGED, BumpKind.HASH_CHANGED} and any(
        entry.kind is SourceKind.REGISTRY and entry.version == bump.new_version for entry in bump.old
    )


def _registry_forerunner(bump: Bump) -> str:
    """The forerunner's version, if a registry can give it."""
    forerunner = bump.forerunner
    if forerunner is None or forerunner.kind is not SourceKind.REGISTRY:
        return ""
    return "" if forerunner.version == bump.new_version else forerunner.version


def not_fetched(bump: Bump) -> str:
    """Why nothing of the new entry is fetched: one sentence, or empty if it is or need not be."""
    new = bump.new
    if new is None or new.kind in {SourceKind.REGISTRY, SourceKind.WORKSPACE}:
        return ""
    place = {SourceKind.GIT: "a git repository", SourceKind.URL: "an address", SourceKind.PATH: "a path"}
    return f"It comes from {place[new.kind]} ({new.url}), which no registry vouches for: not fetched."


def _order(version: str) -> tuple[tuple[int, ...], int, str]:
    """A rough order of versions of either ecosystem, to pick a forerunner: numbers, then releases last."""
    release = re.match(r"(?:\d+!)?\d{1,18}(?:\.\d{1,18})*", version)
    numbers = tuple(int(n) for n in re.findall(r"\d+", release[0])) if release else ()
    return numbers, 0 if PRE_RELEASE.search(version) else 1, version
