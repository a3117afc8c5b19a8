"""A small reader of .NET metadata: tables, heaps, resources and method bodies.

Follows ECMA-335, 6th edition, partition II: section 22 for the tables, 24.2 for streams and coded
indexes, 25.4 for method bodies. Only what traits need is decoded; other tables are stepped over by their
row size. (`dnfile` builds an object for every cell: twelve seconds for a 5 MB assembly, this 0.1.)

Not handled: edit-and-continue metadata (`#-`) beyond its tables' sizes, and ready-to-run native code,
which the probe of executables sees.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from struct import Struct, unpack_from
from struct import error as struct_error

from doorward.inspect.probes.pe_image import CLR, MalformedImage, PeImage

__all__ = ["Member", "Metadata", "Native", "Resource", "read_metadata"]

MAX_ROWS = 2_000_000
"""Rows of all tables; mscorlib has 70,000."""
MAX_METHODS = 200_000

CODED = {
    "TypeDefOrRef": (2, (0x02, 0x01, 0x1B)),
    "HasConstant": (2, (0x04, 0x08, 0x17)),
    "HasCustomAttribute": (5, tuple(bytes.fromhex("06040102 08090a00 0e171411 1a1b2023 2627282a 2c2b"))),
    "HasFieldMarshal": (1, (0x04, 0x08)),
    "HasDeclSecurity": (2, (0x02, 0x06, 0x20)),
    "MemberRefParent": (3, (0x02, 0x01, 0x1A, 0x06, 0x1B)),
    "HasSemantics": (1, (0x14, 0x17)),
    "MethodDefOrRef": (1, (0x06, 0x0A)),
    "MemberForwarded": (1, (0x04, 0x06)),
    "Implementation": (2, (0x26, 0x23, 0x27)),
    "CustomAttributeType": (3, (0x06, 0x0A)),
    "ResolutionScope": (2, (0x00, 0x1A, 0x23, 0x01)),
    "TypeOrMethodDef": (1, (0x02, 0x06)),
}
"""Coded index: bits of its tag, and the tables it may point into (24.2.6)."""

SCHEMA: dict[int, str] = {
    0x00: "2 S G G G",
    0x01: "ResolutionScope S S",
    0x02: "4 S S TypeDefOrRef t04 t06",
    0x03: "t04",
    0x04: "2 S B",
    0x05: "t06",
    0x06: "4 2 2 S B t08",
    0x07: "t08",
    0x08: "2 2 S",
    0x09: "t02 TypeDefOrRef",
    0x0A: "MemberRefParent S B",
    0x0B: "2 HasConstant B",
    0x0C: "HasCustomAttribute CustomAttributeType B",
    0x0D: "HasFieldMarshal B",
    0x0E: "2 HasDeclSecurity B",
    0x0F: "2 4 t02",
    0x10: "4 t04",
    0x11: "B",
    0x12: "t02 t14",
    0x13: "t14",
    0x14: "2 S TypeDefOrRef",
    0x15: "t02 t17",
    0x16: "t17",
    0x17: "2 S B",
    0x18: "2 t06 HasSemantics",
    0x19: "t02 MethodDefOrRef MethodDefOrRef",
    0x1A: "S",
    0x1B: "B",
    0x1C: "2 MemberForwarded S t1A",
    0x1D: "4 t04",
    0x1E: "4 4",
    0x1F: "4",
    0x20: "4 2 2 2 2 4 B S S",
    0x21: "4",
    0x22: "4 4 4",
    0x23: "2 2 2 2 4 B S S B",
    0x24: "4 t23",
    0x25: "4 4 4 t23",
    0x26: "4 S B",
    0x27: "4 4 S S Implementation",
    0x28: "4 4 S Implementation",
    0x29: "t02 t02",
    0x2A: "2 2 TypeOrMethodDef S",
    0x2B: "MethodDefOrRef B",
    0x2C: "t2A TypeDefOrRef",
}
"""Columns of each table (22): sizes in bytes, heaps (S, G, B), plain and coded indexes."""

Row = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Member:
    """A member of another assembly that this one uses."""

    type: str
    """`Namespace.Type`; empty where it is a generic instance or a module's."""
    name: str


@dataclass(frozen=True, slots=True)
class Native:
    """One function of a native library that is called (P/Invoke)."""

    library: str
    function: str


