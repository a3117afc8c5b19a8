"""A lock file while it is read: typed fields, and refusals that name the file and the line."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

from doorward.errors import Misuse

__all__ = ["Page", "python_name"]

DIGEST_LENGTHS = {
    "md5": 32,
    "sha1": 40,
    "sha224": 56,
    "sha256": 64,
    "sha384": 96,
    "sha512": 128,
    "blake2b": 128,
}
HEXADECIMAL = re.compile(r"[0-9a-f]+")
PYTHON_NAME = re.compile(r"[A-Z0-9]|[A-Z0-9][A-Z0-9._-]*[A-Z0-9]", re.IGNORECASE | re.ASCII)
"""PEP 508."""
SHOWN = 60
"""Characters of what was found that a message quotes."""


@dataclass(frozen=True, slots=True)
class Page:
    """The file's name and text."""

    path: str
    text: str

    def refuse(self, expected: str, found: object, line: int = 0) -> Misuse:
        """The error to raise."""
        place = f"reading {self.path}" + (f", line {line}" if line else "")
        shown = found if isinstance(found, str) and found.startswith("no ") else shorten(found)
        return Misuse(
            place,
            expected=expected,
            found=shown,
            next_step="make the lock file again with its own tool; a hand-edited one is not read",
        )

    def table(self, value: object, what: str, line: int = 0) -> dict[str, object]:
        """The value, if it is a table with text for keys."""
        if not isinstance(value, dict):
            raise self.refuse(f"{what} to be a table", value, line)
        return value

    def array(self, value: object, what: str, line: int = 0) -> list[object]:
        """The value, if it is an array; an empty one for None."""
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.refuse(f"{what} to be an array", value, line)
        return value

    def text_of(self, table: dict[str, object], key: str, what: str, line: int = 0) -> str:
        """A field that must be a text of one line."""
        value = table.get(key)
        if not isinstance(value, str) or not value or not value.isprintable():
            raise self.refuse(
                f"`{key}` of {what} to be text", "no such field" if value is None else value, line
            )
        return value

    def optional(self, table: dict[str, object], key: str, what: str, line: int = 0) -> str:
        """The same for a field that may be missing: empty then."""
        return "" if table.get(key) is None else self.text_of(table, key, what, line)

    def digest(self, value: str, what: str, line: int = 0) -> str:
        """`algorithm:hex`, if it is one."""
        algorithm, _, text = value.partition(":")
        lowered = text.lower()
        if DIGEST_LENGTHS.get(algorithm) != len(lowered) or not HEXADECIMAL.fullmatch(lowered):
            raise self.refuse(f"the hash of {what} as `sha256:<64 hexadecimal digits>`", value, line)
        return f"{algorithm}:{lowered}"

    def integrity(self, value: str, what: str, line: int = 0) -> tuple[str, ...]:
        """Subresource Integrity, `sha512-<base64>` and so on, as `sha512:<hex>`."""
        found = []
        for part in value.split():
            algorithm, _, encoded = part.partition("-")
            try:
                digest = base64.b64decode(encoded.partition("?")[0], validate=True).hex()
            except (binascii.Error, ValueError):
                digest = ""
            if DIGEST_LENGTHS.get(algorithm) != len(digest):
                raise self.refuse(f"the integrity of {what} as `sha512-<base64>`", value, line)
            found.append(f"{algorithm}:{digest}")
        return tuple(sorted(found))

    def line_at(self, offset: int) -> int:
        """The 1-based line of a character."""
        return self.text.count("\n", 0, offset) + 1

    def lines_of(self, pattern: str) -> list[int]:
        """The lines on which a pattern (multi-line mode) begins, in order."""
        lines, line, last = [], 1, 0
        for match in re.finditer(pattern, self.text, re.MULTILINE):
            line += self.text.count("\n", last, match.start())
            last = match.start()
            lines.append(line)
        return lines


def shorten(found: object) -> str:
    """What was found, fit for a message."""
    if isinstance(found, str):
        return ascii(found[:SHOWN])
    return {dict: "a table", list: "an array", bool: "a truth value", type(None): "nothing"}.get(
        type(found), ascii(found)[:SHOWN]
    )


def python_name(page: Page, name: str, line: int) -> str:
    """A package's name, normalised after PEP 503."""
    if not PYTHON_NAME.fullmatch(name):
        raise page.refuse("a package name", name, line)
    return re.sub(r"[-_.]+", "-", name).lower()
