"""The file of accepted releases: what is known good, who said so, when and why.

    # Releases known to be good, written by `doorward accept`. Review every change of this file.

    [[accepted]]
    ecosystem = "pypi"
    name = "example-agent"
    version = "4.2.0"
    file = "example_agent-4.2.0-py3-none-any.whl"
    digest = "sha256:2242…"
    traits = "sha256:91ab…"
    date = 2026-11-24
    by = "release team"
    reason = "read in full, rebuilt from its tag"

The rules: entries are only added, oldest first; a digest stands once; unknown, missing or doubly spelled
values are refused, because an entry that is not understood would make something good that nobody accepted.
`traits` is a digest of what the release can do (`trait_digest`), so that a review shows when the
*reading* of an accepted release changed. Not handled here: whether the file itself is trusted. It comes
from a path that the caller spells, never from the release under judgment.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

from doorward.errors import Misuse

__all__ = ["HEADER", "Accepted", "KnownGood", "append", "parse", "spell", "trait_digest"]

HEADER = "# Releases known to be good, written by `doorward accept`. Review every change of this file.\n"

_TABLE = "accepted"
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_MAY_BE_EMPTY = ("ecosystem", "version")


@dataclass(frozen=True, slots=True)
class Accepted:
    """One release file that somebody accepted as good."""

    ecosystem: str
    """`pypi`, `npm`, `deb`, `rpm`, or empty."""
    name: str
    version: str
    file: str
    """Its base name as published."""
    digest: str
    """`sha256:<hex>` of the release file; of the sorted listing for a directory."""
    traits: str
    """`sha256:<hex>` over its traits."""
    date: dt.date
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class KnownGood:
    """All accepted releases, in the order in which they were accepted."""

    entries: tuple[Accepted, ...] = ()

    def is_accepted(self, digest: str) -> bool:
        """Whether a release file with this `sha256:<hex>` was accepted."""
        return any(entry.digest == digest for entry in self.entries)

    def of(self, ecosystem: str, name: str) -> tuple[Accepted, ...]:
        """Accepted releases of one package, the first accepted first."""
        return tuple(entry for entry in self.entries if (entry.ecosystem, entry.name) == (ecosystem, name))


def trait_digest(pairs: Iterable[tuple[str, str]]) -> str:
    """`sha256:<hex>` over distinct (kind, key) pairs, whatever their order."""
    hasher = hashlib.sha256()
    for kind, key in sorted(set(pairs)):
        for part in (kind, key):
            raw = part.encode("utf-8", "surrogatepass")
            hasher.update(len(raw).to_bytes(8, "big") + raw)
    return f"sha256:{hasher.hexdigest()}"


def parse(text: str, name: str) -> KnownGood:
    """The entries of a file of accepted releases.

    Args:
        text: the file's content; empty for none.
        name: how the caller calls the file, for messages.

    Raises:
        Misuse: anything that `spell` would not have written, comments and spaces apart; or a
            digest that stands twice.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _refused(name, "TOML", str(error)) from error
    strangers = [key for key in document if key != _TABLE]
    if strangers:
        raise _refused(name, f"only [[{_TABLE}]] tables", f"unknown key `{strangers[0]}`")
    tables = document.get(_TABLE, [])
    if not isinstance(tables, list):
        raise _refused(name, f"[[{_TABLE}]] tables", f"[{_TABLE}]")
    entries = tuple(_entry(table, f"{name}, entry {number}") for number, table in enumerate(tables, 1))
    seen: dict[str, int] = {}
    for number, entry in enumerate(entries, 1):
        first = seen.setdefault(entry.digest, number)
        if first != number:
            raise _refused(f"{name}, entry {number}", "every digest once", f"the digest of entry {first}")
    return KnownGood(entries)


def _entry(table: Any, where: str) -> Accepted:
    keys = [field.name for field in fields(Accepted)]
    if not isinstance(table, dict):
        raise _refused(where, "a table", repr(table))
    for key in table:
        if key not in keys:
            raise _refused(where, f"keys {', '.join(keys)}", f"unknown key `{key}`")
    for key in keys:
        if key not in table:
            raise _refused(where, f"`{key}`", "none")
    entry = Accepted(**table)
    _check(entry, where)
    return entry


def _check(entry: Accepted, where: str) -> None:
    if type(entry.date) is not dt.date:
        raise _refused(where, "date = YYYY-MM-DD, without quotes or time", repr(entry.date))
    for field in fields(Accepted):
        value = getattr(entry, field.name)
        if field.name == "date":
            continue
        if field.name in {"digest", "traits"}:
            if not (isinstance(value, str) and _DIGEST.fullmatch(value)):
                raise _refused(where, f'{field.name} = "sha256:<64 hex digits>"', repr(value))
            continue
        empty = isinstance(value, str) and not value.strip() and field.name not in _MAY_BE_EMPTY
        if not isinstance(value, str) or empty or not value.isprintable():
            raise _refused(where, f"`{field.name}` to be one line of text", repr(value))


def spell(entry: Accepted) -> str:
    """One entry as TOML, in its only spelling.

    Raises:
        Misuse: a value that `parse` would refuse.
    """
    _check(entry, f"the entry for {entry.name!r}")
    lines = [f"[[{_TABLE}]]"]
    for field in fields(Accepted):
        value = getattr(entry, field.name)
        lines.append(f"{field.name} = {value.isoformat() if field.name == 'date' else _quoted(value)}")
    return "\n".join(lines) + "\n"


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def append(text: str, entry: Accepted, name: str) -> str:
    """The file's text with one more entry at its end; what stands there is not touched.

    Raises:
        Misuse: the text is not such a file, or the digest is already accepted.
    """
    known = parse(text, name)
    if known.is_accepted(entry.digest):
        raise Misuse(
            f"accepting {entry.name} {entry.version}".rstrip(),
            expected=f"a release that {name} does not list",
            found=f"{entry.digest}, already accepted",
            next_step="nothing: it is known good",
        )
    before = text or HEADER
    grown = f"{before.rstrip()}\n\n{spell(entry)}"
    parse(grown, name)
    return grown


def _refused(where: str, expected: str, found: str) -> Misuse:
    return Misuse(f"reading {where}", expected=expected, found=found, next_step="correct or remove it")
