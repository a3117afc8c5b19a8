"""`pnpm-lock.yaml`, lock file versions 5.x, 6.x and 9.x: github.com/pnpm/spec, lockfile.

The key of a package holds its name and version: `name@1.0.0` in 9, `/name@1.0.0` in 6, `/name/1.0.0` in
5, each perhaps with the peers it was resolved with. `snapshots` of version 9 repeats them by peers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from doorward.formats.locks.interface import Lock, LockedPackage, SourceKind
from doorward.formats.locks.npm import npm_name, source_of
from doorward.formats.locks.page import Page
from doorward.formats.locks.yaml_text import Lines, parse_yaml

__all__ = ["PnpmReader"]

KEY = re.compile(r"/?(?P<name>(?:@[^@/]+/)?[^@/(]+)@(?P<version>[^(]+)(?:\(.*)?", re.DOTALL)
OLD_KEY = re.compile(r"(?P<host>[^/]*)/(?P<name>(?:@[^@/]+/)?[^@/]+)/(?P<version>[^/_]+)(?:_.*)?", re.DOTALL)
SEMVER = re.compile(r"\d+\.\d+\.\d+(?:[-+].*)?")


class PnpmReader:
    """Reads `pnpm-lock.yaml`."""

    name: ClassVar[str] = "pnpm"

    def accepts(self, path: str, head: str) -> bool:
        """By name, or by its first field."""
        return path.endswith("pnpm-lock.yaml") or bool(re.match(r"lockfileVersion:", head))

    def read(self, path: str, text: str) -> Lock:
        """Read the whole file; see `LockReader`."""
        page = Page(path, text)
        root, lines = parse_yaml(page)
        document = page.table(root, "the file")
        version = page.text_of(document, "lockfileVersion", "the file")
        if not re.fullmatch(r"(?:5|6|9)\.\d+", version):
            raise page.refuse("`lockfileVersion` 5.x, 6.x or 9.x", version)
        packages = page.table(document.get("packages") or {}, "`packages`")
        old = version.startswith("5.")
        found = set(_packages(page, packages, lines, old=old))
        merged: dict[tuple[str, str, str, tuple[str, ...]], LockedPackage] = {}
        for package in sorted(found, key=lambda p: (p.name, p.version, p.url, p.hashes, p.line)):
            merged.setdefault((package.name, package.version, package.url, package.hashes), package)
        return Lock(path, self.name, tuple(merged.values()))


def _packages(page: Page, packages: dict[str, object], lines: Lines, *, old: bool) -> Iterator[LockedPackage]:
    for key, value in packages.items():
        line = lines.get(id(value), 0)
        # A block mapping begins on the line after its key.
        line = max(line - 1, 0) if isinstance(value, dict) and line else line
        entry = page.table(value, f"`{key}`", line)
        resolution = page.table(entry.get("resolution"), f"`resolution` of {key}", line)
        match = (OLD_KEY if old else KEY).fullmatch(key)
        stated = page.optional(entry, "name", key, line)
        if not match and not stated:
            raise page.refuse("a key of name and version", key, line)
        name = npm_name(page, stated or (match["name"] if match else ""), line)
        version = page.optional(entry, "version", key, line) or (match["version"] if match else "")
        yield _package(page, name, version if SEMVER.fullmatch(version) else "", resolution, line)


def _package(page: Page, name: str, version: str, resolution: dict[str, object], line: int) -> LockedPackage:
    form = page.optional(resolution, "type", name, line)
    tarball = page.optional(resolution, "tarball", name, line)
    integrity = page.optional(resolution, "integrity", name, line)
    file_name = ""
    if form == "git" or "repo" in resolution:
        repository = page.text_of(resolution, "repo", f"`resolution` of {name}", line)
        kind, url = SourceKind.GIT, f"{repository}#{page.text_of(resolution, 'commit', name, line)}"
    elif form == "directory" or "directory" in resolution:
        kind, url = SourceKind.WORKSPACE, page.text_of(resolution, "directory", name, line)
    elif form:
        raise page.refuse(f"`resolution` of {name} of type git or directory", form, line)
    elif not tarball and not integrity:
        raise page.refuse(f"`integrity` or `tarball` in `resolution` of {name}", "no such field", line)
    else:
        kind, url, file_name = source_of(tarball, name)
    if kind is SourceKind.REGISTRY and not version:
        raise page.refuse(f"the version of {name}", "no version", line)
    return LockedPackage(
        ecosystem="npm",
        name=name,
        version=version,
        kind=kind,
        url=url,
        hashes=page.integrity(integrity, name, line) if integrity else (),
        files=(file_name,) if file_name else (),
        line=line,
    )
