"""An artifact, what is inside it, and what could not be accounted for.

Paths of members are logical: components joined by `/`, a nested container's member written as
`outer.tar!/inner.py`. They are data from the accused: never used as a path on this machine.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

__all__ = ["Artifact", "Irregularity", "Listing", "Member", "MemberKind", "NotExamined"]


class MemberKind(StrEnum):
    """What a member of a container is."""

    FILE = "file"
    DIRECTORY = "directory"
    SYMLINK = "symlink"
    HARDLINK = "hardlink"
    SPECIAL = "special"
    """Device node, FIFO or socket."""


@dataclass(frozen=True, slots=True)
class Artifact:
    """One release file, or directory, on this machine's disk."""

    name: str
    """Project name as its ecosystem normalises it; the file's stem where unknown."""
    version: str
    """Version as its ecosystem spells it; empty where unknown."""
    ecosystem: str
    """`pypi`, `npm`, `deb`, `rpm`, or empty."""
    path: str
    """Where its bytes are, on this machine."""
    file_name: str
    """Its base name as published."""
    digest: str
    """`sha256:<hex>` of the file; of the sorted listing for a directory."""
    size: int
    """Bytes; the sum of all files for a directory."""
    origin: str
    """What the user typed: a path or `pypi:name==1.2`."""
    facts: tuple[tuple[str, str], ...] = ()
    """What the registry says of this release, as sorted (fact, value) pairs; facts repeat.

    Facts: `published` (RFC 3339), `provenance` (`present`, `absent`), `publisher` (who uploaded),
    `maintainer` (one pair each), `yanked`, `deprecated`, `install-script` (`present`), `source` (index
    URL), `chosen` (which file and why), `signature` (of the index), `status`, `transport`.
    A fact that a registry does not tell is not there, which is not the same as `absent`.
    """


@dataclass(frozen=True, slots=True)
class Member:
    """One entry of an artifact, at any nesting depth."""

    path: str
    """Logical path, `/`-separated, `!/` between a nested container and what is in it."""
    kind: MemberKind
    size: int
    """Bytes of content; 0 for anything but a file."""
    digest: str
    """`sha256:<hex>` of the content; empty for anything but a file."""
    mode: int = 0
    """Unix permission bits; 0 where the container has none."""
    link: str = ""
    """Target of a symbolic or hard link, as written."""
    container: str = ""
    """Name of the opener that expanded this member (`zip`, `tar`, …); empty for a leaf."""


@dataclass(frozen=True, slots=True)
class Irregularity:
    """Bytes that belong to nothing, or two readings that disagree."""

    rule: str
    """Stable name from `doorward.inspect.open.rules.RULES`, for example `zip.prepended-bytes`."""
    path: str
    """Logical path of the container or member; empty for the artifact itself."""
    detail: str
    """What was expected and what was found, with offsets and sizes."""
    offset: int | None = None
    """Byte offset in the container."""
    size: int = 0
    """How many bytes are concerned."""


@dataclass(frozen=True, slots=True)
class NotExamined:
    """Something that could not be checked, which is never the same as clean."""

    path: str
    reason: str
    """One sentence: encrypted, over a named limit, crashed, killed, no reader for this kind."""


@dataclass(frozen=True, slots=True)
class Listing:
    """Everything an artifact holds, as read by the openers."""

    digest: str
    """`sha256:<hex>` of the artifact's own bytes; for a directory, of its sorted listing."""
    size: int
    container: str
    """Opener used for the artifact itself: `zip`, `tar`, `deb`, `directory`, `plain`, …"""
    members: tuple[Member, ...]
    irregularities: tuple[Irregularity, ...] = ()
    not_examined: tuple[NotExamined, ...] = ()
    readers: tuple[str, ...] = field(default=())
    """`name/version` of every opener that took part: part of the cache key."""