@dataclass(frozen=True, slots=True)
class Resource:
    """One manifest resource embedded in the file."""

    name: str
    offset: int
    size: int


@dataclass(frozen=True)
class Metadata:
    """The metadata of one assembly or module."""

    image: PeImage = field(repr=False)
    heaps: dict[str, tuple[int, int]]
    """Offset and size in the file of each stream, by name."""
    tables: dict[int, tuple[Row, ...]] = field(repr=False)
    resources_at: tuple[int, int]
    """Offset and size in the file of the managed resources; zeros if none."""
    strong_name: tuple[int, int]
    """Offset and size in the file of the strong-name signature; zeros if none."""
    native: bool
    """Whether it is of mixed mode: native code beside IL."""

    def string(self, index: int) -> str:
        """Read one entry of the string heap."""
        start, size = self.heaps.get("#Strings", (0, 0))
        if index >= size:
            return ""
        end = self.image.data.find(b"\0", start + index, start + size)
        raw = self.image.data[start + index : end if end >= 0 else start + size]
        return raw[:1024].decode("utf-8", "replace")

    @cached_property
    def type_references(self) -> tuple[str, ...]:
        """`Namespace.Type` of every type of another assembly, by row."""
        rows = self.tables.get(0x01, ())
        return tuple(_dotted(self.string(space), self.string(name)) for _, name, space in rows)

    @cached_property
    def type_definitions(self) -> tuple[str, ...]:
        """`Namespace.Type` of every type defined here, by row."""
        rows = self.tables.get(0x02, ())
        return tuple(_dotted(self.string(space), self.string(name)) for _, name, space, *_ in rows)

    def members(self) -> Iterator[Member]:
        """Yield members of other assemblies."""
        references = self.type_references
        for parent, name, _ in self.tables.get(0x0A, ()):
            owner = (
                references[(parent >> 3) - 1]
                if parent & 7 == 1 and 0 < parent >> 3 <= len(references)
                else ""
            )
            yield Member(owner, self.string(name))

    def methods(self) -> Iterator[tuple[str, str, int]]:
        """Yield (type, method, address of the body) of every method defined here."""
        types, rows = self.tables.get(0x02, ()), self.tables.get(0x06, ())
        firsts = [row[5] for row in types]
        owner = -1
        for number, row in enumerate(rows[:MAX_METHODS], start=1):
            while owner + 1 < len(firsts) and firsts[owner + 1] <= number:
                owner += 1
            yield self.type_definitions[owner] if owner >= 0 else "", self.string(row[3]), row[0]

    def natives(self) -> Iterator[Native]:
        """Yield functions of native libraries."""
        modules = self.tables.get(0x1A, ())
        for _, _, name, scope in self.tables.get(0x1C, ()):
            library = self.string(modules[scope - 1][0]) if 0 < scope <= len(modules) else ""
            yield Native(library, self.string(name))

    def resources(self) -> Iterator[Resource]:
        """Yield manifest resources that are in this file."""
        start, size = self.resources_at
        for offset, _, name, implementation in self.tables.get(0x28, ()):
            at = start + offset
            if implementation or not start or at + 4 > min(start + size, len(self.image.data)):
                continue
            (length,) = unpack_from("<I", self.image.data, at)
            yield Resource(self.string(name), at + 4, min(length, start + size - at - 4))

    def user_strings(self) -> Iterator[str]:
        """Yield the literals of the code."""
        start, size = self.heaps.get("#US", (0, 0))
        data, at, end = self.image.data, start + 1, min(start + size, len(self.image.data))
        while at < end:
            length, width = _compressed(data, at, end)
            at += width
            if length > 1:
                yield data[at : min(at + length - 1, end)].decode("utf-16-le", "replace")
            at += length
            if not width:
                return

    def body(self, address: int) -> bytes:
        """Give the IL of a method at a relative address; empty if there is none (25.4)."""
        data, at = self.image.data, self.image.offset_of(address) if address else None
        if at is None or at >= len(data):
            return b""
        if data[at] & 3 == 2:
            return data[at + 1 : at + 1 + (data[at] >> 2)]
        if at + 12 > len(data):
            return b""
        flags, _, size = unpack_from("<HHI", data, at)
        begin = at + 4 * (flags >> 12)
        return data[begin : begin + min(size, 1 << 20)]


def _dotted(space: str, name: str) -> str:
    return f"{space}.{name}" if space else name


