"""What one ELF file has, as traits: tables, layout, initialisers, and the homes of its data.

Rule: as for PE, keys name what a thing is, never where it is. What runs before `main` and how
libraries are found weigh most: that is how code gets into a process that did not ask for it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from doorward.inspect.probes import executable_kinds as kinds
from doorward.inspect.probes.elf_image import (
    EXEC,
    GNU_RELRO,
    GNU_STACK,
    LOAD,
    NOBITS,
    WRITE,
    ElfImage,
    ElfSection,
)
from doorward.inspect.probes.executable_imports import export_trait, import_traits, named_api_traits
from doorward.inspect.probes.opaque import Place
from doorward.model.trait import Evidence, Trait

__all__ = ["elf_code", "elf_places", "elf_traits"]

NEEDED, RPATH, RUNPATH, AUDIT, DEPAUDIT, AUXILIARY, FILTER = (
    1,
    15,
    29,
    0x6FFFFEFC,
    0x6FFFFEFB,
    0x7FFFFFFD,
    0x7FFFFFFF,
)
FLAGS, FLAGS_1 = 30, 0x6FFFFFFB
INDIRECT = 10
RANDOM_TABLES = frozenset({0x6FFFFFF6, 5})
"""`SHT_GNU_HASH` and `SHT_HASH`: hashes are random by nature."""
BUILD_ID = re.compile(r"\b[0-9a-f]{8,}\b")
UNSECTIONED = 64
FILLERS = b"\0X\x90\xcc"
"""What linkers, and patchelf after moving a section, leave where nothing is."""


def elf_traits(image: ElfImage) -> Iterator[Trait]:
    """Yield everything but payloads and code."""
    symbols = image.dynamic_symbols
    imported = {each.name for each in symbols if not each.defined}
    exported = {each.name for each in symbols if each.defined}
    yield from import_traits((("", name) for name in sorted(imported)), image.strings(NEEDED))
    yield from export_trait(exported)
    yield from named_api_traits(image.data, imported | exported)
    yield from _sections(image)
    yield from _layout(image)
    yield from _start(image)
    yield from _paths(image)
    yield from _unaccounted(image)
    yield from _origin(image)


def _sections(image: ElfImage) -> Iterator[Trait]:
    counted = Counter((_section_name(each), _rights(each)) for each in image.sections if each.name)
    for (name, rights), count in sorted(counted.items()):
        yield Trait(kinds.SECTION.name, f"{name} {rights}", count, Evidence(where=name), token=name)


def _section_name(section: ElfSection) -> str:
    """Per-function sections of relocatables (`.text.main`) are one."""
    match = re.match(r"\.(text|data|rodata|bss|rela?|debug|gnu\.linkonce)\.", section.name)
    return f".{match[1]}.*" if match else section.name[:64]


def _rights(section: ElfSection) -> str:
    return "r" + ("w" if section.writable else "") + ("x" if section.executable else "")


def _layout(image: ElfImage) -> Iterator[Trait]:
    for segment in image.segments:
        if segment.type == LOAD and segment.flags & EXEC and segment.flags & WRITE:
            where = Evidence(offset=segment.offset, excerpt=f"{segment.size:,} bytes")
            yield Trait(kinds.LAYOUT.name, "writable-and-executable", 1, where)
    loaded = [each for each in image.segments if each.type == LOAD and each.flags & EXEC]
    if len(loaded) > 1:
        yield Trait(kinds.LAYOUT.name, "several-code-segments", len(loaded))
    if not image.entry or image.type == 1:
        return
    home = image.section_at(image.entry)
    if image.sections and home is None:
        yield Trait(kinds.LAYOUT.name, "entry-outside-sections", 1, Evidence(excerpt=f"{image.entry:#x}"))
    elif home is not None and home.name != ".text":
        key = "entry-outside-text" if home.executable else "entry-not-executable"
        yield Trait(kinds.LAYOUT.name, key, 1, Evidence(where=home.name, excerpt=f"{image.entry:#x}"))


def _start(image: ElfImage) -> Iterator[Trait]:
    for name, count in sorted(image.arrays.items()):
        yield Trait(kinds.INITIALISER.name, f"{name}-array", count)
    indirect = sorted(each.name for each in image.dynamic_symbols if each.type == INDIRECT)
    total = max(len(indirect), image.indirect_functions)
    if total:
        evidence = Evidence(excerpt=", ".join(indirect)[:1000])
        yield Trait(kinds.INITIALISER.name, "indirect-function", total, evidence)
    if image.type == 1:
        return
    stack = next((each for each in image.segments if each.type == GNU_STACK), None)
    flags, flags_1 = image.tag(FLAGS) or 0, image.tag(FLAGS_1) or 0
    missing = {
        "executable-stack": stack is None or bool(stack.flags & EXEC),
        "no-relro": all(each.type != GNU_RELRO for each in image.segments),
        "lazy-binding": not (flags & 8 or flags_1 & 1 or image.tag(24) is not None),
        "text-relocations": bool(flags & 4 or image.tag(22) is not None),
    }
    for key, lacks in missing.items():
        if lacks:
            yield Trait(kinds.HARDENING.name, key)


def _paths(image: ElfImage) -> Iterator[Trait]:
    for tag, name in ((RPATH, "RPATH"), (RUNPATH, "RUNPATH")):
        for path in sorted({part for text in image.strings(tag) for part in text.split(":") if part}):
            yield Trait(kinds.SEARCH_PATH.name, path, 1, Evidence(where=name, excerpt=path), token=path)
    for tag, name in ((AUDIT, "audit"), (DEPAUDIT, "audit"), (AUXILIARY, "auxiliary"), (FILTER, "filter")):
        for library in image.strings(tag):
            key = f"{name}:{library}"
            yield Trait(kinds.SEARCH_PATH.name, key, 1, Evidence(where=name, excerpt=library), token=library)
    if image.interpreter:
        path = image.interpreter
        yield Trait(kinds.INTERPRETER.name, path, 1, Evidence(excerpt=path), token=path)


def _unaccounted(image: ElfImage) -> Iterator[Trait]:
    found: dict[str, Place] = {}
    for place in _stray_places(image):
        best = found.get(place.label)
        if best is None or place.end - place.start > best.end - best.start:
            found[place.label] = place
    for label, place in sorted(found.items()):
        size = place.end - place.start
        excerpt = f"{size:,} bytes: {_told(image.data[place.start : place.end])}"
        yield Trait(kinds.UNACCOUNTED.name, label, size, Evidence(offset=place.start, excerpt=excerpt))


def _told(data: bytes) -> str:
    """The first bytes that tell something: a long run of one value before them is only counted."""
    rest = data.lstrip(data[:1])
    run = len(data) - len(rest)
    if run < 16:
        return data[:64].hex(" ")
    return f"{data[:1].hex()} {run:,} times" + (f", then {rest[:64].hex(' ')}" if rest else "")


def _stray_places(image: ElfImage) -> Iterator[Place]:
    data = image.data
    for offset, size in image.gaps():
        if data[offset : offset + size].strip(b"\0"):
            yield Place(offset, offset + size, "gap")
    if image.sections and image.segments:
        whole = {offset for offset, _ in image.gaps()}
        for offset, size in image.gaps(segments=False):
            filled = data[offset : offset + size].translate(None, FILLERS)
            if offset not in whole and len(filled) >= UNSECTIONED:
                yield Place(offset, offset + size, "segment-without-section")
    if data[image.image_end :].strip(b"\0"):
        yield Place(image.image_end, len(data), "overlay")


def _origin(image: ElfImage) -> Iterator[Trait]:
    names = {each.name for each in image.sections}
    if not image.sections:
        yield Trait(kinds.SYMBOLS.name, "no-section-headers")
    else:
        yield Trait(kinds.SYMBOLS.name, "symbols" if ".symtab" in names else "stripped")
    comment = next((each for each in image.sections if each.name == ".comment"), None)
    if comment is not None:
        raw = image.data[comment.offset : comment.offset + min(comment.size, 8192)]
        texts = {part.decode("utf-8", "replace") for part in raw.split(b"\0") if len(part) > 3}
        for text in sorted(each for each in texts if each.isprintable())[:32]:
            yield Trait(kinds.TOOLCHAIN.name, text[:200], 1, Evidence(where=".comment", excerpt=text[:200]))


def elf_places(image: ElfImage) -> Iterator[Place]:
    """Yield where payloads are looked for: sections, or segments where there are no sections."""
    named = [each for each in image.sections if each.size and each.type not in {*RANDOM_TABLES, NOBITS}]
    if named:
        for section in named:
            if section.name.startswith((".rela", ".rel.", ".symtab", ".strtab")):
                continue
            yield Place(section.offset, section.offset + section.size, _label(section), section.name)
    else:
        for segment in image.segments:
            if segment.type == LOAD:
                label = "code" if segment.flags & EXEC else "data"
                yield Place(segment.offset, segment.offset + segment.size, label)
    for place in _stray_places(image):
        yield Place(place.start, place.end, "overlay" if place.label == "overlay" else "gap", place.label)


def _label(section: ElfSection) -> str:
    if section.executable:
        return "code"
    if section.name.startswith((".debug", ".gnu_debug", ".zdebug")):
        return "debug"
    return "data"


def elf_code(image: ElfImage) -> Iterator[tuple[int, int]]:
    """Yield (offset, end) of what may run: sections, or segments where there are no sections."""
    named = [
        (each.offset, each.offset + each.size) for each in image.sections if each.executable and each.size
    ]
    yield from named or (
        (each.offset, each.offset + each.size)
        for each in image.segments
        if each.type == LOAD and each.flags & EXEC
    )
