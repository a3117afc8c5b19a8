"""A bar for whoever waits at a terminal, nothing for everybody else."""

from __future__ import annotations

import io
import sys

import pytest

from doorward.cli.progress import Bar, Quiet, Spoken, progress_for


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that stands until it is moved."""
    now = [100.0]
    monkeypatch.setattr("doorward.cli.progress.time.monotonic", lambda: now[0])
    return now


def test_nothing_is_drawn_in_the_first_second(clock: list[float]) -> None:
    stream = Terminal()
    bar = Bar(stream)
    bar.phase("probe", 10)
    clock[0] += 0.9
    bar.step(5)
    bar.wipe()
    assert stream.getvalue() == ""


def test_after_a_second_phase_amount_and_file_are_shown_and_wiped(clock: list[float]) -> None:
    stream = Terminal()
    bar = Bar(stream)
    bar.phase("probe", 10)
    clock[0] += 1.5
    bar.step(5, "pkg/core.py")
    bar.wipe()
    assert stream.getvalue() == f"\r\x1b[Kprobe {'█' * 12}{'░' * 12} 5/10  pkg/core.py\r\x1b[K"


def test_it_is_drawn_ten_times_a_second_at_most(clock: list[float]) -> None:
    stream = Terminal()
    bar = Bar(stream)
    clock[0] += 2
    bar.phase("probe", 1000)
    for _ in range(1000):
        clock[0] += 0.001
        bar.step()
    assert stream.getvalue().count("\r") in range(9, 12)


def test_a_hostile_file_name_cannot_move_the_cursor(clock: list[float]) -> None:
    stream = Terminal()
    bar = Bar(stream)
    bar.phase("probe", 2)
    clock[0] += 2
    bar.step(1, "\x1b[2Jx\n")
    assert r"\x1b[2Jx\n" in stream.getvalue()


def test_more_done_than_announced_does_not_overflow() -> None:
    bar = Bar(Terminal())
    bar.phase("probe", 2)
    bar.step(5)
    assert bar.line() == f"probe {'█' * 24} 5/2"


def test_verbose_says_each_phase_once(clock: list[float]) -> None:
    stream = io.StringIO()
    spoken = Spoken(stream)
    clock[0] += 0.25
    spoken.phase("probe", 1234)
    spoken.step(7)
    assert stream.getvalue() == "doorward:   0.25 s  probe (1,234)\n"


@pytest.mark.parametrize(
    ("stream", "wanted", "verbose", "environment", "kind"),
    [
        (Terminal(), True, False, {"TERM": "xterm"}, Bar),
        (Terminal(), True, False, {"TERM": "xterm", "NO_COLOR": "1"}, Bar),
        (Terminal(), True, False, {"TERM": "dumb"}, Quiet),
        (Terminal(), True, False, {}, Quiet),
        (Terminal(), False, False, {"TERM": "xterm"}, Quiet),
        (io.StringIO(), True, False, {"TERM": "xterm"}, Quiet),
        (io.StringIO(), True, True, {}, Spoken),
    ],
)
def test_who_is_told(
    monkeypatch: pytest.MonkeyPatch,
    stream: io.StringIO,
    *,
    wanted: bool,
    verbose: bool,
    environment: dict[str, str],
    kind: type,
) -> None:
    monkeypatch.setattr(sys, "stderr", stream)
    with progress_for(wanted=wanted, verbose=verbose, environment=environment) as found:
        assert isinstance(found, kind)
