"""Walk an artifact to its last member: every container opened, every content hashed, nothing run.

The rule: whatever is inside is either listed with its digest, or named in `not_examined` with the
reason; whatever belongs to nothing, or can be read in two ways, is an irregularity. A limit never cuts
silently. Members whose content cannot be had (encrypted, over a limit) stand in `not_examined` only:
every listed file has a digest.

Logical paths: a nested container's members stand at `outer!/inner`. A name used twice is listed a second
time as `.duplicate/2/<name>`, so that no member can hide behind another. A hard link to an earlier
member is listed as a file with that member's digest, and keeps its target in `link`.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from doorward.errors import Misuse, Outside, Undecided
from doorward.inspect.limits import Limits
from doorward.inspect.open import catalogue, directory, wheel_record
from doorward.inspect.open.intake import CHUNK, HEAD, TAIL, Content, Intake
from doorward.inspect.open.interface import CannotOpen, Entry, Opener, OverLimit
from doorward.inspect.open.paths import escaped, logical
from doorward.inspect.open.scope import Scope
from doorward.model.artifact import Irregularity, Listing, Member, MemberKind, NotExamined

__all__ = ["unpack"]


ROOTED = frozenset({"rpm"})
"""Containers whose tree is the root of a file system. A deb's is in its essential `data.tar`."""


PREPENDED = ".zip/prepended"


class _Exhausted(OverLimit):
    """A limit on the artifact as a whole was met: nothing more is read."""


def unpack(source: Path, name: str, spool: Path | None, limits: Limits) -> Listing:
    """Open a file or a directory to its last nested member.

    Args:
        source: where its bytes are.
        name: its file name as published; decides what it should be.
        spool: a folder to write each unique content to as `<hex sha256>`, or None to only hash.
        limits: what must not be exceeded.

    Raises:
        Misuse: no such file, or neither a file nor a directory.
        Outside: the disk refused.
        Undecided: empty, holding nothing, or not readable as what it is or should be.
    """
    try:
        mode = source.stat().st_mode
    except FileNotFoundError as error:
        raise Misuse(
            f"opening {escaped(str(source))}",
            expected="a release file or a directory",
            found="no such file",
            next_step="check the path",
        ) from error
    except OSError as error:
        raise _refused(name, error) from error
    with Intake(spool) as intake:
        walk = _Walk(intake, limits)
        try:
            if stat.S_ISDIR(mode):
                return _something(walk.directory(source), name)
            if stat.S_ISREG(mode):
                with source.open("rb") as stream:
                    return _something(walk.file(stream, name), name)
        except OSError as error:
            raise _refused(name, error) from error
    raise Misuse(
        f"opening {escaped(str(source))}",
        expected="a regular file or a directory",
        found="a device, pipe or socket",
        next_step="give the release file itself",
    )


def _something(listing: Listing, name: str) -> Listing:
    """The listing, unless there is nothing in it: what holds nothing cannot be clear."""
    if listing.members or listing.irregularities or listing.not_examined:
        return listing
    raise Undecided(
        f"opening {escaped(name)}",
        expected="at least one file",
        found=f"an empty {listing.container}",
        next_step="see whether this is the release; one without a forerunner is inspected by itself",
    )


def _refused(name: str, error: OSError) -> Outside:
    return Outside(
        f"reading {escaped(name)}",
        expected="bytes from the disk",
        found=error.strerror or type(error).__name__,
        next_step="check the permissions of the file and the free space, then run again",
    )


