"""Downloads kept by their content, safe under several processes and under a kill at any moment.

    <folder>/artifacts/<sha256>/<file name>     whole, checked files
    <folder>/artifacts/by-<algorithm>/<hex>     the sha256 of a file that is known by another digest
    <folder>/artifacts/partial/<algorithm>-<hex>  what has come so far, locked by whoever fetches it
    <folder>/catalogues/<sha256 of the key>     what an index said, behind its checksum

A file gets its final name by one rename, after its bytes were hashed and are on the disk. It is
hashed again whenever it is taken. A partial download is locked while it grows, resumed by whoever
comes next, and thrown away if what it becomes has another digest than the registry published.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedRandom, BufferedReader
from pathlib import Path

from doorward.errors import Outside, Undecided, Unreachable
from doorward.world.files import disk_failure, write_atomically
from doorward.world.http import Client
from doorward.world.network import without_secrets
from doorward.world.registries.catalogue import STRONG, Catalogue, Remote

__all__ = ["Kept", "Shelf"]

MAX_ARTIFACT = 8 * 1024**3
"""Bytes of one artifact where the registry does not say; PyPI's largest are near 4 GiB."""
FRESH_SECONDS = 600
"""An index page is asked for again after this; PyPI's own `max-age`."""
STALE_PARTIAL = 7 * 24 * 3600
"""Seconds after which an untouched partial download is removed."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One whole file on the shelf, just hashed."""

    path: Path
    sha256: str
    size: int


