"""Packages that no corpus, fixture or benchmark of the project may hold.

A judge must be measured on packages that did not shape it. A package is kept out if the SHA-256
of `ecosystem:name` stands in the reserved list, or begins with the hexadecimal digit 0 or 1.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

__all__ = ["RESERVED_LIST", "is_reserved"]

RESERVED_LIST = Path(__file__).with_name("reserved.txt")


def is_reserved(ecosystem: str, name: str, listed: frozenset[str] | None = None) -> bool:
    """Whether `ecosystem:name` is kept for later measurements."""
    digest = hashlib.sha256(f"{ecosystem}:{name}".encode()).hexdigest()
    known = frozenset(RESERVED_LIST.read_text(encoding="ascii").split()) if listed is None else listed
    return digest in known or digest[0] in "01"
