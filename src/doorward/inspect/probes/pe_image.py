"""A strict, small reader of Portable Executables that can say whose every byte is.

Follows *PE Format* (Microsoft, 2024). Reads only headers and tables, straight from the file's bytes:
nothing is copied, nothing is relocated, so a 400 MB library costs what its tables cost. A general
library is not used here on purpose: it keeps copies of all sections, and its native code would parse
hostile input in our process.

Not handled: images mapped in memory, COFF objects, and what the directories 8 and 11 to 13 say.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from struct import error as struct_error
from struct import unpack_from

__all__ = ["MalformedImage", "PeImage", "PeImport", "PeResource", "PeSection", "read_pe"]

MAX_SECTIONS = 96 * 4
"""The loader of Windows XP took 96, later ones 65,535; four times the former is beyond any linker."""
MAX_IMPORTS = 20_000
MAX_EXPORTS = 65_536
MAX_RESOURCES = 20_000

EXECUTE, READ, WRITE = 0x2000_0000, 0x4000_0000, 0x8000_0000
CODE = 0x20
EXPORT, IMPORT, RESOURCE, EXCEPTION, SECURITY, RELOCATION, DEBUG = range(7)
TLS, BOUND_IMPORT, DELAY_IMPORT, CLR = 9, 11, 13, 14


class MalformedImage(ValueError):
    """The headers contradict themselves or the file's length."""


@dataclass(frozen=True, slots=True)
class PeSection:
    """One row of the section table."""

    name: str
    address: int
    virtual_size: int
    offset: int
    size: int
    flags: int

    @property
    def executable(self) -> bool:
        """Whether its pages may run."""
        return bool(self.flags & (EXECUTE | CODE))

    @property
    def writable(self) -> bool:
        """Whether its pages may be written."""
        return bool(self.flags & WRITE)


@dataclass(frozen=True, slots=True)
class PeImport:
    """What is taken from one library."""

    library: str
    names: tuple[str, ...]
    """Function names; `#12` for an ordinal."""
    delayed: bool = False


@dataclass(frozen=True, slots=True)
class PeResource:
    """One leaf of the resource tree."""

    type: str
    """Its type: a number or a name."""
    offset: int
    size: int


@dataclass(frozen=True)
class PeImage:
    """Headers of one image, and its tables read on demand."""

    data: bytes = field(repr=False)
    machine: int
    bits: int
    timestamp: int
    characteristics: int
    dll_characteristics: int
    linker: tuple[int, int]
    entry: int
    base: int
    headers_size: int
    pe_offset: int
    optional_offset: int
    table_end: int
    """Offset just after the section table."""
    directories: tuple[tuple[int, int], ...]
    sections: tuple[PeSection, ...]
    symbols: tuple[int, int]
    """Offset and size of the COFF symbol and string tables; zeros if there are none."""

    def directory(self, index: int) -> tuple[int, int]:
        """Address and size of one data directory; zeros where it is absent."""
        return self.directories[index] if index < len(self.directories) else (0, 0)

    def section_at(self, rva: int) -> PeSection | None:
        """Give the section that a relative address lies in."""
        for section in self.sections:
            if section.address <= rva < section.address + max(section.virtual_size, section.size):
                return section
        return None

    def offset_of(self, rva: int) -> int | None:
        """File offset of a relative address; None where no file byte is mapped there."""
        section = self.section_at(rva)
        if section is None:
            return rva if rva < self.headers_size else None
        delta = rva - section.address
        return section.offset + delta if delta < section.size else None

    def text(self, rva: int, limit: int = 512) -> str:
        """Read a NUL-terminated string at a relative address; empty if there is none."""
        offset = self.offset_of(rva)
        if offset is None or offset >= len(self.data):
            return ""
        end = self.data.find(b"\0", offset, offset + limit)
        return self.data[offset : end if end >= 0 else offset + limit].decode("latin-1")

    @property
    def certificates(self) -> tuple[int, int]:
        """Offset and size of the attribute certificate table (a file offset, unlike the others)."""
        return self.directory(SECURITY)

    @property
    def managed(self) -> bool:
        """Whether it has a CLR header, so holds .NET metadata."""
        return self.directory(CLR)[0] != 0

    @cached_property
    def image_end(self) -> int:
        """Offset after the last byte that a header, section or symbol table claims."""
        ends = [section.offset + section.size for section in self.sections if section.size]
        symbols = self.symbols[0] + self.symbols[1]
        return min(len(self.data), max([self.table_end, self.headers_size, symbols, *ends]))

    @cached_property
    def imports(self) -> tuple[PeImport, ...]:
        """Imports and delay-loaded imports, in table order."""
        return (*_imports(self), *_delay_imports(self))

    @cached_property
    def exports(self) -> tuple[str, ...]:
        """Exported names; forwarders are written `name -> library.function`."""
        return tuple(_exports(self))

    @cached_property
    def resources(self) -> tuple[PeResource, ...]:
        """Leaves of the resource tree."""
        return tuple(_resources(self))

    @cached_property
    def tls_callbacks(self) -> int:
        """How many functions run before the entry point."""
        return _tls_callbacks(self)

    @cached_property
    def pdb_path(self) -> str:
        """Path of the debug file as the linker wrote it; empty if none."""
        return _pdb_path(self)

    @cached_property
    def rich(self) -> tuple[str, ...]:
        """Tools of the Rich header as `product.build`, sorted; empty if there is none."""
        return _rich(self)


