"""Ctrl-C, a kill, a full disk, a closed pipe: no temporary file, no half output, no process stays."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.samples import hostile_load, small_releases
from tests.samples.hostile_place import Place

EARLY = {signal.SIGINT: -signal.SIGINT, signal.SIGTERM: -signal.SIGTERM}
"""How the interpreter ends by itself when a signal comes before the program's first line."""


def may_mount() -> bool:
    """Whether this user may mount a file system in a namespace of their own."""
    if shutil.which("unshare") is None:
        return False
    tried = subprocess.run(
        ["unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True, check=False
    )
    return tried.returncode == 0


needs_mounts = pytest.mark.skipif(not may_mount(), reason="this user may not mount a small disk")


def full_disk(place: Place, disk: Path, size: str, *words: str | Path) -> subprocess.CompletedProcess[str]:
    """Run with a disk of this size mounted at `disk`; the last line of stdout lists what stays on it."""
    disk.mkdir(parents=True, exist_ok=True)
    script = (
        f'mount -t tmpfs -o size={size} none "$0" || exit 99; "$@"; code=$?; '
        'echo "left:" $(find "$0" -type f ! -name "traits*"); exit $code'
    )
    return subprocess.run(
        ["unshare", "-m", "sh", "-c", script, disk, *place.command(*words)],
        cwd=place.here,
        env=place.environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_interrupted_at_any_moment_nothing_stays(place: Place) -> None:
    pair = hostile_load.busy_pair(place.here)
    began = time.monotonic()
    assert place.run("inspect", *pair, "--no-cache").code in {0, 1}
    whole = time.monotonic() - began
    chance = random.Random(20)  # noqa: S311 - repeatable on purpose, and no secret
    codes = []
    for turn in range(20):
        number = (signal.SIGINT, signal.SIGTERM)[turn % 2]
        process = place.start("inspect", *pair, "--no-cache", "--output", "report.txt")
        time.sleep(whole * chance.uniform(0.05, 1.0))
        process.send_signal(number)
        _, err = process.communicate(timeout=60)
        codes.append(process.returncode)
        assert process.returncode in {0, 1, 128 + number, EARLY[number]}, (turn, err)
        if process.returncode == 128 + number:
            assert "before a verdict; nothing was left behind" in err
            assert "Traceback" not in err
        report = place.here / "report.txt"
        # A signal may still come between the report and the end of the process: then it is there, and whole.
        assert report.exists() or process.returncode not in {0, 1}, (turn, process.returncode)
        assert not report.exists() or "A change of logic alone" in report.read_text(encoding="utf-8")
        report.unlink(missing_ok=True)
        place.nothing_left()
    assert {130, 143} & set(codes), codes


def test_two_signals_at_once_do_not_stop_the_tidying(place: Place) -> None:
    pair = hostile_load.busy_pair(place.here, files=60)
    for pause in (0.0, 0.01, 0.1):
        process = place.start("inspect", *pair, "--no-cache")
        while not place.workers():
            time.sleep(0.02)
        time.sleep(0.3)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGINT):
            process.send_signal(number)
            time.sleep(pause)
        _, err = process.communicate(timeout=60)
        assert process.returncode in {130, 143}, err
        assert "Traceback" not in err
        place.nothing_left()


def test_after_kill_9_workers_end_and_the_next_run_sweeps(place: Place) -> None:
    old, new = hostile_load.busy_pair(place.here, files=1, lines=120_000)
    process = place.start("inspect", old, new)
    spool = place.cache / "doorward" / "spool"
    while not list(spool.glob("*/content/*")):
        time.sleep(0.02)
    time.sleep(0.5)
    process.kill()
    process.communicate(timeout=60)
    assert list(spool.iterdir()) != []
    assert place.lingering() == {}
    good = small_releases.wheel(place.folder, "1.2")
    assert place.inspect(good, good).code == 0


@needs_mounts
def test_a_full_disk_below_the_cache(place: Place) -> None:
    pair = hostile_load.busy_pair(place.here)
    done = full_disk(place, place.cache, "1m", "inspect", *pair)
    assert done.returncode == 3, done
    assert done.stderr.startswith("doorward: "), done.stderr
    assert "No space left on device" in done.stderr or "no space left on the disk" in done.stderr
    assert "  next:" in done.stderr
    assert done.stdout.strip() == "left:"


@needs_mounts
def test_a_disk_too_full_for_the_first_folder(place: Place, good: Path) -> None:
    done = full_disk(place, place.cache, "4k,nr_inodes=2", "inspect", good, good)
    assert done.returncode == 3, done
    assert "no space left on the disk" in done.stderr
    assert "--cache-dir" in done.stderr
    assert done.stdout.strip() == "left:"


@needs_mounts
@pytest.mark.parametrize("form", ["html", "json", "sarif"])
def test_a_full_disk_below_the_output(place: Place, good: Path, form: str) -> None:
    out = place.folder / "out"
    words = ("inspect", good, good, "--format", form, "--output", out / "report")
    done = (
        full_disk(place, out, "4k,nr_inodes=3", *words)
        if form == "html"
        else full_disk(place, out, "1", *words)
    )
    if form == "html":
        assert done.returncode == 3, done
        assert f"doorward: writing {out}/report" in done.stderr
        assert "No space left on device" in done.stderr
        assert "what was there before is untouched" in done.stderr
        assert done.stdout.strip() == "left:"
    else:
        assert done.returncode in {0, 3}


def test_a_limit_on_the_size_of_files(place: Place, good: Path) -> None:
    report = place.here / "report.html"
    report.write_text("the old report", encoding="ascii")
    command = ["sh", "-c", 'ulimit -f 8; exec "$0" "$@"', *place.command("inspect", good, good)]
    done = subprocess.run(
        [*command, "--no-cache", "--format", "html", "--output", report],
        cwd=place.here,
        env=place.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3, done
    assert f"doorward: writing {report}" in done.stderr
    assert "File too large" in done.stderr
    assert report.read_text(encoding="ascii") == "the old report"


@pytest.mark.parametrize(
    ("output", "found"),
    [
        ("nowhere/report.html", "No such file or directory"),
        ("file/report.html", "Not a directory"),
        (".", "a folder"),
    ],
)
def test_an_output_that_has_no_place(place: Place, good: Path, output: str, found: str) -> None:
    (place.here / "file").write_bytes(b"x")
    place.inspect(good, good, "--output", output).failed(2, f"doorward: writing {output}\n", found)


def test_a_closed_stdout_is_no_error_of_its_own(place: Place, good: Path) -> None:
    command = ["sh", "-c", '"$0" "$@" >&-', *place.command("inspect", "--jobs", "1", good, good)]
    done = subprocess.run(command, cwd=place.here, env=place.environment, stderr=subprocess.PIPE, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    place.nothing_left()


def test_closed_streams_all_three(place: Place, good: Path) -> None:
    command = ["sh", "-c", '"$0" "$@" <&- >&- 2>&-', *place.command("inspect", "--jobs", "1", good, good)]
    done = subprocess.run(command, cwd=place.here, env=place.environment, check=False)
    assert done.returncode == 0
    missing = ["sh", "-c", '"$0" "$@" <&- >&- 2>&-', *place.command("inspect", good, "gone")]
    assert subprocess.run(missing, cwd=place.here, env=place.environment, check=False).returncode == 2


def test_a_reader_that_goes_away(place: Place, good: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as pipe:
        told = place.inspect(good, good, stdout=pipe)
    assert (told.code, told.err) == (3, "")


def test_stdout_on_a_full_disk(place: Place, good: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        told = place.inspect(good, good, stdout=full)
    assert told.code == 3
    told.says("No space left on device", "next:")


def test_two_at_once_on_one_cache(place: Place) -> None:
    pair = hostile_load.busy_pair(place.here, files=8)
    both = [place.start("inspect", *pair, "--jobs", "1") for _ in range(2)]
    ended = [(process.communicate(timeout=120), process.returncode) for process in both]
    (first, code), (second, other) = ended
    assert code == other
    assert code in {0, 1}, first
    assert [text.splitlines()[0] for text in (first[0], second[0])] == [first[0].splitlines()[0]] * 2
    assert first[1] + second[1] == ""


@pytest.mark.parametrize("where", ["file/cache", "/proc/doorward", "file"])
def test_a_cache_that_cannot_be_written(place: Place, good: Path, where: str) -> None:
    (place.here / "file").write_bytes(b"x")
    told = place.inspect(good, good, "--cache-dir", where)
    told.failed(3, "doorward: making a temporary folder in ", f"{where}", "--cache-dir")


def test_a_ruined_cache_is_made_anew(place: Place, good: Path) -> None:
    traits = place.cache / "doorward" / "traits" / "traits-1.sqlite"
    traits.parent.mkdir(parents=True)
    traits.write_bytes(b"this is no database\n" * 400)
    assert place.inspect(good, good).code == 0
    assert traits.read_bytes().startswith(b"SQLite format 3\0")
