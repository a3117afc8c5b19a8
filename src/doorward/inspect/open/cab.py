"""Microsoft cabinets: header, folders, files and data blocks, each byte accounted for.

[MS-CAB]. A folder is one stream of blocks, in which files lie one behind the other; MSZIP blocks are raw
deflate with the last 32 KiB as dictionary. LZX and Quantum have no reader here and are said so, file by
file. A signed cabinet keeps its signature behind its stated end and points at it from its reserve.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import BinaryIO, ClassVar, cast

from doorward.inspect.limits import Limits
from doorward.inspect.open.feed import Feed, Inflated
from doorward.inspect.open.interface import CannotOpen, Entry
from doorward.inspect.open.window import Window
from doorward.model.artifact import Irregularity, MemberKind

__all__ = ["MAGIC", "Cab"]

Report = Callable[[Irregularity], None]

MAGIC = b"MSCF"
_HEADER = struct.Struct("<4s5I2B5H")
_METHODS = {0: "stored", 1: "MSZIP", 2: "Quantum", 3: "LZX"}
_UTF8 = 0x80
_SMALL = 1024 * 1024
_WINDOW = 32_768


@dataclass(frozen=True, slots=True)
class _Folder:
    start: int
    blocks: int
    method: int


@dataclass(frozen=True, slots=True)
class _File:
    path: str
    folder: int
    start: int
    size: int


@dataclass(frozen=True, slots=True)
class _Cabinet:
    """The tables of one cabinet."""

    folders: tuple[_Folder, ...]
    files: tuple[_File, ...]
    block_reserve: int
    stated_end: int
    spans: tuple[tuple[int, int], ...]
    signature: tuple[int, int] | None
    """(offset, length), if the reserve points at one."""


class Cab:
    """Reader of cabinets."""

    name: ClassVar[str] = "cab"
    version: ClassVar[int] = 1

    def accepts(self, path: str, head: bytes) -> bool:  # noqa: ARG002 - the protocol's signature
        """Whatever begins with a header of version 1."""
        return head.startswith(MAGIC) and len(head) >= 36 and head[25] == 1

    def entries(self, source: BinaryIO, size: int, limits: Limits, report: Report) -> Iterator[Entry]:
        """Yield every file, folder by folder, then what lies behind the stated end.

        Raises:
            CannotOpen: a table or block cannot be read.
        """
        cabinet = _tables(source, size)
        spans = list(cabinet.spans)
        files = sorted(cabinet.files, key=lambda file: (file.folder, file.start))
        for number, group in groupby(files, key=lambda file: file.folder):
            if number >= len(cabinet.folders):
                for file in group:
                    yield Entry(file.path, MemberKind.FILE, unreadable="its content is in another cabinet")
            else:
                yield from _folder(source, cabinet, number, list(group), limits, report, spans)
        named = {file.folder for file in files}
        for number, folder in enumerate(cabinet.folders):
            if number not in named:
                _skim(source, folder, cabinet.block_reserve, spans)
        yield from _account(source, size, cabinet, spans, report)


def _tables(source: BinaryIO, size: int) -> _Cabinet:
    raw = source.read(36)
    if len(raw) < 36 or raw[:4] != MAGIC:
        raise CannotOpen("no cabinet header", offset=0, expected="MSCF", found=repr(raw[:4]))
    fields = _HEADER.unpack(raw)
    stated, files_at, folder_count, file_count, flags = fields[2], fields[4], fields[8], fields[9], fields[10]
    reserves = (0, 0, 0)
    reserve = b""
    if flags & 4:
        reserves = struct.unpack("<HBB", _need(source, 4))
        reserve = _need(source, reserves[0])
    for flag in (1, 2):
        if flags & flag:
            _text(source)
            _text(source)
    folders = []
    for _ in range(folder_count):
        start, blocks, method = struct.unpack("<IHH", _need(source, 8))
        _need(source, reserves[1])
        folders.append(_Folder(start, blocks, method & 15))
    head_end = source.tell()
    source.seek(files_at)
    files = tuple(_file(source) for _ in range(file_count))
    signature = None
    if len(reserve) == 20:
        offset, length = struct.unpack_from("<2I", reserve, 4)
        signature = (offset, length) if length and offset + length <= size else None
    spans = ((0, head_end), (files_at, source.tell()))
    return _Cabinet(tuple(folders), files, reserves[2], stated, spans, signature)


def _need(source: BinaryIO, size: int) -> bytes:
    data = source.read(size)
    if len(data) != size:
        raise CannotOpen(
            "the cabinet ends inside a table",
            offset=source.tell(),
            expected=f"{size} bytes",
            found=f"{len(data)}",
        )
    return data


def _text(source: BinaryIO) -> bytes:
    """A string that ends with NUL; names may have 256 bytes."""
    at = source.tell()
    data = source.read(1024)
    end = data.find(b"\x00")
    if end < 0:
        raise CannotOpen("a name of the cabinet does not end", offset=at)
    source.seek(at + end + 1)
    return data[:end]


def _file(source: BinaryIO) -> _File:
    size, start, folder, _, _, attributes = struct.unpack("<2I4H", _need(source, 16))
    name = _text(source)
    text = name.decode("utf-8", "surrogateescape") if attributes & _UTF8 else name.decode("cp1252", "replace")
    return _File(text.replace("\\", "/"), folder, start, size)


# -- folders --------------------------------------------------------------------------------


def _folder(
    source: BinaryIO,
    cabinet: _Cabinet,
    number: int,
    files: list[_File],
    limits: Limits,
    report: Report,
    spans: list[tuple[int, int]],
) -> Iterator[Entry]:
    folder = cabinet.folders[number]
    if folder.method not in {0, 1}:
        name = _METHODS.get(folder.method, f"method {folder.method}")
        for file in files:
            reason = f"it is packed with {name}, which has no reader here"
            yield Entry(file.path, MemberKind.FILE, unreadable=reason)
        _skim(source, folder, cabinet.block_reserve, spans)
        return
    feed = Feed(source)
    stream = Inflated(feed, _blocks(source, feed, folder, cabinet.block_reserve, report, spans), limits)
    at = 0
    known: dict[tuple[int, int], str] = {}  # packers may store equal files once
    for file in files:
        if file.start > at:
            _stray(stream, number, at, file.start - at, report)
            at = file.start
        if file.start < at and (file.start, file.size) in known:
            yield Entry(file.path, MemberKind.HARDLINK, link=known[file.start, file.size])
            continue
        known[file.start, file.size] = file.path
        if file.start < at:
            detail = f"begins at byte {file.start:,} of folder {number}, where another file lies until {at:,}"
            report(Irregularity("cab.overlap", file.path, detail, file.start, file.size))
            yield Entry(file.path, MemberKind.FILE, unreadable="it overlaps another file of its cabinet")
            continue
        if file.size <= _SMALL:
            yield Entry(file.path, MemberKind.FILE, stream=io.BytesIO(_part(stream, file.size)))
        else:
            piece = _Piece(stream, file.size)
            yield Entry(file.path, MemberKind.FILE, stream=cast("BinaryIO", piece))
            piece.drain()
        at += file.size
    _stray(stream, number, at, -1, report)


def _part(stream: Inflated, size: int) -> bytes:
    data = stream.read(size) if size else b""
    if len(data) != size:
        raise CannotOpen("a folder ends inside a file", expected=f"{size:,} bytes", found=f"{len(data):,}")
    return data


class _Piece(io.RawIOBase):
    """The content of one file of a folder."""

    def __init__(self, stream: Inflated, size: int) -> None:
        super().__init__()
        self._stream = stream
        self.left = size

    def readable(self) -> bool:
        """Always."""
        return True

    def read(self, size: int = -1, /) -> bytes:
        size = self.left if size < 0 else min(size, self.left)
        data = _part(self._stream, size)
        self.left -= len(data)
        return data

    def drain(self) -> None:
        while self.left:
            self.read(_SMALL)


def _stray(stream: Inflated, number: int, at: int, size: int, report: Report) -> None:
    """Pass over unpacked bytes that belong to no file; `size` -1 for all that is left."""
    passed = 0
    while size < 0 or passed < size:
        data = stream.read(_SMALL if size < 0 else min(_SMALL, size - passed))
        if not data:
            break
        passed += len(data)
    if passed:
        detail = f"{passed:,} bytes of folder {number} from byte {at:,} belong to no file"
        report(Irregularity("cab.unaccounted-bytes", "", detail, at, passed))


def _blocks(
    source: BinaryIO,
    feed: Feed,
    folder: _Folder,
    reserve: int,
    report: Report,
    spans: list[tuple[int, int]],
) -> Iterator[bytes]:
    at, history = folder.start, b""
    for number in range(folder.blocks):
        source.seek(at)
        header = _need(source, 8 + reserve)
        check, packed, size = struct.unpack_from("<IHH", header)
        data = _need(source, packed)
        if check and check != _checksum(data, header[4:]):
            detail = f"block {number} at byte {at:,} has another checksum than stated"
            report(Irregularity("cab.checksum", "", detail, at, packed))
        spans.append((at, at + len(header) + packed))
        at += len(header) + packed
        feed.at += len(header) + packed
        block = data if folder.method == 0 else _mszip(data, history, at)
        if len(block) != size:
            raise CannotOpen(
                "a block unpacks to another size", offset=at, expected=f"{size:,}", found=f"{len(block):,}"
            )
        history = (history + block)[-_WINDOW:]
        yield block


def _mszip(data: bytes, history: bytes, at: int) -> bytes:
    if data[:2] != b"CK":
        raise CannotOpen("no MSZIP block", offset=at, expected="CK", found=repr(data[:2]))
    inflate = zlib.decompressobj(-15, zdict=history) if history else zlib.decompressobj(-15)
    try:
        return inflate.decompress(data[2:], 65_536)
    except zlib.error as error:
        raise CannotOpen(f"MSZIP data is corrupt ({error})", offset=at) from error


def _checksum(data: bytes, lengths: bytes) -> int:
    """[MS-CAB] 3.1: words of four bytes joined by XOR; the rest of the data counts backwards."""
    whole = len(data) & ~3
    rest = data[whole:]
    value = _fold(data[:whole]) ^ int.from_bytes(rest, "big")
    whole = len(lengths) & ~3
    return value ^ _fold(lengths[:whole]) ^ int.from_bytes(lengths[whole:], "big")


def _fold(data: bytes) -> int:
    """XOR of all little-endian words, by folding one large number in halves."""
    words = len(data) // 4
    if not words:
        return 0
    width = 1 << (words - 1).bit_length()
    value = int.from_bytes(data, "little")
    while width > 1:
        width //= 2
        value = (value >> (32 * width)) ^ (value & ((1 << (32 * width)) - 1))
    return value


def _skim(source: BinaryIO, folder: _Folder, reserve: int, spans: list[tuple[int, int]]) -> None:
    """Account for the blocks of a folder without unpacking them."""
    at = folder.start
    for _ in range(folder.blocks):
        source.seek(at)
        header = source.read(8)
        if len(header) < 8:
            return
        stop = at + 8 + reserve + int.from_bytes(header[4:6], "little")
        spans.append((at, stop))
        at = stop


def _account(
    source: BinaryIO, size: int, cabinet: _Cabinet, spans: list[tuple[int, int]], report: Report
) -> Iterator[Entry]:
    """Report what no table, block or signature covers."""
    if cabinet.signature:
        offset, length = cabinet.signature
        # Signatures are padded to eight bytes.
        spans.append((offset, min(size, offset + length + (-length % 8))))
        yield _bytes(source, "signature", offset, length)
    if cabinet.stated_end > size:
        detail = f"the header states {cabinet.stated_end:,} bytes, there are {size:,}"
        report(Irregularity("cab.truncated", "", detail, size))
    at, pieces = 0, 0
    for start, stop in [*sorted(spans), (size, size)]:
        if start > at:
            source.seek(at)
            sample = source.read(min(start - at, _SMALL))
            if start - at < 8 and sample.count(0) == len(sample):
                pass  # alignment
            else:
                pieces += 1
                trailing = start == size
                rule = "cab.trailing-bytes" if trailing else "cab.unaccounted-bytes"
                detail = f"{start - at:,} bytes from byte {at:,} belong to no table or block"
                report(Irregularity(rule, "", detail, at, start - at))
                yield _bytes(source, "trailing" if trailing else f"gap-{pieces}", at, start - at)
        at = max(at, stop)


def _bytes(source: BinaryIO, label: str, start: int, size: int) -> Entry:
    return Entry(f".cab/{label}", MemberKind.FILE, stream=cast("BinaryIO", Window(source, start, size)))
