"""`package-lock.json` and `npm-shrinkwrap.json`, versions 1, 2 and 3: docs.npmjs.com, package-lock-json.

Version 2 states everything twice: `packages` for npm 7 and later, `dependencies` for npm 6. Both are
read and their union given, for whoever changes only one of them means one kind of reader to see
it. What is `inBundle` lies within its parent's tarball and is inspected there.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from typing import ClassVar
from urllib.parse import unquote, urlsplit

from doorward.formats.locks.interface import Lock, LockedPackage, SourceKind
from doorward.formats.locks.page import Page

__all__ = ["NpmReader", "npm_name", "source_of"]

NAME = re.compile(r"(?:@[a-z0-9~!'()*_.-]+/)?[a-z0-9~!'()*_.-]+", re.IGNORECASE | re.ASCII)
KEY = re.compile(r'"((?:[^"\\]|\\.)*+)"\s*:')
MAX_DEPTH = 64
"""Levels of nested `dependencies`; npm 6 nests as deep as versions conflict, a dozen at most."""
GIT = ("git+", "git:", "git@", "github:", "gitlab:", "bitbucket:", "gist:")


class NpmReader:
    """Reads npm's lock files."""

    name: ClassVar[str] = "npm"

    def accepts(self, path: str, head: str) -> bool:
        """By name, or by its first field."""
        return path.endswith(("package-lock.json", "npm-shrinkwrap.json")) or (
            head.lstrip().startswith("{") and '"lockfileVersion"' in head
        )

    def read(self, path: str, text: str) -> Lock:
        """Read the whole file; see `LockReader`."""
        page = Page(path, text)
        document = page.table(_parse(page), "the file")
        version = document.get("lockfileVersion")
        if version not in {1, 2, 3} or isinstance(version, (bool, float)):
            raise page.refuse("`lockfileVersion` 1, 2 or 3", "no such field" if version is None else version)
        lines = _Lines(page)
        found: set[LockedPackage] = set()
        if version in {2, 3}:
            found.update(_from_packages(page, page.table(document.get("packages"), "`packages`"), lines))
        if version in {1, 2} and document.get("dependencies") is not None:
            found.update(_from_tree(page, document["dependencies"], lines))
        merged: dict[tuple[str, str, str, tuple[str, ...]], LockedPackage] = {}
        for package in sorted(found, key=lambda p: (p.name, p.version, p.url, p.hashes, p.line)):
            merged.setdefault((package.name, package.version, package.url, package.hashes), package)
        return Lock(path, self.name, tuple(merged.values()))


class _Lines:
    """Finds the line of an entry by its quoted key; each occurrence serves once, in order."""

    def __init__(self, page: Page) -> None:
        self._newlines = [match.start() for match in re.finditer("\n", page.text)]
        self._places: dict[str, list[int]] = {}
        for match in KEY.finditer(page.text):
            self._places.setdefault(match[1], []).append(match.start())
        for places in self._places.values():
            places.reverse()

    def of(self, key: str) -> int:
        """1-based line of the next occurrence of this key; 0 if it is spelled in another way."""
        places = self._places.get(json.dumps(key, ensure_ascii=False)[1:-1])
        return bisect_left(self._newlines, places.pop()) + 1 if places else 0