def read_pe(data: bytes) -> PeImage:
    """Read the headers of an image.

    Raises:
        MalformedImage: no loader would map this.
    """
    try:
        return _read(data)
    except struct_error as error:
        raise MalformedImage(f"headers end early: {error}") from error


def _read(data: bytes) -> PeImage:
    if data[:2] != b"MZ":
        raise MalformedImage("no MZ signature")
    (pe_offset,) = unpack_from("<I", data, 0x3C)
    if data[pe_offset : pe_offset + 4] != b"PE\0\0":
        raise MalformedImage(f"no PE signature at {pe_offset:#x}")
    machine, count, timestamp, symbol_offset, symbol_count, optional_size, characteristics = unpack_from(
        "<HHIIIHH", data, pe_offset + 4
    )
    optional = pe_offset + 24
    magic, major, minor = unpack_from("<HBB", data, optional)
    if magic not in {0x10B, 0x20B}:
        raise MalformedImage(f"optional header magic {magic:#x}")
    wide = magic == 0x20B
    (entry,) = unpack_from("<I", data, optional + 16)
    (base,) = unpack_from("<Q", data, optional + 24) if wide else unpack_from("<I", data, optional + 28)
    (headers_size,) = unpack_from("<I", data, optional + 60)
    (dll_characteristics,) = unpack_from("<H", data, optional + 70)
    at = optional + (108 if wide else 92)
    (directory_count,) = unpack_from("<I", data, at)
    directory_count = min(directory_count, 16)
    directories = tuple(unpack_from("<II", data, at + 4 + 8 * index) for index in range(directory_count))
    table = optional + optional_size
    if count > MAX_SECTIONS:
        raise MalformedImage(f"{count} sections")
    if table + 40 * count > len(data):
        raise MalformedImage(f"the section table ends at {table + 40 * count}, the file at {len(data)}")
    return PeImage(
        data=data,
        machine=machine,
        bits=64 if wide else 32,
        timestamp=timestamp,
        characteristics=characteristics,
        dll_characteristics=dll_characteristics,
        linker=(major, minor),
        entry=entry,
        base=base,
        headers_size=min(headers_size, len(data)),
        pe_offset=pe_offset,
        optional_offset=optional,
        table_end=table + 40 * count,
        directories=directories,
        sections=tuple(_section(data, table + 40 * index) for index in range(count)),
        symbols=_symbol_tables(data, symbol_offset, symbol_count),
    )


def _section(data: bytes, at: int) -> PeSection:
    name, virtual_size, address, size, offset = unpack_from("<8sIIII", data, at)
    (flags,) = unpack_from("<I", data, at + 36)
    size = max(0, min(size, len(data) - offset)) if offset else 0
    return PeSection(name.rstrip(b"\0").decode("latin-1"), address, virtual_size, offset, size, flags)


def _symbol_tables(data: bytes, offset: int, count: int) -> tuple[int, int]:
    end = offset + 18 * count
    if not offset or end + 4 > len(data):
        return (0, 0)
    (strings,) = unpack_from("<I", data, end)
    return (offset, min(end + max(strings, 4), len(data)) - offset)


def _imports(image: PeImage) -> Iterator[PeImport]:
    rva, _ = image.directory(IMPORT)
    offset = image.offset_of(rva) if rva else None
    total = 0
    while offset is not None and offset + 20 <= len(image.data) and total < MAX_IMPORTS:
        lookup, _, _, name, address = unpack_from("<IIIII", image.data, offset)
        if not name:
            return
        names = tuple(_thunks(image, lookup or address, MAX_IMPORTS - total))
        total += len(names) + 1
        yield PeImport(image.text(name), names)
        offset += 20


def _delay_imports(image: PeImage) -> Iterator[PeImport]:
    rva, _ = image.directory(DELAY_IMPORT)
    offset = image.offset_of(rva) if rva else None
    total = 0
    while offset is not None and offset + 32 <= len(image.data) and total < MAX_IMPORTS:
        attributes, name, _, _, lookup = unpack_from("<IIIII", image.data, offset)
        if not name:
            return
        if not attributes & 1:  # addresses, not relative ones: linkers before Visual C++ 7
            name, lookup = name - image.base, lookup - image.base
        if name < 0 or lookup < 0:
            return
        names = tuple(_thunks(image, lookup, MAX_IMPORTS - total))
        total += len(names) + 1
        yield PeImport(image.text(name), names, delayed=True)
        offset += 32


