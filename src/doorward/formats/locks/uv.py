"""`uv.lock`, version 1 (any revision): docs.astral.sh/uv/concepts/projects/layout.

The source of each package is one of `registry`, `git`, `url`, `path`, `directory`, `editable` and
`virtual`; another kind is refused, for what it means is not known here.
"""

from __future__ import annotations

from typing import ClassVar
from urllib.parse import unquote

from doorward.formats.locks.interface import Lock, LockedPackage, SourceKind
from doorward.formats.locks.page import Page, python_name
from doorward.formats.locks.toml_text import parse_toml

__all__ = ["UvReader"]

KINDS = {
    "registry": SourceKind.REGISTRY,
    "git": SourceKind.GIT,
    "url": SourceKind.URL,
    "path": SourceKind.PATH,
    "directory": SourceKind.PATH,
    "editable": SourceKind.WORKSPACE,
    "virtual": SourceKind.WORKSPACE,
}


class UvReader:
    """Reads `uv.lock`."""

    name: ClassVar[str] = "uv"

    def accepts(self, path: str, head: str) -> bool:
        """By name, or by its opening lines."""
        return path.endswith("uv.lock") or (
            head.startswith("version = ") and ("requires-python" in head or "resolution-markers" in head)
        )

    def read(self, path: str, text: str) -> Lock:
        """Read the whole file; see `LockReader`."""
        page = Page(path, text)
        document = parse_toml(page)
        version = document.get("version")
        if version != 1 or isinstance(version, bool):
            raise page.refuse("`version = 1`", "no such field" if version is None else version)
        lines = page.lines_of(r"^\[\[package\]\]")
        packages = set()
        for at, entry in enumerate(page.array(document.get("package"), "`package`")):
            line = lines[at] if at < len(lines) else 0
            packages.add(_package(page, page.table(entry, "a package", line), line))
        return Lock(path, self.name, tuple(sorted(packages, key=_order)))


def _order(package: LockedPackage) -> tuple[str, str, str]:
    return package.name, package.version, package.url


def _package(page: Page, entry: dict[str, object], line: int) -> LockedPackage:
    name = python_name(page, page.text_of(entry, "name", "a package", line), line)
    source = page.table(entry.get("source"), f"`source` of {name}", line)
    kinds = [key for key in source if key in KINDS]
    if len(kinds) != 1:
        raise page.refuse(f"one source of {name}: {', '.join(KINDS)}", ", ".join(source) or "no source", line)
    kind = KINDS[kinds[0]]
    hashes, files = set(), set()
    archives = page.array(entry.get("wheels"), f"`wheels` of {name}", line)
    if entry.get("sdist") is not None:
        archives = [*archives, entry["sdist"]]
    for archive in archives:
        table = page.table(archive, f"a file of {name}", line)
        place = page.optional(table, "url", name, line) or page.optional(table, "path", name, line)
        file_name = page.optional(table, "filename", name, line) or unquote(
            place.partition("#")[0].rpartition("/")[2]
        )
        if not file_name:
            raise page.refuse(f"`url` or `path` of each file of {name}", "no such field", line)
        files.add(file_name)
        digest = page.optional(table, "hash", name, line)
        if digest:
            hashes.add(page.digest(digest, name, line))
    version = page.optional(entry, "version", name, line)
    if kind is SourceKind.REGISTRY and not version:
        raise page.refuse(f"`version` of {name}", "no such field", line)
    return LockedPackage(
        ecosystem="pypi",
        name=name,
        version=version,
        kind=kind,
        url=page.text_of(source, kinds[0], f"`source` of {name}", line).rstrip("/"),
        hashes=tuple(sorted(hashes)),
        files=tuple(sorted(files)),
        line=line,
    )
