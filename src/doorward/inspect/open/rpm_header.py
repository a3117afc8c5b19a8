"""An RPM header structure: an index of typed entries over a store of bytes, all of them accounted for.

rpm.org, "RPM V4 Package format": magic `8e ad e8 01`, four reserved bytes, the number of entries, the
size of the store, entries of 16 bytes (tag, type, offset, count), the store. Used twice in a package:
for the signatures, padded to eight bytes, and for the package itself.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import BinaryIO

from doorward.inspect.open.interface import CannotOpen

__all__ = ["RpmHeader", "Value", "read_header"]

Value = tuple[str, ...] | tuple[int, ...] | bytes

MAGIC = b"\x8e\xad\xe8\x01"
MAX_ENTRIES = 65_536
"""rpm's own limit (hdrchkTags)."""
MAX_STORE = 256 * 1024 * 1024
"""rpm's own limit (hdrchkData)."""
_WIDTHS = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1}
_CODES = {1: "B", 2: "B", 3: "H", 4: "I", 5: "Q"}
_STRINGS = frozenset({6, 8, 9})


@dataclass(frozen=True, slots=True)
class RpmHeader:
    """One header structure."""

    values: dict[int, Value]
    """By tag: strings, integers, or bytes."""
    raw: bytes
    """The structure as it stands in the file, magic included."""
    slack: int
    """Bytes of the store that no entry uses, alignment apart."""
    repeated: tuple[int, ...]
    """Tags that occur more than once: readers differ on which one counts."""

    def strings(self, tag: int) -> tuple[str, ...]:
        """A tag's strings, or none."""
        value = self.values.get(tag, ())
        return tuple(item for item in value if isinstance(item, str)) if isinstance(value, tuple) else ()

    def string(self, tag: int) -> str:
        """A tag's first string, or an empty one."""
        return next(iter(self.strings(tag)), "")

    def numbers(self, tag: int) -> tuple[int, ...]:
        """A tag's integers, or none."""
        value = self.values.get(tag, ())
        return tuple(item for item in value if isinstance(item, int)) if isinstance(value, tuple) else ()


def read_header(source: BinaryIO, at: int) -> RpmHeader:
    """Read the structure at an offset.

    Raises:
        CannotOpen: no such structure, over rpm's own limits, or an entry outside the store.
    """
    source.seek(at)
    start = source.read(16)
    if len(start) < 16 or start[:4] != MAGIC:
        raise CannotOpen("no header structure", offset=at, expected="8e ad e8 01", found=start[:4].hex(" "))
    count, size = struct.unpack(">2I", start[8:])
    if count > MAX_ENTRIES or size > MAX_STORE:
        raise CannotOpen(f"a header of {count:,} entries and {size:,} bytes is over rpm's limits", offset=at)
    index, store = source.read(16 * count), source.read(size)
    if len(index) != 16 * count or len(store) != size:
        raise CannotOpen("the file ends inside a header", offset=at, expected=f"{16 * count + size:,} bytes")
    values: dict[int, Value] = {}
    repeated = []
    spans = []
    for tag, kind, offset, items in struct.iter_unpack(">4I", index):
        value, end = _value(store, kind, offset, items, at)
        if tag in values:
            repeated.append(tag)
        values[tag] = value
        spans.append((offset, end))
    return RpmHeader(values, start + index + store, _slack(spans, store), tuple(repeated))


def _value(store: bytes, kind: int, offset: int, items: int, at: int) -> tuple[Value, int]:
    if offset > len(store) or items > len(store):
        raise CannotOpen(f"an entry of a header lies outside its store (offset {offset:,})", offset=at)
    if kind in _STRINGS:
        return _text(store, offset, 1 if kind == 6 else items, at)
    end = offset + _WIDTHS.get(kind, 0) * items
    if end > len(store):
        raise CannotOpen(f"an entry of a header ends outside its store (offset {offset:,})", offset=at)
    if kind in _CODES:
        return tuple(struct.unpack_from(f">{items}{_CODES[kind]}", store, offset)), end
    return store[offset:end], end


def _text(store: bytes, offset: int, items: int, at: int) -> tuple[Value, int]:
    found = []
    for _ in range(items):
        end = store.find(b"\x00", offset)
        if end < 0:
            raise CannotOpen("a string of a header does not end", offset=at)
        found.append(store[offset:end].decode("utf-8", "surrogateescape"))
        offset = end + 1
    return tuple(found), offset


def _slack(spans: list[tuple[int, int]], store: bytes) -> int:
    """Bytes between the entries that are not zeros of alignment."""
    used, slack = 0, 0
    for start, end in sorted(spans):
        gap = store[used:start]
        if len(gap) >= 8 or gap.count(0) != len(gap):
            slack += len(gap)
        used = max(used, end)
    return slack + len(store) - used
