"""A symbolic link is a second name for content, and the name decides what content does.

Rule: `setup.py` that is a link to `docs/notes.txt` is a `setup.py`. So a linked file is listed under
the link's own name too, and pairing compares it with what the other release has under that name. A
link to a folder counts if the other release has not the same link: the names below stay as they are.
Links are followed as the kernel does, component by component (path_resolution(7)), within their
container. What is *not* handled: links out of the container (the opener tells of those), and names of
shared objects, which are read by content.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Mapping
from dataclasses import replace

from doorward.inspect.pairing import normal_path
from doorward.model.artifact import Listing, Member, MemberKind, NotExamined

__all__ = ["MOST_NAMES", "followed", "with_second_names"]

MOST_HOPS = 40
"""Links followed for one path, as on Linux (MAXSYMLINKS)."""
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
        if ".so" in path.rsplit("/", 1)[-1]:
            continue
        folders = _spelled(link, version) not in known
        for name, member in _names(path, followed(path, targets), files, ordered if folders else []):
            if len(named) == MOST_NAMES:
                missed.append(
                    NotExamined(path, f"a link to a folder, over the limit of {MOST_NAMES:,} names")
                )
                break
            if name not in files:
                named[name] = replace(member, path=name, link=link.link, container="")
    return replace(
        listing,
        members=(*listing.members, *named.values()),
        not_examined=(*listing.not_examined, *missed),
    )


def followed(path: str, targets: Mapping[str, str]) -> str | None:
    """Where a path leads; None if it goes round in circles.

    Args:
        path: logical path.
        targets: path of each link → its target, as written.
    """
    before, separator, inner = path.rpartition("!/")
    root = before + separator
    todo, done, hops = deque(inner.split("/")), list[str](), 0
    while todo:
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
    path: str, target: str | None, files: Mapping[str, Member], ordered: list[str]
) -> list[tuple[str, Member]]:
    """(name, file) of everything a link gives a second name to."""
    if target is None:
        return []
    if target in files:
        return [(path, files[target])]
    folder = f"{target}/" if target and not target.endswith("!/") else target
    found: list[tuple[str, Member]] = []
    for place in ordered[bisect_left(ordered, folder) :]:
        if not place.startswith(folder) or len(found) > MOST_NAMES:
            break
        rest = place[len(folder) :]
        if "!/" not in rest:
            found.append((f"{path}/{rest}", files[place]))
    return found


def _spelled(link: Member, version: str) -> tuple[str, str]:
    return normal_path(link.path, version), normal_path(link.link, version)
