"""What one PE image has, as traits: tables, layout, signature, and the homes of its data.

Rule: keys name what the thing is, never where it is: a section's name and rights but not its address,
a signer's name but not its certificate, a tool but not its build number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from doorward.inspect.probes import executable_kinds as kinds
from doorward.inspect.probes.authenticode import CertificateTable, read_certificates
from doorward.inspect.probes.executable_imports import export_trait, import_traits, named_api_traits
from doorward.inspect.probes.opaque import Place
from doorward.inspect.probes.pe_image import PeImage, PeSection
from doorward.model.trait import Evidence, Trait

__all__ = ["pe_code", "pe_places", "pe_traits"]

RELOCATABLE, NX, GUARD = 0x40, 0x100, 0x4000
CODE_SECTIONS = frozenset(
    {".text", "CODE", ".code", "text", "INIT", "PAGE", ".itext", ".textbss", ".hexpthk"}
)
"""Where linkers put code; an entry point elsewhere was moved by something else."""
SLACK = 64
"""Non-zero bytes after a section's end in memory that are reported; linkers pad with zeros."""
USUAL_STUB = 0x400
"""Bytes before the PE header: 64 of DOS header, about 64 of stub, and a Rich header of up to 300."""


def pe_traits(image: PeImage) -> Iterator[Trait]:
    """Yield everything but payloads and code."""
    yield from import_traits(
        ((each.library, name) for each in image.imports for name in each.names),
        (each.library for each in image.imports),
    )
    yield from export_trait(image.exports)
    known = {name for each in image.imports for name in each.names} | set(image.exports)
    yield from named_api_traits(image.data, known)
    yield from _sections(image)
    yield from _layout(image)
    yield from _start(image)
    yield from _unaccounted(image)
    yield from _signature(image)
    yield from _origin(image)


def _sections(image: PeImage) -> Iterator[Trait]:
    counted = Counter((_section_name(each), _rights(each)) for each in image.sections)
    for (name, rights), count in sorted(counted.items()):
        yield Trait(kinds.SECTION.name, f"{name} {rights}", count, Evidence(where=name), token="")


def _section_name(section: PeSection) -> str:
    """Long names of debug sections (`/81`) are offsets into a table that moves."""
    return "/debug" if section.name[:1] == "/" and section.name[1:].isdigit() else section.name


def _rights(section: PeSection) -> str:
    return "r" + ("w" if section.writable else "") + ("x" if section.executable else "")


def _layout(image: PeImage) -> Iterator[Trait]:
    for section in image.sections:
        where = Evidence(where=section.name, offset=section.offset, excerpt=f"{section.size:,} bytes")
        if section.writable and section.executable:
            yield Trait(kinds.LAYOUT.name, "writable-and-executable", 1, where)
        if section.executable and not section.size and section.virtual_size:
            yield Trait(kinds.LAYOUT.name, "code-without-bytes", 1, where)
    home = image.section_at(image.entry) if image.entry else None
    if image.entry and home is None:
        yield Trait(kinds.LAYOUT.name, "entry-outside-sections", 1, Evidence(excerpt=f"{image.entry:#x}"))
    elif home is not None and home.name not in CODE_SECTIONS:
        key = "entry-outside-text" if home.executable else "entry-not-executable"
        yield Trait(kinds.LAYOUT.name, key, 1, Evidence(where=home.name, excerpt=f"{image.entry:#x}"))


def _start(image: PeImage) -> Iterator[Trait]:
    if image.tls_callbacks:
        yield Trait(kinds.INITIALISER.name, "tls-callback", image.tls_callbacks)
    flags = image.dll_characteristics
    for key, wanted in (("no-aslr", RELOCATABLE), ("no-nx", NX), ("no-control-flow-guard", GUARD)):
        if not flags & wanted:
            yield Trait(kinds.HARDENING.name, key)


def _unaccounted(image: PeImage) -> Iterator[Trait]:
    for key, offset, size in _strays(image):
        head = image.data[offset : offset + 64].hex(" ")
        excerpt = f"{size:,} bytes: {head}"
        yield Trait(kinds.UNACCOUNTED.name, key, size, Evidence(offset=offset, excerpt=excerpt))


def _strays(image: PeImage) -> Iterator[tuple[str, int, int]]:
    """(kind of place, offset, size) of what no header claims; the largest of each kind."""
    found: dict[str, tuple[int, int]] = {}
    for place in _stray_places(image):
        size = place.end - place.start
        if size > found.get(place.label, (0, 0))[1]:
            found[place.label] = (place.start, size)
    for label, (offset, size) in sorted(found.items()):
        yield label, offset, size