class _Walk:
    """One artifact being opened."""

    def __init__(self, intake: Intake, limits: Limits) -> None:
        self._intake = intake
        self._limits = limits
        self._members: list[Member] = []
        self._irregularities: dict[tuple[str, str, str], Irregularity] = {}
        self._not_examined: dict[tuple[str, str], NotExamined] = {}
        self._readers: set[str] = set()
        self._total = 0
        self._count = 0
        self._corrupt = 0
        self._allowance = limits.max_total_bytes
        self._bomb = False

    # -- the artifact itself ---------------------------------------------------------------

    def file(self, stream: BinaryIO, name: str) -> Listing:
        """Open one file."""
        size = stream.seek(0, os.SEEK_END)
        if size == 0:
            raise Undecided(
                f"opening {escaped(name)}",
                expected="a release file",
                found="0 bytes",
                next_step="fetch the file again",
            )
        stream.seek(max(0, size - TAIL))
        tail = stream.read(TAIL)
        stream.seek(0)
        head = stream.read(HEAD)
        stream.seek(0)
        base = (
            logical(name.replace("\\", "/").rsplit("/", 1)[-1], self._limits.max_path_length)[0] or "artifact"
        )
        expected = catalogue.expected_format(base)
        opener = catalogue.opener_for(base, head, tail) or catalogue.named(expected)
        if opener is not None and not expected and not catalogue.begins_as(opener, head):
            opener = None  # a program that ends as a zip is a program first
        scope = Scope("", 1, rooted=False, essential=True)
        if opener is None:
            entry = Entry(base, MemberKind.FILE, stream=stream)
            self._stopping_at_limits("", lambda: self._content(entry, base, scope))
            digest = self._members[0].digest if self._members else _digest(stream)
            return self._listing(digest, size, "plain")
        digest = _digest(stream)
        stream.seek(0)
        self._bound_ratio(size)
        container = self._refined(opener, stream, size)
        scope.rooted = container.name in ROOTED
        try:
            self._stopping_at_limits("", lambda: self._expand(container, stream, size, scope, base))
        except CannotOpen as error:
            raise self._undecided(name, container, error) from error
        return self._listing(digest, size, container.name)

    def directory(self, root: Path) -> Listing:
        """Read a directory; its digest is that of its sorted listing."""
        self._readers.add(f"directory/{directory.VERSION}")
        scope = Scope("", 1, rooted=False, essential=False)

        def admit_all() -> None:
            for entry in directory.entries(root):
                self._admit(entry, scope)

        self._stopping_at_limits("", admit_all)
        own = [member for member in self._members if "!/" not in member.path]
        lines = "".join(f"{m.kind}\t{m.path}\t{m.digest}\t{escaped(m.link)}\n" for m in own)
        digest = hashlib.sha256(lines.encode("utf-8", "surrogateescape")).hexdigest()
        return self._listing(f"sha256:{digest}", sum(m.size for m in own), "directory")

    def _listing(self, digest: str, size: int, container: str) -> Listing:
        return Listing(
            digest,
            size,
            container,
            tuple(self._members),
            tuple(self._irregularities.values()),
            tuple(self._not_examined.values()),
            tuple(sorted(self._readers)),
        )

    def _undecided(self, name: str, opener: Opener, error: CannotOpen) -> Undecided:
        place = "" if error.offset is None else f" at byte {error.offset:,}"
        return Undecided(
            f"opening {escaped(name)} as {opener.name}: {error.what}{place}",
            expected=error.expected or f"a readable {opener.name}",
            found=error.found or "data that is not one",
            next_step="fetch the file again and compare its digest with the publisher's",
        )

    def _bound_ratio(self, size: int) -> None:
        """No artifact unpacks to more than its own size times the ratio: nested bombs multiply."""
        bound = max(self._limits.ratio_floor, size * self._limits.max_ratio)
        if bound < self._allowance:
            self._allowance, self._bomb = bound, True

    def _stopping_at_limits(self, path: str, work: Callable[[], None]) -> None:
        try:
            work()
        except OverLimit as limit:
            self._note(path, str(limit))

    def _refined(self, opener: Opener, source: BinaryIO, size: int) -> Opener:
        """A compressed tar is read as a tar, and both its readers took part."""
        container = catalogue.refine(opener, source, size, self._limits)
        if container is not opener:
            self._readers.add(f"{opener.name}/{opener.version}")
        return container

    # -- a container -----------------------------------------------------------------------

    def _expand(self, opener: Opener, source: BinaryIO, size: int, scope: Scope, path: str) -> None:
        self._readers.add(f"{opener.name}/{opener.version}")
        if opener.name in catalogue.STREAMS:
            scope.only_name = catalogue.uncompressed_name(path.rsplit("/", 1)[-1])
        scope.by_symbol = opener.name == "ar"
        scope.is_wheel = wheel_record.applies(path, opener.name)
        container = scope.prefix.removesuffix("!/")

        def report(found: Irregularity) -> None:
            if found.path:
                inner = logical(found.path, self._limits.max_path_length)[0]
                self._irregular(replace(found, path=scope.prefix + inner))
            else:
                self._irregular(replace(found, path=container))

        entries = opener.entries(source, size, self._limits, report)
        with _closable(entries):
            for entry in entries:
                if not (scope.polyglot and entry.path == PREPENDED):  # examined with the file itself
                    self._admit(entry, scope)
        if scope.is_wheel:
            for found in wheel_record.check(scope.seen, scope.kept, container):
                self._irregular(replace(found, path=scope.prefix + found.path))

    def _nested(self, opener: Opener, content: Content, member: Member, scope: Scope, entry: Entry) -> None:
        """Open a member that is itself a container; it is listed before what is in it.

        Only one that was read whole counts as a container: any other is also examined as data.
        """
        place = len(self._members)
        if scope.depth >= self._limits.max_depth:
            self._members.append(member)
            self._note(
                member.path, f"nested deeper than {self._limits.max_depth} containers (limit max_depth)"
            )
            return
        inner = Scope(
            f"{member.path}!/",
            scope.depth + 1,
            rooted=entry.essential or opener.name in ROOTED,
            essential=scope.essential and entry.essential,
            polyglot=not catalogue.begins_as(opener, content.head),
        )
        with content.open() as source:
            container = self._refined(opener, source, content.size)
            self._members.append(member)
            corrupt = self._corrupt
            try:
                self._expand(container, source, content.size, inner, member.path)
            except CannotOpen as error:
                if entry.essential:
                    raise CannotOpen(
                        f"{member.path}: {error.what}",
                        offset=error.offset,
                        expected=error.expected,
                        found=error.found,
                    ) from error
                self._irregular(
                    Irregularity(
                        f"{opener.name}.unreadable", member.path, str(error), error.offset, content.size
                    )
                )
            except _Exhausted:
                raise
            except OverLimit as limit:
                self._note(member.path, str(limit))
            else:
                if corrupt == self._corrupt and not inner.polyglot:
                    self._members[place] = replace(member, container=container.name)

    # -- one entry -------------------------------------------------------------------------

    def _admit(self, entry: Entry, scope: Scope) -> None:
        self._count += 1
        if self._count > self._limits.max_members:
            raise _Exhausted(
                f"more than {self._limits.max_members:,} members (limit max_members); the rest was not read"
            )
        raw = entry.path or scope.only_name
        inner, tricks = logical(raw, self._limits.max_path_length)
        if not inner and not tricks and entry.kind is MemberKind.DIRECTORY:
            return
        inner = inner or "unnamed"
        if scope.is_same_folder(inner, entry):
            return
        inner = scope.unique(inner)
        path = scope.prefix + inner
        for rule, detail in (*tricks, *scope.tricks(inner, entry)):
            self._irregular(Irregularity(rule, path, detail))
        if entry.unreadable:
            self._note(path, entry.unreadable)
        elif entry.kind is MemberKind.FILE:
            self._file(entry, path, scope)
        else:
            self._leaf(entry, path, scope)

    def _file(self, entry: Entry, path: str, scope: Scope) -> None:
        if entry.stream is None:
            self._note(path, "its container does not hold its content")
            return
        with entry.stream:
            try:
                self._content(entry, path, scope)
            except _Exhausted:
                raise
            except OverLimit as limit:
                self._note(path, str(limit))

    def _content(self, entry: Entry, path: str, scope: Scope) -> None:
        stream = entry.stream
        if stream is None:  # pragma: no cover - both callers give one
            return
        before = self._total

        def guard(size: int) -> None:
            self._total = before + size
            self._check_limits(size, entry.packed, path)

        try:
            content = self._intake.take(stream, guard)
        except CannotOpen as error:
            if entry.essential:
                raise
            self._corrupt += 1
            self._irregular(Irregularity("member.corrupt", path, str(error), error.offset))
            if scope.essential:
                self._note(path, f"its data is corrupt: {error}")
            return
        inner = path[len(scope.prefix) :]
        member = Member(path, MemberKind.FILE, content.size, content.digest, entry.mode & 0o7777, entry.link)
        for rule, original, detail in scope.remember(inner, member):
            self._irregular(Irregularity(rule, scope.prefix + original, detail))
        if wheel_record.keeps(inner) and scope.is_wheel:
            with content.open() as record:
                scope.kept[inner] = record.read(wheel_record.MAX_RECORD)
        opener = catalogue.opener_for(path, content.head, content.tail) if content.size else None
        try:
            if opener is None or not path:
                self._members.append(member)
            else:
                self._nested(opener, content, member, scope, entry)
        finally:
            self._intake.release(content)

    def _leaf(self, entry: Entry, path: str, scope: Scope) -> None:
        """Anything without content of its own."""
        inner = path[len(scope.prefix) :]
        member = Member(path, entry.kind, 0, "", entry.mode & 0o7777, entry.link)
        if entry.kind is MemberKind.HARDLINK:
            target = scope.seen.get(logical(entry.link, self._limits.max_path_length)[0])
            if target is None or not target.digest:
                self._irregular(
                    Irregularity(
                        "link.dangling",
                        path,
                        f"hard link to {escaped(entry.link)}, which is no earlier member",
                    )
                )
            else:
                member = replace(target, path=path, link=entry.link, container="")
        elif entry.kind is MemberKind.SPECIAL:
            self._irregular(Irregularity("member.device", path, "a device node, FIFO or socket"))
        for rule, original, detail in scope.remember(inner, member):
            self._irregular(Irregularity(rule, scope.prefix + original, detail))
        self._members.append(member)

    # -- checks ----------------------------------------------------------------------------

    def _check_limits(self, size: int, packed: int, path: str) -> None:
        limits = self._limits
        if self._total > self._allowance:
            if self._bomb:
                raise _Exhausted(
                    f"unpacks to more than {limits.max_ratio:,} times its size (limit max_ratio) at {path};"
                    " the rest was not read"
                )
            raise _Exhausted(
                f"unpacks to more than {limits.max_total_bytes:,} bytes (limit max_total_bytes) at {path};"
                " the rest was not read"
            )
        if size > limits.max_member_bytes:
            raise OverLimit(
                f"larger than {limits.max_member_bytes:,} bytes unpacked (limit max_member_bytes)"
            )
        if packed and size > limits.ratio_floor and size > packed * limits.max_ratio:
            raise OverLimit(
                f"unpacks to more than {limits.max_ratio:,} times its {packed:,} bytes (limit max_ratio)"
            )

    def _irregular(self, found: Irregularity) -> None:
        """Remember one irregularity per rule, path and detail, and not more than members may be."""
        if len(self._irregularities) < self._limits.max_members:
            self._irregularities.setdefault((found.rule, found.path, found.detail), found)

    def _note(self, path: str, reason: str) -> None:
        self._not_examined.setdefault((path, reason), NotExamined(path, reason))


def _closable(entries: Iterator[Entry]) -> contextlib.AbstractContextManager[object]:
    close = getattr(entries, "close", None)
    return contextlib.closing(entries) if close else contextlib.nullcontext()  # type: ignore[type-var]


def _digest(stream: BinaryIO) -> str:
    sha = hashlib.sha256()
    stream.seek(0)
    while data := stream.read(CHUNK):
        sha.update(data)
    return f"sha256:{sha.hexdigest()}"