class Shelf:
    """The download cache of one folder."""

    def __init__(self, folder: Path, client: Client, *, fresh_seconds: float = FRESH_SECONDS) -> None:
        self.client = client
        self._artifacts = folder / "artifacts"
        self._partial = self._artifacts / "partial"
        self._catalogues = folder / "catalogues"
        self._fresh_seconds = fresh_seconds

    @property
    def offline(self) -> bool:
        """Whether asking is forbidden."""
        return self.client.network.offline

    def catalogue(self, key: str, make: Callable[[], Catalogue], *, ask: str) -> Catalogue:
        """What an index says of a package: kept, if young enough or offline; else asked for.

        Args:
            key: index and package.
            make: asks the index.
            ask: the command that would bring it, for the message.

        Raises:
            Unreachable: offline and never asked before.
        """
        path = self._page(key)
        body = self._kept_page(path, self._fresh_seconds)
        if body is not None:
            try:
                return Catalogue.load(body)
            except (ValueError, TypeError, KeyError):
                path.unlink(missing_ok=True)  # written by another version of Doorward
        if self.offline:
            raise Unreachable(
                f"looking up {key} with --offline",
                expected="an answer kept from before",
                found="none",
                next_step=f"run `{ask}` once without --offline",
            )
        made = make()
        self._keep_page(path, made.dump())
        return made

    def document(self, key: str, make: Callable[[], bytes]) -> bytes:
        """A page that never changes once published: kept, or asked for and then kept.

        Raises:
            Unreachable: offline and never asked before.
        """
        path = self._page(key)
        body = self._kept_page(path, float("inf"))
        if body is None:
            body = make()
            self._keep_page(path, body)
        return body

    def _page(self, key: str) -> Path:
        return self._catalogues / hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()

    def _keep_page(self, path: Path, body: bytes) -> None:
        self._keep(path, hashlib.sha256(body).hexdigest().encode() + b"\n" + body)

    def _kept_page(self, path: Path, fresh_seconds: float) -> bytes | None:
        try:
            age = time.time() - path.stat().st_mtime
            if not self.offline and not 0 <= age <= fresh_seconds:
                return None
            checksum, _, body = path.read_bytes().partition(b"\n")
        except OSError:
            return None
        return body if hashlib.sha256(body).hexdigest().encode() == checksum else None

    def bring(self, remote: Remote, *, ask: str) -> Kept:
        """Have this file on the shelf, with the digests that the registry published.

        Args:
            remote: the file.
            ask: the command that would bring it, for the message when offline.

        Raises:
            Undecided: no strong digest is published, or the bytes have another one.
            Unreachable: no answer, or offline and not on the shelf.
            Outside: the disk is full.
        """
        wanted = _wanted(remote)
        kept = self._take(remote, wanted)
        if kept is not None:
            return kept
        if self.offline:
            raise Unreachable(
                f"taking {remote.file_name} from the download cache with --offline",
                expected=wanted[0],
                found="nothing",
                next_step=f"run `{ask}` once without --offline",
            )
        try:
            with self._growing(wanted[0]) as (stream, partial):
                return self._take(remote, wanted) or self._fetch(remote, wanted, stream, partial)
        except OSError as error:
            raise disk_failure(f"keeping {remote.file_name} under {self._artifacts}", error) from error

    def _fetch(self, remote: Remote, wanted: Sequence[str], stream: BufferedRandom, partial: Path) -> Kept:
        resumed = stream.seek(0, os.SEEK_END) > 0
        try:
            size = self.client.download(remote.url, stream, limit=MAX_ARTIFACT, size=remote.size)
            found = _digests(stream, wanted)
            if resumed and not _agree(found, wanted):
                # What lay there was of another download; its bytes are gone before this one starts.
                stream.truncate(0)
                size = self.client.download(remote.url, stream, limit=MAX_ARTIFACT, size=remote.size)
                found = _digests(stream, wanted)
        except (Undecided, Outside) as error:
            # Only what a later attempt can go on with stays.
            if not isinstance(error, Unreachable) or stream.seek(0, os.SEEK_END) == 0:
                partial.unlink(missing_ok=True)
            raise
        if not _agree(found, wanted) or remote.size not in {None, size}:
            partial.unlink(missing_ok=True)
            raise _mismatch(remote, wanted, found, size)
        stream.flush()
        os.fsync(stream.fileno())
        sha256 = found["sha256"]
        final = self._artifacts / sha256 / remote.file_name
        final.parent.mkdir(parents=True, exist_ok=True)
        partial.replace(final)
        for digest in wanted:
            algorithm, _, value = digest.partition(":")
            if algorithm != "sha256":
                self._keep(self._artifacts / f"by-{algorithm}" / value, sha256.encode())
        return Kept(final, sha256, size)

    def _take(self, remote: Remote, wanted: Sequence[str]) -> Kept | None:
        """The file from the shelf, hashed; one whose bytes have changed is removed."""
        sha256 = self._sha256_of(wanted)
        if not sha256:
            return None
        path = self._artifacts / sha256 / remote.file_name
        try:
            with path.open("rb") as stream:
                found = _digests(stream, wanted)
                size = stream.seek(0, os.SEEK_END)
        except OSError:
            return None
        if found["sha256"] == sha256 and _agree(found, wanted) and remote.size in {None, size}:
            return Kept(path, sha256, size)
        path.unlink(missing_ok=True)
        return None

    def _sha256_of(self, wanted: Sequence[str]) -> str:
        for digest in wanted:
            algorithm, _, value = digest.partition(":")
            if algorithm == "sha256":
                return value
            try:
                text = (self._artifacts / f"by-{algorithm}" / value).read_text("ascii")
            except (OSError, UnicodeDecodeError):
                continue
            if re.fullmatch(r"[0-9a-f]{64}", text):
                return text
        return ""

    @contextmanager
    def _growing(self, digest: str) -> Iterator[tuple[BufferedRandom, Path]]:
        """The partial download of this digest, locked; empty unless somebody began it."""
        self._partial.mkdir(parents=True, exist_ok=True)
        self._sweep()
        path = self._partial / digest.replace(":", "-")
        while True:
            stream = _open_or_create(path)
            try:
                fcntl.flock(stream, fcntl.LOCK_EX)
                # Whoever held the lock may have renamed or removed what we opened.
                if _same_file(stream, path):
                    yield stream, path
                    return
            finally:
                stream.close()

    def _sweep(self) -> None:
        """Remove partial downloads that nobody went on with."""
        oldest = time.time() - STALE_PARTIAL
        for path in self._partial.iterdir():
            try:
                with path.open("rb") as stream:
                    fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    if path.stat().st_mtime < oldest and _same_file(stream, path):
                        path.unlink()
            except OSError:
                continue  # being fetched, or gone

    @staticmethod
    def _keep(path: Path, data: bytes) -> None:
        """Write a file that may be lost: what does not fit on the disk is asked for again."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, data)
        except (OSError, Outside):
            return


def _wanted(remote: Remote) -> list[str]:
    """The published digests that may vouch for bytes, sha256 first."""
    strong = [digest for name in STRONG for digest in remote.digests if digest.startswith(name + ":")]
    if not strong:
        weak = ", ".join(digest.partition(":")[0] for digest in remote.digests) or "no digest"
        raise Undecided(
            f"checking {remote.file_name} of {without_secrets(remote.url)}",
            expected="a sha256 (or sha384, sha512) digest published by the registry",
            found=weak,
            next_step="fetch the file yourself from a source you trust and inspect it by its path",
        )
    return strong


def _digests(stream: BufferedReader | BufferedRandom, wanted: Sequence[str]) -> dict[str, str]:
    """sha256 of the whole file, and every other algorithm that is wanted."""
    found = {}
    for algorithm in dict.fromkeys(["sha256", *(digest.partition(":")[0] for digest in wanted)]):
        stream.seek(0)
        found[algorithm] = hashlib.file_digest(stream, algorithm).hexdigest()
    return found


def _agree(found: dict[str, str], wanted: Sequence[str]) -> bool:
    return all(found[digest.partition(":")[0]] == digest.partition(":")[2] for digest in wanted)


def _mismatch(remote: Remote, wanted: Sequence[str], found: dict[str, str], size: int) -> Undecided:
    for digest in wanted:
        algorithm = digest.partition(":")[0]
        if f"{algorithm}:{found[algorithm]}" != digest:
            expected, got = digest, f"{algorithm}:{found[algorithm]}"
            break
    else:
        expected, got = f"{remote.size:,} bytes", f"{size:,} bytes"
    return Undecided(
        f"checking {remote.file_name} from {without_secrets(remote.url)} against the registry's digest",
        expected=expected,
        found=f"{got} (the bytes were deleted)",
        next_step="do not install this release; try again, and if it stays so tell the registry",
    )


def _open_or_create(path: Path) -> BufferedRandom:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    return os.fdopen(descriptor, "r+b")


def _same_file(stream: BufferedReader | BufferedRandom, path: Path) -> bool:
    try:
        there = path.stat()
    except FileNotFoundError:
        return False
    here = os.fstat(stream.fileno())
    return (here.st_dev, here.st_ino) == (there.st_dev, there.st_ino)
