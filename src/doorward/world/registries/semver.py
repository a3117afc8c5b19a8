"""The order of npm versions: Semantic Versioning 2.0.0, section 11."""

from __future__ import annotations

import re

__all__ = ["order"]

FORM = re.compile(r"(\d{1,16})\.(\d{1,16})\.(\d{1,16})(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?")

Order = tuple[int, int, int, int, tuple[tuple[int, int, str], ...], str]


def order(version: str) -> Order:
    """A sort key. What is no semantic version sorts before everything, by its text."""
    match = FORM.fullmatch(version)
    if not match:
        return -1, 0, 0, 0, (), version
    before = match[4]
    return (
        int(match[1]),
        int(match[2]),
        int(match[3]),
        0 if before else 1,
        tuple(_part(part) for part in before.split(".")) if before else (),
        version,
    )


def _part(part: str) -> tuple[int, int, str]:
    """Numbers before words; numbers by value, words by ASCII."""
    return (0, int(part), "") if part.isdigit() and len(part) <= 16 else (1, 0, part)
