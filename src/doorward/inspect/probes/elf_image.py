"""A strict, small reader of ELF files that can say whose every byte is.

Follows the System V gABI (version 4.3 draft) and the GNU extensions that loaders honour. As in
`pe_image`, only headers and tables are read, straight from the file's bytes. The *program* headers and
the dynamic table decide what runs, so they are read first, and section headers only add names.

Not handled: core dumps, and what DWARF says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from struct import Struct, unpack_from
from struct import error as struct_error

from doorward.inspect.probes.pe_image import MalformedImage

__all__ = ["ElfImage", "ElfSection", "ElfSegment", "ElfSymbol", "read_elf"]

MAX_SECTIONS = 200_000
"""Relocatables built with `-ffunction-sections` reach 100,000."""
MAX_SEGMENTS = 4_096
MAX_SYMBOLS = 400_000
"""The largest wheels' libraries export about 250,000."""
MAX_DYNAMIC = 4_096

LOAD, DYNAMIC, INTERP, NOTE = 1, 2, 3, 4
GNU_STACK, GNU_RELRO = 0x6474E551, 0x6474E552
EXEC, WRITE = 1, 2
SHF_WRITE, SHF_ALLOC, SHF_EXEC = 1, 2, 4
NOBITS = 8


@dataclass(frozen=True, slots=True)
class ElfSegment:
    """One program header."""

    type: int
    flags: int
    offset: int
    address: int
    size: int
    memory: int


@dataclass(frozen=True, slots=True)
class ElfSection:
    """One section header."""

    name: str
    type: int
    flags: int
    address: int
    offset: int
    size: int
    """Bytes in the file; 0 for `.bss`."""

    @property
    def executable(self) -> bool:
        """Whether its bytes may run."""
        return bool(self.flags & SHF_EXEC)

    @property
    def writable(self) -> bool:
        """Whether its bytes may be written."""
        return bool(self.flags & SHF_WRITE)


@dataclass(frozen=True, slots=True)
class ElfSymbol:
    """One dynamic symbol."""

    name: str
    type: int
    """`STT_…`: 1 object, 2 function, 10 indirect function."""
    defined: bool


