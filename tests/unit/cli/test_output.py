"""A report reaches its file whole or not at all, and nothing is left behind."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from doorward.cli.output import coloured, destination
from doorward.errors import Misuse, Outside


def test_stdout_is_where_results_go(capsys: pytest.CaptureFixture[str]) -> None:
    for output in ("", "-"):
        with destination(output) as write:
            write("a verdict")
    assert capsys.readouterr().out == "a verdict\na verdict\n"


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text("old")
    with destination(str(path)) as write:
        assert path.read_text() == "old"
        write("new")
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~mask


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_what_happens_before_the_writing_leaves_the_old_report(
    tmp_path: Path, error: type[BaseException]
) -> None:
    path = tmp_path / "report.html"
    path.write_text("old")
    with pytest.raises(error), destination(str(path)):
        raise error
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_disk_that_fills_up_leaves_the_old_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "report.html"
    path.write_text("old")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Outside) as caught, destination(str(path)) as write:
        write("new")
    assert caught.value.check == f"writing {path}"
    assert caught.value.found == "No space left on device"
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_not_there_is_known_before_the_work(tmp_path: Path) -> None:
    with pytest.raises(Misuse) as caught, destination(str(tmp_path / "no" / "report.html")):
        pytest.fail("the work began")
    assert caught.value.next_step == f"mkdir -p {tmp_path / 'no'}"


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(Misuse, match="found a folder"), destination(str(tmp_path)) as write:
        write("x")


def test_a_link_stays_and_its_target_is_replaced(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("old")
    link.symlink_to(target)
    with destination(str(link)) as write:
        write("new")
    assert link.is_symlink()
    assert target.read_text() == "new"


def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    with destination(str(pipe)) as write:
        write("through")
    assert os.read(reader, 100) == b"through"
    os.close(reader)


def test_names_that_are_no_text_are_spelled_out(tmp_path: Path) -> None:
    path = tmp_path / "report.md"
    with destination(str(path)) as write:
        write("a\udcffb")
    assert path.read_bytes() == b"a\\udcffb"


def test_no_colour_where_no_terminal_reads() -> None:
    assert coloured({"TERM": "xterm"}) is False


def test_no_color_is_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert coloured({"TERM": "xterm"}) is True
    assert coloured({"TERM": "xterm", "NO_COLOR": "1"}) is False
    assert coloured({"TERM": "xterm", "NO_COLOR": ""}) is True
    assert coloured({"TERM": "dumb"}) is False
