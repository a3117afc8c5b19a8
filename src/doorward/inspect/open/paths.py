r"""Raw names from the accused become logical paths that are safe to print, compare and split.

The rule: a logical path has no empty, `.` or `..` component, no leading slash, no drive letter, no
control, bidirectional or zero-width character, no surrogate, and no `!/` but the walk's own. What is
not allowed is spelled out as an escape (`\x00`, `\u202e`), so the entry stays visible and is
examined; each trick is named by a rule of `rules.RULES`. CVE-2007-4559 and Zip Slip are the traversal;
CVE-2021-42574 the bidirectional characters.
"""

from __future__ import annotations

import posixpath
import re
import unicodedata

__all__ = ["escaped", "fold", "link_trick", "logical"]

INVISIBLE = r"\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
"""Characters that reorder or hide their neighbours."""

_ODD = re.compile(
    rf"[\x00-\x1f\x7f-\x9f{INVISIBLE}\ud800-\udfff\\]|^[A-Za-z]:|(?:^|/)\.{{0,2}}(?:/|$)|!/",
)
_ESCAPED = re.compile(rf"[\x00-\x1f\x7f-\x9f{INVISIBLE}\ud800-\udfff]|!(?=/)")
_DRIVE = re.compile(r"^[A-Za-z]:")

_CHARACTER_TRICKS = (
    ("path.nul", re.compile(r"\x00"), "a NUL, where C programs end the name"),
    ("path.control", re.compile(r"[\x01-\x1f\x7f-\x9f]"), "control characters, which terminals obey"),
    ("path.bidi", re.compile(f"[{INVISIBLE}]"), "invisible or direction-changing characters"),
    ("path.undecodable", re.compile("[\ud800-\udfff]"), "bytes that are not text in the stated encoding"),
    ("path.nested-separator", re.compile(r"!/"), "`!/`, which separates a container from its members"),
)


def _spell(match: re.Match[str]) -> str:
    point = ord(match.group())
    if 0xDC80 <= point <= 0xDCFF:
        return f"\\x{point - 0xDC00:02x}"  # one undecodable byte, as surrogateescape carried it
    return f"\\x{point:02x}" if point < 0x100 else f"\\u{point:04x}"


def escaped(text: str) -> str:
    """The same text with everything that could fool a reader or a terminal spelled out."""
    return _ESCAPED.sub(_spell, text)


def logical(raw: str, max_length: int) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The safe logical path of a raw name, and the tricks in it.

    Args:
        raw: as the container spells it; a leading `./` and a trailing `/` are ordinary.
        max_length: characters a logical path may have (`Limits.max_path_length`).

    Returns:
        The path (empty for the root directory itself) and (rule, detail) for each trick.
    """
    name = raw.removeprefix("./").rstrip("/") if raw != "/" else raw
    if not _ODD.search(name) and len(name) <= max_length:
        return name, ()
    if name in {"", "."}:
        return "", () if raw in {".", "./", "/"} else (("path.empty", "the name is empty"),)
    tricks = [
        (rule, f"the name holds {what}: {escaped(name)}")
        for rule, pattern, what in _CHARACTER_TRICKS
        if pattern.search(name)
    ]
    tricks.extend(_component_tricks(name))
    safe = _safe(name)
    if len(safe) > max_length:
        tricks.append(("path.too-long", f"{len(safe):,} characters, over max_path_length {max_length:,}"))
        safe = f"{safe[: max_length // 2]}...{safe[-(max_length // 2 - 3) :]}"
    return safe, tuple(tricks)


def _component_tricks(name: str) -> list[tuple[str, str]]:
    tricks = []
    parts = re.split(r"[/\\]", name)
    if ".." in parts:
        tricks.append(("path.traversal", f"`..` in {escaped(name)} leaves the folder it is unpacked into"))
    if name.startswith(("/", "\\")):
        tricks.append(("path.absolute", f"{escaped(name)} starts at the root of the file system"))
    if _DRIVE.match(name):
        tricks.append(("path.drive", f"{escaped(name)} names a Windows drive"))
    return tricks


def _safe(name: str) -> str:
    if _DRIVE.match(name):
        name = name[0] + "\\x3a" + name[2:]
    parts = [part for part in name.split("/") if part not in {"", "."}]
    return escaped("/".join("\\x2e\\x2e" if part == ".." else part for part in parts)) or "\\x2f"


def fold(path: str) -> str:
    """What a file system that ignores case and Unicode composition takes the path for."""
    if path.isascii():
        return path.lower()
    return unicodedata.normalize("NFC", path).casefold()


def link_trick(path: str, target: str, *, hard: bool, rooted: bool) -> tuple[str, str] | None:
    """Whether a link leads out of the tree it is unpacked into: (rule, detail), or None.

    Args:
        path: logical path of the link within its container.
        target: as written; symbolic ones are relative to the link, hard ones to the tree's root.
        hard: a hard link.
        rooted: the tree is the root of a file system (a Debian or RPM package), so that an absolute
            target stays within it.
    """
    shown = f"{path} -> {escaped(target)}"
    windows = target.replace("\\", "/")
    if windows.startswith("/") or _DRIVE.match(target):
        return None if rooted else ("link.absolute", f"{shown} starts at the root of the file system")
    base = "" if hard else posixpath.dirname(path)
    resolved = posixpath.normpath(posixpath.join(base, windows))
    if resolved == ".." or resolved.startswith("../"):
        return "link.outside", f"{shown} leads out of the tree"
    return None
