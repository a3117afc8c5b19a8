"""Zip, and what is built on it: wheels, jars, eggs, zipapps, self-extracting programs.

PKWARE APPNOTE.TXT 6.3.10. Each byte belongs to a local header, an entry's data, a data descriptor, the
directory, or an end record; what does not is reported, and its content is listed under `.zip/` so that it is
examined. Local and central header are two statements on one entry and must agree. Entries that only a
reader of local headers would find are listed too.
"""

from __future__ import annotations

import io
import stat
import struct
import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO, ClassVar, cast

from doorward.inspect.limits import Limits
from doorward.inspect.open.interface import CannotOpen, Entry
from doorward.inspect.open.paths import escaped
from doorward.inspect.open.zip_data import METHODS, Say, Stated, small_content, streamed
from doorward.inspect.open.zip_layout import Directory, Record, read_directory
from doorward.model.artifact import Irregularity, MemberKind

__all__ = ["Zip"]

Report = Callable[[Irregularity], None]

SMALL = 1024 * 1024
_LOCAL = struct.Struct("<4s5H3L2H")
_KNOWN_EXTRA = frozenset(
    {
        0x0001,  # zip64
        0x000A,  # NTFS times
        0x000D,  # Unix
        0x5455,  # extended time
        0x5855,  # Info-ZIP Unix 1
        0x7855,  # Info-ZIP Unix 2
        0x7875,  # Info-ZIP Unix 3
        0x6375,  # Unicode comment
        0x7075,  # Unicode path
        0xCAFE,  # jar
        0xD935,  # Android alignment
        0x9901,  # AES
        0xA11E,  # Open Packaging growth hint
        0xA220,
    }
)
MAX_GAP = 64 * 1024 * 1024
"""Bytes of one unaccounted piece that are kept in memory to be examined; larger ones are streamed."""


class Zip:
    """Reader of zip."""

    name: ClassVar[str] = "zip"
    version: ClassVar[int] = 1

    def accepts(self, path: str, head: bytes) -> bool:  # noqa: ARG002 - the protocol's signature
        """Whatever begins with a local header or an end record."""
        return len(head) >= 22

    def entries(self, source: BinaryIO, size: int, limits: Limits, report: Report) -> Iterator[Entry]:
        """Yield every entry in file order, then what stands between and around them.

        Raises:
            CannotOpen: no directory can be found.
        """
        directory = read_directory(source, size, limits, report)
        yield from _Reading(source, size, directory, limits, report).entries()


