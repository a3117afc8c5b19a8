"""Workers that are killed, hang, starve or answer nonsense: each costs its files, and is never clear."""

from __future__ import annotations

import hashlib
import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import pytest

from doorward import wiring
from doorward.cli.main import main
from doorward.inspect.wire import encode
from tests.samples import hostile_load, small_releases
from tests.samples.hostile_place import Place


@pytest.fixture
def slow(place: Place) -> Path:
    """A release with one script that takes seconds."""
    return small_releases.wheel(place.here, "1.1", {"small/slow.py": hostile_load.slow_source(30_000)})


def test_a_worker_that_is_killed_costs_one_file(place: Place, good: Path, slow: Path) -> None:
    process = place.start("inspect", "--jobs", "1", "--verbose", good, slow)
    assert process.stderr is not None
    while "probe" not in (line := process.stderr.readline()):
        assert line
    time.sleep(0.4)
    (worker,) = place.workers()
    os.kill(worker, signal.SIGKILL)
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 3, out
    assert "UNDECIDED" in out
    assert "small/slow.py: the worker ended without an answer (killed: out of memory, or by hand)" in out
    assert "1 not examined" in out


def test_a_worker_that_hangs_is_killed(place: Place, good: Path, slow: Path) -> None:
    told = place.inspect(good, slow, "--limit", "probe_seconds=0.3")
    assert told.code == 3
    assert "small/slow.py: killed after 0.3 seconds without an answer" in told.out


def test_a_file_that_needs_more_memory_than_there_is(place: Place, good: Path, slow: Path) -> None:
    told = place.inspect(good, slow, "--limit", "worker_bytes=150000000")
    assert told.code == 3
    assert "small/slow.py: python: " in told.out
    assert "out of memory" in told.out


@pytest.mark.parametrize(
    ("limit", "found"),
    [
        ("worker_bytes=1000", "the worker ended without an answer (exit code "),
        ("max_answer_bytes=50", "the worker's answer was refused: "),
    ],
)
def test_no_room_to_open_anything(place: Place, good: Path, limit: str, found: str) -> None:
    other = small_releases.wheel(place.here, "1.1")
    told = place.inspect(good, other, "--limit", limit)
    told.failed(3, "doorward: opening ", "a list of its members", found, "--limit open_seconds=")


@pytest.mark.parametrize("limit", ["nonsense=1", "max_depth=x", "max_depth", "=", "max_depth="])
def test_a_limit_that_does_not_exist(place: Place, good: Path, limit: str) -> None:
    place.inspect(good, good, "--limit", limit).failed(2, "doorward: reading --limit\n")


class Nonsense:
    """Workers of an adversary (`ports.Workers`): one answer for every job."""

    answer: bytes | str = b""

    def __init__(self, **_: Any) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def run(self, jobs: Sequence[bytes], seconds: float) -> list[bytes | str]:
        """The same for everybody."""
        assert seconds > 0
        return [self.answer for _ in jobs]


def listing(**changed: Any) -> bytes:
    member = ["small/a.py", "file", 3, "sha256:" + "0" * 64, 0, "", ""]
    return encode(
        {
            "digest": "sha256:" + "1" * 64,
            "size": 1,
            "container": "zip",
            "readers": [],
            "members": [member],
            "irregularities": [],
            "not_examined": [],
            **changed,
        }
    )


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\xff\xfe",
        b"null",
        b"[]",
        b"{}",
        b"[" * 100_000,
        b'{"digest": ' + b"9" * 10_000 + b"}",
        b'{"error": 7, "check": [], "found": {}}',
        listing(members=[["small/a.py", "file", 3, "sha256:../../../../etc/passwd", 0, "", ""]]),
        listing(members=[["small/a.py", "file", 3, "", 0, "", ""]]),
        listing(members=[["small/a.py", "spaceship", 3, "", 0, "", ""]]),
        listing(members=[["small/a.py"]]),
        listing(members={"a": 1}),
        listing(size="many"),
        listing(not_examined=[[1, 2]]),
        "the worker ended without an answer",
    ],
)
def test_nonsense_is_no_listing(
    place: Place,
    good: Path,
    answer: bytes | str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(wiring, "ConfinedWorkers", type("Liar", (Nonsense,), {"answer": answer}))
    monkeypatch.setenv("XDG_CACHE_HOME", str(place.cache))
    code = main(["inspect", str(good), str(good)])
    said = capsys.readouterr()
    assert (code, said.out) == (3, ""), said.err
    assert said.err.startswith("doorward: ")
    assert "an error of its own" not in said.err


def test_an_honest_listing_and_nonsense_after_it(
    place: Place, good: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    digest = "sha256:" + hashlib.sha256(good.read_bytes()).hexdigest()
    honest = listing(digest=digest, size=good.stat().st_size)
    monkeypatch.setattr(wiring, "ConfinedWorkers", type("Liar", (Nonsense,), {"answer": honest}))
    monkeypatch.setenv("XDG_CACHE_HOME", str(place.cache))
    code = main(["inspect", str(good)])
    said = capsys.readouterr()
    assert code == 3, said
    assert "small/a.py: the worker answered nonsense: not an examination" in said.out
