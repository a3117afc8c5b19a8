"""PNG, JPEG and GIF, chunk by chunk."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

from doorward.inspect.probes.media_parts import Broken, Part, number
from doorward.inspect.probes.reach_tlds import words

__all__ = ["gif_parts", "jpeg_parts", "png_parts"]

PNG_KNOWN = words(
    "IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB cICP mDCV mDCv cLLI cLLi tEXt zTXt iTXt bKGD"
    " hIST pHYs sPLT eXIf tIME acTL fcTL fdAT oFFs pCAL sCAL gIFg gIFx gIFt sTER dSIG vpAg caNv orNT"
    " skMf mkBS mkTS mkBT prVW iDOT CgBI npTc npOl npLb"
)
"""ISO/IEC 15948, its extensions, and private chunks of Apple, Adobe, ImageMagick and Android."""
INFLATE_LIMIT = 1 << 20
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
PIXEL_LIMIT = 64 * 1024 * 1024
JPEG_NAMED = {0xE0, 0xE1, 0xE2, 0xED, 0xEE}
"""APP0 JFIF, APP1 Exif and XMP, APP2 ICC and MPF, APP13 Photoshop, APP14 Adobe."""
JPEG_BARE = frozenset({0x01, *range(0xD0, 0xD9)})
"""Markers without a segment (T.81 table B.1)."""
SCAN_END = re.compile(rb"\xff(?![\x00\xff\xd0-\xd7])")


def png_parts(data: bytes) -> Iterator[Part]:
    """Chunks up to IEND, what stands behind it, and rows that no height announces."""
    at, picture, header = 8, [], b""
    while True:
        size = number(data, at, 4)
        kind = data[at + 4 : at + 8]
        body = at + 8
        if size > 0x7FFFFFFF or not kind.isalpha() or body + size + 4 > len(data):
            raise Broken("no PNG chunk", at)
        name = kind.decode("ascii")
        content = data[body : body + size]
        if name == "IHDR":
            header = content
        elif name == "IDAT":
            picture.append(content)
        elif name in {"tEXt", "zTXt", "iTXt"}:
            yield Part("text field", name, body, size, png_text(name, content))
        elif name not in PNG_KNOWN:
            yield Part("odd part", f"chunk {name}", body, size)
        at = body + size + 4
        if name == "IEND":
            break
    yield from beyond_rows(header, b"".join(picture))
    yield Part("after", "IEND", at, len(data) - at)


def png_text(name: str, content: bytes) -> bytes:
    """The text of a text chunk, inflated where it is compressed."""
    text = content.partition(b"\x00")[2]
    packed = name == "zTXt" or (name == "iTXt" and text[:1] == b"\x01")
    if name == "iTXt":
        text = text[2:].partition(b"\x00")[2].partition(b"\x00")[2]
    elif name == "zTXt":
        text = text[1:]
    if packed:
        try:
            return zlib.decompressobj().decompress(text, INFLATE_LIMIT)
        except zlib.error:
            return text
    return text


def beyond_rows(header: bytes, packed: bytes) -> Iterator[Part]:
    """Bytes in the picture's stream beyond its last row, or behind the stream."""
    if len(header) < 13:
        return
    width, height = number(header, 0, 4), number(header, 4, 4)
    bits = header[8] * CHANNELS.get(header[9], 4)
    expected = ((width * bits + 7) // 8 + 1) * height
    if header[12] or expected > PIXEL_LIMIT:
        return  # interlaced rows add a few bytes; huge pictures are not inflated here
    stream = zlib.decompressobj()
    try:
        rows = stream.decompress(packed, expected + 65536)
    except zlib.error:
        return  # Apple's CgBI and damaged pictures: nothing is said of their rows
    if len(rows) > expected:
        yield Part("after", "the last row", 0, len(rows) - expected, rows[expected:])
    if stream.unused_data:
        yield Part("after", "the picture's stream", 0, len(stream.unused_data), stream.unused_data)


def jpeg_parts(data: bytes) -> Iterator[Part]:
    """Segments up to the end of the image, and what stands behind it."""
    at = 2
    while True:
        while data[at : at + 2] == b"\xff\xff":
            at += 1
        marker = number(data, at, 2)
        if marker >> 8 != 0xFF:
            raise Broken("no JPEG marker", at)
        code = marker & 0xFF
        if code == 0xD9:
            break
        if code in JPEG_BARE:
            at += 2
            continue
        size = number(data, at + 2, 2)
        yield from jpeg_segment(code, at + 4, size - 2)
        at += 2 + size
        if code == 0xDA:
            found = SCAN_END.search(data, at)
            if not found:
                raise Broken("the scan has no end", at)
            at = found.start()
    end = at + 2
    second = data[end : end + 3] == b"\xff\xd8\xff"  # multi-picture format, gain maps
    yield Part("odd part" if second else "after", "second picture" if second else "EOI", end, len(data) - end)


def jpeg_segment(code: int, offset: int, size: int) -> Iterator[Part]:
    """A segment that decoders skip."""
    if code == 0xFE:
        yield Part("text field", "comment", offset, size)
    elif 0xE0 <= code <= 0xEF and code not in JPEG_NAMED:
        yield Part("odd part", f"APP{code - 0xE0}", offset, size)
    elif code in {0xE1, 0xED}:
        yield Part("binary field", f"APP{code - 0xE0}", offset, size)


def gif_parts(data: bytes) -> Iterator[Part]:
    """Blocks up to the trailer, and what stands behind it."""
    flags = number(data, 10, 1)
    at = 13 + (3 << ((flags & 7) + 1) if flags & 0x80 else 0)
    while True:
        kind = number(data, at, 1)
        if kind == 0x3B:
            break
        if kind == 0x2C:
            local = number(data, at + 9, 1)
            at += 11 + (3 << ((local & 7) + 1) if local & 0x80 else 0)
            at, _ = gif_blocks(data, at)
        elif kind == 0x21:
            label = number(data, at + 1, 1)
            begin = at + 2
            at, content = gif_blocks(data, begin)
            if label == 0xFE:
                yield Part("text field", "comment", begin, at - begin, content)
            elif label == 0xFF and content[:11] not in {
                b"NETSCAPE2.0",
                b"XMP DataXMP",
                b"ICCRGBG1012",
                b"ANIMEXTS1.0",
            }:
                yield Part("odd part", "application extension", begin, at - begin, content)
        else:
            raise Broken("no GIF block", at)
    yield Part("after", "the trailer", at + 1, len(data) - at - 1)


def gif_blocks(data: bytes, at: int) -> tuple[int, bytes]:
    """(offset behind, content) of a chain of sub-blocks."""
    content = bytearray()
    while size := number(data, at, 1):
        content += data[at + 1 : at + 1 + size]
        at += 1 + size
    return at + 1, bytes(content)