def _compressed(data: bytes, at: int, end: int) -> tuple[int, int]:
    """Read a compressed length (24.2.4): its value and the bytes it took; zeros where it is cut off."""
    first = data[at]
    if not first & 0x80:
        return first, 1
    if not first & 0x40:
        return ((first & 0x3F) << 8 | data[at + 1], 2) if at + 2 <= end else (0, 0)
    return (int.from_bytes(data[at : at + 4], "big") & 0x1FFF_FFFF, 4) if at + 4 <= end else (0, 0)


def read_metadata(image: PeImage) -> Metadata | None:
    """Read the metadata of an image; None if it has no CLR header.

    Raises:
        MalformedImage: it has one, and the runtime would refuse what it points to.
    """
    if not image.managed:
        return None
    try:
        return _read(image)
    except struct_error as error:
        raise MalformedImage(f".NET metadata ends early: {error}") from error


def _read(image: PeImage) -> Metadata:
    data = image.data
    header = image.offset_of(image.directory(CLR)[0])
    if header is None:
        raise MalformedImage("the CLR header is in no section")
    root_rva, _, flags = unpack_from("<III", data, header + 8)
    resources_rva, resources_size, name_rva, name_size = unpack_from("<IIII", data, header + 24)
    root = image.offset_of(root_rva)
    if root is None or data[root : root + 4] != b"BSJB":
        raise MalformedImage("no metadata signature")
    heaps = _heaps(data, root)
    start = next((heaps[name][0] for name in ("#~", "#-") if name in heaps), None)
    if start is None:
        raise MalformedImage("no stream of tables")
    resources, signature = image.offset_of(resources_rva), image.offset_of(name_rva)
    return Metadata(
        image,
        heaps,
        _tables(data, start),
        (resources, resources_size) if resources_rva and resources is not None else (0, 0),
        (signature, name_size) if name_rva and signature is not None else (0, 0),
        native=not flags & 1,
    )


def _heaps(data: bytes, root: int) -> dict[str, tuple[int, int]]:
    (length,) = unpack_from("<I", data, root + 12)
    at = root + 16 + min(length, 255)
    (count,) = unpack_from("<H", data, at + 2)
    at += 4
    heaps: dict[str, tuple[int, int]] = {}
    for _ in range(min(count, 32)):
        offset, size = unpack_from("<II", data, at)
        end = data.find(b"\0", at + 8, at + 41)
        if end < 0:
            raise MalformedImage("a stream's name does not end")
        name = data[at + 8 : end].decode("latin-1")
        begin = min(root + offset, len(data))
        heaps.setdefault(name, (begin, min(size, len(data) - begin)))
        at = end + 4 - (end - at) % 4
    return heaps


def _tables(data: bytes, start: int) -> dict[int, tuple[Row, ...]]:
    _, _, _, widths, _, present, _ = unpack_from("<IBBBBQQ", data, start)
    numbers = [number for number in range(64) if present >> number & 1]
    counts = dict(zip(numbers, unpack_from(f"<{len(numbers)}I", data, start + 24), strict=True))
    if sum(counts.values()) > MAX_ROWS or any(number not in SCHEMA for number in numbers):
        raise MalformedImage(f"{sum(counts.values()):,} rows in tables {numbers}")
    at = start + 24 + 4 * len(numbers) + (4 if widths & 0x40 else 0)
    tables: dict[int, tuple[Row, ...]] = {}
    for number in numbers:
        row = Struct("<" + "".join(_column(column, widths, counts) for column in SCHEMA[number].split()))
        end = at + row.size * counts[number]
        if end > len(data):
            raise MalformedImage(f"table {number:#x} ends at {end}, the file at {len(data)}")
        tables[number] = tuple(row.iter_unpack(memoryview(data)[at:end]))
        at = end
    return tables


def _column(column: str, widths: int, counts: dict[int, int]) -> str:
    """Format of one column: its width depends on the sizes of what it points into."""
    if column in {"2", "4"}:
        return "H" if column == "2" else "I"
    if column in {"S", "G", "B"}:
        return "I" if widths >> "SGB".index(column) & 1 else "H"
    if column in CODED:
        bits, targets = CODED[column]
        return "I" if max(counts.get(each, 0) for each in targets) >= 1 << 16 - bits else "H"
    return "I" if counts.get(int(column[1:], 16), 0) >= 1 << 16 else "H"
