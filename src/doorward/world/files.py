"""Files of our own: written whole or not at all, spooled in private, removed whatever happens.

A spool is a folder only its user can enter, locked for as long as its process lives. It is removed
when its `with` block ends, on SIGTERM and SIGHUP, and on Ctrl-C, which Python raises in the block.
What `kill -9` leaves behind is known by its free lock and removed at the next start. Process ids
are not used for that: they are reused, and mean nothing in another container.
"""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from doorward.errors import Outside

__all__ = ["PrivateSpool", "disk_failure", "spool", "write_atomically"]

PREFIX = "doorward-spool-"
LOCK = "lock"
UNLOCKED_SECONDS = 60.0
"""A spool without a lock file younger than this may be about to get one."""
UNWRITABLE = frozenset(
    {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT, errno.ENOTDIR, errno.EEXIST, errno.ELOOP}
)
"""The folder is the wrong one; the disk is all right."""
FATAL = (signal.SIGTERM, signal.SIGHUP)


def write_atomically(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Write a file so that others see the old content or the new, never a part.

    Raises:
        Outside: the disk is full or the folder cannot be written; nothing is left behind.
    """
    temporary = path.with_name(f".{path.name[:200]}.{secrets.token_hex(8)}.tmp")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    except OSError as error:
        raise disk_failure(f"writing {path}", error) from error
    finally:
        with suppress(FileNotFoundError, NotADirectoryError):  # written, or never begun
            temporary.unlink()
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Make a rename last through a power cut, on file systems that can."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return  # written, but a folder that cannot be opened cannot be synced
    try:
        os.fsync(descriptor)
    except OSError:
        return  # some network file systems refuse it
    finally:
        os.close(descriptor)


def disk_failure(check: str, error: OSError) -> Outside:
    """An error of the disk, with what to do about it."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        found, step = "no space left on the disk", "make room there, or name another folder with --cache-dir"
    elif error.errno in UNWRITABLE:
        found, step = f"{error.strerror}", "name a folder that you may write, with --cache-dir"
    else:
        found, step = error.strerror or type(error).__name__, "look at the disk that holds it"
    return Outside(check, expected="to be written", found=found, next_step=step)


class PrivateSpool:
    """A private folder for unpacked content: `doorward.ports.Spool`."""

    def __init__(self, folder: Path, lock: int) -> None:
        self._folder = folder
        self._lock = lock

    @property
    def folder(self) -> Path:
        """Where files lie under their SHA-256."""
        return self._folder / "content"

    def remove(self) -> None:
        """Remove everything; a second call does nothing."""
        if self._lock < 0:
            return
        _remove_tree(self._folder)
        os.close(self._lock)
        self._lock = -1


@contextmanager
def spool(base: Path) -> Iterator[PrivateSpool]:
    """A new spool below `base`, removed when the block ends in whatever way; stale ones go first.

    Raises:
        Outside: `base` cannot be written or the disk is full.
    """
    try:
        base.mkdir(parents=True, exist_ok=True)
        _sweep(base)
        made = _new_spool(base)
    except OSError as error:
        raise disk_failure(f"making a temporary folder in {base}", error) from error
    try:
        with _removed_on_signals(made):
            yield made
    finally:
        made.remove()


def _new_spool(base: Path) -> PrivateSpool:
    folder = base / (PREFIX + secrets.token_hex(8))
    folder.mkdir(mode=0o700)
    # Locked before it has its name: a sweep by another process must never find it there and free.
    unnamed = folder / f".{LOCK}"
    lock = os.open(unnamed, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    unnamed.rename(folder / LOCK)
    made = PrivateSpool(folder, lock)
    made.folder.mkdir(mode=0o700)
    return made


def _sweep(base: Path) -> None:
    """Remove the spools of processes that are no more: their locks are free."""
    for folder in base.glob(PREFIX + "*"):
        try:
            if folder.lstat().st_uid != os.getuid() or folder.is_symlink():
                continue
            lock = os.open(folder / LOCK, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
        except FileNotFoundError:
            if _age(folder) > UNLOCKED_SECONDS:
                _remove_tree(folder)
            continue
        except OSError:
            continue  # another user's, or not a spool: not ours to remove
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            continue  # its process lives
        else:
            _remove_tree(folder)
        finally:
            os.close(lock)


def _age(folder: Path) -> float:
    try:
        return time.time() - folder.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _remove_tree(folder: Path) -> None:
    """Remove a tree even if its folders were made read-only."""

    def open_up(_: object, path: str, __: object) -> None:
        try:
            Path(path).parent.chmod(0o700)
            Path(path).unlink()
        except OSError:
            return  # gone, or held by somebody else: the next start tries again

    for root, names, _ in os.walk(folder):
        for name in names:
            child = Path(root) / name
            if not child.is_symlink():
                child.chmod(0o700)
    shutil.rmtree(folder, onerror=open_up)


@contextmanager
def _removed_on_signals(made: PrivateSpool) -> Iterator[None]:
    """Remove the spool before a fatal signal does what it would have done anyway."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may set handlers
        return

    def remove_and_pass_on(number: int, _frame: FrameType | None) -> None:
        made.remove()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    # A handler that raises (the command line's) ends the block, which then removes the spool once the
    # workers that write into it are gone: only the system's own way to end a process needs this.
    heeded = [number for number in FATAL if signal.getsignal(number) == signal.SIG_DFL]
    for number in heeded:
        signal.signal(number, remove_and_pass_on)
    try:
        yield
    finally:
        for number in heeded:
            signal.signal(number, signal.SIG_DFL)
