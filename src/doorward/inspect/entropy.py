"""Where a file's bytes look random: encrypted, compressed, or drawn from a key stream.

Rule: a region is *opaque* when its bytes cannot be told from independent uniform ones by four tests
whose expectations are exact for the window's size (256 random bytes have 7.17 bits of entropy each,
not 8, and 162 distinct values, not 256):

1. a 64-byte window has at least 50 distinct values (random: 56.7 ± 2.3; machine code: 32, its 99th
   percentile 45; text: 20 to 35; base64: 40), and the run of such windows is at least `minimum` long;
2. it is not *more* even than chance: permutations (an AES S-box) and counters are tables;
3. no stride shows a table: in arrays of doubles or pointers some columns (exponents, high bytes)
   hold few values while others hold many. A repeated-key XOR thins all columns alike and stays;
4. it is no table of a cyclic redundancy check, whose 256 words are linear over GF(2).

What remains, by nature: compressed resources, public keys, and constants
taken from random digits (SHA-2 round constants, precomputed curve points). Those are the same in old
and new, so each region carries *content-defined* chunk digests that do not depend on its offset: the
comparison is between sets of chunks, and a region that merely moved has no new ones.

Everything below runs in C loops (`translate`, `count`, `set`): 50 to 150 MB/s on executables.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b, sha256
from itertools import pairwise
from math import log, log2, sqrt

__all__ = ["MINIMUM", "Region", "encoded_regions", "entropy", "expected_entropy", "opaque_regions", "strip"]

MINIMUM = 128
"""Bytes of the smallest opaque region reported by default: an RSA-1024 block, 16 AES blocks."""

WINDOW = 64
SEGMENT = 1024
"""Bytes tested for table structure at a time, so that a table beside a blob does not hide it."""

COMMON = bytes(
    {0, 1, 2, 3, 4, 8, 0x0F, 0x10, 0x20, 0x24, 0x40, 0x41, 0x44, 0x45, 0x48, 0x49, 0x4C, 0x4D, 0x55, 0x5D}
    | {0x66, 0x80, 0x83, 0x84, 0x85, 0x89, 0x8B, 0x8D, 0xC0, 0xC3, 0xC7, 0xCC, 0xE8, 0xFE, 0xFF, 0x90}
    | set(b"etaoinshrdlcumpfgy_.,-/:")
)
"""Bytes that machine code, tables and text are made of; a random window holds few of them."""
COMMON_MAP = bytes(1 if value in COMMON else 0 for value in range(256))
COMMON_SHARE = len(COMMON) / 256
COMMON_LIMIT = int(WINDOW * COMMON_SHARE + 4 * sqrt(WINDOW * COMMON_SHARE * (1 - COMMON_SHARE)))
"""A random window is above this once in 30,000."""

CUT = re.compile(rb"[\x11\x3b\x52\x6e\x97\xa6\xb9\xd2]")
"""Ends a chunk: eight of 256 values, so random chunks average 32 bytes."""
CUT_WIDE = re.compile(rb"[\x11\x3b\x52\x6e\x97\xa6\xb9\xd2][\x30-\x37]")
"""The same for regions above a mebibyte: chunks average 1,024 bytes."""
CUT_TEXT = re.compile(rb"[Rn]|[bB][0-7]")
"""The same for base64 (two of 64 digits) and hexadecimal text."""
STRIDES = (2, 4, 8, 12, 20, 28, 32)
"""Their divisors show in them: a column at stride 6 is two columns at stride 12."""
PIECE = 16 * 1024 * 1024
LARGE = 1024 * 1024
"""Above, chunks are wide."""
LONG = 64 * 1024
"""Above, every sixteenth segment of a run is tested for structure."""
KEEP_ALL = 16 * 1024
"""Regions up to this size keep every chunk (about 500); above, a power-of-two fraction of them."""

DIGITS = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_-")
DIGIT_MAP = bytes(1 if value in DIGITS else 0 for value in range(256))
HEX_TEXT = re.compile(rb"[0-9a-f]{64,}|[0-9A-F]{64,}")


@dataclass(frozen=True, slots=True)
class Region:
    """A stretch of bytes that look random."""

    offset: int
    size: int
    key: str
    """Digest of its content: equal for equal bytes at any offset."""
    values: tuple[str, ...]
    """Digests of its content-defined chunks, 16 hexadecimal digits each, sorted. Edges are left
    out, so a blob keeps its values wherever it moves and whatever its neighbours are."""

    @property
    def size_class(self) -> str:
        """One of six names, from `below-256` to `above-256k`."""
        for limit, name in SIZE_CLASSES:
            if self.size < limit:
                return name
        return "above-256k"


SIZE_CLASSES = ((256, "below-256"), (1024, "256-1k"), (16_384, "1k-16k"), (262_144, "16k-256k"))


def entropy(data: bytes | memoryview) -> float:
    """Shannon entropy of the byte values, in bits per byte; 0.0 for nothing."""
    size = len(data)
    if not size:
        return 0.0
    return log2(size) - sum(count * log2(count) for count in Counter(data).values()) / size


def strip(data: bytes, windows: int = 64) -> tuple[int, ...]:
    """Give the entropy of consecutive windows in eighths of a bit, 0 to 64, for a picture.

    A window above 16 KiB is represented by four slices of 4 KiB, evenly spaced: a picture of any
    file costs at most a mebibyte of counting. Files under 64 bytes have one window.
    """
    size = len(data)
    if not size:
        return ()
    count = max(1, min(windows, size // WINDOW))
    edges = [size * index // count for index in range(count + 1)]
    return tuple(round(8 * entropy(_sample(data, start, end))) for start, end in pairwise(edges))


def _sample(data: bytes, start: int, end: int) -> bytes:
    if end - start <= 16_384:
        return data[start:end]
    step = (end - start) // 4
    return b"".join(data[at : at + 4096] for at in range(start, start + 4 * step, step))


@cache
def expected_entropy(size: int) -> float:
    """Mean entropy of `size` independent uniform bytes, in bits per byte.

    Exact sum over the binomial distribution up to 4,096 bytes, the Miller-Madow correction above.
    """
    if size < 1:
        return 0.0
    if size > 4096:
        return 8 - 255 / (2 * size * log(2))
    chance = (255 / 256) ** size
    total = 0.0
    for count in range(1, min(size, 128) + 1):
        chance *= (size - count + 1) / count / 255
        total += chance * count * log2(count)
    return log2(size) - 256 * total / size


@cache
def _occupancy(size: int) -> tuple[float, float]:
    """Mean and standard deviation of how many distinct values `size` random bytes have."""
    one, two = (255 / 256) ** size, (254 / 256) ** size
    variance = 256 * 255 * two + 256 * one - (256 * one) ** 2
    return 256 * (1 - one), sqrt(max(variance, 0.0))


def opaque_regions(
    data: bytes, minimum: int = MINIMUM, *, start: int = 0, end: int | None = None
) -> list[Region]:
    """Find the regions of `data[start:end]` that look random, in order of offset.

    A blob of `minimum` bytes is found at any alignment. Of random blobs of 192 bytes or more, over
    99 % are found; of text, source code and machine code, under one region in 10 MB is reported.
    """
    end = len(data) if end is None else min(end, len(data))
    regions = []
    for low, high in (part for run in _runs(data, start, end) for part in _without_linear(data, *run)):
        for begin, stop in _unstructured(data, low, high):
            if stop - begin >= minimum:
                regions.append(_region(data, begin, stop))
    return regions


def _runs(data: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Stretches of random-looking windows, their edges moved out to where randomness ends."""
    candidates = _candidates(data, start, end)
    mean, deviation = _occupancy(WINDOW)
    floor = round(mean - 3 * deviation)
    good = [at for at in candidates if len(set(data[at : at + WINDOW])) >= floor]
    index = 0
    last_end = start
    while index < len(good):
        low = good[index]
        high = low + WINDOW
        index += 1
        while index < len(good) and good[index] - high <= WINDOW:
            high = good[index] + WINDOW
            index += 1
        low, high = _widened(data, low, high, last_end, end)
        while index < len(good) and good[index] < high:
            high = max(high, good[index] + WINDOW)
            index += 1
        last_end = high
        yield low, high


