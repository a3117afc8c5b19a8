"""Parts of a media file that deserve a look, and the error for files that cannot be followed."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Broken", "Part", "number"]


class Broken(Exception):
    """The structure cannot be followed beyond this offset."""

    def __init__(self, reason: str, offset: int) -> None:
        self.offset = offset
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Part:
    """One part that viewers do not show."""

    role: str
    """`after` (behind the end), `odd part` (no standard names it), `text field`, `binary field`, `active`."""
    name: str
    offset: int
    size: int
    content: bytes | None = None
    """Decoded content where it is not simply the bytes at `offset`."""


def number(data: bytes, offset: int, size: int, order: str = "big") -> int:
    """An unsigned integer.

    Raises:
        Broken: the file ends before it does.
    """
    raw = data[offset : offset + size]
    if len(raw) < size:
        raise Broken("the file ends within a field", min(offset, len(data)))
    return int.from_bytes(raw, "big" if order == "big" else "little")
