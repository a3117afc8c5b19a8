"""Parts of a seekable file as a stream of its own."""

from __future__ import annotations

import io
import os
from bisect import bisect_right
from collections.abc import Sequence
from typing import BinaryIO

from doorward.inspect.open.interface import CannotOpen

__all__ = ["Extents", "Window"]


class Window(io.RawIOBase):
    """`size` bytes from `start`, wherever the shared source stands in between."""

    def __init__(self, source: BinaryIO, start: int, size: int) -> None:
        super().__init__()
        self._source = source
        self._at = start
        self._left = size

    def readable(self) -> bool:
        """Always."""
        return True

    def read(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes.

        Raises:
            CannotOpen: the source is shorter than was said.
        """
        size = self._left if size < 0 else min(size, self._left)
        if not size:
            return b""
        self._source.seek(self._at)
        data = self._source.read(size)
        if not data:
            raise CannotOpen(
                "the file ends early", offset=self._at, expected=f"{self._left:,} more bytes", found="none"
            )
        self._at += len(data)
        self._left -= len(data)
        return data


class Extents(io.RawIOBase):
    """Pieces of a file, joined in order, seekable."""

    def __init__(self, source: BinaryIO, pieces: Sequence[tuple[int, int]], size: int) -> None:
        """Join (offset, length) pieces; `size` cuts the last one."""
        super().__init__()
        self._source = source
        self._pieces = pieces
        self._starts = []
        total = 0
        for _, length in pieces:
            self._starts.append(total)
            total += length
        self.size = min(size, total)
        self._at = 0

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def tell(self) -> int:
        """Offset of the next byte."""
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Go to a place, as of files."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self.size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def read(self, size: int = -1, /) -> bytes:
        """Exactly `size` bytes, or what is left."""
        left = max(0, self.size - self._at)
        left = left if size < 0 else min(size, left)
        parts = []
        while left:
            index = bisect_right(self._starts, self._at) - 1
            start, length = self._pieces[index]
            within = self._at - self._starts[index]
            self._source.seek(start + within)
            data = self._source.read(min(left, length - within))
            if not data:
                raise CannotOpen(
                    "the file ends early", offset=start + within, expected=f"{left:,} more bytes"
                )
            parts.append(data)
            self._at += len(data)
            left -= len(data)
        return parts[0] if len(parts) == 1 else b"".join(parts)
