r"""Text from the accused is shown, never obeyed: what a terminal would act on is spelled out.

File names, package names and literals are written by whoever made the release under judgment. A
terminal obeys control characters (ECMA-48), and reorders text at bidirectional marks (Unicode
UAX #9, CVE-2021-42574), so a name could erase a verdict or forge one. Every control, format,
surrogate, private and unassigned character becomes `\xNN`, `\uNNNN` or `\UNNNNNNNN`.
"""

from __future__ import annotations

import unicodedata

__all__ = ["legible"]

ACTED_ON = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""General categories that a terminal may act on, or show as nothing."""


def legible(text: str, *, lines: bool = False) -> str:
    """The text with everything a terminal would act on spelled out.

    Args:
        text: anything at all.
        lines: keep line feeds, for a text of several lines that is known to be ours in its layout.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        spelled(char) if unicodedata.category(char) in ACTED_ON and not (lines and char == "\n") else char
        for char in text
    )


def spelled(char: str) -> str:
    code = ord(char)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
