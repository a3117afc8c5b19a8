"""Which opener reads a file: by its first bytes, never by its name alone.

The table is in order: the first opener that accepts wins. Modules are imported when a file first asks
for them, so that a wheel never pays for MSI. A name only tells what the artifact *should* be: a
`.whl` that is not a zip cannot be opened, and is not quietly taken for plain data.
"""

from __future__ import annotations

import importlib
import re
import struct
from dataclasses import dataclass
from functools import cache
from typing import BinaryIO, Protocol, cast, runtime_checkable

from doorward.inspect.limits import Limits
from doorward.inspect.open.interface import Opener

__all__ = [
    "OPENERS",
    "STREAMS",
    "Claim",
    "begins_as",
    "expected_format",
    "named",
    "opener_for",
    "refine",
    "uncompressed_name",
    "versions",
]


@dataclass(frozen=True, slots=True)
class Claim:
    """One row: an opener, where it is, and how a file of its format begins."""

    name: str
    module: str
    attribute: str
    begins: re.Pattern[bytes]
    """Matched at the start of the file."""


def _claim(name: str, module: str, attribute: str, begins: bytes) -> Claim:
    return Claim(name, f"doorward.inspect.open.{module}", attribute, re.compile(begins, re.DOTALL))


OPENERS: tuple[Claim, ...] = (
    _claim("zip", "zip", "Zip", rb"PK\x03\x04|PK\x05\x06|PK\x07\x08PK\x03\x04"),
    _claim("gz", "stream", "Gz", rb"\x1f\x8b\x08"),
    _claim("tar", "tar", "Tar", rb".{257}ustar"),
    _claim("deb", "deb", "Deb", rb"!<arch>\ndebian-binary"),
    _claim("ar", "deb", "Ar", rb"!<arch>\n"),
    _claim("rpm", "rpm", "Rpm", rb"\xed\xab\xee\xdb"),
    _claim("cab", "cab", "Cab", rb"MSCF\0\0\0\0"),
    _claim("msi", "msi", "Msi", rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
    _claim("xz", "stream", "Xz", rb"\xfd7zXZ\x00"),
    _claim("bz2", "stream", "Bz2", rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)"),
    _claim("lzma", "stream", "Lzma", rb"\x5d\x00\x00"),
    _claim("zst", "stream", "Zst", rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18"),
)

_SUFFIXES = (
    (
        "zip",
        (".whl", ".zip", ".pyz", ".jar", ".egg", ".war", ".ear", ".aar", ".nupkg", ".vsix", ".xpi", ".apk"),
    ),
    ("gz", (".tar.gz", ".tgz", ".gz", ".crate")),
    ("xz", (".tar.xz", ".txz", ".xz")),
    ("bz2", (".tar.bz2", ".tbz2", ".tbz", ".bz2")),
    ("zst", (".tar.zst", ".tzst", ".zst")),
    ("tar", (".tar",)),
    ("deb", (".deb", ".udeb", ".ddeb")),
    ("rpm", (".rpm",)),
    ("msi", (".msi", ".msp", ".msm")),
    ("cab", (".cab",)),
)

STREAMS = frozenset({"gz", "xz", "bz2", "zst", "lzma"})
"""Containers of one content, which has no name of its own."""

_END = b"PK\x05\x06"


@cache
def _load(claim: Claim) -> Opener:
    return cast("Opener", getattr(importlib.import_module(claim.module), claim.attribute)())


_ANY = re.compile(b"|".join(b"(?:" + claim.begins.pattern + b")" for claim in OPENERS), re.DOTALL)


def opener_for(path: str, head: bytes, tail: bytes = b"") -> Opener | None:
    """The opener for a file, or None for a leaf.

    Args:
        path: logical path.
        head: its first 4,096 bytes.
        tail: its last bytes; a file of any kind that *ends* as a zip is also a zip (self-extracting
            programs, zipapps, and pictures that carry one).
    """
    if _ANY.match(head):
        for claim in OPENERS:
            if claim.begins.match(head):
                opener = _load(claim)
                if opener.accepts(path, head):
                    return opener
    if _ends_as_zip(tail):
        return _load(OPENERS[0])
    return None


def _ends_as_zip(tail: bytes) -> bool:
    """Whether an end record with a directory before it stands near the end."""
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < 22:
        return False
    entries, size, _, comment = struct.unpack_from("<H2LH", tail, at + 10)
    if at + 22 + comment == len(tail):
        return True
    # With bytes behind it, only if the directory is there: programs that read zips hold the signature.
    return bool(entries) and 0 < size <= at and tail.startswith(b"PK\x01\x02", at - size)


def begins_as(opener: Opener, head: bytes) -> bool:
    """Whether a file begins as this opener's format does, and not only ends so."""
    return any(claim.name == opener.name and claim.begins.match(head) for claim in OPENERS)


def expected_format(name: str) -> str:
    """The opener that a file of this name should have, or an empty string."""
    lowered = name.lower()
    return next((form for form, suffixes in _SUFFIXES if lowered.endswith(suffixes)), "")


def named(name: str) -> Opener | None:
    """The opener of this name."""
    return next((_load(claim) for claim in OPENERS if claim.name == name), None)


@runtime_checkable
class Refining(Protocol):
    """An opener that can only tell from deeper inside who should read the file."""

    def refined(self, source: BinaryIO, size: int, limits: Limits) -> Opener:
        """The opener to use; the source is left at 0."""
        ...


def refine(opener: Opener, source: BinaryIO, size: int, limits: Limits) -> Opener:
    """A compressed tar is a tar: the opener that should really read this source."""
    return opener.refined(source, size, limits) if isinstance(opener, Refining) else opener


def uncompressed_name(base: str) -> str:
    """What to call the one content of a compressed stream."""
    stem, dot, suffix = base.rpartition(".")
    if not dot or not stem:
        return f"{base}.content"
    if suffix.lower() in STREAMS:
        return stem
    if suffix.lower() in {"tgz", "txz", "tbz", "tbz2", "tzst"}:
        return f"{stem}.tar"
    return f"{stem}.svg" if suffix.lower() == "svgz" else f"{base}.content"


def versions() -> tuple[str, ...]:
    """`name/version` of every opener there is, sorted: what could change the answer for any file."""
    return tuple(sorted(f"{claim.name}/{_load(claim).version}" for claim in OPENERS))
