"""Encoded blocks in text: found whole or wrapped, named by what they decode to.

Three ways to find one. (1) Long runs of digits of an encoding that look random (`entropy.encoded_regions`).
(2) The same broken into lines, as MIME, PEM and source code write it: consecutive lines of one length
that hold digits only are joined first. (3) Runs that begin as a program or archive does in base64 or
hexadecimal: programs are full of zeros, so their digits do not look random.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from doorward.inspect.entropy import encoded_regions
from doorward.inspect.probes.data_text import class_of, decoded

__all__ = ["Block", "encoded_blocks"]

DIGITS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=_-"
RUN = re.compile(rb"[A-Za-z0-9+/_-]+={0,2}")
HEADS = (
    b"TVqQ", b"TVpQ", b"TVoA", b"TVqA", b"f0VMR", b"UEsDB", b"H4sI", b"yv66v", b"z/rt/", b"AGFzb",
    b"QlpoOT", b"/Td6W", b"4d5a", b"4D5A", b"7f454c46", b"7F454C46", b"504b0304", b"504B0304",
    b"1f8b08", b"1F8B08", b"cafebabe",
)  # fmt: skip
"""How the magic of programs and archives reads in base64 and hexadecimal (RFC 4648)."""
EACH = frozenset(bytes([digit]) for digit in DIGITS)
LEAST = 128
WRAPPED = range(32, 289)
ENCODED_LINE = re.compile(rb"[ \t\"'`#;*(]*([A-Za-z0-9+/=_-]{4,256})[\"'`,;\\) +.]*\r?")
"""Digits between the quotes, commas and comment signs of whatever language the text is in."""
DIGIT_LINE = re.compile(rb"\n[ \t\"'`#;*(]*[A-Za-z0-9+/=_-]{30,256}[\"'`,;\\) +]*\r?(?=\n)")
FEWEST_LINES = 4
ARMOUR = re.compile(rb"-----BEGIN PGP [A-Z ]+-----")
PACKET = 0x80
"""Every OpenPGP packet's first byte has this bit (RFC 9580 section 4.2)."""


@dataclass(frozen=True, slots=True)
class Block:
    """One encoded block."""

    offset: int
    size: int
    holds: str
    """What `class_of` says of the decoded bytes."""
    values: tuple[str, ...]
    """Digests of its chunks, equal wherever it stands."""


def encoded_blocks(data: bytes) -> Iterator[Block]:
    """Every encoded block of a text, in no particular order; none twice."""
    seen: list[tuple[int, int]] = []
    for region in encoded_regions(data):
        seen.append((region.offset, region.offset + region.size))
        holds = holding(data, region.offset, data[region.offset : region.offset + region.size])
        yield Block(region.offset, region.size, holds, region.values)
    for offset, size, joined in wrapped(data):
        seen.append((offset, offset + size))
        holds = holding(data, offset, joined)
        regions = encoded_regions(joined)
        if regions or holds in {"program", "archive", "compressed", "script"}:
            values = {value for region in regions for value in region.values}
            yield Block(offset, size, holds, tuple(sorted(values)) or (holds,))
    for offset, size in heads(data):
        if not any(begin <= offset < end for begin, end in seen):
            holds = class_of(decoded(data[offset : offset + size]))
            if holds in {"program", "archive", "compressed"}:
                yield Block(offset, size, holds, (holds,))


def holding(data: bytes, offset: int, digits: bytes) -> str:
    """What a block holds; PGP armour that begins with a packet counts as a signature or key."""
    raw = decoded(digits)
    if raw[:1] >= bytes([PACKET]) and ARMOUR.search(data, max(0, offset - 400), offset):
        return "certificate"
    return class_of(raw)


def wrapped(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """(offset, size, digits) of consecutive lines of one length that hold digits only."""
    if len(DIGIT_LINE.findall(data)) < FEWEST_LINES - 1:
        return
    at = 0
    begin, end = 0, 0
    lines: list[bytes] = []
    for raw in data.split(b"\n"):
        match = ENCODED_LINE.fullmatch(raw) if len(raw) in WRAPPED else None
        line = match[1] if match else b""
        fits = bool(line)
        if not fits or (lines and len(line) != len(lines[0])):
            if fits and lines and len(line) < len(lines[0]):
                lines.append(line)  # the last line is shorter
                end, fits = at + len(raw), False
            if len(lines) >= FEWEST_LINES:
                yield begin, end - begin, b"".join(lines)
            lines = []
        if fits:
            if not lines:
                begin = at
            lines.append(line)
            end = at + len(raw)
        at += len(raw) + 1
    if len(lines) >= FEWEST_LINES:
        yield begin, end - begin, b"".join(lines)


def heads(data: bytes) -> Iterator[tuple[int, int]]:
    """(offset, size) of runs of digits that begin as a program or archive does."""
    long_lines = b"\n".join([line for line in data.split(b"\n") if len(line) >= LEAST])
    for head in HEADS:
        if head not in long_lines:
            continue
        at = data.find(head)
        found = 0
        while at >= 0 and found < 64:
            run = RUN.match(data, at)
            size = run.end() - at if run else 0
            if size >= LEAST and (at == 0 or data[at - 1 : at] not in EACH):
                yield at, size
                found += 1
            at = data.find(head, at + max(size, 4))
