"""Packages kept out of everything of ours, so that the judge can be measured on what did not shape it."""

from __future__ import annotations

import hashlib
import re
from functools import cache
from pathlib import Path

__all__ = ["is_reserved", "names_in"]

VECTORS = Path(__file__).parents[1] / "vectors" / "reserved.txt"

MENTION = re.compile(r"\b(pypi|npm|deb):((?:@[\w.-]+/)?[A-Za-z0-9][\w.+-]*?)(?=[=@]|[^\w.+=@-]|$)")


@cache
def digests() -> frozenset[str]:
    """SHA-256 of `ecosystem:name` for the packages reserved by name."""
    return frozenset(VECTORS.read_text(encoding="ascii").split())


def is_reserved(ecosystem: str, name: str) -> bool:
    """Whether a package must appear in no corpus, fixture, test or benchmark.

    Reserved are those listed, and every package whose digest begins with 0 or 1 (one in eight).
    """
    if ecosystem == "pypi":
        name = re.sub(r"[-_.]+", "-", name).lower()  # PEP 503
    digest = hashlib.sha256(f"{ecosystem}:{name}".encode()).hexdigest()
    return digest[0] in "01" or digest in digests()


def names_in(text: str) -> set[tuple[str, str]]:
    """Every `ecosystem:name` that a text mentions."""
    return {(ecosystem, name) for ecosystem, name in MENTION.findall(text)}
