"""Prose or code: whether a place in a file only mentions a name, or could act on it.

Rule: a document, a comment and a docstring mention. The test is by the file's name and by the line's
shape, cheap and wrong in both directions now and then; so a mention is weighed lightly, never dropped.
"""

from __future__ import annotations

import re
from bisect import bisect_right

from doorward.inspect.probes.reach_tlds import words

__all__ = ["Prose"]

DOCUMENT_SUFFIXES = (
    ".md", ".rst", ".txt", ".adoc", ".textile", ".tex", ".1", ".3", ".5", ".7", ".8", ".html", ".htm", ".css",
    ".svg", ".po", ".pot", ".xsd", ".dtd", ".csv", ".map", ".d.ts", ".pyi", ".info", ".copyright",
)  # fmt: skip
DOCUMENT_NAMES = words(
    "license licence copying notice authors contributors changelog changes history news readme todo metadata"
    " pkg-info copyright thanks maintainers security control changelog.debian top_level.txt record"
)
COMMENT = re.compile(rb"\s*(?:#|//|/\*|\*|<!--|;|--\s|%|rem\b|dnl\b|\.\.\s|'''|\"\"\")", re.IGNORECASE)
TRAILING = re.compile(rb"(?:^|\s)(?:#|//|/\*)\s[^\"'`]*\Z")
TRIPLE = re.compile(rb"\"\"\"|'''")
LINE_LIMIT = 400


class Prose:
    """Answers for positions of one file."""

    def __init__(self, path: str, data: bytes, *, binary: bool) -> None:
        self.data = data
        base = path.rsplit("/", 1)[-1].lower()
        stem = base.rsplit(".", 1)[0]
        self.document = not binary and (
            base.endswith(DOCUMENT_SUFFIXES) or base in DOCUMENT_NAMES or stem in DOCUMENT_NAMES
        )
        self.binary = binary
        self.python = base.endswith((".py", ".pyx", ".pxd"))
        self.spans: list[tuple[int, int]] | None = None
        self.counted = (0, 1)

    def mentions(self, position: int) -> bool:
        """Whether this place is document, comment or docstring."""
        if self.document:
            return True
        if self.binary:
            return False
        begin = self.data.rfind(b"\n", max(0, position - LINE_LIMIT), position) + 1
        prefix = self.data[begin or max(0, position - LINE_LIMIT) : position]
        if COMMENT.match(prefix) or TRAILING.search(prefix):
            return True
        return self.python and self.in_docstring(position)

    def in_docstring(self, position: int) -> bool:
        """Whether this place is in a triple-quoted string that begins its line."""
        if self.spans is None:
            self.spans = docstrings(self.data)
        index = bisect_right(self.spans, (position, len(self.data))) - 1
        return index >= 0 and self.spans[index][0] <= position < self.spans[index][1]

    def line(self, position: int) -> int:
        """1-based line, counted on from the place asked for last."""
        at, line = self.counted
        if position < at:
            at, line = 0, 1
        line += self.data.count(b"\n", at, position)
        self.counted = (position, line)
        return line


def docstrings(data: bytes) -> list[tuple[int, int]]:
    """Spans of triple-quoted strings that stand alone, in order."""
    spans: list[tuple[int, int]] = []
    position = 0
    while opening := TRIPLE.search(data, position):
        closing = data.find(opening[0], opening.end())
        if closing < 0:
            break
        begin = data.rfind(b"\n", 0, opening.start()) + 1
        if not data[begin : opening.start()].strip(b" \trRuUbB"):
            spans.append((opening.start(), closing))
        position = closing + 3
    return spans
