"""Packed bytes in, unpacked bytes out: what every compressed layer reads from and is read through.

The packed side counts where it stands, so that what follows the compressed data is accounted for; the
unpacked side is bounded by the ratio limit, and fails again at every read once it has failed.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import BinaryIO

from doorward.inspect.limits import Limits
from doorward.inspect.open.interface import CannotOpen, OverLimit

__all__ = ["FED", "Feed", "Inflated"]

FED = 256 * 1024
"""Packed bytes read at a time."""
MAX_FIELD = 1024 * 1024
"""Bytes of a field that ends with NUL."""


class Feed:
    """Packed bytes in order, with the place of the next one."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._buffer = b""
        self._used = 0
        self.at = 0
        """Offset of the next byte."""
        self.trailing = b""
        """What stands behind the last frame, as far as it is kept."""

    def chunk(self, size: int) -> bytes:
        """Up to `size` bytes, at least one unless the source ended."""
        if self._used == len(self._buffer):
            self._buffer, self._used = self._source.read(FED), 0
        data = self._buffer[self._used : self._used + size]
        self._used += len(data)
        self.at += len(data)
        return data

    def take(self, size: int) -> bytes:
        """Exactly `size` bytes, or fewer if the source ends."""
        data = self.chunk(size)
        while len(data) < size and (more := self.chunk(size - len(data))):
            data += more
        return data

    def need(self, size: int, what: str) -> bytes:
        """Exactly `size` bytes of something that has to be there."""
        data = self.take(size)
        if len(data) != size:
            raise CannotOpen(
                f"the stream ends inside its {what}",
                offset=self.at,
                expected=f"{size:,} bytes",
                found=f"{len(data):,}",
            )
        return data

    def until_nul(self, what: str) -> bytes:
        """A field that ends with NUL."""
        field = bytearray()
        while (byte := self.need(1, what)) != b"\x00":
            field += byte
            if len(field) > MAX_FIELD:
                raise CannotOpen(f"the stream's {what} does not end", offset=self.at)
        return bytes(field)

    def back(self, data: bytes) -> None:
        """Give back the last bytes, which were too many."""
        if len(data) <= self._used:
            self._used -= len(data)
        else:
            self._buffer, self._used = data + self._buffer[self._used :], 0
        self.at -= len(data)


class Inflated(io.RawIOBase):
    """The unpacked content of a compressed stream; errors are raised again at every later read."""

    def __init__(self, feed: Feed, blocks: Iterator[bytes], limits: Limits) -> None:
        super().__init__()
        self._feed = feed
        self._blocks = blocks
        self._limits = limits
        self._block = b""
        self._used = 0
        self._made = 0
        self._error: CannotOpen | OverLimit | None = None

    def readable(self) -> bool:
        """Always."""
        return True

    @property
    def trailing(self) -> bytes:
        """What stood behind the compressed data, once that was read to its end."""
        return self._feed.trailing

    def read(self, size: int = -1, /) -> bytes:
        """Exactly `size` bytes, or what is left."""
        end = self._used + size
        if size >= 0 and end <= len(self._block):
            data = self._block[self._used : end]
            self._used = end
            return data
        parts = [self._block[self._used :]]
        wanted = size - len(parts[0]) if size >= 0 else -1
        self._block, self._used = b"", 0
        while wanted and (block := self._next()):
            if 0 <= wanted < len(block):
                parts.append(block[:wanted])
                self._block, self._used, wanted = block, wanted, 0
            else:
                parts.append(block)
                wanted -= len(block) if wanted > 0 else 0
        return b"".join(parts)

    def _next(self) -> bytes:
        if self._error is not None:
            raise self._error
        try:
            block = next(self._blocks, b"")
            self._weigh(len(block))
        except (CannotOpen, OverLimit) as error:
            self._error = error
            raise
        return block

    def _weigh(self, size: int) -> None:
        self._made += size
        limits, packed = self._limits, self._feed.at
        if self._made > limits.ratio_floor and self._made > packed * limits.max_ratio:
            raise OverLimit(
                f"unpacks to more than {limits.max_ratio:,} times its {packed:,} bytes (limit max_ratio)"
            )