def _candidates(data: bytes, start: int, end: int) -> list[int]:
    """Windows poor in the bytes that code, tables and text are made of."""
    found: list[int] = []
    for base in range(start, end, PIECE):
        classes = data[base : min(base + PIECE, end)].translate(COMMON_MAP)
        count = classes.count
        found += [
            base + at
            for at in range(0, len(classes) - WINDOW + 1, WINDOW)
            if count(1, at, at + WINDOW) <= COMMON_LIMIT
        ]
    return found


def _widened(data: bytes, low: int, high: int, floor: int, end: int) -> tuple[int, int]:
    """Move both edges out by eight bytes while the outermost 32 bytes still look random."""
    while low - 8 >= floor and len(set(data[low - 8 : low + 24])) >= 27:
        low -= 8
    while high + 8 <= end and len(set(data[high - 24 : high + 8])) >= 27:
        high += 8
    return low, high


def _without_linear(data: bytes, low: int, high: int) -> Iterator[tuple[int, int]]:
    """Leave out tables of cyclic redundancy checks: 256 words, each the XOR of two before it."""
    at = data.find(b"\0\0\0\0", max(0, low - 8), high)
    while at >= 0:
        width = next((width for width in (4, 8) if _linear(data, at, width)), 0)
        if width:
            if at > low:
                yield low, at
            low = at + 256 * width
        at = data.find(b"\0\0\0\0", max(low, at + 1), high)
    if high > low:
        yield low, high


