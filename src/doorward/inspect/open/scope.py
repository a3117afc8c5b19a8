"""What one container's members are to each other: the same name twice, links, and ways through links.

Names are compared within one container only. A name used twice stays visible as `.duplicate/2/<name>`, so
that no member hides behind another.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator
from dataclasses import dataclass, field

from doorward.inspect.open.interface import Entry
from doorward.inspect.open.paths import fold, link_trick
from doorward.model.artifact import Member, MemberKind

__all__ = ["Scope"]

DUPLICATE = ".duplicate/"


@dataclass(slots=True)
class Scope:
    """What one container needs to remember about its members."""

    prefix: str
    """Logical path before each member: empty, or `outer!/`."""
    depth: int
    rooted: bool
    """Whether the tree is the root of a file system, where absolute links are at home."""
    essential: bool
    """Whether what goes wrong here leaves the artifact itself unread."""
    polyglot: bool = False
    """Whether the container is first of all something else: a program that ends as a zip."""
    is_wheel: bool = False
    by_symbol: bool = False
    """Whether members are found by their symbols: each function of a DLL has one in its import library,
    and all bear the DLL's name."""
    only_name: str = ""
    """What the one content of a compressed stream is called."""
    seen: dict[str, Member] = field(default_factory=dict)
    kept: dict[str, bytes] = field(default_factory=dict)
    """Contents that a check of the whole container needs."""
    _folded: dict[str, str] = field(default_factory=dict)
    _links: set[str] = field(default_factory=set)
    _copies: dict[str, int] = field(default_factory=dict)

    def is_same_folder(self, inner: str, entry: Entry) -> bool:
        """Whether this is a folder named before: archives do so as often as they like."""
        earlier = self.seen.get(inner)
        return (
            earlier is not None
            and earlier.kind is MemberKind.DIRECTORY
            and entry.kind is MemberKind.DIRECTORY
        )

    def unique(self, inner: str) -> str:
        """The path to list a member under."""
        if inner not in self.seen:
            return inner
        number = self._copies[inner] = self._copies.get(inner, 1) + 1
        return f"{DUPLICATE}{number}/{inner}"

    def tricks(self, inner: str, entry: Entry) -> Iterator[tuple[str, str]]:
        """(rule, detail) of each trick that a member's name, link or mode plays on the others."""
        other = self._folded.setdefault(fold(inner), inner)
        if other != inner:
            detail = f"{inner} and {other} are one file where case or composition does not count"
            yield "path.case-collision", detail
        if entry.link:
            hard = entry.kind is MemberKind.HARDLINK
            trick = link_trick(inner, entry.link, hard=hard, rooted=self.rooted)
            if trick is not None:
                yield trick
        if self._links:
            yield from self._through(inner)
        if entry.mode & (stat.S_ISUID | stat.S_ISGID) and entry.kind is MemberKind.FILE:
            yield "member.setuid", f"mode {entry.mode & 0o7777:04o} runs it with its owner's rights"

    def _through(self, inner: str) -> Iterator[tuple[str, str]]:
        end = inner.find("/")
        while end >= 0:
            parent = inner[:end]
            if parent in self._links:
                detail = f"{inner} is written through {parent}, which is a symbolic link of this archive"
                yield "link.through", detail
                return
            end = inner.find("/", end + 1)

    def remember(self, inner: str, member: Member) -> Iterator[tuple[str, str, str]]:
        """Keep a member; (rule, name, detail) if its name was used before."""
        if member.kind is MemberKind.SYMLINK:
            self._links.add(inner)
        self.seen[inner] = member
        if self.by_symbol or not inner.startswith(DUPLICATE):
            return
        original = inner.split("/", 2)[-1]
        earlier = self.seen.get(original)
        if earlier is None:
            return
        if member.digest and member.digest == earlier.digest:
            detail = f"{original} occurs more than once, with the same content"
            yield "path.duplicate-identical", original, detail
        else:
            detail = f"{original} occurs more than once: which one is installed depends on the reader"
            yield "path.duplicate", original, detail
