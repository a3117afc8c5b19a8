"""One pass over a content: hashed, measured against its limits, and written once under its digest.

The spool holds each unique content as `<hex sha256>`, mode 0600, put there by rename so that nobody
ever sees half of one. Contents up to one chunk stay in memory; larger ones are read and written in
chunks. Temporary names start with `.part-` and are removed whatever happens.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

__all__ = ["CHUNK", "Content", "Intake"]

CHUNK = 1024 * 1024
"""Bytes read and hashed at a time."""

HEAD = 4096
TAIL = 65_557
"""Bytes from the end that may hold a zip's end record: 22 and the longest comment."""


@dataclass(frozen=True, slots=True)
class Content:
    """One content that was taken in."""

    digest: str
    """`sha256:<hex>`."""
    size: int
    head: bytes
    """The first 4,096 bytes."""
    tail: bytes
    """At least the last 65,557 bytes."""
    data: bytes | None
    """All of it, if it is small."""
    file: Path | None
    """Where it lies, if it is large."""

    def open(self) -> BinaryIO:
        """The content again, seekable."""
        if self.data is not None:
            return io.BytesIO(self.data)
        if self.file is None:  # pragma: no cover - excluded by construction
            raise ValueError(self.digest)
        return self.file.open("rb")


class Intake:
    """Where contents go: a spool that the caller keeps, or a private folder that goes away."""

    def __init__(self, spool: Path | None) -> None:
        self._kept = spool is not None
        self._folder = spool if spool is not None else Path(tempfile.mkdtemp(prefix="doorward-"))
        self._place = os.fspath(self._folder)
        self._stored: set[str] = set()
        self._count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove the private folder."""
        if not self._kept:
            shutil.rmtree(self._folder, ignore_errors=True)

    def take(self, stream: BinaryIO, guard: Callable[[int], None]) -> Content:
        """Read a stream to its end.

        Args:
            stream: the content.
            guard: called with the bytes read so far after every chunk; raises to stop.

        Raises:
            CannotOpen, OverLimit: from the stream or the guard; nothing is left behind.
        """
        first = _fill(stream)
        guard(len(first))
        if len(first) < CHUNK:
            return self._small(first)
        return self._large(first, stream, guard)

    def release(self, content: Content) -> None:
        """The caller is done with this content: free the disk unless the spool is kept."""
        if content.file is not None and not self._kept:
            content.file.unlink(missing_ok=True)

    def _small(self, data: bytes) -> Content:
        digest = hashlib.sha256(data).hexdigest()
        if self._kept and digest not in self._stored:
            self._store(data, digest)
            self._stored.add(digest)
        return Content(f"sha256:{digest}", len(data), data[:HEAD], data[-TAIL:], data, None)

    def _store(self, data: bytes, digest: str) -> None:
        """Write one small content. Plain system calls: a wheel has thousands of these."""
        target = f"{self._place}/{digest}"
        if os.path.exists(target):  # noqa: PTH110 - twice as fast as a Path
            return
        part, handle = self._part()
        try:
            try:
                written = os.write(handle, data)
                while written < len(data):
                    written += os.write(handle, data[written:])
            finally:
                os.close(handle)
            os.rename(part, target)  # noqa: PTH104 - as above
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(part)  # noqa: PTH108 - as above
            raise

    def _large(self, first: bytes, stream: BinaryIO, guard: Callable[[int], None]) -> Content:
        part, handle = self._part()
        try:
            with os.fdopen(handle, "wb", buffering=0) as out:
                digest, size, tail = _copy(first, stream, out, guard)
            target = self._folder / digest
            Path(part).replace(target)
        except BaseException:
            Path(part).unlink(missing_ok=True)
            raise
        return Content(f"sha256:{digest}", size, first[:HEAD], tail, None, target)

    def _part(self) -> tuple[str, int]:
        self._count += 1
        part = f"{self._place}/.part-{os.getpid()}-{self._count}"
        return part, os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)


def _fill(stream: BinaryIO) -> bytes:
    """One chunk, or all there is: streams may answer with less than they were asked for."""
    data = stream.read(CHUNK)
    if not data or len(data) == CHUNK:
        return data
    parts, have = [data], len(data)
    while have < CHUNK and (more := stream.read(CHUNK - have)):
        parts.append(more)
        have += len(more)
    return b"".join(parts) if len(parts) > 1 else data


def _copy(
    first: bytes, stream: BinaryIO, out: io.FileIO, guard: Callable[[int], None]
) -> tuple[str, int, bytes]:
    sha = hashlib.sha256()
    size = 0
    before, last, data = b"", b"", first
    while data:
        sha.update(data)
        view = memoryview(data)
        while view:
            view = view[out.write(view) :]
        size += len(data)
        before, last, data = last, data, _fill(stream)
        guard(size + len(data))
    return sha.hexdigest(), size, (before + last)[-TAIL:]
