"""Requirements files that pin: `name==version` with `--hash`, as pip-compile and `uv export` write them.

pip's requirements format is a line-based language. Read here is what pins: exact versions, addresses
(`name @ URL`), index options. What does not pin (a range, a bare name) or leads elsewhere (`-r`,
`-c`) is refused: the answer would be about something other than what gets installed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar
from urllib.parse import unquote

from doorward.formats.locks.interface import Lock, LockedPackage, SourceKind
from doorward.formats.locks.page import Page, python_name

__all__ = ["RequirementsReader", "pins_hashes"]

HASH = re.compile(r"(?:^|\s)--hash[=\s]\s*(\S+)")
PINNED = re.compile(
    r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[A-Za-z0-9,._\s-]*\])?\s*"
    r"(?:={2,3}\s*(?P<version>[A-Za-z0-9.!+_-]+)|@\s*(?P<url>\S+))"
)
EDITABLE = re.compile(r"(?:-e|--editable)[=\s]\s*(\S+)")
INDEX = re.compile(r"(?:(?:-i|--index-url|--pypi-url)|(--extra-index-url))[=\s]\s*(\S+)")
IGNORED = re.compile(
    r"--(?:require-hashes|no-binary|only-binary|prefer-binary|pre|trusted-host|use-feature|no-index)\b"
)
"""Options that say how to install, not what."""
COMMIT = re.compile(r"[0-9a-f]{40}", re.ASCII)
FILE_NAME = re.compile(r"(?:^|/)[^/]*requirements[^/]*\.txt$|(?:^|/)requirements/[^/]+\.txt$")


class RequirementsReader:
    """Reads requirements files."""

    name: ClassVar[str] = "requirements"

    def accepts(self, path: str, head: str) -> bool:
        """By name, or a text file that pins hashes."""
        return bool(FILE_NAME.search(path)) or (path.endswith((".txt", ".in")) and pins_hashes(head))

    def read(self, path: str, text: str) -> Lock:
        """Read the whole file; see `LockReader`."""
        page = Page(path, text)
        index = ""
        packages: dict[tuple[str, str, str], LockedPackage] = {}
        for line, logical in _logical_lines(text):
            option = INDEX.match(logical)
            if option:
                # An extra index may serve any of the packages: what it serves is not told apart.
                index = index if option[1] else option[2].rstrip("/")
            elif not IGNORED.match(logical):
                package = _package(page, logical, line)
                packages.setdefault((package.name, package.version, package.url), package)
        found = tuple(
            _with_index(package, index)
            for package in sorted(packages.values(), key=lambda p: (p.name, p.version, p.url))
        )
        return Lock(path, self.name, found)


def pins_hashes(text: str) -> bool:
    """Whether a requirements file pins hashes, so that it is a lock and not a wish."""
    return bool(HASH.search(text))


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """(number of its first line, text) of each line, continuations joined, comments and blanks gone."""
    number, start, parts = 0, 0, list[str]()
    for number, raw in enumerate(text.splitlines(), 1):
        bare = _without_comment(raw)
        if not parts:
            start = number
        if bare.endswith("\\"):
            parts.append(bare[:-1])
            continue
        whole = " ".join(" ".join([*parts, bare]).split())
        parts = []
        if whole:
            yield start, whole
    whole = " ".join(" ".join(parts).split())
    if whole:
        yield start, whole


def _without_comment(raw: str) -> str:
    """The line up to a `#` at its start or after white space."""
    at = raw.find("#")
    while at > 0 and not raw[at - 1].isspace():
        at = raw.find("#", at + 1)
    return (raw if at < 0 else raw[:at]).rstrip()


def _package(page: Page, logical: str, line: int) -> LockedPackage:
    editable = EDITABLE.match(logical)
    if editable:
        return _at(page, _egg(editable[1]), editable[1], (), line)
    if logical.startswith("-"):
        raise page.refuse("pinned packages, index options and nothing else", logical, line)
    hashes = tuple(sorted({page.digest(digest, "a package", line) for digest in HASH.findall(logical)}))
    requirement = HASH.sub(" ", logical).partition(";")[0].strip()
    match = PINNED.fullmatch(requirement)
    if not match:
        raise page.refuse("`name==version` or `name @ URL`", logical, line)
    name = python_name(page, match["name"], line)
    if match["url"]:
        return _at(page, name, match["url"], hashes, line)
    return LockedPackage("pypi", name, match["version"], SourceKind.REGISTRY, "", hashes, (), line)


def _at(page: Page, name: str, url: str, hashes: tuple[str, ...], line: int) -> LockedPackage:
    """A package at an address: its kind by scheme, its hash perhaps in the fragment."""
    bare, _, fragment = url.partition("#")
    algorithm, equals, digest = fragment.partition("&")[0].partition("=")
    if equals and algorithm in {"sha256", "sha384", "sha512"}:
        hashes = tuple(sorted({*hashes, page.digest(f"{algorithm}:{digest}", name, line)}))
    if bare.startswith(("git+", "hg+", "svn+", "bzr+")):
        kind = SourceKind.GIT
    elif bare.startswith(("http://", "https://")):
        kind = SourceKind.URL
    else:
        kind = SourceKind.WORKSPACE if bare in {".", "./"} else SourceKind.PATH
    file_name = unquote(bare.rpartition("/")[2]) if kind is SourceKind.URL else ""
    return LockedPackage("pypi", name, "", kind, bare, hashes, (file_name,) if file_name else (), line)


def _egg(url: str) -> str:
    """The name in `#egg=name`, else the address's last part."""
    match = re.search(r"[#&]egg=([A-Za-z0-9._-]+)", url)
    last = re.sub(r"[^A-Za-z0-9]+", "-", url.partition("#")[0].rstrip("/").rpartition("/")[2]).strip("-")
    return re.sub(r"[-_.]+", "-", match[1] if match else last or "project").lower()


def _with_index(package: LockedPackage, index: str) -> LockedPackage:
    if package.kind is not SourceKind.REGISTRY or not index:
        return package
    return LockedPackage(
        package.ecosystem,
        package.name,
        package.version,
        package.kind,
        index,
        package.hashes,
        (),
        package.line,
    )
