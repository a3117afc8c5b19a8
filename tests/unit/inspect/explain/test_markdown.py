"""The Markdown report: fits a comment whatever is found, worst first, and says what it left out."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from doorward.inspect.explain import markdown
from doorward.inspect.explain.many import markdown as many_markdown
from doorward.inspect.explain.sheet import LIMIT, Sheet
from doorward.model.artifact import NotExamined
from doorward.model.finding import Report
from tests.samples import reports, updates

SAMPLES = ["back_door", "clear", "review", "undecided", "new_package", "many_findings", "hostile"]


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("limit", [8_192, 32_768, LIMIT])
def test_it_never_exceeds_its_limit(name: str, limit: int) -> None:
    report: Report = getattr(reports, name)()
    text = markdown.render(report, limit=limit)
    assert len(text) <= limit
    assert len(re.findall("^<details>", text, re.MULTILINE)) == len(
        re.findall("^</details>$", text, re.MULTILINE)
    )
    text.encode("utf-8")


def test_a_huge_report_fits_and_every_finding_is_counted() -> None:
    gaps = tuple(NotExamined(f"part{index}.bin", "encrypted") for index in range(3_000))
    report = reports.many_findings(3_000, 700)
    text = markdown.render(replace(report, coverage=replace(report.coverage, not_examined=gaps)))
    assert len(text) <= LIMIT
    assert "**3,000 findings in 700 files: 750 block, 750 review, 1,500 note.**" in text
    rows = len(re.findall(r"^\| \*\*(?:block|review|note)\*\* ", text, re.MULTILINE))
    left = re.search(r"^([\d,]+) more findings found no room in this table\.$", text, re.MULTILINE)
    assert left is not None
    assert rows + int(left[1].replace(",", "")) == 3_000
    told = sum(map(int, re.findall(r"<summary>.*: (\d+) findings?</summary>", text)))
    unsaid = re.search(
        r"^Evidence of ([\d,]+) findings in [\d,]+ files found no room here", text, re.MULTILINE
    )
    assert unsaid is not None
    assert told + int(unsaid[1].replace(",", "")) == 3_000
    assert "**Not examined (3,000), which is not the same as clean:**" in text
    listed = len(re.findall(r"^- <code>part\d+", text, re.MULTILINE))
    more = re.search(r"^- and ([\d,]+) more in the HTML and JSON reports$", text, re.MULTILINE)
    assert more is not None
    assert listed + int(more[1].replace(",", "")) == 3_000


def test_a_report_reads_from_verdict_to_limits() -> None:
    text = markdown.render(reports.back_door())
    assert text.startswith(
        "## \U0001f534 Doorward: block, 94/100\n\nexample-agent 4.2.0 \u2192 4.2.1\n\nA patch release"
    )
    assert (
        "| **block** | Decoded bytes are run as code "
        "| <code>example&#95;agent/cache.py&#58;88 in &#95;warm</code> "
        "| in 0 of 1,912 benign updates | T1140, T1027 |\n"
    ) in text
    assert "```text\n88  def _warm(cache: bytes) -> None:\n89      key = 0xC8D1\n" in text
    assert "- Innocent reading: A template engine or a serialiser that compiles what it loads.\n" in text
    assert "**Suppressed, and not counted (1):**" in text
    assert (
        text.index("**Coverage**")
        < text.index("**Assumed, not checked (1):**")
        < text.index("**What this does")
    )


def test_undecided_is_never_green() -> None:
    text = markdown.render(reports.undecided())
    assert text.startswith("## \U0001f7e3 Doorward: undecided, 0/100")
    assert "\U0001f7e2" not in text
    assert "- <code>example&#95;agent/locked.zip</code> encrypted" in text


def test_a_sheet_takes_whole_blocks_only() -> None:
    sheet = Sheet(10)
    assert sheet.add("12345")
    assert not sheet.add("1234")
    assert sheet.add("123")
    assert sheet.text() == "12345\n123\n"


@pytest.mark.parametrize("name", ["mixed", "all_clear", "nothing", "forty", "hostile_updates"])
@pytest.mark.parametrize("limit", [8_192, LIMIT])
def test_many_updates_fit_one_comment(name: str, limit: int) -> None:
    text = many_markdown.render(getattr(updates, name)(), limit=limit)
    assert len(text) <= limit
    assert len(re.findall("^<details>", text, re.MULTILINE)) == len(
        re.findall("^</details>$", text, re.MULTILINE)
    )


def test_many_updates_are_worst_first_with_one_fold_for_each_that_needs_a_look() -> None:
    text = many_markdown.render(updates.mixed())
    assert text.startswith(
        "## \U0001f534 Doorward: "
        "8 updates: 2 block, 1 review, 3 undecided, 2 clear; 14 artifacts not examined\n"
    )
    order = re.findall(r"^\| \S+ \*\*(\w+)\*\* \| <code>\w+&#58;([\w-]+)</code>", text, re.MULTILINE)
    assert order == [
        ("block", "example-forms"),
        ("block", "example-agent"),
        ("review", "example-table"),
        ("undecided", "example-gap"),
        ("undecided", "example-lost"),
        ("undecided", "example-new"),
    ]
    assert "<details><summary>\U0001f7e2 2 clear</summary>" in text
    assert "Not inspected: the registry did not answer" in text


def test_four_hundred_updates_fit_too() -> None:
    many = updates.forty(400)
    worse = replace(
        many, updates=tuple(replace(update, reports=(reports.back_door(),)) for update in many.updates)
    )
    text = many_markdown.render(worse)
    assert len(text) <= LIMIT
    rows = len(re.findall(r"^\| \S+ \*\*block\*\* ", text, re.MULTILINE))
    left = re.search(r"^([\d,]+) more updates found no room in this table\.$", text, re.MULTILINE)
    assert rows + (int(left[1]) if left else 0) == 400
    folds = len(re.findall(r"^<details><summary>\U0001f534", text, re.MULTILINE))
    unsaid = re.search(r"^Evidence of ([\d,]+) updates found no room here", text, re.MULTILINE)
    assert unsaid is not None
    assert folds + int(unsaid[1]) == 400
