"""Is a region that looks random only compressed? Then it can be looked at, and is no riddle.

Rule: a stream of a known format begins at the region or before it, decompresses over most of
the region, and gives more bytes than it took, which do not look random themselves. Formats: zlib (RFC 1950),
gzip (RFC 1952), bzip2, xz, Zstandard (RFC 8878). An encrypted payload passes none of this, and one that
was compressed and then encrypted neither.
"""

from __future__ import annotations

import bz2
import lzma
import re
import zlib
from collections.abc import Callable

import zstandard

from doorward.inspect.entropy import entropy

__all__ = ["inflated"]

BEGINS = re.compile(
    rb"(?P<zlib>\x78[\x01\x5e\x9c\xda])|(?P<gzip>\x1f\x8b\x08)|(?P<bz2>BZh[1-9]1AY&SY)|(?P<xz>\xfd7zXZ\0)|(?P<zstd>\x28\xb5\x2f\xfd)"
)
BEFORE = 32 * 1024
"""Bytes before the region where its stream may begin: parts of a stream look less random than others."""
ATTEMPTS = 100
"""Headers that are tried, the nearest to the region first; two bytes of zlib's come up by chance."""
AFTER = 96
LEAST_SHARE = 0.7
"""Of the region that the stream must cover."""
MOST = 4 * 1024 * 1024
"""Bytes of output that are looked at; a bomb stops there."""
RANDOM = 7.5
"""Bits a byte from which output of some length counts as random itself."""


def _zlib(data: bytes) -> tuple[bytes, int]:
    stream = zlib.decompressobj()
    plain = stream.decompress(data, MOST)
    return plain, len(data) - len(stream.unused_data) - len(stream.unconsumed_tail)


def _gzip(data: bytes) -> tuple[bytes, int]:
    stream = zlib.decompressobj(31)
    plain = stream.decompress(data, MOST)
    return plain, len(data) - len(stream.unused_data) - len(stream.unconsumed_tail)


def _bz2(data: bytes) -> tuple[bytes, int]:
    stream = bz2.BZ2Decompressor()
    plain = stream.decompress(data, MOST)
    return plain, len(data) - len(stream.unused_data)


def _xz(data: bytes) -> tuple[bytes, int]:
    stream = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=64 * 1024 * 1024)
    plain = stream.decompress(data, MOST)
    return plain, len(data) - len(stream.unused_data)


def _zstd(data: bytes) -> tuple[bytes, int]:
    stream = zstandard.ZstdDecompressor(max_window_size=16 * 1024 * 1024).decompressobj()
    plain = stream.decompress(data)
    return plain[:MOST], len(data) - len(stream.unused_data)


READERS: dict[str, Callable[[bytes], tuple[bytes, int]]] = {
    "zlib": _zlib,
    "gzip": _gzip,
    "bz2": _bz2,
    "xz": _xz,
    "zstd": _zstd,
}


def inflated(data: bytes, start: int, end: int) -> bytes | None:
    """What a region decompresses to, or None if it is not compressed.

    Args:
        data: the whole file.
        start: offset of the region.
        end: offset behind it.
    """
    base = max(0, start - BEFORE)
    found = list(BEGINS.finditer(data, base, min(start + AFTER, len(data))))
    for match in sorted(found[-ATTEMPTS:], key=lambda m: abs(m.start() - start)):
        at = match.start()
        try:
            plain, used = READERS[str(match.lastgroup)](data[at : end + AFTER])
        except (zlib.error, lzma.LZMAError, zstandard.ZstdError, OSError, ValueError, EOFError, MemoryError):
            continue
        covered = min(at + used, end) - start
        if covered >= LEAST_SHARE * (end - start) and len(plain) > used and entropy(plain[:65536]) < RANDOM:
            return plain
    return None
