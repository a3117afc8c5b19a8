"""Sounds, fonts, documents and databases: formats whose header or parts say how long they are."""

from __future__ import annotations

import re
from collections.abc import Iterator

from doorward.inspect.probes.media_parts import Broken, Part, number
from doorward.inspect.probes.reach_tlds import words

__all__ = [
    "bmp_parts",
    "flac_parts",
    "font_parts",
    "ico_parts",
    "iso_parts",
    "ogg_parts",
    "pdf_parts",
    "riff_parts",
    "sqlite_parts",
    "woff_parts",
]

RIFF_KNOWN = words(
    "fmt data fact LIST cue smpl plst inst bext iXML id3 ID3 JUNK PAD FLLR minf elm1 regn umid DGDA PEAK cart"
    " LGWV VP8 VP8L VP8X ALPH ANIM ANMF ICCP EXIF XMP idx1 acid strc afsp _PMX levl ds64 junk"
)
PDF_ACTIVE = re.compile(rb"/(JavaScript|JS|Launch|OpenAction|EmbeddedFile|RichMedia|XFA)\b")
PDF_RUNS = frozenset({b"JavaScript", b"JS", b"Launch"})
SFNT_KNOWN = re.compile(rb"[A-Za-z][A-Za-z0-9/ ]{2}[A-Za-z0-9/ ]")
ISO_TYPE = re.compile(rb"[A-Za-z0-9 \xa9-]{4}")
MAX_PARTS = 100_000


def riff_parts(data: bytes) -> Iterator[Part]:
    """Chunks of the form, and what stands behind the size it states."""
    end = 8 + number(data, 4, 4, "little")
    at = 12
    while at + 8 <= min(end, len(data)):
        name = data[at : at + 4].decode("latin-1").strip()
        size = number(data, at + 4, 4, "little")
        if at + 8 + size > len(data) + 1:
            raise Broken(f"chunk {name!r} is longer than the file", at)
        if name not in RIFF_KNOWN:
            yield Part("odd part", f"chunk {name}" if name.isprintable() else "unnamed chunk", at + 8, size)
        at += 8 + size + (size & 1)
    stop = min(max(at, end), len(data))
    yield Part("after", "the form", stop, len(data) - stop)


def ogg_parts(data: bytes) -> Iterator[Part]:
    """Pages, and what stands behind the last."""
    at = 0
    for _ in range(MAX_PARTS):
        if data[at : at + 4] != b"OggS":
            break
        segments = number(data, at + 26, 1)
        at += 27 + segments + sum(data[at + 27 : at + 27 + segments])
    if at > len(data):
        raise Broken("the last page is cut", len(data))
    yield Part("after", "the last page", at, len(data) - at)


def pdf_parts(data: bytes) -> Iterator[Part]:
    """What runs when the document is opened, and what stands behind its end."""
    for match in PDF_ACTIVE.finditer(data):
        name = match[1].decode("ascii")
        if match[1] in PDF_RUNS:
            yield Part("active", f"{name} in a document", match.start(), 64)
        elif name != "OpenAction":
            yield Part("odd part", name, match.start(), 64)
    at = data.rfind(b"%%EOF")
    if at < 0:
        raise Broken("no %%EOF", len(data))
    yield Part("after", "%%EOF", at + 5, len(data) - at - 5)


def font_parts(data: bytes) -> Iterator[Part]:
    """Tables of an OpenType font, and what stands behind the last."""
    if data[:4] == b"ttcf":
        return
    end = 12 + 16 * number(data, 4, 2)
    for index in range(number(data, 4, 2)):
        entry = 12 + 16 * index
        tag, offset, size = data[entry : entry + 4], number(data, entry + 8, 4), number(data, entry + 12, 4)
        if offset + size > len(data):
            raise Broken("a table lies outside of the file", entry)
        if not SFNT_KNOWN.fullmatch(tag):
            yield Part("odd part", "table with an odd name", offset, size)
        end = max(end, offset + size)
    end = min(len(data), (end + 3) & ~3)
    yield Part("after", "the last table", end, len(data) - end)


def woff_parts(data: bytes) -> Iterator[Part]:
    """The private block of a web font, and what stands behind the length it states."""
    size = number(data, 8, 4)
    if size > len(data):
        raise Broken("shorter than it states", len(data))
    private = 36 if data[:4] == b"wOFF" else 40
    offset, length = number(data, private, 4), number(data, private + 4, 4)
    if length:
        yield Part("odd part", "private block", offset, length)
    yield Part("after", "the stated length", size, len(data) - size)


def ico_parts(data: bytes) -> Iterator[Part]:
    """Pictures of an icon, and what stands behind the last."""
    count = number(data, 4, 2, "little")
    end = 6 + 16 * count
    for index in range(count):
        entry = 6 + 16 * index
        size, offset = number(data, entry + 8, 4, "little"), number(data, entry + 12, 4, "little")
        if offset + size > len(data):
            raise Broken("a picture lies outside of the file", entry)
        end = max(end, offset + size)
    yield Part("after", "the last picture", end, len(data) - end)


def bmp_parts(data: bytes) -> Iterator[Part]:
    """What stands behind the rows of a bitmap."""
    width, height = number(data, 18, 4, "little"), number(data, 22, 4, "little")
    bits, packed = number(data, 28, 2, "little"), number(data, 30, 4, "little")
    height = height - (1 << 32) if height >> 31 else height
    start = number(data, 10, 4, "little")
    if packed not in {0, 3} or bits not in {1, 4, 8, 16, 24, 32}:
        end = number(data, 2, 4, "little")
    else:
        end = start + (width * bits + 31) // 32 * 4 * abs(height)
    if end > len(data) or start > len(data):
        raise Broken("shorter than it states", len(data))
    yield Part("after", "the last row", end, len(data) - end)


def iso_parts(data: bytes) -> Iterator[Part]:
    """Boxes of the top level; free space must be empty."""
    at = 0
    for _ in range(MAX_PARTS):
        if at + 8 > len(data):
            break
        size, kind = number(data, at, 4), data[at + 4 : at + 8]
        head = 8
        if size == 1:
            size, head = number(data, at + 8, 8), 16
        if size == 0:
            return
        if size < head or at + size > len(data) or not ISO_TYPE.fullmatch(kind):
            break
        if kind in {b"free", b"skip", b"wide", b"uuid"}:
            yield Part("odd part" if kind == b"uuid" else "free box", kind.decode(), at + head, size - head)
        at += size
    if not at:
        raise Broken("no box", 0)
    yield Part("after", "the last box", at, len(data) - at)


def sqlite_parts(data: bytes) -> Iterator[Part]:
    """What stands behind the pages that the header counts."""
    page = number(data, 16, 2)
    page = 65536 if page == 1 else page
    pages = number(data, 28, 4)
    if page < 512 or not pages:
        return
    end = page * pages
    if end > len(data):
        raise Broken("shorter than its pages", len(data))
    yield Part("after", "the last page", end, len(data) - end)


def flac_parts(data: bytes) -> Iterator[Part]:
    """Metadata blocks: application data and padding must be what they say."""
    at = 4
    while True:
        head, size = number(data, at, 1), number(data, at + 1, 3)
        if head & 0x7F == 1:
            yield Part("free box", "padding", at + 4, size)
        elif head & 0x7F == 2:
            yield Part("odd part", "application block", at + 4, size)
        at += 4 + size
        if head & 0x80:
            break
    if at > len(data) or data[at : at + 1] != b"\xff":
        raise Broken("no frame behind the metadata", min(at, len(data)))
