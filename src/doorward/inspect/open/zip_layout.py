"""The layout of a zip: which bytes are the directory, and what it says of each entry.

PKWARE APPNOTE.TXT 6.3.10, sections 4.3.12 to 4.3.16. The directory can be found in two ways, by its offset
from the start and by its size back from the end; readers differ in which they trust (`zipfile` and
libarchive the size, others the offset), so both are read. Reproduced: an end record whose
directory size is zero reads as empty in `zipfile` and still installs elsewhere.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from doorward.inspect.limits import Limits
from doorward.inspect.open.interface import CannotOpen
from doorward.model.artifact import Irregularity

__all__ = ["Directory", "Record", "read_directory"]

Report = Callable[[Irregularity], None]

END = b"PK\x05\x06"
_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR = struct.Struct("<4sLQL")
_RECORD = struct.Struct("<4s6H3L5H2L")
WINDOW = 65_557
"""Bytes from the end in which readers look for the end record."""
_FULL16, _FULL32 = 0xFFFF, 0xFFFFFFFF
_STEP = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Record:
    """One entry of the central directory."""

    name: bytes
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    offset: int
    """Where its local header should be in this file, prepended bytes counted."""
    attributes: int
    unix: bool
    extra: bytes
    comment: bytes
    place: int
    """Where this record stands."""


@dataclass(frozen=True, slots=True)
class Directory:
    """The central directory and what surrounds it."""

    records: tuple[Record, ...]
    spans: tuple[tuple[int, int], ...]
    """(start, end) of everything that is directory, end record or comment."""
    comment: bytes


@dataclass(frozen=True, slots=True)
class _End:
    place: int
    """Of the first of the end records: where the directory must end."""
    entries: int
    size: int
    offset: int
    comment: bytes
    stop: int
    """Where the last end record's comment ends."""


def read_directory(source: BinaryIO, size: int, limits: Limits, report: Report) -> Directory:
    """Find and read the central directory, reporting every way in which it can be read otherwise.

    Raises:
        CannotOpen: there is no end record with a directory before it.
    """
    first: Directory | None = None
    for place in _end_places(source, size):
        if first is None:
            heard: list[Irregularity] = []
            end = _read_end(source, place, heard.append)
            first = _located(source, end, limits, heard.append)
            if first is not None:
                for found in heard:
                    report(found)
        elif not _covers(first, place) and _rivals(source, _read_end(source, place, _silent), first):
            detail = f"another end record at byte {place:,} gives another directory"
            report(Irregularity("zip.several-directories", "", detail, place, 22))
            break
    if first is None:
        source.seek(0)
        raise CannotOpen(
            "the zip has no end record with a directory before it",
            offset=size,
            expected="50 4b 05 06 near the end",
            found=f"a file of {size:,} bytes beginning {source.read(4).hex(' ')}",
        )
    return first


def _silent(_: Irregularity) -> None:
    """Report nothing."""


def _end_places(source: BinaryIO, size: int) -> list[int]:
    """Offsets of end record signatures, last first; the whole file is searched if need be."""
    stop = size
    while stop > 0:
        start = max(0, stop - (WINDOW if stop == size else _STEP))
        source.seek(start)
        data = source.read(stop - start + 3 if stop < size else stop - start)
        places: list[int] = []
        at = data.rfind(END)
        while at >= 0 and len(places) < 64:
            if start + at + 22 <= size:
                places.append(start + at)
            at = data.rfind(END, 0, at + 3)
        if places:
            return places
        stop = start
    return []


def _read_end(source: BinaryIO, place: int, report: Report) -> _End:
    source.seek(place)
    _, disk, start_disk, here, entries, length, offset, comment_size = _END.unpack(source.read(22))
    comment = source.read(comment_size)
    stop = place + 22 + len(comment)
    if len(comment) < comment_size:
        report(
            Irregularity(
                "zip.comment-truncated",
                "",
                f"comment of {comment_size:,} bytes, {len(comment):,} there",
                place,
            )
        )
    end = _End(place, entries, length, offset, comment, stop)
    if place >= 20:
        source.seek(place - 20)
        locator = source.read(20)
        if locator.startswith(b"PK\x06\x07"):
            return _read_end64(source, end, locator, report)
    if disk not in {0, _FULL16} or start_disk != disk or here != entries:
        report(
            Irregularity(
                "zip.spanned", "", f"disk {disk}, directory on {start_disk}, {here} entries here", place
            )
        )
    return end


def _read_end64(source: BinaryIO, end: _End, locator: bytes, report: Report) -> _End:
    """The zip64 end record; what the 32-bit one states besides must agree with it."""
    _, _, stated, _ = _LOCATOR.unpack(locator)
    for place in (stated, end.place - 20 - 56):
        if not 0 <= place <= end.place - 76:
            continue
        source.seek(place)
        raw = source.read(56)
        if not raw.startswith(b"PK\x06\x06"):
            continue
        fields = _END64.unpack(raw)
        entries, size, offset = fields[7:10]
        for what, short, full, long in (
            ("entries", end.entries, _FULL16, entries),
            ("directory size", end.size, _FULL32, size),
            ("directory offset", end.offset, _FULL32, offset),
        ):
            if short not in {full, long}:
                report(
                    Irregularity(
                        "zip.zip64-disagreement",
                        "",
                        f"{what}: zip64 says {long:,}, the end record {short:,}",
                        place,
                    )
                )
        return _End(place, entries, size, offset, end.comment, end.stop)
    report(
        Irregularity(
            "zip.zip64-missing", "", "a zip64 locator points at no zip64 end record", end.place - 20, 20
        )
    )
    return end


