"""The suppressions file: TOML, strict, every entry with a reason, an owner and an end.

    [[suppression]]
    rule = "reach.host"
    path = "example_agent/**"
    fingerprint = "sha256:0c7d…"        # optional: one finding only
    reason = "the vendor's new mirror, announced in its release notes"
    owner = "release team"
    expires = 2027-01-31                # the last day on which it applies

The rule this format enforces: **nobody silences a finding without a name and for ever.** Unknown keys
are refused, because a mistyped `fingerprint` would silence more than was meant. The file comes from a
path that the caller spells, never from the release or pull request under judgment (`settings.Reach.FLAG`).
Not handled here: whether an entry applies today (`doorward.inspect.suppress`).
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from typing import Any

from doorward.errors import Misuse
from doorward.model.suppression import Suppression

__all__ = ["parse"]

_TEXTS = ("rule", "path", "reason", "owner")
_KEYS = (*_TEXTS, "fingerprint", "expires")
_TABLE = "suppression"
_FINGERPRINT = re.compile(r"sha256:[0-9a-f]{64}")


def parse(text: str, name: str) -> tuple[Suppression, ...]:
    """The entries of a suppressions file, in its order.

    Args:
        text: the file's content.
        name: how the caller calls the file, for messages.

    Raises:
        Misuse: not TOML, an unknown or missing key, or a value of the wrong kind; with file and line.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _refused(name, "TOML", str(error)) from error
    lines = text.splitlines()
    for key in document:
        if key != _TABLE:
            raise _refused(
                _at(name, _line_of(lines, key)), f"only [[{_TABLE}]] tables", f"unknown key `{key}`"
            )
    entries = document.get(_TABLE, [])
    if not isinstance(entries, list):
        raise _refused(_at(name, _line_of(lines, _TABLE)), f"[[{_TABLE}]] tables", f"[{_TABLE}]")
    starts = _starts(lines, len(entries))
    return tuple(_entry(entry, name, lines, start) for entry, start in zip(entries, starts, strict=True))


def _entry(entry: Any, name: str, lines: list[str], start: int) -> Suppression:
    if not isinstance(entry, dict):
        raise _refused(_at(name, start), f"[[{_TABLE}]] tables", repr(entry))
    for key in entry:
        if key not in _KEYS:
            where = _at(name, _line_of(lines, key, start))
            raise _refused(where, f"keys {', '.join(_KEYS)}", f"unknown key `{key}`")
    values = {key: _text(entry, key, name, lines, start) for key in _TEXTS}
    fingerprint = entry.get("fingerprint", "")
    if "fingerprint" in entry and not (isinstance(fingerprint, str) and _FINGERPRINT.fullmatch(fingerprint)):
        where = _at(name, _line_of(lines, "fingerprint", start))
        raise _refused(where, 'fingerprint = "sha256:<64 hex digits>"', repr(fingerprint))
    return Suppression(**values, expires=_day(entry, name, lines, start), fingerprint=fingerprint, line=start)


def _text(entry: dict[str, Any], key: str, name: str, lines: list[str], start: int) -> str:
    if key not in entry:
        raise _refused(_at(name, start), f"`{key}` in every suppression", "none")
    value = entry[key]
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        where = _at(name, _line_of(lines, key, start))
        raise _refused(where, f"`{key}` to be one line of text", repr(value))
    return value


def _day(entry: dict[str, Any], name: str, lines: list[str], start: int) -> dt.date:
    if "expires" not in entry:
        raise _refused(_at(name, start), "`expires` in every suppression", "none")
    value = entry["expires"]
    # A TOML date-time is a `date` to Python, and would make the last day depend on a zone.
    if type(value) is not dt.date:
        where = _at(name, _line_of(lines, "expires", start))
        raise _refused(where, "expires = YYYY-MM-DD, without quotes or time", repr(value))
    return value


def _starts(lines: list[str], count: int) -> list[int]:
    """The line of each entry's header; 0 where it cannot be told (inline tables, quoted keys)."""
    found = [number for number, line in enumerate(lines, 1) if re.match(rf"\s*\[\[\s*{_TABLE}\s*\]\]", line)]
    return found if len(found) == count else [0] * count


def _line_of(lines: list[str], key: str, start: int = 0) -> int:
    """The first line from `start` on that sets a key, or the start itself."""
    pattern = re.compile(rf"\s*\[*\s*[\"']?{re.escape(key)}[\"']?\s*[=\].]")
    for number, line in enumerate(lines[start:], start + 1):
        if pattern.match(line):
            return number
    return start


def _at(name: str, line: int) -> str:
    return f"{name}, line {line}" if line else name


def _refused(where: str, expected: str, found: str) -> Misuse:
    return Misuse(f"reading {where}", expected=expected, found=found, next_step="correct or remove it")
