"""Suppressions meet findings: only what is meant, only until the day that is told."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from doorward.inspect.suppress import apply, expired, matches, remarks, unused
from doorward.model.suppression import Suppression
from tests.samples import reports

DAY = dt.date(2026, 11, 24)
ONE = Suppression("reach.host", "example_agent/*.py", "a new mirror", "release team", DAY)


def test_a_suppressed_finding_is_marked_and_put_last_and_nothing_else_changes() -> None:
    findings = (
        reports.finding(rule="reach.host", path="example_agent/a.py"),
        reports.finding(rule="script.capability", path="example_agent/a.py"),
        reports.finding(rule="reach.host", path="other/a.py"),
    )
    told = apply(findings, [ONE], DAY)
    assert told == (
        findings[1],
        findings[2],
        replace(findings[0], suppressed_by="release team: a new mirror (until 2026-11-24)"),
    )


def test_it_applies_on_its_last_day_and_never_after() -> None:
    finding = reports.finding(rule="reach.host", path="example_agent/a.py")
    assert apply([finding], [ONE], DAY)[0].suppressed_by
    assert apply([finding], [ONE], DAY + dt.timedelta(days=1)) == (finding,)
    assert expired([ONE], DAY) == ()
    assert expired([ONE], DAY + dt.timedelta(days=1)) == (ONE,)
    assert remarks([ONE], DAY + dt.timedelta(days=1)) == (
        (
            "A suppression of reach.host in example_agent/*.py (release team: a new mirror) expired on "
            "2026-11-24 "
            "and silences nothing."
        ),
    )


@pytest.mark.parametrize(
    ("glob", "path", "expected"),
    [
        ("a/*.py", "a/b.py", True),
        ("a/*.py", "a/b/c.py", False),
        ("a/**", "a/b/c.py", True),
        ("**/c.py", "a/b/c.py", True),
        ("a/?.py", "a/b.py", True),
        ("a/?.py", "a//.py", False),
        ("a/[b].py", "a/b.py", False),
        ("a/[b].py", "a/[b].py", True),
        ("a.py", "axpy", False),
        ("a.py", "a.py\n", False),
        ("**", "any\nthing", True),
        ("A.py", "a.py", False),
        ("data.tar!/usr/*", "data.tar!/usr/x", True),
    ],
)
def test_globs_mean_what_they_say(glob: str, path: str, expected: bool) -> None:  # noqa: FBT001  a table's column
    assert matches(replace(ONE, path=glob), reports.finding(rule="reach.host", path=path)) is expected


def test_a_fingerprint_narrows_it_to_one_finding() -> None:
    finding = reports.finding(rule="reach.host", path="example_agent/a.py")
    assert matches(replace(ONE, fingerprint=finding.fingerprint), finding)
    assert not matches(replace(ONE, fingerprint="sha256:" + "0" * 64), finding)


def test_suppressions_that_match_nothing_are_told() -> None:
    other = replace(ONE, path="gone.py")
    finding = reports.finding(rule="reach.host", path="example_agent/a.py")
    assert unused([finding], [ONE, other], DAY) == (other,)
