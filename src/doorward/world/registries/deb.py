"""Debian archives that apt is set up with: `doorward.ports.Registry` for `.deb` packages.

The chain: a key that apt trusts signs `InRelease`; that names the SHA-256 of each `Packages` index; that
names the SHA-256 of each package. Lists that apt fetched before are taken from its folder and held
against the same chain; what is not there is asked over HTTP. An archive keeps only the current version
of a suite: an older one is found only where another suite (stable against security) still has it.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import platform
import re
import subprocess
import zlib
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from doorward.errors import Misuse, Outside, Undecided
from doorward.model.artifact import Artifact
from doorward.world.http import Missing
from doorward.world.network import joined, without_secrets
from doorward.world.registries.apt_release import AptRelease, read_release
from doorward.world.registries.apt_sources import Suite, read_suites, stanzas
from doorward.world.registries.catalogue import (
    Catalogue,
    Facts,
    Release,
    Remote,
    plain_file_name,
    spelled_digests,
)
from doorward.world.registries.debian_version import order
from doorward.world.registries.settings import DebSettings
from doorward.world.registries.shelf import Shelf

__all__ = ["DebRegistry"]

MACHINES = {
    "x86_64": "amd64",
    "aarch64": "arm64",
    "armv7l": "armhf",
    "i686": "i386",
    "ppc64le": "ppc64el",
    "riscv64": "riscv64",
    "s390x": "s390x",
}
"""`uname -m` → dpkg's name of the architecture."""
ARCHITECTURES = frozenset(MACHINES.values()) | {"all", "armel", "loong64", "mips64el"}
NAME = re.compile(r"[a-z0-9][a-z0-9+.-]+")
"""Debian Policy 5.6.1."""
MAX_RELEASE = 16 * 1024**2
"""Bytes of an `InRelease`; Debian's is 150 KB."""
MAX_PACKAGES = 1024**3
"""Bytes of an unpacked `Packages`; Debian's largest is 55 MB."""
OPENERS: dict[str, Callable[[BinaryIO], Any]] = {
    ".xz": lzma.LZMAFile,
    ".gz": partial(gzip.GzipFile, None, "rb", 9),
    ".bz2": bz2.BZ2File,
    "": nullcontext,
}
UNPACKED_ERRORS = (lzma.LZMAError, zlib.error, EOFError, OSError, ValueError)
HELPER_SECONDS = 60
MAX_READ = 4
"""Indexes that stay in memory."""


