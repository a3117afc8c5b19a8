"""The content of one zip entry: unpacked, and held against the size and checksum that were stated.

APPNOTE.TXT 6.3.10, section 4.4.5 (methods). Encrypted entries and methods without a reader here are said to
be so; bytes between the end of the compressed data and the end of the entry are slack, where data hides.
"""

from __future__ import annotations

import bz2
import io
import lzma
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any, BinaryIO

import zstandard

from doorward.inspect.open.interface import CannotOpen

__all__ = ["METHODS", "Stated", "small_content", "streamed"]

STEP = 1024 * 1024
FED = 256 * 1024
FED_ZST = 4096  # Zstandard has no bound on its output
METHODS = {0: "stored", 8: "deflate", 12: "bzip2", 14: "LZMA", 20: "Zstandard", 93: "Zstandard", 95: "xz"}
"""Methods with a reader here."""
LZMA_MEMORY = 1024 * 1024 * 1024

_Unpacker = Any
"""`LZMADecompressor`, `BZ2Decompressor` or zstandard's untyped decompression object."""
Say = Callable[[str, str], None]
"""Called with a rule and its detail."""


@dataclass(frozen=True, slots=True)
class Stated:
    """What the directory says of an entry's data."""

    method: int
    packed: int
    size: int
    crc: int
    start: int
    """Where the packed data begins."""


def small_content(packed: bytes, stated: Stated, say: Say) -> bytes | None:
    """The content of a small stored or deflated entry; None if it is better streamed."""
    if stated.method == 0:
        data = packed
    else:
        inflate = zlib.decompressobj(-15)
        try:
            data = inflate.decompress(packed, stated.size + 1)
        except zlib.error:
            return None
        if not inflate.eof or len(data) != stated.size:
            return None
        if inflate.unused_data:
            _slack(len(inflate.unused_data), say)
    if len(data) != stated.size:
        return None
    _check(zlib.crc32(data), len(data), stated, say)
    return data


def _slack(size: int, say: Say) -> None:
    say("zip.slack", f"{size:,} bytes between the end of the compressed data and the end of the entry")


def _check(crc: int, size: int, stated: Stated, say: Say) -> None:
    if size != stated.size:
        say("zip.size-mismatch", f"the directory says {stated.size:,} bytes, the data unpacks to {size:,}")
    if crc != stated.crc:
        say("zip.crc-mismatch", f"the directory says CRC {stated.crc:08x}, the data has {crc:08x}")


class _Content(io.RawIOBase):
    """Blocks as a stream."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        super().__init__()
        self._blocks = blocks
        self._block = b""

    def readable(self) -> bool:
        """Always."""
        return True

    def read(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes."""
        while not self._block:
            following = next(self._blocks, None)
            if following is None:
                return b""
            self._block = following
        if size < 0:
            size = len(self._block)
        data, self._block = self._block[:size], self._block[size:]
        return data


def streamed(source: BinaryIO, stated: Stated, say: Say) -> io.RawIOBase:
    """The content of an entry of any size; checked when it has been read to its end."""
    return _Content(_checked(source, stated, say))


def _checked(source: BinaryIO, stated: Stated, say: Say) -> Iterator[bytes]:
    crc, size = 0, 0
    for block in _unpacked(source, stated, say):
        crc = zlib.crc32(block, crc)
        size += len(block)
        yield block
    _check(crc, size, stated, say)


def _packed(source: BinaryIO, stated: Stated) -> Iterator[bytes]:
    """The entry's own bytes, from their place each time: the source is shared with the layout."""
    at, left = stated.start, stated.packed
    step = {0: STEP, 20: FED_ZST, 93: FED_ZST}.get(stated.method, FED)
    while left:
        source.seek(at)
        data = source.read(min(step, left))
        if not data:
            raise CannotOpen(
                "the file ends inside an entry", offset=at, expected=f"{left:,} more bytes", found="none"
            )
        at += len(data)
        left -= len(data)
        yield data


def _unpacked(source: BinaryIO, stated: Stated, say: Say) -> Iterator[bytes]:
    packed = _packed(source, stated)
    if stated.method == 0:
        yield from packed
        return
    try:
        if stated.method == 8:
            yield from _inflated(packed, stated, say)
        else:
            yield from _other(packed, stated, say)
    except (zlib.error, lzma.LZMAError, zstandard.ZstdError, OSError, ValueError, EOFError) as error:
        raise CannotOpen(
            f"{METHODS[stated.method]} data is corrupt ({error})",
            offset=stated.start,
            expected=f"{stated.size:,} bytes",
            found="data that does not unpack",
        ) from error


def _inflated(packed: Iterator[bytes], stated: Stated, say: Say) -> Iterator[bytes]:
    inflate = zlib.decompressobj(-15)
    used = 0
    for data in packed:
        used += len(data)
        block = inflate.decompress(data, STEP)
        while block:
            yield block
            if inflate.eof:
                break
            block = inflate.decompress(inflate.unconsumed_tail, STEP)
        if inflate.eof:
            break
    if not inflate.eof:
        raise CannotOpen("deflate data ends early", offset=stated.start + stated.packed)
    slack = stated.packed - used + len(inflate.unused_data)
    if slack:
        _slack(slack, say)


def _other(packed: Iterator[bytes], stated: Stated, say: Say) -> Iterator[bytes]:
    if stated.method == 14:
        unpacker, packed = _raw_lzma(packed)
    else:
        unpacker = _unpacker(stated.method)
    for data in packed:
        feed = data
        while True:
            block = (
                unpacker.decompress(feed, STEP)
                if isinstance(unpacker, lzma.LZMADecompressor | bz2.BZ2Decompressor)
                else unpacker.decompress(feed)
            )
            if block:
                yield block
            if unpacker.eof or getattr(unpacker, "needs_input", True):
                break
            feed = b""
        if unpacker.eof:
            break
    if not unpacker.eof and stated.method != 14:
        raise CannotOpen(f"{METHODS[stated.method]} data ends early", offset=stated.start + stated.packed)
    if unpacker.eof and unpacker.unused_data:
        _slack(len(unpacker.unused_data), say)


def _unpacker(method: int) -> _Unpacker:
    if method == 12:
        return bz2.BZ2Decompressor()
    if method == 95:
        return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=LZMA_MEMORY)
    return zstandard.ZstdDecompressor(max_window_size=1 << 27).decompressobj()


def _raw_lzma(packed: Iterator[bytes]) -> tuple[_Unpacker, Iterator[bytes]]:
    """LZMA as section 5.8 has it: two version bytes, the size of the properties, the properties."""
    first = next(packed, b"")
    if len(first) < 9 or first[2:4] != b"\x05\x00" or first[4] >= 225:
        raise ValueError("LZMA properties are missing")
    rest, lc = divmod(first[4], 9)
    pb, lp = divmod(rest, 5)
    window = int.from_bytes(first[5:9], "little")
    if window > LZMA_MEMORY:
        raise ValueError(f"dictionary of {window:,} bytes")
    filters = [{"id": lzma.FILTER_LZMA1, "lc": lc, "lp": lp, "pb": pb, "dict_size": max(window, 4096)}]
    return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=filters), chain((first[9:],), packed)