class _Reading:
    """One pass over one zip."""

    def __init__(
        self, source: BinaryIO, size: int, directory: Directory, limits: Limits, report: Report
    ) -> None:
        self._source = source
        self._size = size
        self._directory = directory
        self._limits = limits
        self._report = report
        self._spans = list(directory.spans)
        self._pieces = 0

    def entries(self) -> Iterator[Entry]:
        for record in sorted(self._directory.records, key=lambda r: r.offset):
            yield self._entry(record)
        if self._directory.comment:
            yield self._bytes("comment", self._directory.spans[-1][1] - len(self._directory.comment), 0)
        if len(self._directory.records) <= self._limits.max_members:
            yield from self._gaps()

    # -- one entry -------------------------------------------------------------------------

    def _entry(self, record: Record) -> Entry:
        path = _text(record.name, record.flags)

        def say(rule: str, detail: str) -> None:
            self._report(Irregularity(rule, path, detail, record.offset, record.packed))

        start = self._local(record, path, say)
        if record.extra:
            _check_extra(record.extra, record.name, say)
        if record.comment:
            say("zip.entry-comment", f"a comment of {len(record.comment):,} bytes on the entry")
        mode = record.attributes >> 16 if record.unix else 0
        bits = stat.S_IMODE(mode)
        if start < 0:
            return Entry(
                path, MemberKind.FILE, bits, unreadable="its local header is not where the directory says"
            )
        if path.endswith("/") and not record.size and record.packed <= 2:  # two bytes: the nothing, deflated
            return Entry(path, MemberKind.DIRECTORY, bits)
        if path.endswith("/"):
            say("zip.directory-with-content", f"a directory holds {record.packed:,} bytes")
        if record.flags & 1:
            return Entry(path, MemberKind.FILE, bits, unreadable="it is encrypted")
        if record.method not in METHODS:
            reason = f"it is packed with method {record.method}, which has no reader here"
            return Entry(path, MemberKind.FILE, bits, unreadable=reason)
        return self._file(record, path, mode, start, say)

    def _file(self, record: Record, path: str, mode: int, start: int, say: Say) -> Entry:
        stated = Stated(record.method, record.packed, record.size, record.crc, start)
        data = None
        if record.method in {0, 8} and record.packed <= SMALL and record.size <= SMALL:
            self._source.seek(start)
            data = small_content(self._source.read(record.packed), stated, say)
        link = ""
        if stat.S_ISLNK(mode):
            # Listed as a file with its target as link: `zipfile` installs it as a file, others as a link.
            say("zip.symlink", "a symbolic link, which some readers install as a file")
            if data is not None and len(data) <= 4096:
                link = data.decode("utf-8", "surrogateescape")
        stream = io.BytesIO(data) if data is not None else streamed(self._source, stated, say)
        bits = stat.S_IMODE(mode)
        return Entry(path, MemberKind.FILE, bits, link, cast("BinaryIO", stream), max(record.packed, 1))

    def _local(self, record: Record, path: str, say: Say) -> int:
        """Hold the local header against the directory; where the data begins, or -1."""
        offset = record.offset
        if not 0 <= offset <= self._size - 30:
            say("zip.no-local-header", f"the directory points at byte {offset:,}, outside the file")
            return -1
        self._source.seek(offset)
        # One read for header, name and most extra fields.
        raw = self._source.read(30 + len(record.name) + 64)
        if raw[:4] != b"PK\x03\x04":
            say("zip.no-local-header", f"no local header at byte {offset:,}")
            return -1
        _, _, flags, method, _, _, crc, packed, size, names, extras = _LOCAL.unpack_from(raw)
        start = offset + 30 + names + extras
        if len(raw) < 30 + names + extras:
            self._source.seek(offset)
            raw = self._source.read(30 + names + extras)
        name, extra = raw[30 : 30 + names], raw[30 + names : 30 + names + extras]
        if extra and extra != record.extra:
            _check_extra(extra, name, say)
        self._compare(record, path, (name, flags, method, crc, packed, size), say)
        stop = start + record.packed
        if stop > self._size:
            say("zip.truncated", f"the entry should end at byte {stop:,}, the file ends at {self._size:,}")
        if flags & 8:
            stop += self._descriptor(record, stop, say)
        self._spans.append((offset, stop))
        return int(start)

    def _compare(
        self, record: Record, path: str, local: tuple[bytes, int, int, int, int, int], say: Say
    ) -> None:
        name, flags, method, crc, packed, size = local
        if name != record.name:
            say(
                "zip.name-mismatch",
                f"the directory says {escaped(path)}, the local header says {escaped(_text(name, flags))}",
            )
        if method != record.method:
            say(
                "zip.method-mismatch", f"the directory says method {record.method}, the local header {method}"
            )
        if (flags ^ record.flags) & 0x0841 & ~0x0008:
            say(
                "zip.flags-mismatch", f"the directory says {record.flags:#06x}, the local header {flags:#06x}"
            )
        deferred = bool(flags & 8)
        for what, ours, theirs in (("crc", record.crc, crc), ("size", record.size, size)):
            if theirs not in {ours, 0xFFFFFFFF} and not (deferred and theirs == 0):
                say(f"zip.{what}-disagreement", f"the directory says {ours:,}, the local header {theirs:,}")
        if packed not in {record.packed, 0xFFFFFFFF} and not (deferred and packed == 0):
            say(
                "zip.size-disagreement",
                f"packed: the directory says {record.packed:,}, the local header {packed:,}",
            )

    def _descriptor(self, record: Record, at: int, say: Say) -> int:
        """Length of the data descriptor behind the data: four forms are in use."""
        self._source.seek(at)
        raw = self._source.read(24)
        for marker in (b"PK\x07\x08", b""):
            for form in ("<3L", "<LQQ"):
                length = len(marker) + struct.calcsize(form)
                if not raw.startswith(marker) or len(raw) < length:
                    continue
                if struct.unpack_from(form, raw, len(marker)) == (record.crc, record.packed, record.size):
                    return length
        say("zip.descriptor-mismatch", f"no data descriptor at byte {at:,} that agrees with the directory")
        return 0

    # -- what is between -------------------------------------------------------------------

    def _gaps(self) -> Iterator[Entry]:
        at = 0
        last_entry = max((stop for _, stop in self._spans), default=0)
        for start, stop in sorted(self._spans):
            if start > at:
                yield from self._gap(at, start, first=at == 0)
            elif start < at and stop > start:
                self._report(
                    Irregularity(
                        "zip.overlap",
                        "",
                        f"entries overlap: one begins at byte {start:,}, another ends at {at:,}",
                        start,
                        min(at, stop) - start,
                    )
                )
            at = max(at, stop)
        if last_entry < self._size:
            yield from self._gap(last_entry, self._size, first=False)

    def _gap(self, start: int, stop: int, *, first: bool) -> Iterator[Entry]:
        """Bytes that belong to nothing: entries without a record, padding, or something else."""
        while start < stop:
            hidden = self._hidden(start, stop)
            if hidden is None:
                break
            entry, start = hidden
            first = False
            yield entry
        if start >= stop:
            return
        size = stop - start
        if self._all_zero(start, stop):
            self._report(
                Irregularity("zip.zero-padding", "", f"{size:,} zero bytes belong to nothing", start, size)
            )
            return
        trailing = stop == self._size
        rule = (
            "zip.prepended-bytes" if first else "zip.trailing-bytes" if trailing else "zip.unaccounted-bytes"
        )
        self._report(
            Irregularity(rule, "", f"{size:,} bytes from byte {start:,} belong to no entry", start, size)
        )
        self._pieces += 0 if first or trailing else 1
        label = "prepended" if first else "trailing" if trailing else f"gap-{self._pieces}"
        yield self._bytes(label, start, size)

    def _bytes(self, label: str, start: int, size: int) -> Entry:
        size = size or len(self._directory.comment)
        stated = Stated(0, size, size, 0, start)
        stream = streamed(self._source, stated, _say_nothing)
        return Entry(f".zip/{label}", MemberKind.FILE, stream=cast("BinaryIO", stream))

    def _all_zero(self, start: int, stop: int) -> bool:
        while start < stop:
            self._source.seek(start)
            data = self._source.read(min(stop - start, SMALL))
            if not data or data.count(0) != len(data):
                return False
            start += len(data)
        return True

    def _hidden(self, at: int, stop: int) -> tuple[Entry, int] | None:
        """An entry that has a local header and no record: readers of streams install it."""
        self._source.seek(at)
        raw = self._source.read(30)
        if len(raw) < 30 or raw[:4] != b"PK\x03\x04":
            return None
        _, _, flags, method, _, _, crc, packed, size, names, extras = _LOCAL.unpack(raw)
        name = self._source.read(names)
        start = at + 30 + names + extras
        path = _text(name, flags)
        self._report(
            Irregularity(
                "zip.hidden-entry",
                path,
                f"{escaped(path)} at byte {at:,} has a local header and stands in no directory",
                at,
                packed,
            )
        )
        if flags & 8 and method == 8 and not packed:
            packed, size = self._deflated_length(start, stop)
        end = start + packed
        if end > stop or flags & 1 or method not in METHODS:
            return Entry(
                path, MemberKind.FILE, unreadable="a hidden entry whose data cannot be unpacked"
            ), stop
        stated = Stated(method, packed, size, crc, start)
        stream = streamed(self._source, stated, _say_nothing)
        record = Record(name, flags, method, crc, packed, size, at, 0, False, b"", b"", at)  # noqa: FBT003
        if flags & 8:
            end += self._descriptor_length(record, end)
        return Entry(path, MemberKind.FILE, stream=cast("BinaryIO", stream), packed=max(packed, 1)), end

    def _descriptor_length(self, record: Record, at: int) -> int:
        self._source.seek(at)
        raw = self._source.read(24)
        if raw[:4] != b"PK\x07\x08":
            return 12
        return 24 if raw[8:24] == struct.pack("<QQ", record.packed, record.size) else 16

    def _deflated_length(self, start: int, stop: int) -> tuple[int, int]:
        """Packed and unpacked length of deflate data whose header left them open."""
        inflate = zlib.decompressobj(-15)
        at, made = start, 0
        try:
            while not inflate.eof and at < stop and made <= self._limits.max_member_bytes:
                self._source.seek(at)
                data = self._source.read(min(65_536, stop - at))
                at += len(data)
                block = inflate.decompress(data, SMALL)
                while block:
                    made += len(block)
                    block = b"" if inflate.eof else inflate.decompress(inflate.unconsumed_tail, SMALL)
        except zlib.error as error:
            raise CannotOpen(f"a hidden entry is corrupt ({error})", offset=start) from error
        return at - start - len(inflate.unused_data), made


