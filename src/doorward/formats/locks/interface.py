"""What every reader of lock files gives: the packages that one file pins, and where it takes them from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Protocol

__all__ = ["Lock", "LockReader", "LockedPackage", "SourceKind"]


class SourceKind(StrEnum):
    """Where the bytes of a locked package come from."""

    REGISTRY = "registry"
    GIT = "git"
    URL = "url"
    """An archive at an address of its own, which no registry vouches for."""
    PATH = "path"
    """An archive or folder beside the lock file."""
    WORKSPACE = "workspace"
    """The project itself or a member of it."""


@dataclass(frozen=True, slots=True)
class LockedPackage:
    """One package as a lock file pins it."""

    ecosystem: str
    """`pypi` or `npm`."""
    name: str
    """Normalised as its ecosystem does."""
    version: str
    """As written; empty where the file states none (some git, path and workspace sources)."""
    kind: SourceKind
    url: str = ""
    """Address of the registry, or of the repository, archive or folder; empty for the default registry."""
    hashes: tuple[str, ...] = ()
    """`sha256:<hex>`, `sha512:<hex>`, …, sorted; of any of the release's files."""
    files: tuple[str, ...] = ()
    """Names of the release's files where the lock lists them, sorted."""
    line: int = 0
    """1-based line in the lock file; 0 if not known."""


@dataclass(frozen=True, slots=True)
class Lock:
    """One lock file."""

    path: str
    """Its name, for messages and findings."""
    format: str
    """`uv`, `pylock`, `requirements`, `npm`, `poetry`, `pnpm`."""
    packages: tuple[LockedPackage, ...]
    """In order of name, version, source; no two alike."""


class LockReader(Protocol):
    """A reader of one format."""

    name: ClassVar[str]

    def accepts(self, path: str, head: str) -> bool:
        """Whether a file with this path and these first characters is of this format."""
        ...

    def read(self, path: str, text: str) -> Lock:
        """Read the whole file.

        Raises:
            Misuse: naming file, line, what was expected and what was found.
        """
        ...
