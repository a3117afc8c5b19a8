"""Tar, read block by block: every block is a header, data, zero padding, the end, or an irregularity.

POSIX.1-2017 `pax` and GNU tar. Two readings must agree: a size or name in an extended header or a GNU long
name against the header it overrides (CVE-2025-62518 is a size that differs). Members behind the end mark
or behind a broken header are invisible to some readers and installed by others: they are listed and
reported. A compressed tar is this same container with the compression as a layer below.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import BinaryIO, ClassVar, cast

from doorward.inspect.limits import Limits
from doorward.inspect.open.interface import CannotOpen, Entry
from doorward.inspect.open.paths import escaped
from doorward.inspect.open.tar_header import BLOCK, Header, Pax, is_header, parse_header, parse_pax, text
from doorward.inspect.open.tar_sparse import Sparse, gnu_map, pax_map, stored_map
from doorward.model.artifact import Irregularity, MemberKind

__all__ = ["Report", "Tar"]

Report = Callable[[Irregularity], None]
Layer = Callable[[BinaryIO, int, Limits, Report], BinaryIO]

SMALL = 1024 * 1024
MAX_EXTENDED = 4 * 1024 * 1024
"""Bytes of one extended header or long name; PATH_MAX is 4,096 and xattrs end at 64 KiB."""
MAX_GARBAGE = 16 * 1024 * 1024
"""Bytes behind the end that are kept to be examined."""

_ZERO = bytes(BLOCK)
_FILES = b"0\x007S"
_KINDS = {
    b"1": MemberKind.HARDLINK,
    b"2": MemberKind.SYMLINK,
    b"3": MemberKind.SPECIAL,
    b"4": MemberKind.SPECIAL,
    b"5": MemberKind.DIRECTORY,
    b"6": MemberKind.SPECIAL,
    b"D": MemberKind.DIRECTORY,
}


class Tar:
    """Reader of tar, with or without a compression below it."""

    name: ClassVar[str] = "tar"
    version: ClassVar[int] = 1

    def __init__(self, layer: Layer | None = None) -> None:
        self._layer = layer

    def accepts(self, path: str, head: bytes) -> bool:  # noqa: ARG002 - the protocol's signature
        """Whether the first block is a tar header."""
        return is_header(head[:BLOCK])

    def entries(self, source: BinaryIO, size: int, limits: Limits, report: Report) -> Iterator[Entry]:
        """Yield every entry, those behind the end mark too.

        Raises:
            CannotOpen: the first block is no header, or the archive ends inside a member.
        """
        stream = source if self._layer is None else self._layer(source, size, limits, report)
        yield from _Reading(stream, report).entries()
        trailing = getattr(stream, "trailing", b"")  # of a compressed layer
        if trailing:
            yield Entry(".tar/behind-compression", MemberKind.FILE, stream=io.BytesIO(trailing))


class _Window(io.RawIOBase):
    """The next bytes of a stream, as the content of one member."""

    def __init__(self, reading: _Reading, size: int) -> None:
        super().__init__()
        self._reading = reading
        self.left = size

    def readable(self) -> bool:
        """Always."""
        return True

    def read(self, size: int = -1, /) -> bytes:
        size = self.left if size < 0 else min(size, self.left)
        data = self._reading.exactly(size)
        self.left -= len(data)
        return data

    def drain(self) -> None:
        while self.left:
            self.read(SMALL)


class _Reading:
    """One pass over one archive."""

    def __init__(self, stream: BinaryIO, report: Report) -> None:
        self._stream = stream
        self._report = report
        self._at = 0
        self._common = Pax()
        self._pax = Pax()
        self._long: dict[bytes, bytes] = {}
        self._zeros = 0
        self._members = 0
        self._garbage = bytearray()
        self._garbage_size = 0
        self._garbage_at = 0

    def exactly(self, size: int) -> bytes:
        data = self._stream.read(size) if size else b""
        self._at += len(data)
        if len(data) != size:
            raise CannotOpen(
                "the archive ends inside a member",
                offset=self._at,
                expected=f"{size:,} more bytes",
                found=f"{len(data):,}",
            )
        return data

    def entries(self) -> Iterator[Entry]:
        while block := self._stream.read(BLOCK):
            at = self._at
            self._at += len(block)
            if block == _ZERO:
                self._zeros += 1
                if self._zeros >= 2:
                    self._skip_zeros()
                continue
            header = parse_header(block) if is_header(block) else None
            if header is None:
                self._stray(block, at)
            else:
                if self._zeros or self._garbage_size:
                    self._behind_end(header, at)
                yield from self._member(header, at)
        if not self._zeros:
            self._say("tar.no-end", "the archive has no end mark of two zero blocks", self._at, 0)
        elif self._zeros == 1:
            self._say("tar.short-end", "the end mark is one zero block instead of two", self._at, 0)
        if self._garbage_size:
            yield self._stray_entry()

    def _skip_zeros(self) -> None:
        """Pass over padding in large steps, stopping at the first block that is not zero."""
        while True:
            chunk = self._stream.read(BLOCK)
            if chunk != _ZERO:
                break
            self._at += BLOCK
        if chunk:
            self._stream = cast("BinaryIO", _Pushed(chunk, self._stream))

    def _say(self, rule: str, detail: str, offset: int, size: int, path: str = "") -> None:
        self._report(Irregularity(rule, path, detail, offset, size))

    def _stray(self, block: bytes, at: int) -> None:
        if not self._members and not self._zeros:
            raise CannotOpen(
                "the first block is no tar header",
                offset=at,
                expected="a checksum that fits",
                found=repr(block[:16]),
            )
        if not self._garbage_size:
            self._garbage_at = at
        self._garbage_size += len(block)
        if len(self._garbage) < MAX_GARBAGE:
            self._garbage += block

    def _stray_entry(self) -> Entry:
        rule = "tar.trailing-bytes" if self._zeros else "tar.bad-header"
        self._say(
            rule,
            f"{self._garbage_size:,} bytes from byte {self._garbage_at:,} are no member, padding or end mark",
            self._garbage_at,
            self._garbage_size,
        )
        return Entry(".tar/trailing", MemberKind.FILE, stream=io.BytesIO(bytes(self._garbage)))

    def _behind_end(self, header: Header, at: int) -> None:
        where = "behind the end mark" if self._zeros else "behind a block that is no header"
        self._say(
            "tar.trailing-member",
            f"{escaped(text(header.path))} stands {where}: some readers stop there, others install it",
            at,
            header.size,
            text(header.path),
        )

    # -- one member ------------------------------------------------------------------------

    def _member(self, header: Header, at: int) -> Iterator[Entry]:
        self._members += 1
        if header.hidden:
            self._say(
                "tar.name-padding", "bytes stand behind the NUL that ends a name", at, 100, text(header.path)
            )
        if header.kind in b"xgXLK" and header.kind:
            self._extended(header, at)
            return
        pax, long, self._pax, self._long = self._pax, self._long, Pax(), {}
        path = self._path(header, pax, long, at)
        size = self._size(header, pax, path, at)
        link = text(pax.get("linkpath") or long.get(b"K") or header.link)
        kind = _KINDS.get(header.kind, MemberKind.FILE)
        if header.kind in b"\x000" and path.endswith("/"):
            kind = MemberKind.DIRECTORY  # as written before POSIX had a type for it
        if kind is not MemberKind.FILE:
            yield Entry(path, kind, header.mode, link if kind.value.endswith("link") else "")
            self._no_data(header, path, at)
            return
        if header.kind not in _FILES:
            if header.kind in b"VM":
                self._say("tar.rare-type", f"type {header.kind!r} (volume label or part)", at, size, path)
            else:
                self._say("tar.unknown-type", f"type {header.kind!r} is known to no standard", at, size, path)
        yield from self._file(header, pax, path, size, at)

    def _extended(self, header: Header, at: int) -> None:
        if header.size > MAX_EXTENDED:
            raise CannotOpen(
                "an extended header is too large",
                offset=at,
                expected=f"at most {MAX_EXTENDED:,} bytes",
                found=f"{header.size:,}",
            )
        data = self.exactly(header.size)
        self._padding(header.size, text(header.path))
        if header.kind in b"LK":
            self._long[header.kind] = data.split(b"\x00", 1)[0]
            tail = data[len(self._long[header.kind]) :]
            if tail.count(0) != len(tail):
                self._say(
                    "tar.name-padding", "bytes stand behind the NUL that ends a long name", at, len(tail)
                )
            return
        pax = parse_pax(data)
        if pax.malformed:
            self._say("tar.pax-malformed", pax.malformed, at, header.size)
        if header.kind == b"g":
            self._common = Pax(self._common.records + pax.records)
            if any(key in {"path", "size", "linkpath"} for key, _ in pax.records):
                self._say(
                    "tar.global-override", "a global header overrides names or sizes of all members", at, 0
                )
        else:
            self._pax = pax

    def _path(self, header: Header, pax: Pax, long: dict[bytes, bytes], at: int) -> str:
        # An empty value takes an override back (POSIX.1-2017 pax, "extended header keyword/value pairs").
        stated = pax.get("GNU.sparse.name") or pax.get("path") or self._common.get("path") or None
        longer = long.get(b"L")
        chosen = stated if stated is not None else longer if longer is not None else header.path
        if stated is not None and longer is not None and stated.rstrip(b"/") != longer.rstrip(b"/"):
            self._say(
                "tar.name-disagreement", f"GNU says {longer!r}, pax says {stated!r}", at, 0, text(chosen)
            )
        sparse = header.kind == b"S" or any(key.startswith("GNU.sparse") for key, _ in pax.records)
        if chosen is not header.path and not sparse and not _abbreviates(header.path, chosen):
            self._say(
                "tar.name-disagreement",
                f"the header says {header.path!r}, the extended header says {chosen!r}",
                at,
                0,
                text(chosen),
            )
        return text(chosen)

    def _size(self, header: Header, pax: Pax, path: str, at: int) -> int:
        stated = pax.get("size")
        if stated is None:
            stated = self._common.get("size")
        if stated is None:
            return header.size
        if not stated.isdigit() or len(stated) > 20:
            self._say("tar.pax-malformed", f"size {stated!r} is no number", at, 0, path)
            return header.size
        size = int(stated)
        if size != header.size and size < 8 << 30:
            self._say(
                "tar.size-disagreement",
                f"the header says {header.size:,} bytes, the extended header says {size:,}",
                at,
                abs(size - header.size),
                path,
            )
        return size

    def _no_data(self, header: Header, path: str, at: int) -> None:
        """A size on something without content: readers differ on whether data follows."""
        if not header.size or header.kind == b"D":
            self._skip(header.size, path)
            return
        following = self._stream.read(BLOCK)
        self._stream = cast("BinaryIO", _Pushed(following, self._stream))
        skipped = bool(following) and following != _ZERO and not is_header(following)
        self._say(
            "tar.link-with-data",
            f"type {header.kind!r} states {header.size:,} bytes of data, which it cannot have",
            at,
            header.size,
            path,
        )
        if skipped:
            self._skip(header.size, path)

    def _skip(self, size: int, path: str) -> None:
        window = _Window(self, size)
        window.drain()
        self._padding(size, path)

    def _file(self, header: Header, pax: Pax, path: str, size: int, at: int) -> Iterator[Entry]:
        if header.kind == b"S" or any(key.startswith("GNU.sparse") for key, _ in pax.records):
            self._say("tar.sparse", "stored with its holes left out", at, size, path)
            yield from self._sparse(header, pax, path, size)
        elif size <= SMALL:
            data = self.exactly(size)
            self._padding(size, path)
            yield Entry(path, MemberKind.FILE, header.mode, stream=io.BytesIO(data))
        else:
            window = _Window(self, size)
            yield Entry(path, MemberKind.FILE, header.mode, stream=cast("BinaryIO", window))
            window.drain()
            self._padding(size, path)

    def _sparse(self, header: Header, pax: Pax, path: str, size: int) -> Iterator[Entry]:
        if header.kind == b"S":
            segments, real = gnu_map(header.block, lambda: self.exactly(BLOCK))
            window = _Window(self, size)
        else:
            window = _Window(self, size)
            mapped = pax_map(pax)
            if mapped is not None and pax.get("GNU.sparse.major") is None:
                segments, real = mapped
            else:
                segments, _ = stored_map(cast("BinaryIO", window))
                real = int((pax.get("GNU.sparse.realsize") or b"0")[:20] or b"0")
        stream = Sparse(cast("BinaryIO", window), segments, real)
        yield Entry(path, MemberKind.FILE, header.mode, stream=cast("BinaryIO", stream), packed=size)
        window.drain()
        self._padding(size, path)

    def _padding(self, size: int, path: str) -> None:
        rest = -size % BLOCK
        if rest:
            at = self._at
            padding = self.exactly(rest)
            if padding.count(0) != rest:
                self._say(
                    "tar.padding", f"{rest} bytes between a member and the next are not zero", at, rest, path
                )


class _Pushed(io.RawIOBase):
    """A stream with a few bytes put back before it."""

    def __init__(self, first: bytes, rest: BinaryIO) -> None:
        super().__init__()
        self._first = first
        self._rest = rest

    def readable(self) -> bool:
        """Always."""
        return True

    def read(self, size: int = -1, /) -> bytes:
        if not self._first:
            return self._rest.read(size)
        data, self._first = self._first[:size], self._first[size:]
        return data if len(data) == size else data + self._rest.read(size - len(data))


def _abbreviates(short: bytes, full: bytes) -> bool:
    """Whether a header's name is what writers make of a longer or non-ASCII one.

    They cut it at 100 bytes (or fold a prefix), replace what is not ASCII, or keep its beginning
    and its last component.
    """
    short, full = short.rstrip(b"/"), full.rstrip(b"/")
    if short == full:
        return True
    if full.isascii() and len(full) < 100:
        return False
    if len(short) >= 95 and full.startswith(short[:90]):
        return True
    last_short, last_full = short.rsplit(b"/", 1)[-1], full.rsplit(b"/", 1)[-1]
    if last_short[:15] and last_full.startswith(last_short[:15]):
        return True
    return not full.isascii() and len(short) > 0
