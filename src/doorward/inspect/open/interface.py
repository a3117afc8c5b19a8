"""What every opener does: one file per container format implements this and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, ClassVar, Protocol

from doorward.inspect.limits import Limits
from doorward.model.artifact import Irregularity, MemberKind

__all__ = ["CannotOpen", "Entry", "Opener", "OverLimit"]


class CannotOpen(Exception):
    """This file claims to be of the opener's format and cannot be read as such.

    Becomes the irregularity `<opener>.unreadable` for a nested member, `Undecided` for the artifact
    itself. Also raised by an entry's stream whose data is corrupt.

    Args:
        what: one clause saying what is wrong.
        offset: byte offset in the container where it is wrong.
        expected: what should have been there.
        found: what was there.
    """

    def __init__(self, what: str, *, offset: int | None = None, expected: str = "", found: str = "") -> None:
        self.what = what
        self.offset = offset
        self.expected = expected
        self.found = found
        place = "" if offset is None else f" at byte {offset:,}"
        contrast = f": expected {expected}, found {found}" if expected or found else ""
        super().__init__(f"{what}{place}{contrast}")


class OverLimit(Exception):
    """A named limit was met: what lies behind it becomes `NotExamined` with this sentence."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as the container states it. The path is raw: the walk checks and normalises it."""

    path: str
    """As written; undecodable bytes as surrogate escapes. Empty for a compressed stream's content."""
    kind: MemberKind
    mode: int = 0
    link: str = ""
    stream: BinaryIO | None = None
    """Content, to be read before the next entry is asked for; None for anything but a file."""
    packed: int = 0
    """Bytes this entry takes in the container, for the ratio limit; 0 if not known."""
    unreadable: str = ""
    """Why the content cannot be had (encrypted, unknown method): becomes `NotExamined`."""
    essential: bool = False
    """The container is worthless without it (a deb's `data.tar`): if it is a container that cannot be
    opened, neither can the one it is in."""


class Opener(Protocol):
    """A reader of one container format."""

    name: ClassVar[str]
    version: ClassVar[int]
    """Raised whenever the same bytes could give another answer: part of the cache key."""

    def accepts(self, path: str, head: bytes) -> bool:
        """Whether a file with this logical path and these first 4,096 bytes is of this format."""
        ...

    def entries(
        self, source: BinaryIO, size: int, limits: Limits, report: Callable[[Irregularity], None]
    ) -> Iterator[Entry]:
        """Yield every entry, reporting irregularities (path left empty: the walk fills it in).

        Args:
            source: the container, seekable, at 0.
            size: its length in bytes.
            limits: what must not be exceeded.
            report: called once for each irregularity.

        Raises:
            CannotOpen: not readable as this format.
        """
        ...
