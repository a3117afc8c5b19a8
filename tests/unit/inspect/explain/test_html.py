"""The HTML report as text: complete, self-contained, honest about what it leaves out."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from itertools import pairwise

import pytest

from doorward.inspect.explain import html
from doorward.inspect.explain.html_style import POLICY, STYLE
from doorward.model.finding import Change, ChangeKind, Report
from tests.samples import reports

SAMPLES = ["back_door", "clear", "review", "undecided", "new_package", "many_findings", "hostile"]


def sample(name: str) -> Report:
    report: Report = getattr(reports, name)()
    return report


@pytest.mark.parametrize("name", SAMPLES)
def test_the_page_is_one_file_that_loads_nothing(name: str) -> None:
    text = html.render(sample(name))
    text.encode("utf-8")
    assert text.startswith("<!doctype html>\n")
    assert text.endswith("</html>\n")
    assert not re.search(r"<(?:script|img|link|iframe|object|embed|base|form|input|audio|video)\b", text)
    assert not re.search(r"""<[^>]+\s(?:src|href|style|on\w+)=(?!"#)""", text)


def test_the_policy_allows_the_one_style_sheet_by_its_hash_and_nothing_else() -> None:
    text = html.render(reports.back_door())
    (style,) = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert style == STYLE
    assert POLICY.startswith(f"default-src 'none'; style-src 'sha256-{digest}';")
    assert "url(" not in STYLE
    assert "@import" not in STYLE


def test_the_evidence_itself_stands_on_the_page() -> None:
    text = html.render(reports.back_door())
    assert "<div><i>88</i><code>def _warm(cache: bytes) -&gt; None:</code></div>" in text
    assert re.search(r"<div><i>00000040</i><code>(?:[0-9a-f]{2} ){16} ", text)
    assert (
        '<dt>How rare</dt><dd class="q">in 0 of 1,912 benign updates; new for the whole package</dd>' in text
    )
    assert '<span class="attack">T1140</span><span class="attack">T1027</span>' in text
    assert "release-team: our own namespace shim (until 2027-01-31)" in text


def test_undecided_shows_what_was_not_examined_and_is_not_green() -> None:
    text = html.render(reports.undecided())
    assert '<section class="verdict undecided"' in text
    assert "<strong>2 not examined.</strong> What was not looked at is not clean" in text
    assert 'class="pill clear"' not in text


def test_a_tree_of_many_changes_is_bounded_and_keeps_what_is_unexplained() -> None:
    changes = tuple(
        Change(f"pkg/{index % 40}/{index}.py", ChangeKind.CHANGED, "", 1, 2, 5.0 if index == 4_999 else 0.0)
        for index in range(5_000)
    )
    text = html.render(replace(reports.back_door(), changes=changes))
    assert text.count('<li class="changed">') == 1_500
    assert "4999.py" in text
    assert "and 3,500 more changed members, none of them with unexplained weight, in the JSON report" in text


def test_a_path_of_very_many_slashes_nests_no_deeper_than_a_browser_takes() -> None:
    changes = (Change("a/" * 50_000 + "x", ChangeKind.ADDED), Change("b", ChangeKind.ADDED))
    text = html.render(replace(reports.back_door(), changes=changes))
    assert text.count("<details open><summary") < 40


def test_many_findings_are_bounded_and_counted() -> None:
    text = html.render(reports.many_findings(900, 30))
    assert len(re.findall(r'<details class="finding ', text)) == 400
    assert "500 more, with their evidence in the JSON report" in text
    assert "900 findings in 30 files: 225 block, 225 review, 450 note." in text


def test_entropy_strips_mark_what_looks_random() -> None:
    text = html.render(reports.back_door())
    assert "Windows above 7.5 bits: old 0 of 64, new 14 of 64; 213.0 kB \u2192 261.1 kB" in text
    assert "Windows above 7.5 bits: old no such file, new 63 of 64; 48.2 kB" in text
    assert text.count('<rect class="full"') == 14 + 63


def test_plain_text_has_no_strip_unless_it_is_unexplained() -> None:
    text = Change("a.py", ChangeKind.CHANGED, "a.py", 1, 2, 0.0, (36, 38), (36, 39))
    assert "Windows above" not in html.render(replace(reports.clear(), changes=(text,)))
    assert "Windows above" in html.render(replace(reports.clear(), changes=(replace(text, weight=2.0),)))


def test_headings_do_not_skip_levels() -> None:
    levels = [int(level) for level in re.findall(r"<h([1-6])[ >]", html.render(reports.back_door()))]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
