"""The cpio archive inside an RPM package, read forwards.

The "new ASCII" format (`070701`, `070702`), as in the kernel's initramfs buffer format, and RPM's own
stripped headers (`07070X`), which name files by their index in the package header. Names and contents are
padded to four bytes with zeros; `TRAILER!!!` ends the archive.
"""

from __future__ import annotations

import io
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, cast

from doorward.inspect.open.interface import CannotOpen, Entry
from doorward.model.artifact import Irregularity, MemberKind

__all__ = ["Listed", "cpio_entries"]

Report = Callable[[Irregularity], None]

_SMALL = 1024 * 1024
_TRAILER = b"TRAILER!!!"
MAX_NAME = 65_536


@dataclass(frozen=True, slots=True)
class Listed:
    """What the package header says of one file, for stripped archives."""

    path: str
    size: int
    mode: int


@dataclass(frozen=True, slots=True)
class _Item:
    name: bytes
    mode: int
    size: int
    inode: int
    links: int


class _Part(io.RawIOBase):
    """The content of one file."""

    def __init__(self, reading: _Reading, size: int) -> None:
        super().__init__()
        self._reading = reading
        self.left = size

    def readable(self) -> bool:
        """Always."""
        return True

    def read(self, size: int = -1, /) -> bytes:
        size = self.left if size < 0 else min(size, self.left)
        data = self._reading.exactly(size, "a file")
        self.left -= len(data)
        return data

    def drain(self) -> None:
        while self.left:
            self.read(_SMALL)


def cpio_entries(stream: BinaryIO, listed: Sequence[Listed], report: Report) -> Iterator[Entry]:
    """Yield every entry; hard links come behind the one that carries the content.

    Args:
        stream: the unpacked payload, at its start.
        listed: the files of the package header, in its order.
        report: called for bytes that belong to nothing.

    Raises:
        CannotOpen: not cpio, or it ends early.
    """
    yield from _Reading(stream, listed, report).entries()


class _Reading:
    """One pass over one archive."""

    def __init__(self, stream: BinaryIO, listed: Sequence[Listed], report: Report) -> None:
        self._stream = stream
        self._listed = listed
        self._report = report
        self._at = 0
        self._waiting: dict[int, list[str]] = {}

    def exactly(self, size: int, what: str) -> bytes:
        data = self._stream.read(size) if size else b""
        self._at += len(data)
        if len(data) != size:
            raise CannotOpen(
                f"the payload ends inside {what}",
                offset=self._at,
                expected=f"{size:,} bytes",
                found=f"{len(data):,}",
            )
        return data

    def _align(self) -> None:
        rest = -self._at % 4
        if rest and self.exactly(rest, "padding").count(0) != rest:
            self._report(Irregularity("cpio.padding", "", "padding that is not zero", self._at - rest, rest))

    def entries(self) -> Iterator[Entry]:
        while (item := self._item()) is not None:
            yield from self._entry(item)
        for names in self._waiting.values():
            for name in names:
                yield Entry(name, MemberKind.FILE, stream=io.BytesIO())
        yield from self._behind()

    def _item(self) -> _Item | None:
        at = self._at
        magic = self.exactly(6, "a header")
        if magic == b"07070X":
            index = self._number(self.exactly(8, "a header"), at)
            self._align()
            if index >= len(self._listed):
                raise CannotOpen(
                    f"the payload names file {index:,}, which the header does not list", offset=at
                )
            file = self._listed[index]
            size = file.size if stat.S_ISREG(file.mode) or stat.S_ISLNK(file.mode) else 0
            return _Item(file.path.encode("utf-8", "surrogateescape"), file.mode, size, 0, 1)
        if magic not in {b"070701", b"070702"}:
            raise CannotOpen("no cpio header", offset=at, expected="070701", found=repr(magic))
        raw = self.exactly(104, "a header")
        fields = [self._number(raw[i : i + 8], at) for i in range(0, 104, 8)]
        if fields[11] > MAX_NAME:
            raise CannotOpen(
                "a name is too long", offset=at, expected=f"{MAX_NAME:,}", found=f"{fields[11]:,}"
            )
        name = self.exactly(fields[11], "a name").split(b"\x00", 1)[0]
        self._align()
        if name == _TRAILER:
            return None
        return _Item(name, fields[1], fields[6], fields[0], fields[4])

    def _number(self, raw: bytes, at: int) -> int:
        try:
            return int(raw.decode("ascii"), 16)
        except ValueError as error:
            raise CannotOpen("a cpio header holds no number", offset=at, found=repr(raw)) from error

    def _entry(self, item: _Item) -> Iterator[Entry]:
        path = item.name.decode("utf-8", "surrogateescape")
        bits = stat.S_IMODE(item.mode)
        kind = _kind(item.mode)
        if kind is MemberKind.SYMLINK:
            target = self.exactly(min(item.size, MAX_NAME), "a link").decode("utf-8", "surrogateescape")
            self._align()
            yield Entry(path, kind, bits, target)
        elif kind is not MemberKind.FILE:
            _Part(self, item.size).drain()
            self._align()
            yield Entry(path, kind, bits)
        elif item.links > 1 and not item.size and item.inode:
            self._waiting.setdefault(item.inode, []).append(path)
        else:
            yield from self._file(item, path, bits)
            for other in self._waiting.pop(item.inode, []) if item.links > 1 else []:
                yield Entry(other, MemberKind.HARDLINK, bits, path.removeprefix("./"))

    def _file(self, item: _Item, path: str, bits: int) -> Iterator[Entry]:
        if item.size <= _SMALL:
            data = self.exactly(item.size, "a file")
            yield Entry(path, MemberKind.FILE, bits, stream=io.BytesIO(data))
        else:
            part = _Part(self, item.size)
            yield Entry(path, MemberKind.FILE, bits, stream=cast("BinaryIO", part))
            part.drain()
        self._align()

    def _behind(self) -> Iterator[Entry]:
        """Whatever follows the trailer: zeros to fill a block, or something hidden."""
        at, kept, size = self._at, bytearray(), 0
        while data := self._stream.read(_SMALL):
            size += len(data)
            if len(kept) < 16 * _SMALL and (kept or data.count(0) != len(data)):
                kept += data
        if kept:
            self._report(
                Irregularity("cpio.trailing-bytes", "", f"{size:,} bytes behind the trailer", at, size)
            )
            yield Entry(".cpio/trailing", MemberKind.FILE, stream=io.BytesIO(bytes(kept)))


def _kind(mode: int) -> MemberKind:
    if stat.S_ISLNK(mode):
        return MemberKind.SYMLINK
    if stat.S_ISDIR(mode):
        return MemberKind.DIRECTORY
    return MemberKind.FILE if stat.S_ISREG(mode) or not stat.S_IFMT(mode) else MemberKind.SPECIAL