class DebRegistry:
    """Packages of the archives in apt's sources."""

    ecosystem = "deb"

    def __init__(self, settings: DebSettings, shelf: Shelf) -> None:
        self._settings = settings
        self._shelf = shelf
        self._read: dict[str, bytes] = {}

    def sources(self, name: str) -> tuple[str, ...]:
        """Addresses of the archives in apt's sources."""
        del name
        return tuple(dict.fromkeys(without_secrets(suite.uri) for suite in read_suites(self._settings.root)))

    def versions(self, name: str) -> tuple[str, ...]:
        """The versions of all suites, oldest first.

        Raises:
            Undecided: no archive knows the package.
            Unreachable: an archive that might did not answer.
        """
        found = {release.version for _, release in self._releases(name, self._architecture)}
        if not found:
            raise self._unknown(name, "a package of that name")
        return tuple(sorted(found, key=order))

    def published(self, name: str, version: str) -> tuple[str, ...]:
        """Every digest that an archive publishes for this version on this architecture, sorted."""
        files = self._release(name, version, self._architecture)[1].files
        return tuple(sorted({digest for remote in files for digest in remote.digests}))

    def fetch(self, name: str, version: str, wanted: str) -> Artifact:
        """Bring a package to this machine; see `doorward.ports.Registry`.

        `wanted` is an architecture (`arm64`), the file's name, or empty for this machine's.
        """
        architecture = self._architecture
        if wanted in ARCHITECTURES:
            architecture = wanted
        elif wanted.endswith(".deb"):
            architecture = wanted.removesuffix(".deb").rpartition("_")[2]
        elif wanted:
            raise Undecided(
                f"choosing a file of deb:{name}={version}",
                expected=wanted,
                found="binary packages only",
                next_step="name an architecture such as amd64; give a source package by its path",
            )
        catalogue, release = self._release(name, version, architecture)
        remote = release.files[0]
        spelled = f"deb:{name}={version}"
        kept = self._shelf.bring(remote, ask=f"doorward inspect {spelled}")
        return Artifact(
            name=name,
            version=version,
            ecosystem=self.ecosystem,
            path=str(kept.path),
            file_name=remote.file_name,
            digest=f"sha256:{kept.sha256}",
            size=kept.size,
            origin=spelled,
            facts=tuple(sorted({*release.facts, ("source", catalogue.source)})),
        )

    @property
    def _architecture(self) -> str:
        machine = platform.machine()
        return self._settings.architecture or MACHINES.get(machine, machine)

    def _release(self, name: str, version: str, architecture: str) -> tuple[Catalogue, Release]:
        others = []
        for catalogue, release in self._releases(name, architecture):
            if release.version == version:
                return catalogue, release
            others.append(release.version)
        if not others:
            raise self._unknown(name, "a package of that name")
        raise Undecided(
            f"looking for deb:{name}={version} ({architecture})",
            expected="that version in one of the suites of apt's sources",
            found=f"{', '.join(sorted(others, key=order))}",
            next_step="add the suite that has it to apt's sources, or fetch the file and give its path",
        )

    def _unknown(self, name: str, expected: str) -> Undecided:
        places = ", ".join(self.sources(name)) or "apt's sources, of which there are none"
        return Undecided(
            f"looking for deb:{name} in {places}",
            expected=expected,
            found="none",
            next_step="check the spelling and apt's sources, and run `apt-get update`",
        )

    def _releases(self, name: str, architecture: str) -> Iterator[tuple[Catalogue, Release]]:
        """Every version in every suite; an archive that does not answer matters only at the end."""
        if not NAME.fullmatch(name):
            raise Misuse(
                "reading a package name",
                expected="a Debian package's name",
                found=ascii(name[:80]),
                next_step="write it as apt does: deb:name=1.2-3",
            )
        suites = read_suites(self._settings.root)
        # What apt has fetched comes first: it needs no network.
        suites = tuple(sorted(suites, key=lambda suite: not self._list_of(suite.base + "InRelease").exists()))
        failure: Outside | Missing | None = None
        for suite in suites:
            try:
                catalogue = self._catalogue(suite, name, architecture)
            except (Outside, Missing) as error:
                failure = failure or error
                continue
            for release in catalogue.releases:
                yield catalogue, release
        if failure is not None:
            raise failure

    def _catalogue(self, suite: Suite, name: str, architecture: str) -> Catalogue:
        source = f"{without_secrets(suite.uri)} {suite.suite}"
        listed = self._list_of(suite.base + "InRelease")
        stamp = listed.stat().st_mtime_ns if listed.exists() else 0
        return self._shelf.catalogue(
            f"{source} {name} {architecture} {stamp}".removesuffix(" 0"),
            lambda: self._ask(suite, name, architecture, source),
            ask=f"doorward inspect deb:{name}",
        )

    def _ask(self, suite: Suite, name: str, architecture: str, source: str) -> Catalogue:
        listed = self._list_of(suite.base + "InRelease")
        if listed.exists():
            data = listed.read_bytes()
        else:
            try:
                data = self._shelf.client.get(suite.base + "InRelease", limit=MAX_RELEASE).body
            except Missing:
                return Catalogue(name, source, ())
        release = read_release(data, suite, self._settings.root)
        found: dict[str, Release] = {}
        for path in _index_paths(suite, architecture, release):
            index = self._index(suite, release, path)
            for fields in _stanzas_of(index, name):
                if fields.get("architecture") in {architecture, "all"}:
                    made = _release(fields, suite, source, release.signature)
                    found.setdefault(made.version, made)
        return Catalogue(name, source, tuple(found[version] for version in sorted(found, key=order)))

    def _index(self, suite: Suite, release: AptRelease, path: str) -> bytes:
        """A `Packages` file; the last few stay in memory, for a question seldom comes alone."""
        key = " ".join((suite.base, path, *release.indexes.get(path, ("",))[:1]))
        if key not in self._read:
            while len(self._read) >= MAX_READ:
                del self._read[next(iter(self._read))]
            self._read[key] = self._brought(suite, release, path)
        return self._read[key]

    def _brought(self, suite: Suite, release: AptRelease, path: str) -> bytes:
        """A `Packages` file: apt's own, if it is the one that was signed; else asked for."""
        if path in release.indexes:
            digest, _ = release.indexes[path]
            kept = self._listed(suite.base + path)
            if kept is not None and sha256(kept).hexdigest() == digest:
                return kept
        for suffix in OPENERS:
            if path + suffix in release.indexes:
                return self._asked(suite, release, path + suffix, suffix)
        return b""  # this suite has nothing for this component and architecture

    def _asked(self, suite: Suite, release: AptRelease, path: str, suffix: str) -> bytes:
        digest, size = release.indexes[path]
        folder, _, file_name = path.rpartition("/")
        by_hash = f"{folder}/by-hash/SHA256/{digest}".lstrip("/")
        url = suite.base + (by_hash if release.by_hash else path)
        kept = self._shelf.bring(Remote(file_name, url, (f"sha256:{digest}",), size), ask="apt-get update")
        try:
            return _unpacked(kept.path, suffix)
        except UNPACKED_ERRORS as error:
            raise Undecided(
                f"unpacking {without_secrets(url)}",
                expected=f"an index of at most {MAX_PACKAGES:,} bytes",
                found=type(error).__name__,
                next_step="check the address in apt's sources",
            ) from error

    def _list_of(self, url: str) -> Path:
        """Where apt keeps a list: the address without its scheme, `/` as `_`, marks quoted."""
        bare = url.partition("://")[2].rpartition("@")[2]
        quoted = re.sub(r"[\\|{}\[\]<>\"^~_=!@#$%&*]", lambda match: f"%{ord(match[0]):02x}", bare)
        return self._settings.root / "var/lib/apt/lists" / quoted.replace("/", "_")

    def _listed(self, url: str) -> bytes | None:
        """A list of apt's, unpacked by whatever can; None if apt has not fetched it."""
        plain = self._list_of(url)
        for suffix in OPENERS:
            path = plain.with_name(plain.name + suffix)
            if path.exists():
                try:
                    return _unpacked(path, suffix)
                except UNPACKED_ERRORS:
                    return None
        for suffix in (".lz4", ".zst"):
            path = plain.with_name(plain.name + suffix)
            if path.exists():
                return _by_apt(path)
        return None


