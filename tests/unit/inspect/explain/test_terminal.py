"""The terminal page: verdict first, one screen, counts that equal the lists behind them."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from doorward.inspect.explain import terminal
from doorward.inspect.explain.escape import columns
from doorward.model.artifact import NotExamined
from doorward.model.finding import Report
from tests.samples import reports

SAMPLES = ["back_door", "clear", "review", "undecided", "new_package", "many_findings", "hostile"]
SGR = re.compile(r"\x1b\[[0-9;]*m")


def sample(name: str) -> Report:
    report: Report = getattr(reports, name)()
    return report


def test_the_verdict_comes_first_with_its_score_and_one_sentence() -> None:
    lines = terminal.render(reports.back_door(), colour=False).splitlines()
    assert lines[0] == " BLOCK   94/100  example-agent 4.2.0 \u2192 4.2.1"
    assert lines[1] == "A patch release decodes bundled data and runs it, and asks DNS for the first time."


def test_a_finding_says_where_what_how_rare_what_else_and_what_next() -> None:
    page = terminal.render(reports.back_door(), colour=False)
    block = page[page.index("BLOCK   example_agent/cache.py") :].split("\n\n")[0]
    assert block.splitlines() == [
        "BLOCK   example_agent/cache.py:88 in _warm" + " " * 53 + "+38.0",
        "  Decoded bytes are run as code",
        "    88 \u2502 def _warm(cache: bytes) -> None:",
        "    89 \u2502     key = 0xC8D1",
        "    90 \u2502     out = bytearray()",
        "    91 \u2502     for b in cache:",
        "    92 \u2502         key = (key * 0x5D1F + 0x2B) & 0xFFFF",
        "    93 \u2502         out.append(b ^ (key >> 8))",
        "       \u2502 2 more lines",
        "  why      Code that is not there to be read until it runs is how a back door passes a review.",
        "  rare     in 0 of 1,912 benign updates; new for the whole package",
        "  or else  A template engine or a serialiser that compiles what it loads.",
        "  settle   Decode the data with the key shown, in a sandbox, and read what comes out.",
        "  ATT&CK   T1140, T1027",
    ]


def test_bytes_are_shown_as_a_hex_dump_with_offsets() -> None:
    page = terminal.render(reports.back_door(), colour=False)
    assert re.search(r"^    00000040 \u2502 (?:[0-9a-f]{2} ){16} \S+", page, re.MULTILINE)


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("width", [1, 40, 72, 100, 160])
def test_no_line_is_wider_than_the_terminal(name: str, width: int) -> None:
    for colour in (False, True):
        for verbose in (False, True):
            page = terminal.render(sample(name), colour=colour, width=width, verbose=verbose)
            assert max(columns(SGR.sub("", line)) for line in page.splitlines()) <= max(width, 40)


def test_sixty_findings_fit_one_screen_and_none_is_lost() -> None:
    page = terminal.render(reports.many_findings(60, 12), colour=False)
    assert page.count("\n") <= 48
    assert "60 findings in 12 files: 15 block, 15 review, 30 note" in page
    blocks = len(re.findall(r"^  Change number \d+$", page, re.MULTILINE))
    more = re.search(
        r"^(\d+) more in 12 files \(--verbose shows all, --format html the whole report\):$",
        page,
        re.MULTILINE,
    )
    assert more is not None
    assert blocks + int(more[1]) == 60
    listed = sum(map(int, re.findall(r"(\d+) findings?(?:  | in \d+ other)", page)))
    assert listed == int(more[1])


def test_verbose_shows_every_finding_and_every_gap() -> None:
    gaps = tuple(NotExamined(f"part{index}.bin", "encrypted") for index in range(30))
    report = reports.many_findings(60)
    report = replace(report, coverage=replace(report.coverage, not_examined=gaps))
    page = terminal.render(report, colour=False, verbose=True)
    assert len(re.findall(r"^  Change number \d+$", page, re.MULTILINE)) == 60
    assert page.count("encrypted") == 30
    short = terminal.render(report, colour=False)
    assert "Not examined (30), which is not the same as clean:" in short
    assert short.count("encrypted") == 5
    assert "and 25 more (--verbose lists all)" in short


def test_findings_come_worst_first_whatever_their_order() -> None:
    report = reports.back_door()
    page = terminal.render(replace(report, findings=report.findings[::-1]), colour=False)
    assert (
        page.index("cache.py:88") < page.index("zones.bin at 0x40") < page.index("example_agent/transport.py")
    )


def test_undecided_is_never_green_and_says_that_it_is_not_clean() -> None:
    page = terminal.render(reports.undecided(), colour=True)
    assert page.startswith("\x1b[1;37;45m UNDECIDED \x1b[0m")
    assert ";42m" not in page
    assert "Not judged: a part could not be examined. This is not a clean result." in page
    assert "2 not examined" in page
    assert "  - example_agent/locked.zip: encrypted" in page


def test_only_clear_is_green() -> None:
    green = {name for name in SAMPLES if "42m" in terminal.render(sample(name), colour=True, verbose=True)}
    assert green == {"clear"}


def test_no_colour_means_no_escape_at_all() -> None:
    for name in SAMPLES:
        assert "\x1b" not in terminal.render(sample(name), colour=False, verbose=True)


def test_colour_changes_no_word() -> None:
    for name in SAMPLES:
        painted = terminal.render(sample(name), colour=True)
        assert SGR.sub("", painted) == terminal.render(sample(name), colour=False)


def test_a_suppressed_finding_is_listed_with_its_reason_and_not_counted() -> None:
    page = terminal.render(reports.back_door(), colour=False, width=160)
    assert "4 findings in 3 files: 1 block, 3 review; 1 suppressed" in page
    assert "Suppressed, and not counted (1):" in page
    assert "release-team: our own namespace shim (until 2027-01-31)" in page


def test_a_package_without_forerunner_says_so() -> None:
    page = terminal.render(reports.new_package(), colour=False)
    assert "old      none: this release was inspected against nothing" in page
    assert "there is no forerunner to compare with. This is not a clean result." in page


def test_what_inspection_does_not_see_is_always_said() -> None:
    for name in SAMPLES:
        assert "Not shown by any comparison of releases:" in terminal.render(sample(name), colour=False)