def _thunks(image: PeImage, rva: int, limit: int) -> Iterator[str]:
    offset = image.offset_of(rva)
    if offset is None:
        return
    wide = image.bits == 64
    step, form, flag = (8, "<Q", 1 << 63) if wide else (4, "<I", 1 << 31)
    for at in range(offset, min(offset + step * limit, len(image.data) - step + 1), step):
        (value,) = unpack_from(form, image.data, at)
        if not value:
            return
        yield f"#{value & 0xFFFF}" if value & flag else image.text((value & 0x7FFF_FFFF) + 2)


def _exports(image: PeImage) -> Iterator[str]:
    rva, size = image.directory(EXPORT)
    offset = image.offset_of(rva) if rva else None
    if offset is None or offset + 40 > len(image.data):
        return
    _, functions, names, addresses, name_table, ordinals = unpack_from("<IIIIII", image.data, offset + 16)
    starts = [image.offset_of(table) for table in (addresses, name_table, ordinals)]
    for index in range(min(names, MAX_EXPORTS)):
        try:
            (name,) = unpack_from("<I", image.data, (starts[1] or len(image.data)) + 4 * index)
            (ordinal,) = unpack_from("<H", image.data, (starts[2] or len(image.data)) + 2 * index)
            (target,) = unpack_from("<I", image.data, (starts[0] or len(image.data)) + 4 * ordinal)
        except struct_error:
            return
        forwarded = functions > ordinal and rva <= target < rva + size
        yield f"{image.text(name)} -> {image.text(target)}" if forwarded else image.text(name)


def _resources(image: PeImage) -> Iterator[PeResource]:
    """Walk the tree by levels; a node seen twice is a loop and is left out."""
    rva, _ = image.directory(RESOURCE)
    root = image.offset_of(rva) if rva else None
    if root is None:
        return
    pending: list[tuple[int, int, str]] = [(root, 0, "")]
    seen: set[int] = set()
    found = 0
    while pending and found < MAX_RESOURCES:
        at, depth, kind = pending.pop()
        if at in seen or at + 16 > len(image.data):
            continue
        seen.add(at)
        named, numbered = unpack_from("<HH", image.data, at + 12)
        for index in range(min(named + numbered, 4096)):
            entry = at + 16 + 8 * index
            if entry + 8 > len(image.data):
                break
            name, target = unpack_from("<II", image.data, entry)
            label = kind if depth else _resource_name(image.data, root, name)
            if target >> 31 and depth < 4:
                pending.append((root + (target & 0x7FFF_FFFF), depth + 1, label))
            elif not target >> 31 and root + target + 16 <= len(image.data):
                address, size = unpack_from("<II", image.data, root + target)
                offset = image.offset_of(address)
                found += 1
                if offset is not None and offset < len(image.data):
                    yield PeResource(label, offset, min(size, len(image.data) - offset))


def _resource_name(data: bytes, root: int, name: int) -> str:
    if not name >> 31:
        return str(name)
    at = root + (name & 0x7FFF_FFFF)
    if at + 2 > len(data):
        return ""
    (length,) = unpack_from("<H", data, at)
    return data[at + 2 : at + 2 + 2 * min(length, 64)].decode("utf-16-le", "replace")


def _tls_callbacks(image: PeImage) -> int:
    rva, _ = image.directory(TLS)
    offset = image.offset_of(rva) if rva else None
    step, form = (8, "<Q") if image.bits == 64 else (4, "<I")
    if offset is None or offset + 4 * step > len(image.data):
        return 0
    (address,) = unpack_from(form, image.data, offset + 3 * step)
    at = image.offset_of(address - image.base) if address > image.base else None
    count = 0
    while at is not None and at + step <= len(image.data) and count < 4096:
        if not unpack_from(form, image.data, at)[0]:
            break
        count += 1
        at += step
    return count


def _pdb_path(image: PeImage) -> str:
    rva, size = image.directory(DEBUG)
    offset = image.offset_of(rva) if rva else None
    for index in range(min(size // 28, 64)):
        if offset is None or offset + 28 * (index + 1) > len(image.data):
            return ""
        kind, length, _, pointer = unpack_from("<IIII", image.data, offset + 28 * index + 12)
        if kind == 2 and image.data[pointer : pointer + 4] == b"RSDS":
            raw = image.data[pointer + 24 : pointer + min(length, 1024)]
            return raw.split(b"\0", 1)[0].decode("utf-8", "replace")
    return ""


def _rich(image: PeImage) -> tuple[str, ...]:
    header = image.data[0x40 : image.pe_offset]
    end = header.rfind(b"Rich")
    if end < 0 or end + 8 > len(header) or end % 4:
        return ()
    (key,) = unpack_from("<I", header, end + 4)
    words = [word ^ key for (word,) in _words(header[:end])]
    start = next((index for index, word in enumerate(words) if word == 0x536E_6144), None)
    if start is None:
        return ()
    entries = words[start + 4 :: 2]
    return tuple(sorted({f"{word >> 16}.{word & 0xFFFF}" for word in entries}))


def _words(data: bytes) -> Iterator[tuple[int, ...]]:
    return (unpack_from("<I", data, at) for at in range(0, len(data) - 3, 4))
