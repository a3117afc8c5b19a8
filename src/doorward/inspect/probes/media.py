"""Pictures, sounds, fonts and documents: where they end, and what is in the parts that nobody shows.

Rule: each format says itself how long it is. Bytes behind its end, parts that no standard names, and
fields that viewers skip are traits if they hold anything; padding of zeros or blanks is nothing. A file
with the first bytes of a format that cannot be followed to its end is no such file, whatever viewers
make of it. Formats: PNG (ISO/IEC 15948), JPEG (ITU-T T.81), GIF89a, RIFF, Ogg (RFC 3533), PDF (ISO 32000),
OpenType, WOFF and WOFF2 (W3C), ICO, BMP, ISO base media (ISO/IEC 14496-12), SQLite 3, FLAC (RFC 9639).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import ClassVar

from doorward.inspect.entropy import opaque_regions
from doorward.inspect.probes.data_kinds import ACTIVE, CARRIER, CARRIER_SHAPE
from doorward.inspect.probes.data_magic import format_of
from doorward.inspect.probes.data_text import class_of
from doorward.inspect.probes.hooks_gather import gathered
from doorward.inspect.probes.interface import Subject
from doorward.inspect.probes.media_containers import (
    bmp_parts,
    flac_parts,
    font_parts,
    ico_parts,
    iso_parts,
    ogg_parts,
    pdf_parts,
    riff_parts,
    sqlite_parts,
    woff_parts,
)
from doorward.inspect.probes.media_parts import Broken, Part
from doorward.inspect.probes.media_pictures import gif_parts, jpeg_parts, png_parts
from doorward.model.trait import Evidence, Trait, TraitKind

__all__ = ["MediaProbe"]

READERS: dict[str, Callable[[bytes], Iterator[Part]]] = {
    "png": png_parts,
    "jpeg": jpeg_parts,
    "gif": gif_parts,
    "webp": riff_parts,
    "wav": riff_parts,
    "avi": riff_parts,
    "ogg": ogg_parts,
    "pdf": pdf_parts,
    "ttf": font_parts,
    "woff": woff_parts,
    "woff2": woff_parts,
    "ico": ico_parts,
    "bmp": bmp_parts,
    "mp4": iso_parts,
    "sqlite": sqlite_parts,
    "flac": flac_parts,
}
UNSURE = frozenset({"ico", "bmp", "mp4", "ttf"})
"""Magic of a few bits only: a file that cannot be followed is simply something else."""
FIELD_MINIMUM = 64
SAMPLE = 1 << 20
PADDING = bytes([0, 9, 10, 13, 32, 255])


class MediaProbe:
    """Follows media to their end."""

    name: ClassVar[str] = "media"
    version: ClassVar[int] = 1
    kinds: ClassVar[tuple[TraitKind, ...]] = (CARRIER, CARRIER_SHAPE, ACTIVE)

    def accepts(self, path: str, head: bytes) -> bool:  # noqa: ARG002 - the content decides
        """Whatever begins like one of the formats that can be followed."""
        form = format_of(head)
        return form is not None and form.name in READERS

    def examine(self, subject: Subject) -> Iterator[Trait]:
        """Yield what stands where no viewer looks."""
        form = format_of(subject.head)
        if form is not None and form.name in READERS:
            found = traits(form.name, subject.data)
            yield from gathered(found, subject.limits.max_traits)


def traits(name: str, data: bytes) -> Iterator[Trait]:
    """Traits of one file of a known format."""
    try:
        for part in READERS[name](data):
            yield from weighed(name, data, part)
    except Broken as broken:
        if name not in UNSURE:
            excerpt = f"{broken} at offset {broken.offset} of {len(data)} bytes"
            key = f"{name} that cannot be followed to its end"
            noise = sum(region.size for region in opaque_regions(data[:SAMPLE]))
            kind = CARRIER if noise * 2 > min(len(data), SAMPLE) else CARRIER_SHAPE
            yield Trait(kind.name, key, evidence=Evidence(offset=broken.offset, excerpt=excerpt))


def weighed(name: str, data: bytes, part: Part) -> Iterator[Trait]:
    """What one part is worth: padding nothing, a named oddity its name, opaque or program content more."""
    content = data[part.offset : part.offset + part.size] if part.content is None else part.content
    excerpt = f"{part.name}, {part.size} bytes: {content[:24].hex(' ')}"
    evidence = Evidence(where=part.name, offset=part.offset, excerpt=excerpt)
    if part.role == "active":
        yield Trait(ACTIVE.name, part.name, evidence=evidence)
        return
    if not content.strip(PADDING):
        return
    if part.role == "after":
        content = content.lstrip(PADDING)
        what = class_of(content[:65536]) if len(content) >= 16 else "text"
        key = f"{what} bytes after the end of {name}"
        small = len(content) < FIELD_MINIMUM and what in {"text", "binary", "opaque"}
        yield Trait((CARRIER_SHAPE if small else CARRIER).name, key, evidence=evidence)
        return
    if part.role == "odd part":
        yield Trait(CARRIER_SHAPE.name, f"{name}: {part.name}", evidence=evidence)
    if len(content) >= FIELD_MINIMUM:
        what = class_of(content[:65536])
        hides = what in {"program", "archive", "compressed", "script", "opaque"}
        if hides and (part.role != "binary field" or what in {"program", "archive", "script"}):
            yield Trait(CARRIER.name, f"{what} content in the {part.role} of {name}", evidence=evidence)
        elif part.role == "text field" and encoded(content):
            yield Trait(CARRIER.name, f"encoded content in the text field of {name}", evidence=evidence)


def encoded(content: bytes) -> bool:
    """Whether a text field is one long word of an encoding."""
    words = content.split()
    longest = max(words, key=len, default=b"")
    return len(longest) >= 256 and len(longest) * 2 > len(content)
