"""Compressed streams: every frame, header field and byte behind the last one is accounted for.

RFC 1952 (gzip), the .xz file format 1.2.1, bzip2, RFC 8878 (Zstandard). Each is a container of one
content; if that content is a tar, the whole is read as a tar with the compression as a layer. Fields
that no reader looks at (gzip extra and comment, Zstandard skippable frames) and bytes behind the last
frame are irregularities: data can be hidden there.
"""

from __future__ import annotations

import bz2
import io
import lzma
import zlib
from abc import abstractmethod
from collections.abc import Callable, Iterator
from typing import BinaryIO, ClassVar, cast

import zstandard

from doorward.inspect.limits import Limits
from doorward.inspect.open.feed import FED, Feed, Inflated
from doorward.inspect.open.interface import CannotOpen, Entry, Opener, OverLimit
from doorward.inspect.open.tar import Tar
from doorward.inspect.open.tar_header import BLOCK, is_header
from doorward.model.artifact import Irregularity, MemberKind

__all__ = ["Bz2", "Gz", "Lzma", "Xz", "Zst"]

Report = Callable[[Irregularity], None]
STEP = 1024 * 1024
"""Unpacked bytes at a time."""
FED_FIRST = 4096
"""Packed bytes at a time at the start of a frame, so that a million tiny frames do not copy a buffer each."""
FED_ZST = 2048
"""The same for Zstandard, which has no bound on its output: at most 512 blocks of 128 KiB."""
MAX_TRAILING = 16 * 1024 * 1024
"""Bytes behind the end that are kept to be examined."""
XZ_MEMORY = 1024 * 1024 * 1024
"""Memory that an xz dictionary may ask for; `xz -9` asks for 65 MiB."""


class _Stream:
    """A container of one content, or a layer below a tar."""

    name: ClassVar[str]
    version: ClassVar[int] = 1

    @staticmethod
    @abstractmethod
    def unpack(feed: Feed, report: Report) -> Iterator[bytes]:
        """The unpacked content in blocks."""

    def accepts(self, path: str, head: bytes) -> bool:  # noqa: ARG002 - the protocol's signature
        """Whatever begins as the catalogue says."""
        return len(head) > 4

    def entries(self, source: BinaryIO, size: int, limits: Limits, report: Report) -> Iterator[Entry]:
        """Yield the one content, without a name: the walk names it after the file.

        Raises:
            CannotOpen: nothing can be unpacked at all.
        """
        layer = self.layer(source, size, limits, report)
        first = layer.read(1)
        yield Entry("", MemberKind.FILE, stream=cast("BinaryIO", _Rest(first, layer)), packed=size)
        trailing = getattr(layer, "trailing", b"")
        if trailing:
            yield Entry(f".{self.name}/trailing", MemberKind.FILE, stream=io.BytesIO(trailing))

    def layer(self, source: BinaryIO, size: int, limits: Limits, report: Report) -> BinaryIO:  # noqa: ARG002
        """The unpacked content as a stream read forwards."""
        feed = Feed(source)
        return cast("BinaryIO", Inflated(feed, self.unpack(feed, report), limits))

    def refined(self, source: BinaryIO, size: int, limits: Limits) -> Opener:
        """Tar with this as its layer if the content begins as a tar, else this itself."""
        try:
            block = self.layer(source, size, limits, lambda _: None).read(BLOCK)
        except (CannotOpen, OverLimit):
            return self
        finally:
            source.seek(0)
        return Tar(self.layer) if is_header(block) else self


class _Rest(io.RawIOBase):
    """A stream whose first bytes were already read."""

    def __init__(self, first: bytes, rest: BinaryIO) -> None:
        super().__init__()
        self._first = first
        self._rest = rest

    def readable(self) -> bool:
        """Always."""
        return True

    def read(self, size: int = -1, /) -> bytes:
        """The bytes put back, then the rest."""
        if self._first:
            first, self._first = self._first, b""
            return first if size == 1 else first + self._rest.read(size - 1 if size > 0 else size)
        return self._rest.read(size)


def _trailing(feed: Feed, form: str, report: Report) -> None:
    """Account for whatever follows the last frame."""
    at, size, zeros = feed.at, 0, 0
    kept = []
    while data := feed.chunk(FED):
        if size < MAX_TRAILING:
            kept.append(data)
        size += len(data)
        zeros += data.count(0)
    if not size:
        return
    if zeros != size:
        feed.trailing = b"".join(kept)
    if zeros == size:
        report(Irregularity(f"{form}.trailing-zeros", "", f"{size:,} zero bytes behind the end", at, size))
    else:
        report(
            Irregularity(
                f"{form}.trailing-bytes",
                "",
                f"{size:,} bytes behind the end of the compressed data",
                at,
                size,
            )
        )