def _say_nothing(_rule: str, _detail: str) -> None:
    """For bytes of which nothing was stated."""


def _text(name: bytes, flags: int) -> str:
    """A name as section 4.4.17 and appendix D say: UTF-8 if flagged, else code page 437."""
    if name.isascii():
        return name.decode("ascii")
    if flags & 0x800:
        return name.decode("utf-8", "surrogateescape")
    return name.decode("cp437")


def _check_extra(extra: bytes, name: bytes, say: Say) -> None:
    """Look for extra fields that no reader knows, and for a second name."""
    at = 0
    while at + 4 <= len(extra):
        tag, length = struct.unpack_from("<2H", extra, at)
        if at + 4 + length > len(extra):
            break
        if tag == 0x7075:
            second = extra[at + 9 : at + 4 + length]
            fresh = extra[at + 5 : at + 9] == zlib.crc32(name).to_bytes(4, "little")
            if fresh and second != name and name.isascii():
                say(
                    "zip.unicode-path", f"a second name: {escaped(second.decode('utf-8', 'surrogateescape'))}"
                )
        elif tag not in _KNOWN_EXTRA or length > 512:
            say("zip.extra-field", f"an extra field {tag:#06x} of {length:,} bytes")
        at += 4 + length
    if at != len(extra) and extra[at:].count(0) != len(extra) - at:
        say("zip.extra-field", f"{len(extra) - at:,} bytes of extra field that are no field")