def _linear(data: bytes, at: int, width: int) -> bool:
    first, second, third = (int.from_bytes(data[at + width * n : at + width * (n + 1)]) for n in (1, 2, 3))
    if first ^ second != third:
        return False  # in either byte order; nearly all that is no such table ends here
    words = [int.from_bytes(data[at + width * n : at + width * (n + 1)], "little") for n in range(256)]
    return any(words) and all(
        words[n] == words[n & -n] ^ words[n & (n - 1)] for n in range(1, 256) if n & (n - 1)
    )


def _unstructured(data: bytes, low: int, high: int) -> Iterator[tuple[int, int]]:
    """The parts of a run that no test shows to be a table, joined where they touch."""
    begin: int | None = None
    at = low
    width = 16 * SEGMENT if high - low > LONG else SEGMENT
    while at < high:
        stop = high if high - at < 2 * width else at + width
        if _looks_random(data[at : min(stop, at + 2 * SEGMENT)]):
            begin = at if begin is None else begin
        elif begin is not None:
            yield begin, at
            begin = None
        at = stop
    if begin is not None:
        yield begin, high


def _looks_random(segment: bytes) -> bool:
    size = len(segment)
    if entropy(segment) < expected_entropy(size) - 0.35:
        return False
    windows = [len(set(segment[at : at + 128])) for at in range(0, size - 127, 128)]
    mean, deviation = _occupancy(128)
    if windows and sum(windows) / len(windows) > mean + 4 * deviation / sqrt(len(windows)):
        return False
    return not any(_columns_differ(segment, stride) for stride in STRIDES if size >= 16 * stride)


def _columns_differ(segment: bytes, stride: int) -> bool:
    """Whether some columns at this stride are poor in values while others are as rich as chance."""
    mean, deviation = _occupancy(len(segment) // stride)
    distinct = [len(set(segment[phase::stride])) for phase in range(stride)]
    return min(distinct) < mean - 6.5 * deviation and max(distinct) > mean - 2 * deviation


def _region(data: bytes, low: int, high: int, cut: re.Pattern[bytes] = CUT) -> Region:
    content = data[low:high]
    pattern = CUT_WIDE if cut is CUT and len(content) > LARGE else cut
    return Region(low, high - low, f"sha256:{sha256(content).hexdigest()}", _chunks(content, pattern))


def _chunks(content: bytes, cut: re.Pattern[bytes]) -> tuple[str, ...]:
    """Digests of what stands between cuts, the edges left out; thinned evenly for long content."""
    # Where a region begins and ends is known to a window: what is near an edge may be its neighbour's.
    edge = min(WINDOW, len(content) // 8)
    cuts = [match.end() for match in cut.finditer(content, edge, len(content) - edge)]
    mask = 0
    while len(content) > KEEP_ALL * (32 if cut is CUT_WIDE else 1) * (mask + 1):
        mask = mask << 1 | 1
    found = set()
    for begin, stop in pairwise(cuts):
        if stop - begin >= 8:
            digest = blake2b(content[begin:stop], digest_size=8).digest()
            if not int.from_bytes(digest, "big") & mask:
                found.add(digest.hex())
    return tuple(sorted(found)) or (blake2b(content, digest_size=8).hexdigest(),)


def encoded_regions(data: bytes, minimum: int = 192) -> list[Region]:
    """Find long runs of hexadecimal or base64 text whose digits look random.

    Text of an encoding is not opaque by the tests above, whose alphabet is all bytes; here the
    expectation is that of its own alphabet. Word lists, paths and identifiers fall short of it.
    """
    regions = []
    for low, high in _digit_runs(data, minimum):
        text = data[low:high]
        if _digits_random(text[:4096], 64):
            regions.append(_region(data, low, high, CUT_TEXT))
            continue
        for match in HEX_TEXT.finditer(text):
            begin, stop = match.span()
            if stop - begin >= minimum and _digits_random(match[0][:4096], 16):
                regions.append(_region(data, low + begin, low + stop, CUT_TEXT))
    return regions


def _digit_runs(data: bytes, minimum: int) -> Iterator[tuple[int, int]]:
    """Runs of base64 digits: two samples half a minimum apart are digits before a run is measured."""
    step = minimum // 2
    piece = step * (PIECE // step)
    reached = 0
    for base in range(0, len(data), piece):
        # What follows the piece belongs to it, so that a run over its edge is seen whole or by the next.
        classes = data[base : base + piece + 2 * minimum].translate(DIGIT_MAP)
        samples = classes[::step]
        at = samples.find(b"\1\1")
        while at >= 0:
            low = max(classes.rfind(0, 0, (at + 1) * step) + 1, reached - base)
            high = classes.find(0, (at + 1) * step)
            high = len(classes) if high < 0 else high
            if high - low >= minimum:
                reached = base + high
                yield base + low, base + high
            at = samples.find(b"\1\1", max(at + 1, high // step))


def _digits_random(text: bytes, alphabet: int) -> bool:
    expected = log2(alphabet) - (alphabet - 1) / (2 * len(text) * log(2))
    return entropy(text) >= expected - 0.1