def _by_apt(path: Path) -> bytes | None:
    """Unpack a list with apt's own helper: Python has no reader of LZ4."""
    try:
        done = subprocess.run(  # noqa: S603 - argv of fixed words and a path of apt's own
            ["/usr/lib/apt/apt-helper", "cat-file", str(path)],
            capture_output=True,
            timeout=HELPER_SECONDS,
            check=False,
            env={"PATH": os.defpath, "LC_ALL": "C"},
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def _unpacked(path: Path, suffix: str) -> bytes:
    with path.open("rb") as packed, OPENERS[suffix](packed) as stream:
        data: bytes = stream.read(MAX_PACKAGES + 1)
    if len(data) > MAX_PACKAGES:
        raise ValueError(len(data))
    return data


def _index_paths(suite: Suite, architecture: str, release: AptRelease) -> Iterator[str]:
    if not suite.components:
        yield "Packages"
        return
    names = (architecture, "all") if release.separate_all else (architecture,)
    for component in suite.components:
        for name in dict.fromkeys(names):
            yield f"{component}/binary-{name}/Packages"


def _stanzas_of(index: bytes, name: str) -> Iterator[dict[str, str]]:
    """The stanzas of one package, found without reading the others."""
    mark = b"Package: " + name.encode() + b"\n"
    at = index.find(mark)
    while at >= 0:
        if at == 0 or index[at - 1 : at] == b"\n":
            start = index.rfind(b"\n\n", 0, at) + 2 if at else 0
            start = 0 if start == 1 else start
            end = index.find(b"\n\n", at)
            yield from stanzas(index[start : end if end >= 0 else None].decode("utf-8", "replace"))
        at = index.find(mark, at + 1)


def _release(fields: dict[str, str], suite: Suite, source: str, signature: str) -> Release:
    path, version, size = fields.get("filename", ""), fields.get("version", ""), fields.get("size", "")
    url = joined(suite.uri, path.removeprefix("./"))
    inside = url.startswith(suite.uri) and ".." not in urlsplit(url).path.split("/")
    if not version or not inside:
        raise Undecided(
            f"reading what {source} says of deb:{fields.get('package', '')}",
            expected="`Version`, and a `Filename` within the archive",
            found=ascii(path[:80]),
            next_step="check the address in apt's sources",
        )
    facts: Facts = (("signature", signature),)
    if fields.get("maintainer"):
        facts = (*facts, ("maintainer", fields["maintainer"][:200]))
    return Release(
        version,
        (
            Remote(
                plain_file_name(path.rpartition("/")[2], source),
                url,
                spelled_digests({"sha256": fields.get("sha256", ""), "sha512": fields.get("sha512", "")}),
                int(size) if size.isascii() and size.isdigit() and len(size) < 16 else None,
            ),
        ),
        facts,
    )
