"""A symbolic link is a second name for content, and the name decides what content does.

Rule: `setup.py` that is a link to `docs/notes.txt` is a `setup.py`. So a linked file is listed under
the link's own name too, and pairing compares it with what the other release has under that name. A
link to a folder counts if the other release has not the same link: the names below stay as they are.
Links are followed as the kernel does, component by component (path_resolution(7)), within their
container. What is *not* handled: links out of the container (the opener tells of those), and names of
shared objects, which are read by content.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from doorward.inspect.pairing import normal_path
from doorward.model.artifact import Listing, Member, MemberKind, NotExamined

__all__ = ["MOST_NAMES", "followed", "with_second_names"]

SHARED_OBJECT = re.compile(r"\.so(?:\.\d+)*\Z")
MOST_HOPS = 40
"""Links followed for one path, as on Linux (MAXSYMLINKS)."""
MOST_STEPS = 256
"""Components walked for one path; real ones have a dozen."""
MOST_NAMES = 5_000
"""Second names of one release; a link to a folder gives one to each file below."""


def with_second_names(listing: Listing, version: str, other: Listing, other_version: str) -> Listing:
    """The listing with a file added under the name of each link.

    Args:
        listing: of the release whose links are followed.
        version: its version text, to be taken out of paths.
        other: the release it is compared with.
        other_version: that one's version text.
    """
    links = {m.path: m for m in listing.members if m.kind is MemberKind.SYMLINK}
    if not links:
        return listing
    known = {_spelled(m, other_version) for m in other.members if m.kind is MemberKind.SYMLINK}
    files = {m.path: m for m in listing.members if m.kind is MemberKind.FILE}
    targets = {path: m.link for path, m in links.items()}
    ordered = sorted(files)
    named: dict[str, Member] = {}
    missed = []
    for path, link in links.items():
        if SHARED_OBJECT.search(path):
            continue
        folders = _spelled(link, version) not in known
        try:
            target = followed(path, targets)
            _name(named, link, _names(path, target, files, ordered if folders else []), files)
        except _TooMany as reason:
            missed.append(NotExamined(path, str(reason)))
    return replace(
        listing,
        members=(*listing.members, *named.values()),
        not_examined=(*listing.not_examined, *missed),
    )


def _name(
    named: dict[str, Member], link: Member, names: Iterator[tuple[str, Member]], files: Mapping[str, Member]
) -> None:
    for name, member in names:
        if len(named) >= MOST_NAMES:
            raise _TooMany(f"a link, over the limit of {MOST_NAMES:,} names")
        if name not in files:
            named[name] = replace(member, path=name, link=link.link, container="")


class _TooMany(Exception):
    """More than one link may cost."""


def followed(path: str, targets: Mapping[str, str]) -> str | None:
    """Where a path leads; None if it goes round in circles.

    Args:
        path: logical path.
        targets: path of each link → its target, as written.
    """
    before, separator, inner = path.rpartition("!/")
    root = before + separator
    todo, done, hops, steps = deque(inner.split("/")), list[str](), 0, 0
    while todo:
        steps += 1
        if steps > MOST_STEPS:
            raise _TooMany(f"a link, over the limit of {MOST_STEPS} path components")
        part = todo.popleft()
        if part == "..":
            done = done[:-1]
        elif part not in {"", "."}:
            target = targets.get(root + "/".join([*done, part]))
            if target is None:
                done.append(part)
                continue
            hops += 1
            if hops > MOST_HOPS:
                return None
            if target.startswith("/"):
                done = []
            todo.extendleft(reversed(target.split("/")))
    return root + "/".join(done)


def _names(
    path: str, target: str | None, files: Mapping[str, Member], ordered: Sequence[str]
) -> Iterator[tuple[str, Member]]:
    """(name, file) of everything a link gives a second name to."""
    if target is None:
        return
    if target in files:
        yield path, files[target]
        return
    folder = f"{target}/" if target and not target.endswith("!/") else target
    for index in range(bisect_left(ordered, folder), len(ordered)):
        place = ordered[index]
        if not place.startswith(folder):
            return
        rest = place[len(folder) :]
        if "!/" not in rest:
            yield f"{path}/{rest}", files[place]


def _spelled(link: Member, version: str) -> tuple[str, str]:
    return normal_path(link.path, version), normal_path(link.link, version)
