"""The intake hashes in one pass, writes each content once, and leaves nothing behind when it fails."""

from __future__ import annotations

import errno
import hashlib
import io
import os
from pathlib import Path

import pytest

from doorward.errors import Outside
from doorward.inspect.limits import DEFAULT_LIMITS
from doorward.inspect.open.intake import CHUNK, Intake
from doorward.inspect.open.interface import OverLimit
from doorward.inspect.open.walk import unpack


class Trickle(io.BytesIO):
    """A stream that answers with less than it was asked for."""

    def read(self, size: int | None = -1, /) -> bytes:
        """At most 70,001 bytes."""
        return super().read(min(size or 0, 70_001) if size and size > 0 else size)


def no_limit(_: int) -> None:
    """Never stop."""


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 17])
@pytest.mark.parametrize("kept", [True, False])
def test_any_size_is_hashed_and_written(tmp_path: Path, size: int, kept: bool) -> None:  # noqa: FBT001
    data = bytes(range(251)) * (size // 251 + 1)
    data = data[:size]
    with Intake(tmp_path if kept else None) as intake:
        content = intake.take(Trickle(data), no_limit)
        assert content.digest == f"sha256:{hashlib.sha256(data).hexdigest()}"
        assert content.size == size
        assert content.head == data[:4096]
        assert data.endswith(content.tail)
        assert len(content.tail) >= min(size, 65_557)
        with content.open() as again:
            assert again.read() == data
        intake.release(content)
    names = [path.name for path in tmp_path.iterdir()]
    assert names == ([content.digest.removeprefix("sha256:")] if kept else [])


def test_a_guard_that_stops_leaves_nothing_behind(tmp_path: Path) -> None:
    def guard(size: int) -> None:
        if size > 2 * CHUNK:
            raise OverLimit("enough")

    with Intake(tmp_path) as intake, pytest.raises(OverLimit, match="enough"):
        intake.take(io.BytesIO(bytes(4 * CHUNK)), guard)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("size", [10, 3 * CHUNK])
def test_a_full_disk_is_outside_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    source, spool = tmp_path / "tool", tmp_path / "spool"
    source.write_bytes(b"x" * size)
    spool.mkdir()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "rename", full)
    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(Outside) as caught:
        unpack(source, "tool", spool, DEFAULT_LIMITS)
    assert str(caught.value) == (
        "reading tool; expected bytes from the disk; found No space left on device;"
        " next: check the permissions of the file and the free space, then run again"
    )
    assert list(spool.iterdir()) == []


def test_an_interrupt_leaves_nothing_behind(tmp_path: Path) -> None:
    class Interrupted(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell() >= 2 * CHUNK:
                raise KeyboardInterrupt
            return super().read(size)

    with Intake(tmp_path) as intake, pytest.raises(KeyboardInterrupt):
        intake.take(Interrupted(bytes(4 * CHUNK)), no_limit)
    assert list(tmp_path.iterdir()) == []


def test_a_private_folder_goes_away() -> None:
    with Intake(None) as intake:
        content = intake.take(io.BytesIO(bytes(2 * CHUNK)), no_limit)
        assert content.file is not None
        assert content.file.exists()
        assert content.file.parent.stat().st_mode & 0o777 == 0o700
    assert not content.file.parent.exists()
