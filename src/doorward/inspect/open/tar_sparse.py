"""Sparse files in tar: GNU's old map, and the three forms of map in extended headers.

GNU tar manual, "Storing Sparse Files". Holes are given as the zeros they stand for, so that the digest is
that of the file as installed; limits bound them like any other content.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import BinaryIO

from doorward.inspect.open.interface import CannotOpen
from doorward.inspect.open.tar_header import BLOCK, Pax, octal

__all__ = ["Sparse", "gnu_map", "pax_map", "stored_map"]

Segments = list[tuple[int, int]]
"""(offset in the file, length) of each stored piece, in order."""

_ZEROS = bytes(65_536)
_MAX_SEGMENTS = 100_000


class Sparse(io.RawIOBase):
    """Stored pieces with their holes filled in."""

    def __init__(self, stored: BinaryIO, segments: Segments, size: int) -> None:
        super().__init__()
        self._stored = stored
        self._todo = iter([*segments, (size, 0)])
        self._at = 0
        self._hole = 0
        self._data = 0

    def readable(self) -> bool:
        """Always."""
        return True

    def read(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes; fewer at the border of a piece."""
        size = len(_ZEROS) if size < 0 else size
        while not self._hole and not self._data:
            following = next(self._todo, None)
            if following is None:
                return b""
            offset, self._data = following
            if offset < self._at:
                raise CannotOpen("the map of a sparse file goes backwards")
            self._hole = offset - self._at
            self._at = offset + self._data
        if self._hole:
            piece = _ZEROS[: min(size, self._hole)]
            self._hole -= len(piece)
            return piece
        piece = self._stored.read(min(size, self._data))
        if not piece:
            raise CannotOpen("a sparse file ends before its map does")
        self._data -= len(piece)
        return piece


def gnu_map(block: bytes, next_block: Callable[[], bytes]) -> tuple[Segments, int]:
    """The map of an old GNU sparse header and its extension blocks, and the real size."""
    size = octal(block[483:495]) or 0
    segments = _entries(block, 386, 4)
    more = block[482]
    while more:
        block = next_block()
        segments += _entries(block, 0, 21)
        more = block[504]
        if len(segments) > _MAX_SEGMENTS:
            raise CannotOpen(f"the map of a sparse file has more than {_MAX_SEGMENTS:,} pieces")
    return segments, size


def _entries(block: bytes, start: int, count: int) -> Segments:
    found = []
    for at in range(start, start + 24 * count, 24):
        offset, length = octal(block[at : at + 12]), octal(block[at + 12 : at + 24])
        if offset is None or length is None:
            raise CannotOpen("the map of a sparse file holds no number")
        if length:
            found.append((offset, length))
    return found


def pax_map(pax: Pax) -> tuple[Segments, int] | None:
    """The map in formats 0.0 and 0.1, which stand in the extended header; None if there is none."""
    size = pax.get("GNU.sparse.size")
    if size is None:
        return None
    listed = pax.get("GNU.sparse.map")
    numbers = (
        listed.split(b",")
        if listed is not None
        else [v for k, v in pax.records if k in {"GNU.sparse.offset", "GNU.sparse.numbytes"}]
    )
    return _pairs(numbers), _number(size)


def stored_map(stored: BinaryIO) -> tuple[Segments, int]:
    """The map in format 1.0, which stands before the data; with it the bytes it takes up."""
    data = b""
    while True:
        block = stored.read(BLOCK)
        if len(block) != BLOCK or len(data) > _MAX_SEGMENTS * 24:
            raise CannotOpen("the map of a sparse file does not end")
        data += block
        numbers = data.split(b"\n")
        if len(numbers) > 1:
            count = _number(numbers[0])
            if len(numbers) > 2 * count + 1:
                return _pairs(numbers[1 : 2 * count + 1]), len(data)


def _pairs(numbers: list[bytes]) -> Segments:
    values = [_number(number) for number in numbers if number]
    return list(zip(values[::2], values[1::2], strict=False))


def _number(raw: bytes) -> int:
    if not raw.isdigit() or len(raw) > 20:
        raise CannotOpen("the map of a sparse file holds no number")
    return int(raw)
