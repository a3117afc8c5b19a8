"""The order of Debian versions: Debian Policy 5.6.12, as dpkg compares them."""

from __future__ import annotations

import re

__all__ = ["order"]

PARTS = re.compile(r"(\D*)(\d*)", re.ASCII)


def order(version: str) -> tuple[int, tuple[int, ...], tuple[int, ...]]:
    """A sort key: epoch, upstream version, Debian revision."""
    epoch, colon, rest = version.partition(":")
    if not colon:
        epoch, rest = "0", version
    upstream, hyphen, revision = rest.rpartition("-")
    if not hyphen:
        upstream, revision = rest, "0"
    number = int(epoch) if epoch.isascii() and epoch.isdigit() and len(epoch) < 10 else 0
    return number, _key(upstream), _key(revision)


def _key(text: str) -> tuple[int, ...]:
    """Texts and numbers in turn: `~` before the end, the end before letters, letters before the rest."""
    key: list[int] = []
    for letters, digits in PARTS.findall(text):
        key += [-1 if c == "~" else ord(c) if c.isalpha() else ord(c) + 0x200000 for c in letters]
        key += [0, int(digits[:4000] or 0)]
    return tuple(key)
