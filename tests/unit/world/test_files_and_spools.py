"""Files written whole or not at all, and spools that leave nothing behind."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from doorward.errors import Outside
from doorward.world.files import spool, write_atomically

SPOOLER = """
import os, sys, time
from pathlib import Path
from doorward.world.files import spool
with spool(Path(sys.argv[1])) as made:
    (made.folder / "deep" / "er").mkdir(parents=True)
    (made.folder / "deep" / "er" / "x").write_text("x")
    (made.folder / "deep" / "er").chmod(0o500)
    print(made.folder, flush=True)
    time.sleep(60)
"""


def spooling(base: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", SPOOLER, str(base)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline()
    return process


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("old")
    write_atomically(path, b"new")
    assert path.read_text() == "new"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.json"]


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(
        Outside, match=r"writing .*/none/a; expected to be written; found No such file or directory"
    ):
        write_atomically(tmp_path / "none" / "a", b"x")


def test_a_full_disk_keeps_the_old_file_and_leaves_no_part(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old")
    script = """
import resource, signal, sys
from pathlib import Path
from doorward.world.files import write_atomically
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    write_atomically(Path(sys.argv[1]), b"x" * 5000)
except Exception as error:
    print(type(error).__name__, error)
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith(
        f"Outside writing {path}; expected to be written; found File too large; next: look"
    )
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a"]


def test_no_space_says_where_to_make_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(
        Outside, match="found no space left on the disk; next: make room there, or name another"
    ):
        write_atomically(tmp_path / "a", b"x")
    assert list(tmp_path.iterdir()) == []


def test_a_spool_is_private_and_goes(tmp_path: Path) -> None:
    with spool(tmp_path) as made:
        assert stat.S_IMODE(made.folder.stat().st_mode) == 0o700
        assert stat.S_IMODE(made.folder.parent.stat().st_mode) == 0o700
        (made.folder / "x").write_text("x")
    assert list(tmp_path.iterdir()) == []


def test_a_spool_goes_when_its_block_fails(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), spool(tmp_path):
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_spool_goes_on_signals_that_end_its_process(tmp_path: Path, number: signal.Signals) -> None:
    process = spooling(tmp_path)
    process.send_signal(number)
    process.communicate(timeout=10)
    # SIGINT is raised as KeyboardInterrupt, after which Python ends itself by the same signal.
    assert process.returncode == -number
    assert list(tmp_path.iterdir()) == []


def test_what_a_kill_leaves_goes_at_the_next_start_and_living_spools_stay(tmp_path: Path) -> None:
    dead, living = spooling(tmp_path), spooling(tmp_path)
    dead.send_signal(signal.SIGKILL)
    dead.communicate(timeout=10)
    assert len(list(tmp_path.iterdir())) == 2
    with spool(tmp_path):
        assert len(list(tmp_path.iterdir())) == 2
    assert len(list(tmp_path.iterdir())) == 1
    living.terminate()
    living.communicate(timeout=10)
    assert list(tmp_path.iterdir()) == []


def test_a_spool_that_is_just_being_made_is_left_alone(tmp_path: Path) -> None:
    young, old = tmp_path / "doorward-spool-young", tmp_path / "doorward-spool-old"
    for folder in (young, old):
        folder.mkdir()
    then = time.time() - 3600
    os.utime(old, (then, then))
    with spool(tmp_path):
        assert young.exists()
        assert not old.exists()


def test_links_in_the_base_are_not_followed(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "lock").write_text("")
    (precious / "mine").write_text("mine")
    base = tmp_path / "base"
    base.mkdir()
    (base / "doorward-spool-link").symlink_to(precious)
    (base / "doorward-spool-odd").mkdir()
    (base / "doorward-spool-odd" / "lock").symlink_to(precious / "mine")
    with spool(base):
        pass
    assert (precious / "mine").read_text() == "mine"


def test_links_in_a_spool_are_not_followed(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir(mode=0o500)
    with spool(tmp_path / "base") as made:
        (made.folder / "out").symlink_to(precious)
    assert precious.exists()
    assert stat.S_IMODE(precious.stat().st_mode) == 0o500


def test_a_handler_of_the_caller_stays_his_and_decides_when_the_block_ends(tmp_path: Path) -> None:
    told: list[int] = []
    former = signal.signal(signal.SIGTERM, lambda number, _: told.append(number))
    try:
        with spool(tmp_path) as made:
            os.kill(os.getpid(), signal.SIGTERM)
            assert told == [signal.SIGTERM]
            assert made.folder.exists()
        assert not made.folder.exists()
        os.kill(os.getpid(), signal.SIGTERM)
        assert told == [signal.SIGTERM] * 2
    finally:
        signal.signal(signal.SIGTERM, former)


def test_a_base_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(Outside, match=r"making a temporary folder in .*/file; expected to be written; found"),
        spool(tmp_path / "file"),
    ):
        pass
