"""One 512-byte tar header and the extended records that may precede it, strictly read.

POSIX.1-2017 `pax` (ustar and extended headers) and the GNU tar manual, "Basic Tar Format". Names stay
bytes until the end, since ustar does not say their encoding; UTF-8 with surrogate escapes is used.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["BLOCK", "Header", "Pax", "is_header", "octal", "parse_header", "parse_pax", "text"]

BLOCK = 512
_OCTAL = re.compile(rb"[ \0]*([0-7]*)[ \0].*|[ \0]*([0-7]*)", re.DOTALL)
_RECORD = re.compile(rb"([1-9][0-9]{0,8}) ")


@dataclass(frozen=True, slots=True)
class Header:
    """What one header block states."""

    path: bytes
    mode: int
    size: int
    kind: bytes
    """Type flag: one byte."""
    link: bytes
    gnu: bool
    block: bytes
    hidden: bool
    """Whether bytes other than NUL stand behind the NUL that ends the name."""


@dataclass(frozen=True, slots=True)
class Pax:
    """Records of one extended header, in order; the last of a keyword wins."""

    records: tuple[tuple[str, bytes], ...] = ()
    malformed: str = ""

    def get(self, keyword: str) -> bytes | None:
        """Value of the last record with this keyword."""
        for key, value in reversed(self.records):
            if key == keyword:
                return value
        return None


def text(raw: bytes) -> str:
    """A name as text; bytes that are not UTF-8 as surrogate escapes."""
    return raw.decode("utf-8", "surrogateescape")


def octal(field: bytes) -> int | None:
    """A numeric field: octal digits, or GNU's base-256; None if it is neither."""
    if field and field[0] & 0x80:
        value = int.from_bytes(field, "big") - (0x80 << (8 * (len(field) - 1)))
        return value if field[0] != 0xFF else None
    match = _OCTAL.fullmatch(field)
    if match is None:
        return None
    return int(match.group(1) or match.group(2) or b"0", 8)


def is_header(block: bytes) -> bool:
    """Whether the block's checksum is right, counted with unsigned or with signed bytes."""
    if len(block) != BLOCK:
        return False
    stated = octal(block[148:156])
    if not stated:
        return False
    total = sum(block) - sum(block[148:156]) + 8 * 32
    if stated == total:
        return True
    high = sum(1 for byte in block[:148] + block[156:] if byte & 0x80)
    return stated == total - 256 * high


def parse_header(block: bytes) -> Header | None:
    """Read a block whose checksum is right; None if a needed number is not one."""
    size = octal(block[124:136])
    mode = octal(block[100:108])
    if size is None or size < 0:
        return None
    gnu = block[257:265] == b"ustar  \x00"
    name, _, rest = block[:100].partition(b"\x00")
    if block[257:263] == b"ustar\x00":
        prefix = block[345:500].split(b"\x00", 1)[0]
        if prefix:
            name = prefix + b"/" + name
    link = block[157:257].split(b"\x00", 1)[0]
    hidden = rest.count(0) != len(rest)
    return Header(name, mode or 0, size, block[156:157], link, gnu, block, hidden)


def parse_pax(data: bytes) -> Pax:
    r"""Read `length keyword=value\n` records; what follows a malformed one is left out and said so."""
    records: list[tuple[str, bytes]] = []
    at = 0
    while at < len(data):
        match = _RECORD.match(data, at)
        if match is None:
            rest = data[at:]
            if rest.count(0) == len(rest):
                break  # padding within the stated size: Solaris writes it
            return Pax(tuple(records), f"no record length at byte {at:,} of the extended header")
        end = at + int(match.group(1))
        record = data[match.end() : end]
        keyword, equals, value = record.partition(b"=")
        if end > len(data) or not record.endswith(b"\n") or not equals or not keyword:
            return Pax(tuple(records), f"record at byte {at:,} of the extended header is not keyword=value")
        records.append((text(keyword), value[:-1]))
        at = end
    return Pax(tuple(records))
