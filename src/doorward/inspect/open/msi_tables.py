"""The database inside an MSI: stream names, string pool, columns, rows.

Windows Installer SDK, "Database"; the storage as documented by libmsi and Wine: names of streams are packed
two characters into one of UTF-16, a table is stored column by column, strings are indices into one pool.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from doorward.inspect.open.interface import CannotOpen

__all__ = ["Database", "Table", "decoded_name", "read_database"]

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._"
_STRING = 0x0800
_KIND = 0x0FFF
_BINARY = 0x0900
MAX_STRINGS = 2_000_000
MAX_ROWS = 1_000_000


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its columns' names and its rows, all as text, sorted: their order means nothing."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def text(self) -> str:
        """Tab-separated, one row a line; tabs, line ends and backslashes escaped."""
        lines = ["\t".join(self.columns)]
        lines.extend("\t".join(map(_cell, row)) for row in self.rows)
        return "\n".join(lines) + "\n"

    def column(self, name: str) -> int:
        """Place of a column, or -1."""
        return self.columns.index(name) if name in self.columns else -1


@dataclass(frozen=True, slots=True)
class Database:
    """Every table that could be read, and why others could not."""

    tables: Mapping[str, Table]
    broken: tuple[tuple[str, str], ...]
    """(table, reason)."""
    unused: tuple[str, ...]
    """Strings of the pool that no row of any table uses."""


def _cell(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\t", "\\t").replace("\r", "\\r").replace("\n", "\\n")


def decoded_name(raw: str) -> str:
    """A stream's name; tables begin with `!`."""
    found = []
    for character in raw:
        point = ord(character) - 0x3800
        if 0 <= point < 0x1000:
            found.append(_ALPHABET[point & 63] + _ALPHABET[point >> 6])
        elif 0x1000 <= point < 0x1040:
            found.append(_ALPHABET[point - 0x1000])
        elif point == 0x1040:
            found.append("!")
        else:
            found.append(character)
    return "".join(found)


def read_database(streams: Mapping[str, bytes]) -> Database:
    """Read all tables.

    Args:
        streams: content of each stream whose decoded name begins with `!`, without that.

    Raises:
        CannotOpen: the string pool or the list of columns cannot be read.
    """
    strings, wide = _strings(streams.get("_StringPool", b""), streams.get("_StringData", b""))
    pool = _Pool(strings, 3 if wide else 2)
    columns = _columns(streams.get("_Columns", b""), pool)
    tables, broken = {}, []
    for name, data in sorted(streams.items()):
        if name in {"_StringPool", "_StringData", "_Columns", "_Tables"}:
            continue
        try:
            tables[name] = _table(name, data, columns.get(name, []), pool)
        except CannotOpen as error:
            broken.append((name, error.what))
    for index in pool.indexes(streams.get("_Tables", b"")):
        pool.get(index)
    unused = tuple(text for number, text in enumerate(strings) if text and number not in pool.used)
    return Database(tables, tuple(broken), unused)


class _Pool:
    """The strings, and which of them were asked for."""

    def __init__(self, strings: list[str], width: int) -> None:
        self._strings = strings
        self.width = width
        self.used: set[int] = set()

    def get(self, index: int) -> str:
        if index >= len(self._strings):
            raise CannotOpen(f"a row names string {index:,} of {len(self._strings):,}")
        self.used.add(index)
        return self._strings[index]

    def indexes(self, data: bytes) -> Iterator[int]:
        for at in range(0, len(data) - self.width + 1, self.width):
            index = int.from_bytes(data[at : at + self.width], "little")
            if index < len(self._strings):
                yield index


def _strings(pool: bytes, data: bytes) -> tuple[list[str], bool]:
    if len(pool) < 4:
        raise CannotOpen("the string pool is missing", expected="!_StringPool", found=f"{len(pool)} bytes")
    page, flags = struct.unpack_from("<2H", pool)
    encoding = _encoding(page)
    found, at, place = [""], 0, 4
    while place + 4 <= len(pool):
        size, uses = struct.unpack_from("<2H", pool, place)
        place += 4
        if not size and uses and place + 4 <= len(pool):
            size = struct.unpack_from("<I", pool, place)[0]  # longer than 64 KiB: the length follows
            place += 4
        if at + size > len(data):
            raise CannotOpen("the string pool is longer than its data", expected=f"{at + size:,} bytes")
        found.append(
            data[at : at + size].decode(encoding, "surrogateescape" if encoding == "utf-8" else "replace")
        )
        at += size
        if len(found) > MAX_STRINGS:
            raise CannotOpen(f"the string pool has more than {MAX_STRINGS:,} strings")
    return found, bool(flags & 0x8000)


def _encoding(page: int) -> str:
    if page in {0, 20127, 65001}:
        return "utf-8"
    name = {932: "cp932", 936: "gbk", 949: "cp949", 950: "cp950"}.get(page, f"cp{page}")
    try:
        b"".decode(name)
    except LookupError:
        return "latin-1"
    return name


def _columns(data: bytes, pool: _Pool) -> dict[str, list[tuple[int, str, int]]]:
    """(number, name, type) of each table's columns."""
    width = pool.width
    count = len(data) // (2 * width + 4)
    found: dict[str, list[tuple[int, str, int]]] = {}
    for row in range(count):
        table = pool.get(_int(data, row * width, width))
        number = _int(data, count * width + row * 2, 2) ^ 0x8000
        name = pool.get(_int(data, count * (width + 2) + row * width, width))
        kind = _int(data, count * (2 * width + 2) + row * 2, 2) ^ 0x8000
        found.setdefault(table, []).append((number, name, kind))
    return {table: sorted(columns) for table, columns in found.items()}


def _int(data: bytes, at: int, size: int) -> int:
    return int.from_bytes(data[at : at + size], "little")


def _width(kind: int, pool: _Pool) -> int:
    if kind & _KIND & ~0xFF & _STRING:
        return 2 if kind & _KIND == _BINARY else pool.width
    return 4 if kind & 0xFF == 4 else 2


def _table(name: str, data: bytes, columns: list[tuple[int, str, int]], pool: _Pool) -> Table:
    if not columns:
        raise CannotOpen(f"table {name} has no columns")
    widths = [_width(kind, pool) for _, _, kind in columns]
    count, rest = divmod(len(data), sum(widths))
    if rest or count > MAX_ROWS:
        raise CannotOpen(f"table {name} of {len(data):,} bytes does not hold whole rows of {sum(widths)}")
    values, at = [], 0
    for (_, _, kind), width in zip(columns, widths, strict=True):
        values.append(
            [_value(_int(data, at + row * width, width), kind, width, pool) for row in range(count)]
        )
        at += count * width
    return Table(name, tuple(column for _, column, _ in columns), tuple(sorted(zip(*values, strict=True))))


def _value(raw: int, kind: int, width: int, pool: _Pool) -> str:
    if kind & _STRING:
        if kind & _KIND == _BINARY:
            return "[stream]" if raw else ""
        return pool.get(raw)
    # Integers are stored with their sign bit turned, so that zero means null.
    return str(raw - (1 << (8 * width - 1))) if raw else ""
