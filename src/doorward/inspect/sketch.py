"""A similarity sketch of content: which of two removed files did this added file come from?

Bottom-k sketch of shingles (Broder 1997, "On the resemblance and containment of documents"):
lines of text, or 64-byte aligned-by-content pieces of binaries, hashed; the k smallest hashes are
kept. The share of common values among the k smallest of the union estimates the Jaccard
resemblance with a standard error of about 1/(2·√k): 0.06 for k = 64.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence

__all__ = ["churn", "resemblance", "sketch"]

K = 64
MOST_BYTES = 4 * 1024 * 1024
"""Enough to tell two files apart; the rest of a larger one is not read into the sketch."""

PIECES = re.compile(rb"[^\n\x00]{4,}")


def sketch(data: bytes) -> tuple[int, ...]:
    """The k smallest CRC-32 values of the stripped lines, or runs between NUL bytes, of the content."""
    hashes = {zlib.crc32(piece.strip()) for piece in PIECES.findall(data[:MOST_BYTES])}
    return tuple(sorted(hashes)[:K])


def churn(old: bytes, new: bytes) -> int:
    """Bytes of the new content in pieces that the old one does not have: how much of a file changed.

    For text that is its new lines; a minified bundle, being one line, is new as a whole, and so it is
    to whoever reads it.
    """
    known = {piece.strip() for piece in PIECES.findall(old)}
    return sum(len(piece) for piece in PIECES.findall(new) if piece.strip() not in known)


def resemblance(a: Sequence[int], b: Sequence[int]) -> float:
    """Estimated Jaccard resemblance of two contents, 0 to 1."""
    if not a or not b:
        return 0.0
    union = sorted(set(a) | set(b))[:K]
    both = set(a) & set(b)
    return sum(1 for value in union if value in both) / len(union)
