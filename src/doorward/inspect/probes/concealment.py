"""Tricks that hide code from its readers, seen in the text alone, whatever the language.

Bidirectional controls that reorder what is shown (CVE-2021-42574), identifiers mixed from scripts
that look alike (CVE-2021-42694; Unicode TR 39), characters that are not shown at all, code pushed
far beyond the right edge, identifiers and escapes as only a machine writes them, minified lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from doorward.inspect.probes.script_model import MODULE, Script

__all__ = ["look_at_text", "shape_of"]

BEYOND_ASCII: Final = re.compile(r"[^\x00-\x7f]+")
BIDI: Final = "\u202a-\u202e\u2066-\u2069"
UNSEEN: Final = "\u200b\u2060-\u2064\u180e\u3164\u115f\u1160\uffa0\U000e0001-\U000e007f\U000e0100-\U000e01ef"
JOINERS: Final = "\u200c\u200d\ufeff\ufe00-\ufe0f"
"""Innocent one at a time, between letters and emoji; three in a row carry data."""
ALIKE: Final = (
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u0501\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420"
    "\u0421\u0422\u0425\u04cf\u03bf\u03bd\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5"
    "\u03a7\u0261\u0131"
)
"""Cyrillic, Greek and other letters drawn like Latin ones (Unicode TR 39, confusables)."""
STYLED: Final = "\U0001d400-\U0001d7ff\uff21-\uff3a\uff41-\uff5a"
"""Mathematical and full-width letters, which a parser may fold to ASCII (PEP 3131, NFKC)."""
UNICODE_TRICKS: Final = (
    ("bidi-control", re.compile(f"[{BIDI}]"), re.compile(f"[{BIDI}]")),
    (
        "invisible-character",
        re.compile(f"[{UNSEEN}{JOINERS}]"),
        re.compile(f"[{UNSEEN}]|[{JOINERS}]{{3,}}"),
    ),
    (
        "lookalike-letters",
        re.compile(f"[{ALIKE}]"),
        re.compile(f"(?<![^\\W])(?:[A-Za-z_$][A-Za-z0-9_$]*[{ALIKE}]|[{ALIKE}][A-Za-z_$])\\w*\\s*[(=.\\[]"),
    ),
    (
        "styled-letters",
        re.compile(f"[{STYLED}]"),
        re.compile(f"[{STYLED}][{STYLED}A-Za-z_]{{2,}}[ \\t]*[(.=]"),
    ),
)
"""Name, letters without which it cannot be, and the trick itself."""
FAR_RIGHT: Final = re.compile(r"^[^\n]{0,400}?(?:[ \t]{160,}|\t{40,})(?=[^\s#])", re.MULTILINE)
IDENTIFIER: Final = re.compile(r"(?<![\w$\\#'\"./-])[A-Za-z_$][\w$]{4,40}(?![\w$])")
SCRAMBLED: Final = re.compile(
    r"^(?:_?0x[0-9a-f]{3,}|\w*[0-9][A-Za-z]+[0-9]+[A-Za-z]\w*|\w*[bcdfghjklmnpqrstvwxzBCDFGHJKLMNPQRSTVWXZ]{7}\w*"
    r"|_*[lI1O0]{6,}|[oO0_]{6,})$",
    re.MULTILINE,
)
READABLE_ESCAPES: Final = re.compile(
    r"(?:\\(?:x[2-7][0-9a-fA-F]|u00[2-7][0-9a-fA-F]|u\{[2-7][0-9a-fA-F]\}|1[0-7][0-7]|0[4-7][0-7])){6,}"
)
DIGITS_AND_LETTERS: Final = bytes(
    ord("9") if chr(code).isdigit() else ord("a") if chr(code).isalpha() else 32 for code in range(128)
) + bytes(128)
CONSONANTS: Final = bytes(chr(code).lower() in "bcdfghjklmnpqrstvwxz" for code in range(128)) + bytes(128)
BARS: Final = bytes(1 if chr(code) in "lI1O0" else 0 for code in range(256))
RINGS: Final = bytes(1 if chr(code) in "oO0_" else 0 for code in range(256))
"""Alphabets of the ways to scramble above, for counting at the speed of memory."""
FEWEST: Final = 8
"""Scrambled identifiers of one window."""
WINDOW: Final = 16_384
"""Characters within which the share of scrambled identifiers is taken."""
SAMPLE: Final = 2_000_000
"""Characters whose identifiers are looked at."""
MINIFIED_LINE: Final = 500
"""Average line length above which nobody reads."""


def look_at_text(script: Script) -> None:
    """Note the tricks that the text alone shows."""
    text = script.text
    function = script.function(MODULE)
    for trick, offset in tricks_in(text):
        function.hides(trick, text.count("\n", 0, offset) + 1)
    shape_of(script)


def tricks_in(text: str) -> Iterator[tuple[str, int]]:
    """Yield tricks and where they stand."""
    if not text.isascii():
        present = "".join(set("".join(BEYOND_ASCII.findall(text))))
        for trick, letters, pattern in UNICODE_TRICKS:
            match = pattern.search(text) if letters.search(present) else None
            if match:
                yield trick, match.start()
    far = " " * 160
    if far in text or "\t" * 40 in text:
        match = FAR_RIGHT.search(text)
        if match:
            yield "code-far-right", match.end()
    if text.count("\\") >= 6:
        match = READABLE_ESCAPES.search(text)
        if match:
            yield "escaped-plain-text", match.start()


def may_be_scrambled(text: str) -> bool:
    """A cheap look whether so many scrambled identifiers can be in a text at all.

    Each of them holds a digit before a letter, or a run of one of three alphabets.
    """
    raw = text.encode("latin-1", "replace")
    found = raw.translate(DIGITS_AND_LETTERS).count(b"9a")
    for alphabet, run in ((CONSONANTS, 7), (BARS, 6), (RINGS, 6)):
        if found >= FEWEST:
            return True
        found += raw.translate(alphabet).count(b"\1" * run)
    return found >= FEWEST


def shape_of(script: Script) -> None:
    """Note whether lines are minified and identifiers scrambled."""
    text = script.text
    lines = text.count("\n") + 1
    if len(text) > 1500 and len(text) / lines > MINIFIED_LINE:
        script.shapes["minified"] = f"{len(text)} characters in {lines} lines"
    if not may_be_scrambled(text[:SAMPLE]):
        return
    for start in range(0, min(len(text), SAMPLE), WINDOW):
        if not may_be_scrambled(text[start : start + WINDOW]):
            continue
        names = set(IDENTIFIER.findall(text, start, start + WINDOW))
        scrambled = SCRAMBLED.findall("\n".join(names)) if len(names) >= 16 else []
        if len(scrambled) >= FEWEST and len(scrambled) > 0.3 * len(names):
            script.function(MODULE).hides("scrambled-identifiers", text.count("\n", 0, start) + 1)
            return