def _stray_places(image: PeImage) -> Iterator[Place]:
    data = image.data
    if image.pe_offset > USUAL_STUB:
        yield Place(0x40, image.pe_offset, "dos-stub")
    bound = image.directory(11)
    reached = max(image.table_end, bound[0] + bound[1] if bound[0] < image.headers_size else 0)
    for section in sorted(image.sections, key=lambda each: each.offset):
        if not section.size:
            continue
        if section.offset > reached and data[reached : section.offset].strip(b"\0"):
            label = "header-slack" if reached <= image.headers_size else "gap"
            yield Place(reached, section.offset, label)
        used = section.offset + min(section.size, section.virtual_size or section.size)
        slack = data[used : section.offset + section.size].strip(b"\0")
        if len(slack) >= SLACK and slack.replace(b"PADDINGX", b"").strip(b"PADDINGX"):
            yield Place(used, section.offset + section.size, "section-slack")
        reached = max(reached, section.offset + section.size)
    yield from _overlays(image)


def _overlays(image: PeImage) -> Iterator[Place]:
    start, size = image.certificates
    total = len(image.data)
    if not start or start >= total:
        start, size = total, 0
    for low, high in ((image.image_end, start), (start + size, total)):
        if high > low and image.data[low:high].strip(b"\0"):
            yield Place(low, high, "overlay")


def _signature(image: PeImage) -> Iterator[Trait]:
    table = read_certificates(image)
    if table is None or not (table.signatures or table.surplus):
        yield Trait(kinds.SIGNATURE_NONE.name, "none")
    else:
        yield from _signers(table)


def _signers(table: CertificateTable) -> Iterator[Trait]:
    for key in sorted({each.subject for each in table.signatures if each.subject}):
        yield Trait(kinds.SIGNATURE_SIGNER.name, key, 1, Evidence("certificate table", excerpt=key))
    for key in sorted({each.issuer for each in table.signatures if each.issuer}):
        yield Trait(kinds.SIGNATURE_ISSUER.name, key, 1, Evidence("certificate table", excerpt=key))
    for state in sorted({each.state for each in table.signatures} - {"fits"}):
        yield Trait(kinds.SIGNATURE_STATE.name, state, 1, Evidence("certificate table", offset=table.offset))
    parts = Counter[str]()
    for each in table.signatures:
        for name, size in each.unsigned:
            parts[name] += size
    for name, size in sorted(parts.items()):
        yield Trait(kinds.SIGNATURE_UNSIGNED.name, name, size, Evidence("certificate table"))
    if table.surplus:
        offset, size = max(table.surplus, key=lambda pair: pair[1])
        total = sum(length for _, length in table.surplus)
        where = Evidence("certificate table", offset=offset, excerpt=f"{size:,} bytes at {offset:#x}")
        yield Trait(kinds.CERTIFICATE_SURPLUS.name, "surplus", total, where)


def _origin(image: PeImage) -> Iterator[Trait]:
    major, minor = image.linker
    yield Trait(kinds.TOOLCHAIN.name, f"linker {major}.{minor}")
    products = {entry.partition(".")[0] for entry in image.rich}
    if products:
        yield Trait(kinds.TOOLCHAIN.name, "rich-header", 1, values=tuple(sorted(image.rich)))
    if image.pdb_path:
        base = image.pdb_path.replace("\\", "/").rsplit("/", 1)[-1]
        yield Trait(kinds.SYMBOLS.name, "pdb", 1, Evidence(excerpt=image.pdb_path), token=base)
    if image.symbols[1]:
        yield Trait(kinds.SYMBOLS.name, "coff-symbols")


def pe_places(image: PeImage) -> Iterator[Place]:
    """Yield where payloads are looked for: all but headers, certificates and debug tables."""
    start, size = image.directory(2)
    resources = image.offset_of(start) if start else None
    for section in image.sections:
        if not section.size or section.name == ".reloc" or section.name[:1] == "/":
            continue
        low, high = section.offset, section.offset + section.size
        if resources is not None and low <= resources < high:
            yield Place(resources, min(high, resources + size), "resource", section.name)
            yield Place(low, resources, "data", section.name)
            yield Place(min(high, resources + size), high, "data", section.name)
        else:
            code = "managed" if image.managed else "code"
            yield Place(low, high, code if section.executable else "data", section.name)
    for place in _stray_places(image):
        if place.label != "section-slack":
            yield Place(place.start, place.end, "overlay" if place.label == "overlay" else "gap", place.label)


def pe_code(image: PeImage) -> Iterator[tuple[int, int]]:
    """Yield (offset, end) of sections whose bytes may run."""
    for section in image.sections:
        if section.executable and section.size:
            yield section.offset, section.offset + section.size