def _parse(page: Page) -> object:
    def unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
        table = dict(pairs)
        if len(table) != len(pairs):
            twice = next(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
            raise page.refuse("each key once", f"{twice} twice", _line_of_second(page, twice))
        return table

    def refuse_constant(name: str) -> object:
        raise page.refuse("JSON", name)

    try:
        document: object = json.loads(page.text, object_pairs_hook=unique, parse_constant=refuse_constant)
    except json.JSONDecodeError as error:
        raise page.refuse("JSON", f"no JSON: {error.msg}", error.lineno) from error
    except (RecursionError, ValueError) as error:
        raise page.refuse("JSON of a few levels", f"no such thing ({type(error).__name__})") from error
    return document


def _line_of_second(page: Page, key: str) -> int:
    quoted = json.dumps(key, ensure_ascii=False)
    first = page.text.find(quoted)
    second = page.text.find(quoted, first + 1)
    return page.line_at(second) if second >= 0 else 0


def _from_packages(page: Page, packages: dict[str, object], lines: _Lines) -> Iterator[LockedPackage]:
    for key, value in packages.items():
        line = lines.of(key)
        entry = page.table(value, f"`{key}`", line)
        if not key or entry.get("inBundle") is True:
            continue
        _, marker, last = key.rpartition("node_modules/")
        stated = page.optional(entry, "name", f"`{key}`", line)
        if entry.get("link") is True or not marker:
            place = page.optional(entry, "resolved", f"`{key}`", line) or key
            yield LockedPackage("npm", stated or last or key, "", SourceKind.WORKSPACE, place, line=line)
        else:
            yield _package(page, npm_name(page, stated or last, line), entry, line)


def _from_tree(page: Page, tree: object, lines: _Lines) -> Iterator[LockedPackage]:
    """Read the tree of npm 6, without recursion."""
    waiting = [(tree, 0)]
    while waiting:
        level, depth = waiting.pop()
        if depth > MAX_DEPTH:
            raise page.refuse(f"at most {MAX_DEPTH} levels of `dependencies`", "no end")
        for key, value in page.table(level, "`dependencies`").items():
            line = lines.of(key)
            entry = page.table(value, f"`{key}`", line)
            if entry.get("dependencies") is not None:
                waiting.append((entry["dependencies"], depth + 1))
            if entry.get("bundled") is True:
                continue
            yield _from_branch(page, npm_name(page, key, line), dict(entry), line)


def _from_branch(page: Page, name: str, entry: dict[str, object], line: int) -> LockedPackage:
    """In version 1 the `version` of what is no registry package is its address."""
    version = page.text_of(entry, "version", name, line)
    if version.startswith("npm:"):
        alias, _, version = version.removeprefix("npm:").rpartition("@")
        entry["version"] = version
        return _package(page, npm_name(page, alias, line), entry, line)
    if version.startswith("file:"):
        return LockedPackage("npm", name, "", SourceKind.WORKSPACE, version.removeprefix("file:"), line=line)
    if ":" in version:
        entry.setdefault("resolved", version)
        entry["version"] = ""
    return _package(page, name, entry, line)


def _package(page: Page, name: str, entry: dict[str, object], line: int) -> LockedPackage:
    resolved = page.optional(entry, "resolved", name, line)
    kind, url, file_name = source_of(resolved, name)
    version = str(entry.get("version") or "")
    if kind is SourceKind.REGISTRY:
        version = page.text_of(entry, "version", name, line)
    integrity = page.optional(entry, "integrity", name, line)
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


def npm_name(page: Page, name: str, line: int) -> str:
    """The name, if it is one of npm's."""
    if not NAME.fullmatch(name) or name.startswith("."):
        raise page.refuse("an npm package name", name, line)
    return name


def source_of(resolved: str, name: str) -> tuple[SourceKind, str, str]:
    """(kind, address, file name) of a `resolved` address.

    A registry's tarball lies at `<registry>/<name>/-/<file>.tgz`; the address given is the registry's
    then. No `resolved` means the configured registry (`omit-lockfile-registry-resolved`).
    """
    if not resolved:
        return SourceKind.REGISTRY, "", ""
    if resolved.startswith(GIT) or ".git#" in resolved:
        return SourceKind.GIT, resolved, ""
    if not resolved.startswith(("http://", "https://")):
        return SourceKind.PATH, resolved.removeprefix("file:"), ""
    bare = resolved.partition("#")[0]
    file_name = unquote(_path_of(bare).rpartition("/")[2])
    for spelling in (name, name.replace("/", "%2f"), name.replace("/", "%2F")):
        base, marker, rest = bare.partition(f"/{spelling}/-/")
        if marker and rest:
            return SourceKind.REGISTRY, base, file_name
    return SourceKind.URL, bare, file_name


def _path_of(url: str) -> str:
    """The path of an address; the address itself if it cannot be split."""
    try:
        return urlsplit(url).path
    except ValueError:
        return url
