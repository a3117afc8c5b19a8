"""The trait cache: small values by key in one SQLite file, bounded, shared by processes, expendable.

Promises of `doorward.ports.Store`: an entry may be lost, a wrong one is never given (each carries a
checksum over its key and value), and nothing here stops a run: a full disk, a folder that cannot be
written or a ruined file make it forget, and `problem` says why. Bounded by the size of the file:
once it is full the entries that were used longest ago go. Write-ahead logging lets processes
read while one writes, and a kill at any moment leaves the file whole (sqlite.org/wal.html).
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

__all__ = ["TraitStore"]

MIB = 1024 * 1024
MAX_BYTES = 512 * MIB
"""Of the file. Traits of a 5 MB wheel take about 100 KB."""
MAX_VALUE_SHARE = 8
"""A value above this fraction of the bound is not kept: it would push everything else out."""
SCHEMA = 1
"""Part of the file's name: another layout is another file."""
TOUCH_SECONDS = 6 * 3600
"""An entry's last use is written only this often, so that reading stays reading."""
BATCH = 400
"""Keys of one query; SQLite allows 999 parameters in its oldest builds."""
BUSY_SECONDS = 5.0
CHECKSUM = 16
RUINED = frozenset(
    {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT, sqlite3.SQLITE_ERROR}
)
"""The file is none of ours: not a database, torn, or with other tables."""