# -- gzip ------------------------------------------------------------------------------------


def _gz(feed: Feed, report: Report) -> Iterator[bytes]:
    members = 0
    while True:
        at = feed.at
        magic = feed.take(3)
        if magic != b"\x1f\x8b\x08":
            if not members:
                raise CannotOpen(
                    "no gzip header", offset=at, expected="1f 8b 08", found=magic.hex(" ") or "nothing"
                )
            feed.back(magic)
            break
        members += 1
        _gz_header(feed, report)
        yield from _gz_member(feed)
    if members > 1:
        report(
            Irregularity(
                "gz.several-members", "", f"{members:,} gzip members; some readers stop after the first"
            )
        )
    _trailing(feed, "gz", report)


def _gz_header(feed: Feed, report: Report) -> None:
    at = feed.at
    fields = feed.need(7, "header")
    flags = fields[0]
    if flags & 0xE0:
        raise CannotOpen("reserved gzip flags are set", offset=at, expected="0", found=f"{flags:#04x}")
    if flags & 4:
        size = int.from_bytes(feed.need(2, "header"), "little")
        feed.need(size, "extra field")
        report(Irregularity("gz.extra-field", "", f"{size:,} bytes in the header's extra field", at, size))
    if flags & 8:
        name = feed.until_nul("name")
        if len(name) > 255:
            report(
                Irregularity(
                    "gz.long-name", "", f"a name of {len(name):,} bytes in the header", at, len(name)
                )
            )
    if flags & 16:
        comment = feed.until_nul("comment")
        report(
            Irregularity(
                "gz.comment", "", f"{len(comment):,} bytes in the header's comment", at, len(comment)
            )
        )
    if flags & 2:
        feed.need(2, "header checksum")


def _gz_member(feed: Feed) -> Iterator[bytes]:
    inflate = zlib.decompressobj(-15)
    crc, size = 0, 0
    for block in deflated(inflate, feed):
        crc = zlib.crc32(block, crc)
        size += len(block)
        yield block
    feed.back(inflate.unused_data)
    at = feed.at
    trailer = feed.need(8, "checksum")
    stated = int.from_bytes(trailer[:4], "little")
    if stated != crc:
        raise CannotOpen("gzip checksum differs", offset=at, expected=f"{stated:08x}", found=f"{crc:08x}")
    length = int.from_bytes(trailer[4:], "little")
    if length != size & 0xFFFFFFFF:
        raise CannotOpen(
            "gzip length differs", offset=at, expected=f"{length:,}", found=f"{size & 0xFFFFFFFF:,}"
        )


def deflated(inflate: zlib._Decompress, feed: Feed) -> Iterator[bytes]:
    """Blocks of one raw deflate stream, at most `STEP` long; leaves `unused_data` to the caller."""
    step = FED_FIRST
    while not inflate.eof:
        packed = inflate.unconsumed_tail or feed.chunk(step)
        step = min(step * 2, FED)
        try:
            block = inflate.decompress(packed, STEP)
            if not packed and not block and not inflate.eof:
                raise CannotOpen("deflate data ends early", offset=feed.at)
        except zlib.error as error:
            raise CannotOpen(f"deflate data is corrupt ({error})", offset=feed.at) from error
        if block:
            yield block


# -- xz, bzip2 -------------------------------------------------------------------------------


def _xz(feed: Feed, report: Report) -> Iterator[bytes]:
    yield from _streams(
        feed,
        report,
        "xz",
        b"\xfd7zXZ\x00",
        lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=XZ_MEMORY),
    )


def _lzma(feed: Feed, report: Report) -> Iterator[bytes]:
    yield from _streams(
        feed,
        report,
        "lzma",
        b"\x5d\x00\x00",
        lambda: lzma.LZMADecompressor(lzma.FORMAT_ALONE, memlimit=XZ_MEMORY),
    )


def _bz2(feed: Feed, report: Report) -> Iterator[bytes]:
    yield from _streams(feed, report, "bz2", b"BZh", bz2.BZ2Decompressor)


