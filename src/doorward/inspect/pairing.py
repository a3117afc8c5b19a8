"""Pair the members of two releases, so that a rename does not fire every rule.

Passes, cheapest first; what one pairs the later ones do not see:

1. exact path, same content: unchanged;
2. exact path: changed;
3. same path after normalisation (version, ABI tag, content hash in the name): changed;
4. same content elsewhere: moved;
5. similar content, same directory or same base name, same suffix: changed.

A new name does not inherit trust: what is paired by 3 to 5 is compared trait by trait like any
changed member, and its kind of name (a `.pth`, a test) is itself a trait. What is *not* handled:
one file split into several; the parts after the first are new files.
"""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from doorward.inspect.sketch import resemblance
from doorward.model.artifact import Listing, Member, MemberKind

__all__ = ["Pair", "Pairing", "normal_path", "pair"]

VERSION = re.compile(
    r"(?<![A-Za-z0-9])v?\d+(?:[._]\d+)+(?:[-._]?(?:a|b|c|rc|alpha|beta|pre|post|dev)[-._]?\d*)*"
)
ABI = re.compile(r"(?:cpython|cp|pypy|pp)-?3\d{1,2}[a-z]*(?=[-_.])|abi3")
EXTENSION = re.compile(r"\.(?:cpython-3|cp3|pypy3|abi3)[\w-]*(?=\.(?:so|pyd)$)")
"""The tag of an extension module, which a build may leave out: `x.cp311-win_amd64.pyd`, `x.pyd`."""
HASH = re.compile(r"(?<![A-Za-z0-9])(?=[0-9a-f]*[0-9])(?=[0-9]*[a-f])[0-9a-f]{6,64}(?![A-Za-z0-9])|__mypyc")
SONAME = re.compile(r"(?<=\.so)(?:\.\d+)+$|(?<=lib)\d+(?=\.dll)")
SIMILAR = 0.5
"""Least resemblance to call two files one; renamed files of real releases score above 0.6."""
SIMILAR_MOST = 400
"""Left-over files on either side above which similarity is not tried (a restructured release)."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A member of the new release and the forerunner's member it is compared with."""

    new: Member
    old: Member | None
    """None for a member without forerunner."""


@dataclass(frozen=True, slots=True)
class Pairing:
    """Everything of two listings, each file in exactly one place."""

    unchanged: tuple[Member, ...]
    changed: tuple[Pair, ...]
    """Content differs, `old` is set."""
    moved: tuple[Pair, ...]
    """Same content under another path."""
    added: tuple[Pair, ...]
    """`old` is None."""
    removed: tuple[Member, ...]


def normal_path(path: str, version: str) -> str:
    """The path with everything taken out that changes from release to release by itself."""
    if version:
        path = re.sub(rf"(?<![\w.]){re.escape(version)}(?![\w])", "#", path)
    path = EXTENSION.sub("", path)
    for pattern in (VERSION, HASH, ABI, SONAME):
        path = pattern.sub("#", path)
    return path


def pair(
    old: Listing,
    new: Listing,
    versions: tuple[str, str],
    sketches: Callable[[Sequence[Member], Sequence[Member]], Sequence[Sequence[int]]],
) -> Pairing:
    """Pair every file of the new listing.

    Args:
        old: the forerunner's listing.
        new: the listing under judgment.
        versions: version texts of old and new, to be taken out of paths.
        sketches: gives similarity sketches of old members and new ones, in this order; called once at most.
    """
    left_old = {m.path: m for m in old.members if m.kind is MemberKind.FILE}
    left_new = {m.path: m for m in new.members if m.kind is MemberKind.FILE}
    unchanged: list[Member] = []
    changed: list[Pair] = []
    moved: list[Pair] = []
    for path in list(left_new):
        if path in left_old:
            before, after = left_old.pop(path), left_new.pop(path)
            if before.digest == after.digest:
                unchanged.append(after)
            else:
                changed.append(Pair(after, before))
    for before, after in _by_key(left_old, left_new, lambda m, v: normal_path(m.path, v), versions):
        if before.digest == after.digest:
            unchanged.append(after)
        else:
            changed.append(Pair(after, before))
    moved += [
        Pair(after, before) for before, after in _by_key(left_old, left_new, lambda m, _: m.digest, versions)
    ]
    changed += [Pair(after, before) for before, after in _by_likeness(left_old, left_new, sketches)]
    return Pairing(
        unchanged=tuple(unchanged),
        changed=tuple(changed),
        moved=tuple(moved),
        added=tuple(Pair(member, None) for member in left_new.values()),
        removed=tuple(left_old.values()),
    )


def _by_key(
    left_old: dict[str, Member],
    left_new: dict[str, Member],
    key: Callable[[Member, str], str],
    versions: tuple[str, str],
) -> list[tuple[Member, Member]]:
    """Pair what has the same key, in path order where several have it, and take it out of the left-overs."""
    by_key: defaultdict[str, deque[Member]] = defaultdict(deque)
    for member in sorted(left_old.values(), key=lambda m: m.path):
        by_key[key(member, versions[0])].append(member)
    found = []
    for member in sorted(left_new.values(), key=lambda m: m.path):
        candidates = by_key.get(key(member, versions[1]))
        if candidates:
            found.append((candidates.popleft(), member))
    _take(left_old, left_new, found)
    return found


def _by_likeness(
    left_old: dict[str, Member],
    left_new: dict[str, Member],
    sketches: Callable[[Sequence[Member], Sequence[Member]], Sequence[Sequence[int]]],
) -> list[tuple[Member, Member]]:
    olds = [m for m in left_old.values() if m.size]
    news = [m for m in left_new.values() if m.size]
    if max(len(olds), len(news)) > SIMILAR_MOST:
        return []
    pairs = [(i, j) for i, a in enumerate(olds) for j, b in enumerate(news) if _may_be_one(a, b)]
    if not pairs:
        return []
    drawn = sketches(olds, news)
    scored = sorted(
        ((resemblance(drawn[i], drawn[len(olds) + j]), i, j) for i, j in pairs), key=lambda s: (-s[0], s[1:])
    )
    found: list[tuple[Member, Member]] = []
    used_old: set[int] = set()
    used_new: set[int] = set()
    for score, i, j in scored:
        if score >= SIMILAR and i not in used_old and j not in used_new:
            used_old.add(i)
            used_new.add(j)
            found.append((olds[i], news[j]))
    _take(left_old, left_new, found)
    return found


def _may_be_one(a: Member, b: Member) -> bool:
    """Same suffix, sizes within a factor of three, and the same directory or base name."""
    if _suffix(a.path) != _suffix(b.path) or max(a.size, b.size) > 3 * min(a.size, b.size):
        return False
    folder_a, _, base_a = a.path.rpartition("/")
    folder_b, _, base_b = b.path.rpartition("/")
    return folder_a == folder_b or base_a == base_b


def _suffix(path: str) -> str:
    base = path.rsplit("/", 1)[-1]
    return base[base.rfind(".") :] if "." in base else ""


def _take(
    left_old: dict[str, Member], left_new: dict[str, Member], found: Iterable[tuple[Member, Member]]
) -> None:
    for before, after in found:
        del left_old[before.path]
        del left_new[after.path]