class TraitStore:
    """A bounded cache in `<folder>/traits-<schema>.sqlite`."""

    def __init__(self, folder: Path, *, max_bytes: int = MAX_BYTES) -> None:
        self.problem = ""
        """Why entries are being forgotten, or empty."""
        self._path = folder / f"traits-{SCHEMA}.sqlite"
        self._max_bytes = max(max_bytes, MIB)
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._inode = 0
        self._owner = 0

    def get(self, key: str) -> bytes | None:
        """The value stored under this key, or None."""
        return self.get_many([key]).get(key)

    def put(self, key: str, value: bytes) -> None:
        """Remember a value; never raises for a full disk."""
        self.put_many({key: value})

    def get_many(self, keys: Sequence[str]) -> dict[str, bytes]:
        """The values of those of these keys that are stored."""
        found: dict[str, bytes] = {}
        aged: list[str] = []
        old = int(time.time()) - TOUCH_SECONDS

        def look_up(connection: sqlite3.Connection) -> None:
            for some in _batches(keys):
                marks = ",".join("?" * len(some))
                query = f"SELECT key, value, used FROM entry WHERE key IN ({marks})"  # noqa: S608 - marks only
                for key, value, used in connection.execute(query, some):
                    body = _opened(key, value)
                    if body is not None:
                        found[key] = body
                    if body is None or used < old:
                        aged.append(key)

        self._use(look_up)
        if aged:
            self._use(lambda connection: _touch(connection, aged, found))
        return found

    def put_many(self, items: Mapping[str, bytes]) -> None:
        """Remember several values at once; never raises for a full disk."""
        largest = self._max_bytes // MAX_VALUE_SHARE
        now = int(time.time())
        rows = [(key, _sealed(key, value), now) for key, value in items.items() if len(value) <= largest]

        def insert(connection: sqlite3.Connection) -> None:
            _make_room(connection, sum(len(row[0]) + len(row[1]) + 64 for row in rows), self._max_bytes)
            with connection:
                connection.execute("BEGIN IMMEDIATE")
                connection.executemany("INSERT OR REPLACE INTO entry VALUES (?, ?, ?)", rows)

        if rows:
            self._use(insert)

    def close(self) -> None:
        """Close the file; the next question opens it again."""
        with self._lock:
            if self._connection is not None and self._owner == os.getpid():
                self._connection.close()
            self._connection = None

    def _use(self, act: Callable[[sqlite3.Connection], None]) -> None:
        """Do this with the file, raising nothing that SQLite or the disk says; anew if it was ruined."""
        with self._lock:
            for _ in range(2):
                try:
                    act(self._connected())
                except sqlite3.Error as error:
                    if self._gone_after(error):
                        continue
                except OSError as error:
                    self.problem = f"the cache {self._path} cannot be used: {error.strerror or error}"
                    self.close()
                return

    def _connected(self) -> sqlite3.Connection:
        # A connection must not be used across a fork (sqlite.org/howtocorrupt.html, section 2.6).
        if self._connection is not None and self._owner == os.getpid():
            return self._connection
        self._path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(
            self._path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        self._connection, self._owner = connection, os.getpid()
        self._inode = _inode(self._path)
        connection.execute("PRAGMA journal_mode=WAL")
        self._inode = _inode(self._path)
        self._path.chmod(0o600)
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute(f"PRAGMA journal_size_limit={16 * MIB}")
        connection.execute(
            "CREATE TABLE IF NOT EXISTS entry"
            " (key TEXT PRIMARY KEY, value BLOB NOT NULL, used INTEGER NOT NULL)"
        )
        connection.execute("CREATE INDEX IF NOT EXISTS by_use ON entry (used)")
        return connection

    def _gone_after(self, error: sqlite3.Error) -> bool:
        """Close the file; if it was ruined remove it and tell that another attempt makes sense."""
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        self.problem = f"the cache {self._path} forgot entries: {error}"
        self.close()
        if code in RUINED:
            self._remove()
        return code in RUINED

    def _remove(self) -> None:
        """Remove the file this process had open, unless another process already replaced it."""
        try:
            with (self._path.parent / "traits.lock").open("a") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                if _inode(self._path) != self._inode:
                    return
                for suffix in ("-wal", "-shm", ""):
                    self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
        except OSError as error:
            self.problem = f"the cache {self._path} is ruined and cannot be removed: {error.strerror}"


def _touch(connection: sqlite3.Connection, keys: Sequence[str], found: Mapping[str, bytes]) -> None:
    """Note the last use of entries, and remove those whose checksum is wrong."""
    now = int(time.time())
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(
            "UPDATE entry SET used = ? WHERE key = ?", [(now, key) for key in keys if key in found]
        )
        connection.executemany(
            "DELETE FROM entry WHERE key = ?", [(key,) for key in keys if key not in found]
        )


def _make_room(connection: sqlite3.Connection, wanted: int, most: int) -> None:
    """Remove what was used longest ago until this many bytes more stay within the bound."""
    excess = _bytes_taken(connection) + wanted - most
    if excess <= 0:
        return
    # A tenth more than needed, so that a full store is not trimmed at every write.
    excess += most // 10
    gone: list[tuple[str]] = []
    for key, size in connection.execute("SELECT key, length(value) FROM entry ORDER BY used, rowid"):
        if excess <= 0:
            break
        gone.append((key,))
        excess -= size + len(key) + 64
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("DELETE FROM entry WHERE key = ?", gone)


def _batches(keys: Sequence[str]) -> Iterable[Sequence[str]]:
    return (keys[at : at + BATCH] for at in range(0, len(keys), BATCH))


def _bytes_taken(connection: sqlite3.Connection) -> int:
    """Bytes of the file that hold something."""
    pages, free, size = (
        connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * size)


def _checksum(key: str, value: bytes) -> bytes:
    return hashlib.blake2b(
        value, digest_size=CHECKSUM, key=hashlib.sha256(key.encode("utf-8", "replace")).digest()
    ).digest()


def _sealed(key: str, value: bytes) -> bytes:
    return _checksum(key, value) + value


def _opened(key: str, sealed: object) -> bytes | None:
    """The value, or None if it is not what was stored under this key."""
    if not isinstance(sealed, bytes) or len(sealed) < CHECKSUM:
        return None
    value = sealed[CHECKSUM:]
    return value if _checksum(key, value) == sealed[:CHECKSUM] else None


def _inode(path: Path) -> int:
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return 0
