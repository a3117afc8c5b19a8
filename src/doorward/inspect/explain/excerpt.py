"""Evidence as lines to be shown: code with its line numbers, a hex dump for bytes, or the literal.

`Evidence.excerpt` is raw. Probes quote code as it stands, and bytes either as hexadecimal digits
or as text with one character per byte; which of these it is shows in the excerpt itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from doorward.inspect.explain.escape import lines_of, shortened
from doorward.model.trait import Evidence

__all__ = ["Excerpt", "ExcerptKind", "Row", "excerpt"]

_HEX_DIGITS = re.compile(r"(?:[0-9a-fA-F]{2}){8,}|(?:[0-9a-fA-F]{2}[ \n]){7,}[0-9a-fA-F]{2}")
_LABELLED_HEX = re.compile(r"([^\n]{1,200}): ((?:[0-9a-f]{2} ){15,}[0-9a-f]{2})")
"""How much there is, and how it begins: `512 bytes: 00 01 02 …`."""
_LINE_LIMIT = 240
"""Characters of one line that are shown: minified code is one line of megabytes."""
_UNPRINTABLE_SHARE = 0.15
"""From this share of characters that are no text on, an excerpt is bytes."""
_ROW_BYTES = 16


class ExcerptKind(StrEnum):
    """How an excerpt is shown."""

    NOTHING = "nothing"
    CODE = "code"
    HEX = "hex"
    LITERAL = "literal"


@dataclass(frozen=True, slots=True)
class Row:
    """One line."""

    mark: str
    """Line number, offset, or empty."""
    text: str


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Lines to be shown, raw, and how many more there are: every output escapes them."""

    kind: ExcerptKind
    rows: tuple[Row, ...]
    more: int = 0
    """Lines left out at the end."""


def excerpt(evidence: Evidence, *, rows: int, width: int = _LINE_LIMIT) -> Excerpt:
    """The excerpt of some evidence.

    Args:
        evidence: raw, from a probe.
        rows: at most this many lines (at least 1).
        width: at most this many characters of one line.
    """
    text = evidence.excerpt
    if not text.strip():
        return Excerpt(ExcerptKind.NOTHING, ())
    labelled = _LABELLED_HEX.fullmatch(text.strip())
    if labelled:
        dump = _dump(bytes.fromhex(labelled[2]), evidence.offset or 0)
        return _bounded(ExcerptKind.HEX, [Row("", labelled[1]), *dump], rows, width)
    raw = _as_bytes(text) if evidence.line is None else None
    if raw is not None:
        return _bounded(ExcerptKind.HEX, _dump(raw, evidence.offset or 0), rows, width)
    lines = lines_of(text)
    if evidence.line is None and len(lines) == 1:
        return _bounded(ExcerptKind.LITERAL, [Row("", lines[0])], rows, width)
    first = evidence.line
    numbered = [Row("" if first is None else str(first + index), line) for index, line in enumerate(lines)]
    return _bounded(ExcerptKind.CODE, numbered, rows, width)


def _bounded(kind: ExcerptKind, found: list[Row], rows: int, width: int) -> Excerpt:
    shown = tuple(Row(row.mark, shortened(row.text, width)) for row in found[: max(rows, 1)])
    return Excerpt(kind, shown, len(found) - len(shown))


def _as_bytes(text: str) -> bytes | None:
    """The bytes that the excerpt stands for, or None if it is text."""
    stripped = text.strip()
    if _HEX_DIGITS.fullmatch(stripped) and any(map(str.isdigit, stripped)):
        return bytes.fromhex(stripped)
    strange = sum(not (char.isprintable() or char in "\t\n\r") for char in text)
    if strange <= _UNPRINTABLE_SHARE * len(text):
        return None
    if all(ord(char) < 0x100 for char in text):
        return text.encode("latin-1")
    return text.encode("utf-8", "surrogateescape") if not _odd_surrogates(text) else None


def _odd_surrogates(text: str) -> bool:
    return any(0xD800 <= ord(char) < 0xDC80 or 0xDD00 <= ord(char) <= 0xDFFF for char in text)


def _dump(raw: bytes, offset: int) -> list[Row]:
    rows = []
    for start in range(0, len(raw), _ROW_BYTES):
        chunk = raw[start : start + _ROW_BYTES]
        digits = chunk.hex(" ").ljust(_ROW_BYTES * 3 - 1)
        letters = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in chunk)
        rows.append(Row(f"{offset + start:08x}", f"{digits}  {letters}"))
    return rows
