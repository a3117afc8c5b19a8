"""The accused writes its names for the reader's terminal, and for the log of a build service."""

from __future__ import annotations

import re
import unicodedata

import pytest

from doorward.inspect.explain import terminal
from doorward.inspect.explain.many import terminal as many_terminal
from tests.samples import reports, updates

SGR = re.compile(r"\x1b\[[0-9;]*m")


def pages(*, colour: bool) -> list[str]:
    return [
        render
        for verbose in (False, True)
        for width in (40, 100)
        for render in (
            terminal.render(reports.hostile(), colour=colour, width=width, verbose=verbose),
            many_terminal.render(updates.hostile_updates(), colour=colour, width=width, verbose=verbose),
        )
    ]


def test_no_escape_no_control_and_no_hidden_character_reaches_the_terminal() -> None:
    for page in pages(colour=False):
        assert not set(reports.ACTS) & set(page)
        for char in set(page) - {"\n"}:
            assert unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}, hex(
                ord(char)
            )


def test_only_our_own_colours_are_escapes() -> None:
    for page in pages(colour=True):
        assert "\x1b" not in SGR.sub("", page)
        assert {code.partition(";")[0] for code in re.findall(r"\x1b\[([0-9;]*)m", page)} <= {"0", "1", "2"}


def test_what_would_act_is_shown_instead() -> None:
    page = terminal.render(reports.hostile(), colour=False, width=160, verbose=True)
    assert r"New: \x1b]52;c;cm0gLXJmIC8=\x07" in page
    assert r"New: user\u202egnp.exe\u202c\u2066iso\u2069" in page
    assert r"New: nul\x00here" in page
    assert r"New: lone \ud800 and byte \udcff" in page
    assert r"over\rwritten" in page


def test_no_line_is_a_command_of_a_build_service() -> None:
    for page in pages(colour=False):
        for line in page.splitlines():
            assert not re.match(r"\s*::[a-z]", line)
            assert not re.search(r"##\w*\[", line)


def test_a_name_forges_no_line_of_the_report() -> None:
    page = terminal.render(reports.hostile(), colour=False, verbose=True)
    assert len([line for line in page.splitlines() if line.startswith((" CLEAR", " BLOCK", " REVIEW"))]) == 1


@pytest.mark.parametrize("length", [100_000, 1_000_000])
def test_a_very_long_name_stays_within_a_few_lines(length: int) -> None:
    report = reports.back_door()
    long = reports.finding(title="t" * length, path="p" * length)
    page = terminal.render(
        type(report)(
            verdict=report.verdict,
            score=1.0,
            old=report.old,
            new=report.new,
            findings=(long,),
            coverage=report.coverage,
        ),
        colour=False,
    )
    assert len(page) < 5_000
