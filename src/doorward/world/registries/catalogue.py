"""What a registry says of one package: its releases, their files, digests and facts.

Every registry's answer becomes this one shape, which is kept for `--offline` and for ten minutes of
repeated questions. File names and digests are checked here, once, for all registries: a name is
a plain base name, a digest is lower-case hexadecimal of its algorithm's length.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from doorward.errors import Undecided

__all__ = ["STRONG", "Catalogue", "Release", "Remote", "plain_file_name", "spelled_digests"]

STRONG = ("sha256", "sha384", "sha512")
"""Algorithms that may vouch for bytes. MD5 and SHA-1 collide at will (SHAttered, 2017)."""
DIGEST_LENGTHS = {"md5": 32, "sha1": 40, "sha256": 64, "sha384": 96, "sha512": 128}
MAX_FILE_NAME = 255
"""Bytes; NAME_MAX of Linux."""
UNFIT = re.compile(r"[/\\\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
HEXADECIMAL = re.compile(r"[0-9a-f]+")

Facts = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Remote:
    """One file that the registry offers."""

    file_name: str
    url: str
    digests: tuple[str, ...]
    """`sha256:<hex>`, `sha512:<hex>`, `md5:<hex>`, …"""
    size: int | None = None
    """Bytes, where the registry says."""
    facts: Facts = ()


@dataclass(frozen=True, slots=True)
class Release:
    """One version."""

    version: str
    files: tuple[Remote, ...]
    facts: Facts = ()


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All releases of one package in one index, in order of version."""

    name: str
    source: str
    """Address of the index, without credentials."""
    releases: tuple[Release, ...]

    def dump(self) -> bytes:
        """One JSON text, for keeping."""
        return json.dumps(
            [
                self.name,
                self.source,
                [
                    [r.version, [[f.file_name, f.url, f.digests, f.size, f.facts] for f in r.files], r.facts]
                    for r in self.releases
                ],
            ],
            separators=(",", ":"),
        ).encode()

    @classmethod
    def load(cls, data: bytes) -> Catalogue:
        """Read what `dump` wrote; ValueError, TypeError or KeyError if it did not."""
        name, source, releases = json.loads(data)
        return cls(
            name,
            source,
            tuple(
                Release(
                    version,
                    tuple(
                        Remote(file_name, url, tuple(digests), size, _facts(facts))
                        for file_name, url, digests, size, facts in files
                    ),
                    _facts(release_facts),
                )
                for version, files, release_facts in releases
            ),
        )


def _facts(pairs: list[list[str]]) -> Facts:
    return tuple((name, value) for name, value in pairs)


def plain_file_name(name: str, source: str) -> str:
    """The name again, if it is a base name that may lie in a folder of ours.

    Raises:
        Undecided: it holds a separator, a control or direction character, or is too long.
    """
    long = len(name.encode("utf-8", "surrogatepass")) > MAX_FILE_NAME
    if not name or name in {".", ".."} or name.startswith("-") or long or UNFIT.search(name):
        raise Undecided(
            f"reading the files that {source} lists",
            expected="a plain file name",
            found=ascii(name[:80]),
            next_step="do not install from this index; ask its keepers",
        )
    return name


def spelled_digests(digests: Mapping[str, str]) -> tuple[str, ...]:
    """(algorithm → hex) as `algorithm:<hex>`, whatever is malformed left out, sorted."""
    found = []
    for algorithm, value in digests.items():
        text = value.lower() if isinstance(value, str) else ""
        if DIGEST_LENGTHS.get(algorithm) == len(text) and HEXADECIMAL.fullmatch(text):
            found.append(f"{algorithm}:{text}")
    return tuple(sorted(found))
