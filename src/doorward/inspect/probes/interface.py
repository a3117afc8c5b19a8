"""What every probe does, and what it is given."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import ClassVar, Protocol

from doorward.inspect.limits import DEFAULT_LIMITS, Limits
from doorward.model.trait import Trait, TraitKind

__all__ = ["CannotRead", "Probe", "Subject"]


class CannotRead(Exception):
    """The content is of the probe's kind and cannot be parsed. Becomes `NotExamined`.

    Raise it only where nobody who *uses* the file could read it either, or where the file would
    run and we cannot tell what it does. Broken *data* is the data probe's business, not an error.
    """


@dataclass(frozen=True)
class Subject:
    """One file to be examined."""

    path: str
    """Logical path in the artifact (`pkg/core.py`, `data.tar.xz!/usr/lib/x.so`)."""
    file: Path
    """Where its bytes are, read-only."""
    size: int
    limits: Limits = field(default=DEFAULT_LIMITS)

    @cached_property
    def data(self) -> bytes:
        """The whole content."""
        return self.file.read_bytes()

    @cached_property
    def head(self) -> bytes:
        """The first 4,096 bytes."""
        with self.file.open("rb") as stream:
            return stream.read(4096)

    @property
    def leaf(self) -> str:
        """Path within the innermost container."""
        return self.path.rsplit("!/", 1)[-1]

    @property
    def base(self) -> str:
        """Last component of the path."""
        return self.leaf.rsplit("/", 1)[-1]


class Probe(Protocol):
    """An examiner of one kind of content. Stateless: the same bytes give the same traits."""

    name: ClassVar[str]
    version: ClassVar[int]
    """Raised whenever the same bytes could give other traits: part of the cache key."""
    kinds: ClassVar[tuple[TraitKind, ...]]
    """Every kind of trait that `examine` may yield."""

    def accepts(self, path: str, head: bytes) -> bool:
        """Whether a file with this logical path and these first 4,096 bytes is its business."""
        ...

    def examine(self, subject: Subject) -> Iterator[Trait]:
        """Yield the traits of one file.

        Raises:
            CannotRead: of this kind, and not readable.
        """
        ...