def _streams(
    feed: Feed,
    report: Report,
    form: str,
    magic: bytes,
    make: Callable[[], lzma.LZMADecompressor | bz2.BZ2Decompressor],
) -> Iterator[bytes]:
    count = 0
    while True:
        begin = feed.take(len(magic))
        feed.back(begin)
        if begin != magic:
            if not count:
                raise CannotOpen(
                    f"no {form} header", offset=feed.at, expected=magic.hex(" "), found=begin.hex(" ")
                )
            break
        count += 1
        unpacker = make()
        step = FED_FIRST
        while not unpacker.eof:
            packed = feed.chunk(step) if unpacker.needs_input else b""
            step = min(step * 2, FED)
            if unpacker.needs_input and not packed:
                raise CannotOpen(f"{form} data ends early", offset=feed.at)
            yield from _step(unpacker, packed, form, feed)
        feed.back(unpacker.unused_data)
    if count > 1:
        report(
            Irregularity(
                f"{form}.several-streams", "", f"{count:,} {form} streams; some readers stop after the first"
            )
        )
    _trailing(feed, form, report)


def _step(
    unpacker: lzma.LZMADecompressor | bz2.BZ2Decompressor, packed: bytes, form: str, feed: Feed
) -> Iterator[bytes]:
    try:
        block = unpacker.decompress(packed, STEP)
    except (lzma.LZMAError, OSError, ValueError) as error:
        if "memory usage limit" in str(error).lower():
            raise OverLimit(f"its {form} dictionary needs more than {XZ_MEMORY:,} bytes of memory") from error
        raise CannotOpen(f"{form} data is corrupt ({error})", offset=feed.at) from error
    if block:
        yield block


# -- Zstandard -------------------------------------------------------------------------------


def _zst(feed: Feed, report: Report) -> Iterator[bytes]:
    frames = 0
    while True:
        at = feed.at
        magic = feed.take(4)
        if len(magic) == 4 and magic[1:] == b"\x2a\x4d\x18" and 0x50 <= magic[0] <= 0x5F:
            size = int.from_bytes(feed.need(4, "skippable frame"), "little")
            _pass_over(feed, size)
            report(
                Irregularity(
                    "zst.skippable-frame",
                    "",
                    f"a skippable frame of {size:,} bytes that no reader unpacks",
                    at,
                    size,
                )
            )
            continue
        feed.back(magic)
        if magic != b"\x28\xb5\x2f\xfd":
            if not frames:
                raise CannotOpen(
                    "no Zstandard frame", offset=at, expected="28 b5 2f fd", found=magic.hex(" ")
                )
            break
        frames += 1
        yield from _zst_frame(feed)
    if frames > 1:
        report(
            Irregularity("zst.several-frames", "", f"{frames:,} frames; some readers stop after the first")
        )
    _trailing(feed, "zst", report)


def _pass_over(feed: Feed, size: int) -> None:
    while size:
        data = feed.chunk(min(size, FED))
        if not data:
            raise CannotOpen("the stream ends inside a skippable frame", offset=feed.at)
        size -= len(data)


def _zst_frame(feed: Feed) -> Iterator[bytes]:
    unpacker = zstandard.ZstdDecompressor(max_window_size=1 << 27).decompressobj(read_across_frames=False)
    while not unpacker.eof:
        packed = feed.chunk(FED_ZST)
        if not packed:
            raise CannotOpen("Zstandard data ends early", offset=feed.at)
        try:
            block = unpacker.decompress(packed)
        except zstandard.ZstdError as error:
            raise CannotOpen(f"Zstandard data is corrupt ({error})", offset=feed.at) from error
        if block:
            yield block
    feed.back(unpacker.unused_data)


class Gz(_Stream):
    """Reader of gzip."""

    name = "gz"
    unpack = staticmethod(_gz)


class Xz(_Stream):
    """Reader of xz."""

    name = "xz"
    unpack = staticmethod(_xz)


class Bz2(_Stream):
    """Reader of bzip2."""

    name = "bz2"
    unpack = staticmethod(_bz2)


class Lzma(_Stream):
    """Reader of what came before xz: told by its name, since it has no magic."""

    name = "lzma"
    unpack = staticmethod(_lzma)

    def accepts(self, path: str, head: bytes) -> bool:
        """A file called so that begins with the usual properties."""
        return path.lower().endswith(".lzma") and len(head) > 13


class Zst(_Stream):
    """Reader of Zstandard."""

    name = "zst"
    unpack = staticmethod(_zst)