@dataclass(frozen=True)
class ElfImage:
    """Headers of one file, and its tables read on demand."""

    data: bytes = field(repr=False)
    bits: int
    order: str
    """`<` or `>`, as `struct` spells it."""
    type: int
    """`ET_…`: 1 relocatable, 2 executable, 3 shared."""
    machine: int
    entry: int
    header_spans: tuple[tuple[int, int], ...]
    """Where the file, program and section headers are: (offset, size)."""
    segments: tuple[ElfSegment, ...]
    sections: tuple[ElfSection, ...]

    def offset_of(self, address: int) -> int | None:
        """File offset of an address in memory; None where no file byte is loaded there."""
        for segment in self.segments:
            if segment.type == LOAD and segment.address <= address < segment.address + segment.size:
                return segment.offset + address - segment.address
        return None

    def section_at(self, address: int) -> ElfSection | None:
        """Give the loaded section that an address lies in."""
        for section in self.sections:
            if section.flags & SHF_ALLOC and section.address <= address < section.address + section.size:
                return section
        return None

    @cached_property
    def dynamic(self) -> tuple[tuple[int, int], ...]:
        """(tag, value) of the dynamic table, in order."""
        segment = next((each for each in self.segments if each.type == DYNAMIC), None)
        if segment is None:
            return ()
        entry = Struct(self.order + ("qQ" if self.bits == 64 else "iI"))
        found: list[tuple[int, int]] = []
        end = min(segment.offset + segment.size, len(self.data))
        for at in range(segment.offset, end - entry.size + 1, entry.size):
            tag, value = entry.unpack_from(self.data, at)
            if not tag or len(found) >= MAX_DYNAMIC:
                break
            found.append((tag, value))
        return tuple(found)

    def tag(self, wanted: int) -> int | None:
        """Give the first value of a dynamic tag."""
        return next((value for tag, value in self.dynamic if tag == wanted), None)

    def strings(self, wanted: int) -> tuple[str, ...]:
        """Give the strings that a dynamic tag names: 1 NEEDED, 14 SONAME, 15 RPATH, 29 RUNPATH."""
        table = self.offset_of(self.tag(5) or 0)
        if table is None:
            return ()
        return tuple(_string(self.data, table + value) for tag, value in self.dynamic if tag == wanted)

    @property
    def interpreter(self) -> str:
        """Path of the program interpreter; empty if there is none."""
        segment = next((each for each in self.segments if each.type == INTERP), None)
        return _string(self.data, segment.offset) if segment else ""

    @cached_property
    def dynamic_symbols(self) -> tuple[ElfSymbol, ...]:
        """Dynamic symbols, found by the section header or, without one, by the hash table."""
        return tuple(_dynamic_symbols(self))

    @cached_property
    def indirect_functions(self) -> int:
        """How many relocations call a resolver at load time (`R_*_IRELATIVE`)."""
        return _indirect_relocations(self)

    @cached_property
    def arrays(self) -> dict[str, int]:
        """How many functions run at load and unload: `preinit`, `init`, `fini` and `constructors`."""
        step = self.bits // 8
        sizes = {"preinit": self.tag(33), "init": self.tag(27), "fini": self.tag(28)}
        found = {name: size // step for name, size in sizes.items() if size}
        old = sum(
            section.size // step for section in self.sections if section.name in {".ctors", ".init_array"}
        )
        if old and "init" not in found:
            found["init"] = old
        return found

    @cached_property
    def image_end(self) -> int:
        """Offset after the last byte that a header, segment or section claims."""
        ends = [offset + size for offset, size in self.header_spans]
        ends += [each.offset + each.size for each in self.segments]
        ends += [each.offset + each.size for each in self.sections]
        return min(len(self.data), max(ends, default=0))

    def gaps(self, *, segments: bool = True) -> Iterator[tuple[int, int]]:
        """Yield (offset, size) of stretches before `image_end` that nothing claims.

        Args:
            segments: whether a segment counts as a claim, or only headers and sections.
        """
        claims: list[ElfSection | ElfSegment] = [*self.sections, *(self.segments if segments else ())]
        spans = sorted([*self.header_spans, *((each.offset, each.size) for each in claims if each.size)])
        reached = 0
        for offset, size in spans:
            if offset > reached:
                yield reached, min(offset, len(self.data)) - reached
            reached = max(reached, offset + size)
            if reached >= len(self.data):
                return


def read_elf(data: bytes) -> ElfImage:
    """Read the headers of an ELF file.

    Raises:
        MalformedImage: no loader or linker would take this.
    """
    try:
        return _read(data)
    except struct_error as error:
        raise MalformedImage(f"headers end early: {error}") from error


def _read(data: bytes) -> ElfImage:
    if data[:4] != b"\x7fELF" or len(data) < 52:
        raise MalformedImage("no ELF header")
    bits, order = {1: 32, 2: 64}.get(data[4], 0), {1: "<", 2: ">"}.get(data[5], "")
    if not bits or not order:
        raise MalformedImage(f"class {data[4]} and byte order {data[5]}")
    word = "Q" if bits == 64 else "I"
    kind, machine, _, entry, segment_at, section_at, _ = unpack_from(
        f"{order}HHI{word}{word}{word}I", data, 16
    )
    header, segment_size, segments, section_size, sections, names = unpack_from(
        f"{order}6H", data, 52 if bits == 64 else 40
    )
    if segments > MAX_SEGMENTS or segment_at + segments * segment_size > len(data):
        raise MalformedImage(f"{segments} program headers at {segment_at:#x}, the file ends at {len(data)}")
    table = tuple(_segment(data, segment_at + index * segment_size, bits, order) for index in range(segments))
    rows = tuple(_sections(data, (section_at, section_size, sections, names), bits, order))
    spans = ((0, header), (segment_at, segments * segment_size), (section_at, len(rows) * section_size))
    return ElfImage(data, bits, order, kind, machine, entry, spans, table, rows)


def _segment(data: bytes, at: int, bits: int, order: str) -> ElfSegment:
    if bits == 64:
        kind, flags, offset, address, _, size, memory = unpack_from(order + "IIQQQQQ", data, at)
    else:
        kind, offset, address, _, size, memory, flags = unpack_from(order + "7I", data, at)
    return ElfSegment(kind, flags, offset, address, max(0, min(size, len(data) - offset)), memory)


def _sections(data: bytes, header: tuple[int, int, int, int], bits: int, order: str) -> Iterator[ElfSection]:
    """Read the section table; none where it is absent or does not fit, as loaders do not need it."""
    start, step, count, names = header
    row = Struct(order + ("IIQQQQIIQQ" if bits == 64 else "10I"))
    if not start or step < row.size or start + step > len(data):
        return
    first = row.unpack_from(data, start)
    count = count or first[5]  # more than 65,279: the number stands in the first row
    names = first[6] if names == 0xFFFF else names
    if count > MAX_SECTIONS or start + count * step > len(data):
        return
    rows = [row.unpack_from(data, start + index * step) for index in range(count)]
    base = rows[names][4] if names < count else len(data)
    for label, kind, flags, address, offset, size, *_ in rows:
        held = 0 if kind in {0, NOBITS} else max(0, min(size, len(data) - offset))
        yield ElfSection(_string(data, base + label), kind, flags, address, offset if held else 0, held)


def _string(data: bytes, at: int, limit: int = 4096) -> str:
    if at >= len(data):
        return ""
    end = data.find(b"\0", at, at + limit)
    return data[at : end if end >= 0 else at + limit].decode("utf-8", "replace")


def _dynamic_symbols(image: ElfImage) -> Iterator[ElfSymbol]:
    start, names = image.offset_of(image.tag(6) or 0), image.offset_of(image.tag(5) or 0)
    if start is None or names is None or image.tag(6) is None:
        return
    wide = image.bits == 64
    row = Struct(image.order + ("IBBHQQ" if wide else "IIIBBH"))
    count = min(_symbol_count(image, start, row.size), MAX_SYMBOLS, (len(image.data) - start) // row.size)
    window = memoryview(image.data)[start : start + max(count, 0) * row.size]
    for fields in row.iter_unpack(window):
        name, info, index = (fields[0], fields[1], fields[3]) if wide else (fields[0], fields[3], fields[5])
        if name:
            yield ElfSymbol(_string(image.data, names + name), info & 15, index != 0)


def _symbol_count(image: ElfImage, start: int, step: int) -> int:
    """Number of dynamic symbols: from the section, the SysV hash table, or up to the string table."""
    section = next((each for each in image.sections if each.type == 11 and each.offset == start), None)
    if section is not None:
        return section.size // step
    hash_at = image.offset_of(image.tag(4) or 0)
    if image.tag(4) is not None and hash_at is not None and hash_at + 8 <= len(image.data):
        return int(unpack_from(image.order + "II", image.data, hash_at)[1])
    names = image.offset_of(image.tag(5) or 0) or 0
    return max(0, names - start) // step


RELATIVE_CALLS = {62: 37, 3: 42, 183: 1032, 40: 160, 243: 58, 21: 248, 22: 61}
"""`R_*_IRELATIVE` by machine: x86-64, i386, AArch64, ARM, RISC-V, PowerPC64, S/390."""


def _indirect_relocations(image: ElfImage) -> int:
    wanted = RELATIVE_CALLS.get(image.machine)
    wide = image.bits == 64
    total = 0
    for table, size in ((7, 8), (23, 2), (17, 18)):
        at, length = image.offset_of(image.tag(table) or 0), image.tag(size) or 0
        if at is None or not length or wanted is None:
            continue
        addend = table == 7 or (table == 23 and image.tag(20) == 7)
        row = Struct(
            image.order + ("QQq" if addend else "QQ") if wide else image.order + ("IIi" if addend else "II")
        )
        count = min(length, len(image.data) - at) // row.size
        window = memoryview(image.data)[at : at + count * row.size]
        mask = 0xFFFF_FFFF if wide else 0xFF
        kinds = Counter(fields[1] & mask for fields in row.iter_unpack(window))
        total += kinds[wanted]
    return total
