"""`pylock.toml` and `pylock.<name>.toml`: PEP 751, lock version 1."""

from __future__ import annotations

import re
from typing import ClassVar
from urllib.parse import unquote

from doorward.formats.locks.interface import Lock, LockedPackage, SourceKind
from doorward.formats.locks.page import Page, python_name
from doorward.formats.locks.toml_text import parse_toml

__all__ = ["PylockReader"]

FILE_NAME = re.compile(r"(?:^|/)pylock(?:\.[^./]+)?\.toml$")
WHOLE = ("vcs", "directory", "archive")
"""Sources that exclude each other and the files of a registry."""


class PylockReader:
    """Reads `pylock.toml`."""

    name: ClassVar[str] = "pylock"

    def accepts(self, path: str, head: str) -> bool:
        """By name, or by its opening lines."""
        return bool(FILE_NAME.search(path)) or (
            bool(re.search(r"^lock-version\s*=", head, re.MULTILINE)) and "created-by" in head
        )

    def read(self, path: str, text: str) -> Lock:
        """Read the whole file; see `LockReader`."""
        page = Page(path, text)
        document = parse_toml(page)
        version = page.text_of(document, "lock-version", "the file")
        if not re.fullmatch(r"1\.\d+", version):
            raise page.refuse('`lock-version = "1.0"`', version)
        lines = page.lines_of(r"^\[\[packages\]\]")
        packages = set()
        for at, entry in enumerate(page.array(document.get("packages"), "`packages`")):
            line = lines[at] if at < len(lines) else 0
            packages.add(_package(page, page.table(entry, "a package", line), line))
        return Lock(path, self.name, tuple(sorted(packages, key=lambda p: (p.name, p.version, p.url))))


def _package(page: Page, entry: dict[str, object], line: int) -> LockedPackage:
    name = python_name(page, page.text_of(entry, "name", "a package", line), line)
    stated = [key for key in WHOLE if key in entry]
    archives = [page.table(item, f"a file of {name}", line) for item in _archives(page, entry, name, line)]
    if len(stated) + bool(archives) != 1:
        raise page.refuse(
            f"one of vcs, directory, archive, or sdist and wheels, for {name}",
            ", ".join(stated) or "no source",
            line,
        )
    kind, url = SourceKind.REGISTRY, page.optional(entry, "index", name, line)
    if stated:
        source = page.table(entry[stated[0]], f"`{stated[0]}` of {name}", line)
        kind, url = _whole_source(page, stated[0], source, name, line)
        archives = [source] if stated[0] == "archive" else []
    version = page.optional(entry, "version", name, line)
    if kind is SourceKind.REGISTRY and not version:
        raise page.refuse(f"`version` of {name}", "no such field", line)
    return LockedPackage(
        ecosystem="pypi",
        name=name,
        version=version,
        kind=kind,
        url=url.rstrip("/"),
        hashes=tuple(
            sorted({digest for archive in archives for digest in _hashes(page, archive, name, line)})
        ),
        files=tuple(sorted({_file_name(page, archive, name, line) for archive in archives})),
        line=line,
    )


def _archives(page: Page, entry: dict[str, object], name: str, line: int) -> list[object]:
    wheels = page.array(entry.get("wheels"), f"`wheels` of {name}", line)
    return wheels if entry.get("sdist") is None else [*wheels, entry["sdist"]]


def _whole_source(
    page: Page, form: str, source: dict[str, object], name: str, line: int
) -> tuple[SourceKind, str]:
    url, path = page.optional(source, "url", name, line), page.optional(source, "path", name, line)
    if form == "vcs":
        commit = page.text_of(source, "commit-id", f"`vcs` of {name}", line)
        return SourceKind.GIT, f"{url or path}#{commit}"
    if form == "directory":
        return SourceKind.PATH, page.text_of(source, "path", f"`directory` of {name}", line)
    return (SourceKind.URL, url) if url else (SourceKind.PATH, path)


def _hashes(page: Page, archive: dict[str, object], name: str, line: int) -> set[str]:
    """PEP 751 requires at least one hash for each file."""
    table = page.table(archive.get("hashes"), f"`hashes` of a file of {name}", line)
    if not table:
        raise page.refuse(f"a hash for each file of {name}", "no hash", line)
    return {page.digest(f"{key}:{page.text_of(table, key, name, line)}", name, line) for key in table}


def _file_name(page: Page, archive: dict[str, object], name: str, line: int) -> str:
    stated = page.optional(archive, "name", name, line)
    place = page.optional(archive, "path", name, line) or page.optional(archive, "url", name, line)
    if not place and not stated:
        raise page.refuse(f"`url` or `path` of each file of {name}", "no such field", line)
    return stated or unquote(place.partition("#")[0].rpartition("/")[2])
