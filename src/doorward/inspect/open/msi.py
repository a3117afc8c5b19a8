"""MSI packages and other compound files: streams, decoded tables, embedded cabinets, unused sectors.

[MS-CFB] for the file, Windows Installer SDK for what is in it. Every table is listed as
`.msi/<Table>.tsv`: custom actions, services, registry and the order of all of them are there. Files from
embedded cabinets stand under the folders of the Directory table, under their long names. What stands
behind the last sector, and what unused sectors still hold, is reported: signed MSIs with a program
appended passed as signed ("GlueBall", CVE-2020-1464).
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, BinaryIO, ClassVar, cast

import olefile

from doorward.inspect.limits import Limits
from doorward.inspect.open.cab import MAGIC as CABINET
from doorward.inspect.open.cab import Cab
from doorward.inspect.open.interface import CannotOpen, Entry
from doorward.inspect.open.msi_tables import Database, Table, decoded_name, read_database
from doorward.inspect.open.window import Extents
from doorward.model.artifact import Irregularity, MemberKind

__all__ = ["Msi"]

Report = Callable[[Irregularity], None]

_SMALL = 1024 * 1024
MAX_TABLE = 256 * 1024 * 1024
"""Bytes of one table that are read into memory."""
_FREE, _END = 0xFFFFFFFF, 0xFFFFFFFE
_FAULTS = (OSError, ValueError, IndexError, KeyError, TypeError, AttributeError, OverflowError, struct.error)
"""What olefile raises on malformed files, besides its own error (an OSError)."""


class Msi:
    """Reader of compound files."""

    name: ClassVar[str] = "msi"
    version: ClassVar[int] = 1

    def accepts(self, path: str, head: bytes) -> bool:  # noqa: ARG002 - the protocol's signature
        """Whatever begins with a compound file's header."""
        return head.startswith(olefile.MAGIC) and len(head) >= 512

    def entries(self, source: BinaryIO, size: int, limits: Limits, report: Report) -> Iterator[Entry]:
        """Yield tables, streams and the files of embedded cabinets.

        Raises:
            CannotOpen: no compound file, or one whose chains of sectors are broken.
        """
        try:
            with olefile.OleFileIO(source) as ole:
                streams = {"/".join(map(decoded_name, path)): path for path in ole.listdir()}
                contents = {name: _stream(ole, source, path) for name, path in streams.items()}
                unused = _unused(ole, size)
        except RecursionError as error:
            raise CannotOpen("the compound file's directory is nested without end") from error
        except _FAULTS as error:
            raise CannotOpen(f"the compound file is broken ({error})") from error
        yield from _tables_and_files(contents, limits, report)
        yield from _outside(source, size, unused, report)


# -- the compound file ----------------------------------------------------------------------


def _stream(ole: Any, source: BinaryIO, path: list[str]) -> BinaryIO:
    """A stream's content: small ones in memory, large ones as their sectors."""
    entry = ole.direntries[ole._find(path)]  # noqa: SLF001 - olefile offers no other way to the sectors
    if entry.size < max(ole.minisectorcutoff, _SMALL):
        return io.BytesIO(ole.openstream(path).read())
    pieces = [((sector + 1) * ole.sectorsize, ole.sectorsize) for sector in _chain(ole, entry.isectStart)]
    return cast("BinaryIO", Extents(source, _joined(pieces), entry.size))


def _chain(ole: Any, sector: int) -> Iterator[int]:
    for _ in range(len(ole.fat) + 1):
        if sector in {_END, _FREE}:
            return
        yield sector
        sector = ole.fat[sector]
    raise CannotOpen("a chain of sectors runs in a circle")


