"""Debian packages and other `ar` archives: 60-byte headers, contents, one byte of padding.

deb(5): `debian-binary`, then `control.tar*`, then `data.tar*`; dpkg passes over members whose names begin
with an underscore and refuses others between, and ignores what follows `data.tar`. ar(5): GNU long names
stand in a member called `//`, the symbol table in one called `/`.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, ClassVar, cast

from doorward.inspect.limits import Limits
from doorward.inspect.open.interface import CannotOpen, Entry
from doorward.inspect.open.paths import escaped
from doorward.inspect.open.window import Window
from doorward.model.artifact import Irregularity, MemberKind

__all__ = ["MAGIC", "Ar", "Deb"]

Report = Callable[[Irregularity], None]

MAGIC = b"!<arch>\n"
_SMALL = 1024 * 1024
_HEADER = re.compile(
    rb"(?P<name>.{16})(?P<time>-1 {10}|[0-9 ]{12})[0-9 ]{6}[0-9 ]{6}"
    rb"(?P<mode>[0-7 ]{8})(?P<size>[0-9]{1,10} *)`\n",
    re.DOTALL,
)
_NAME_END = re.compile(rb"/\n|\0")
"""GNU's ar ends a long name with a slash, Microsoft's linker with a NUL (PE format, "Longnames Member")."""
_TAR = re.compile(r"(control|data)\.tar(?:\.(?:gz|xz|bz2|zst|lzma))?")


@dataclass(frozen=True, slots=True)
class _Piece:
    name: str
    mode: int
    start: int
    size: int


def _pieces(source: BinaryIO, size: int, report: Report) -> Iterator[_Piece]:
    """Every member of an ar archive; bytes that are none are reported."""
    at, names = len(MAGIC), b""
    while at < size:
        source.seek(at)
        raw = source.read(60)
        match = _HEADER.fullmatch(raw)
        if match is None:
            if at == len(MAGIC):
                raise CannotOpen(
                    "no ar header",
                    offset=at,
                    expected="60 bytes ending in ` and a line feed",
                    found=repr(raw[:20]),
                )
            report(
                Irregularity(
                    "ar.trailing-bytes",
                    "",
                    f"{size - at:,} bytes from byte {at:,} are no member",
                    at,
                    size - at,
                )
            )
            yield _Piece(".ar/trailing", 0, at, size - at)
            return
        length = int(match["size"])
        start = at + 60
        if start + length > size:
            raise CannotOpen(
                "the archive ends inside a member",
                offset=start,
                expected=f"{length:,} bytes",
                found=f"{size - start:,}",
            )
        name, names = _name(match["name"], names, source, length)
        if name:
            yield _Piece(name, int(match["mode"].strip() or b"0", 8), start, length)
        at = start + length
        if length % 2 and at < size:
            source.seek(at)
            padding = source.read(1)
            if padding != b"\n":
                report(
                    Irregularity(
                        "ar.padding", "", f"byte {at:,} is {padding!r} instead of a line feed", at, 1
                    )
                )
            at += 1


def _name(field: bytes, names: bytes, source: BinaryIO, length: int) -> tuple[str, bytes]:
    """A member's name and the table of long names; an empty name for tables."""
    raw = field.rstrip(b" ")
    if raw == b"//":
        return "", source.read(min(length, _SMALL * 16))
    if raw in {b"/", b"/SYM64/"}:
        return "", names
    if raw[:1] == b"/" and raw[1:].isdigit():
        at = int(raw[1:])
        raw = _NAME_END.split(names[at : at + 4096], maxsplit=1)[0]
    elif len(raw) > 1:
        raw = raw.removesuffix(b"/")
    return raw.decode("utf-8", "surrogateescape") or "unnamed", names


def _entry(source: BinaryIO, piece: _Piece, *, essential: bool = False) -> Entry:
    if piece.size <= _SMALL:
        source.seek(piece.start)
        stream = cast("BinaryIO", io.BytesIO(source.read(piece.size)))
    else:
        stream = cast("BinaryIO", Window(source, piece.start, piece.size))
    return Entry(piece.name, MemberKind.FILE, piece.mode & 0o7777, stream=stream, essential=essential)


class Ar:
    """Reader of ar: static libraries."""

    name: ClassVar[str] = "ar"
    version: ClassVar[int] = 2

    def accepts(self, path: str, head: bytes) -> bool:  # noqa: ARG002 - the protocol's signature
        """Any ar archive that holds something."""
        return head.startswith(MAGIC) and len(head) >= 68

    def entries(self, source: BinaryIO, size: int, limits: Limits, report: Report) -> Iterator[Entry]:  # noqa: ARG002
        """Yield every member but the tables.

        Raises:
            CannotOpen: the first header is none, or the archive ends inside a member.
        """
        for piece in _pieces(source, size, report):
            yield _entry(source, piece)


class Deb:
    """Reader of Debian packages."""

    name: ClassVar[str] = "deb"
    version: ClassVar[int] = 1

    def accepts(self, path: str, head: bytes) -> bool:  # noqa: ARG002 - the protocol's signature
        """An ar archive that begins with `debian-binary`."""
        return head.startswith(MAGIC + b"debian-binary")

    def entries(self, source: BinaryIO, size: int, limits: Limits, report: Report) -> Iterator[Entry]:  # noqa: ARG002
        """Yield the members; `control.tar*` and `data.tar*` are essential.

        Raises:
            CannotOpen: not an ar archive, cut off, or without control or data.
        """
        found: list[str] = []
        for piece in _pieces(source, size, report):
            match = _TAR.fullmatch(piece.name)
            part = match[1] if match else piece.name
            if part == "debian-binary":
                self._check_version(source, piece, report)
            elif match is None and piece.name != ".ar/trailing":
                report(
                    Irregularity(
                        "deb.extra-member",
                        piece.name,
                        f"{escaped(piece.name)} ({piece.size:,} bytes) beside control and data",
                        piece.start,
                        piece.size,
                    )
                )
            found.append(part)
            yield _entry(source, piece, essential=match is not None)
        known = [part for part in found if part in {"debian-binary", "control", "data"}]
        if "control" not in known or "data" not in known:
            raise CannotOpen(
                "the package is not complete",
                expected="control.tar and data.tar",
                found=", ".join(map(escaped, found)),
            )
        if known != ["debian-binary", "control", "data"]:
            report(Irregularity("deb.member-order", "", "members are " + ", ".join(known)))

    def _check_version(self, source: BinaryIO, piece: _Piece, report: Report) -> None:
        source.seek(piece.start)
        text = source.read(min(piece.size, 64))
        if text != b"2.0\n":
            report(
                Irregularity(
                    "deb.version", piece.name, f"expected 2.0, found {text!r}", piece.start, piece.size
                )
            )