def _located(source: BinaryIO, end: _End, limits: Limits, report: Report) -> Directory | None:
    """Read the directory by its offset and by its size; they should be the same place."""
    by_size = end.place - end.size
    records, stop = _records(source, end.offset, end.place, 0, limits)
    if by_size != end.offset:
        shift = by_size - end.offset
        others, other_stop = _records(source, by_size, end.place, shift, limits)
        if records and others and (records[0].place, stop) != (others[0].place, other_stop):
            report(
                Irregularity(
                    "zip.directory-disagreement",
                    "",
                    f"by offset the directory is at byte {end.offset:,} with {len(records):,} entries,"
                    f" by size at byte {by_size:,} with {len(others):,}",
                    end.offset,
                    end.size,
                )
            )
            places = {record.place for record in records}
            added = tuple(record for record in others if record.place not in places)
            spans = ((end.offset, stop), (by_size, other_stop), (end.place, end.stop))
            return Directory(records + added, spans, end.comment)
        if others:
            records, stop = others, other_stop
        elif records:
            report(
                Irregularity(
                    "zip.directory-size",
                    "",
                    f"the end record says the directory has {end.size:,} bytes, it has {stop - end.offset:,}:"
                    " readers that trust the size see other entries",
                    end.place,
                    abs(stop - end.offset - end.size),
                )
            )
    if not records and (end.entries or end.size):
        return None
    start = records[0].place if records else end.place
    if len(records) != end.entries and len(records) <= limits.max_members:
        report(
            Irregularity(
                "zip.entry-count",
                "",
                f"the end record says {end.entries:,} entries, the directory has {len(records):,}",
                end.place,
            )
        )
    return Directory(records, ((start, stop if records else end.place), (end.place, end.stop)), end.comment)


def _covers(directory: Directory, place: int) -> bool:
    """Whether a place lies in the directory or in an entry's data, as a stored zip's end record does."""
    if any(start <= place < stop for start, stop in directory.spans[:-1]):
        return True
    return any(
        record.offset <= place < record.offset + 30 + len(record.name) + record.packed
        for record in directory.records
    )


def _rivals(source: BinaryIO, end: _End, first: Directory) -> bool:
    """Whether another end record leads to a directory of its own."""
    known = {record.place for record in first.records}
    for start in {end.offset, end.place - end.size} - known:
        if 0 <= start < end.place:
            source.seek(start)
            if source.read(4) == b"PK\x01\x02":
                return True
    return False


def _records(
    source: BinaryIO, start: int, stop: int, shift: int, limits: Limits
) -> tuple[tuple[Record, ...], int]:
    """Every record from `start` on, and where the last one ends."""
    found: list[Record] = []
    if not 0 <= start < stop:
        return (), start
    source.seek(start)
    data = source.read(min(stop - start, _STEP))
    base, at = start, 0
    while len(found) <= limits.max_members:
        if len(data) - at < _RECORD.size + 3 * _FULL16 and base + len(data) < stop:
            source.seek(base + at)
            base, data, at = base + at, source.read(min(stop - base - at, _STEP)), 0
        if data[at : at + 4] != b"PK\x01\x02" or at + 46 > len(data):
            break
        record = _record(data, at, base, shift)
        following = at + 46 + len(record.name) + len(record.extra) + len(record.comment)
        found.append(record)
        at = following
    return tuple(found), base + at


def _record(data: bytes, at: int, base: int, shift: int) -> Record:
    fields = _RECORD.unpack_from(data, at)
    made, flags, method, crc, packed, size = fields[1], fields[3], fields[4], fields[7], fields[8], fields[9]
    names, extras, comments = fields[10:13]
    attributes, offset = fields[15], fields[16]
    middle = at + 46 + names
    extra = data[middle : middle + extras]
    if _FULL32 in (packed, size, offset):
        size, packed, offset = _wide(extra, size, packed, offset)
    return Record(
        data[at + 46 : middle],
        flags,
        method,
        crc,
        packed,
        size,
        offset + shift,
        attributes,
        made >> 8 in {3, 19},
        extra,
        data[middle + extras : middle + extras + comments],
        base + at,
    )


def _wide(extra: bytes, size: int, packed: int, offset: int) -> tuple[int, int, int]:
    """The values of the zip64 extra field, for those that the record leaves to it."""
    at = 0
    while at + 4 <= len(extra):
        tag, length = struct.unpack_from("<2H", extra, at)
        if tag == 1:
            body = extra[at + 4 : at + 4 + length]
            values = [int.from_bytes(body[i : i + 8], "little") for i in range(0, len(body) - 7, 8)]
            rest = iter(values)
            size = next(rest, size) if size == _FULL32 else size
            packed = next(rest, packed) if packed == _FULL32 else packed
            offset = next(rest, offset) if offset == _FULL32 else offset
            break
        at += 4 + length
    return size, packed, offset