def _joined(pieces: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, length in pieces:
        if joined and sum(joined[-1]) == start:
            joined[-1] = (joined[-1][0], joined[-1][1] + length)
        else:
            joined.append((start, length))
    return joined


def _unused(ole: Any, size: int) -> list[tuple[int, int]]:
    """Pieces of the file that no chain uses, the last one reaching to the end of the file."""
    width = ole.sectorsize
    count = min(len(ole.fat), -(-size // width))
    last = max((n for n in range(count) if ole.fat[n] != _FREE), default=-1)
    free = [((n + 1) * width, width) for n in range(last + 1) if ole.fat[n] == _FREE]
    end = (last + 2) * width
    return [*_joined(free), (min(end, size), max(0, size - end))]


def _outside(source: BinaryIO, size: int, unused: list[tuple[int, int]], report: Report) -> Iterator[Entry]:
    for number, (start, length) in enumerate(unused):
        if not length or _zero(source, start, length):
            continue
        trailing = start + length >= size
        rule = "msi.trailing-bytes" if trailing else "msi.unused-sectors"
        where = "behind the last sector in use" if trailing else "in sectors that no stream uses"
        report(Irregularity(rule, "", f"{length:,} bytes from byte {start:,} {where}", start, length))
        name = ".msi/trailing" if trailing else f".msi/unused-{number + 1}"
        yield Entry(
            name, MemberKind.FILE, stream=cast("BinaryIO", Extents(source, [(start, length)], length))
        )


def _zero(source: BinaryIO, start: int, length: int) -> bool:
    source.seek(start)
    while length > 0:
        data = source.read(min(length, _SMALL))
        if not data:
            return True
        if data.count(0) != len(data) and data.count(0xFF) != len(data):
            return False
        length -= len(data)
    return True


# -- the database ---------------------------------------------------------------------------


def _tables_and_files(contents: dict[str, BinaryIO], limits: Limits, report: Report) -> Iterator[Entry]:
    tables = {name[1:]: content for name, content in contents.items() if name.startswith("!")}
    database = Database({}, (), ())
    if "_StringPool" in tables:
        database = read_database({name: content.read(MAX_TABLE) for name, content in tables.items()})
    for name, table in sorted(database.tables.items()):
        yield _text(f"{name}.tsv", table.text())
    for name, reason in database.broken:
        report(Irregularity("msi.broken-table", f".msi/{name}", reason))
        raw = tables[name]
        raw.seek(0)
        yield Entry(f".msi/{name}", MemberKind.FILE, stream=raw)
    if database.unused:
        size = sum(map(len, database.unused))
        detail = f"{len(database.unused):,} strings ({size:,} characters) are used by no table"
        report(Irregularity("msi.unused-strings", "", detail, size=size))
        yield _text("unused-strings", "\n".join(database.unused) + "\n")
    names = _file_names(database)
    for name, content in sorted(contents.items()):
        if not name.startswith("!") or "_StringPool" not in tables:
            yield from _content(name, content, names, limits, report)


def _text(name: str, text: str) -> Entry:
    return Entry(f".msi/{name}", MemberKind.FILE, stream=io.BytesIO(text.encode("utf-8", "surrogateescape")))


def _content(
    name: str, content: BinaryIO, names: dict[str, str], limits: Limits, report: Report
) -> Iterator[Entry]:
    head = content.read(4)
    size = content.seek(0, io.SEEK_END)
    content.seek(0)
    if head != CABINET or not names:
        yield Entry(name.replace("\x05", ".msi/"), MemberKind.FILE, stream=content)
        return

    def report_inside(found: Irregularity) -> None:
        place = names.get(found.path, f"{name}/{found.path}") if found.path else name
        report(replace(found, path=place))

    for entry in Cab().entries(content, size, limits, report_inside):
        place = names.get(entry.path, f"{name}/{entry.path}")
        link = names.get(entry.link, entry.link)
        yield replace(entry, path=place, link=link)


def _file_names(database: Database) -> dict[str, str]:
    """Where each file of the cabinets is installed: File key -> folder/long name."""
    files, components = database.tables.get("File"), database.tables.get("Component")
    if files is None or components is None:
        return {}
    folders = _folders(database.tables.get("Directory"))
    homes = {row[0]: folders.get(row[1], row[1]) for row in _picked(components, "Component", "Directory_")}
    found = {}
    for key, component, name in _picked(files, "File", "Component_", "FileName"):
        folder = homes.get(component, "")
        found[key] = f"{folder}/{_long(name)}" if folder else _long(name)
    return found


def _folders(directory: Table | None) -> dict[str, str]:
    if directory is None:
        return {}
    rows = {
        key: (parent, name)
        for key, parent, name in _picked(directory, "Directory", "Directory_Parent", "DefaultDir")
    }
    found = {}
    for key in rows:
        parts: list[str] = []
        at, seen = key, set[str]()
        while at in rows and at not in seen:
            seen.add(at)
            parent, name = rows[at]
            # Roots (TARGETDIR) and standard folders keep their key: it says where they are.
            part = at if not parent or parent == at else _long(name.split(":", 1)[0])
            if part not in {".", "TARGETDIR", "SourceDir"}:
                parts.append(part)
            at = parent
        found[key] = "/".join(reversed(parts))
    return found


def _long(name: str) -> str:
    return name.rsplit("|", 1)[-1].replace("/", "_").replace("\\", "_")


def _picked(table: Table, *columns: str) -> Iterator[tuple[str, ...]]:
    places = [table.column(name) for name in columns]
    if all(place >= 0 for place in places):
        for row in table.rows:
            yield tuple(row[place] for place in places)
