"""Part of a seekable file as a stream of its own."""

from __future__ import annotations

import io
from typing import BinaryIO

from doorward.inspect.open.interface import CannotOpen

__all__ = ["Window"]


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
