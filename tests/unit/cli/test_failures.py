"""Every class of failure has its exit code and a message with check, expected, found and next."""

from __future__ import annotations

import errno

import click
import pytest

from doorward.cli.failures import EXIT_CODES, Stopped, failure, show
from doorward.errors import Denied, DoorwardError, Misuse, Outside, Undecided, Unreachable, Waiting


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Misuse("x"), 2),
        (Undecided("x"), 3),
        (Outside("x"), 3),
        (Unreachable("x"), 3),
        (Denied("x"), 4),
        (Waiting("x"), 5),
        (DoorwardError("x"), 70),
        (click.UsageError("x"), 2),
        (click.BadParameter("x"), 2),
        (click.FileError("x"), 2),
        (KeyboardInterrupt(), 130),
        (click.Abort(), 130),
        (Stopped(15), 143),
        (Stopped(1), 129),
        (MemoryError(), 3),
        (OSError(errno.ENOSPC, "No space left on device", "report.html"), 3),
        (ModuleNotFoundError("No module named 'capstone'", name="capstone"), 2),
        (ModuleNotFoundError("No module named 'lief'", name="lief"), 2),
        (ModuleNotFoundError("No module named 'nowhere'", name="nowhere"), 70),
        (RecursionError("deep"), 70),
        (KeyError("x"), 70),
        (AssertionError("x"), 70),
    ],
)
def test_every_failure_has_its_code(error: BaseException, code: int) -> None:
    failed = failure(error, debug=False)
    assert failed.exit_code == code
    assert failed.exit_code not in {0, 1}


def test_the_table_of_codes_is_whole_and_in_order() -> None:
    assert [row.code for row in EXIT_CODES] == [0, 1, 2, 3, 4, 5, 70, 130]


def test_a_failure_names_check_expected_found_and_next() -> None:
    error = Undecided("opening a.whl", expected="a zip", found="3 bytes", next_step="fetch it again")
    assert failure(error, debug=False).lines == (
        "opening a.whl",
        "  expected: a zip",
        "  found:    3 bytes",
        "  next:     fetch it again",
    )


def test_a_missing_library_names_the_extra_that_brings_it() -> None:
    error = ModuleNotFoundError("No module named 'tree_sitter'", name="tree_sitter")
    assert failure(error, debug=False).lines == (
        "loading `tree_sitter`",
        "  expected: the extra `inspect` to be installed",
        "  found:    no module `tree_sitter`",
        "  next:     pip install 'doorward[inspect]'",
    )


def test_a_crash_says_that_nothing_was_judged_and_how_to_report_it() -> None:
    with pytest.raises(KeyError) as caught:
        raise KeyError("key")
    told = "\n".join(failure(caught.value, debug=False).lines)
    traced = "\n".join(failure(caught.value, debug=True).lines)
    assert "an error of its own: KeyError: 'key'" in told
    assert "this says nothing about the release: it was not judged" in told
    assert "doorward --debug" in told
    assert "Traceback" not in told
    assert "Traceback" in traced


def test_a_traceback_of_an_ordinary_failure_is_for_debug_only() -> None:
    assert not any("Traceback" in line for line in failure(Misuse("x"), debug=False).lines)
    with pytest.raises(Misuse) as caught:
        raise Misuse("x")
    assert any("Traceback" in line for line in failure(caught.value, debug=True).lines)


def test_a_hostile_name_cannot_speak_to_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    name = "a\x1b[2J\u202egpj.exe\r\u2028b\x9b1m"
    show(failure(Undecided(f"opening {name}", found=name), debug=False))
    said = capsys.readouterr().err
    assert said == (
        r"doorward: opening a\x1b[2J\u202egpj.exe\r\u2028b\x9b1m"
        "\n"
        r"  found:    a\x1b[2J\u202egpj.exe\r\u2028b\x9b1m"
        "\n"
    )
