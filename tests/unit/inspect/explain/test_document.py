"""The JSON report: every report fits the published schema, and keeps the accused's exact characters."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from doorward.inspect.explain import document
from doorward.model.artifact import Artifact, NotExamined
from doorward.model.finding import Change, ChangeKind, Coverage, Finding, Report, Severity, Verdict
from doorward.model.trait import Evidence
from tests.samples import reports

SCHEMA = json.loads(files("doorward.formats.schemas").joinpath("report.schema.json").read_text("utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=30)
"""Surrogates and controls too: names come from the accused."""
COUNTS = st.integers(0, 2**60)
POINTS = st.floats(0, 100)
DIGESTS = st.binary(min_size=32, max_size=32).map(lambda raw: "sha256:" + raw.hex())
ENTROPIES = st.lists(st.integers(0, 64), max_size=64).map(tuple)
MAYBE_LINE = st.none() | st.integers(1, 10**9)

ARTIFACTS = st.builds(
    Artifact,
    name=ANY_TEXT,
    version=ANY_TEXT,
    ecosystem=st.sampled_from(["pypi", "npm", "deb", "rpm", ""]),
    path=ANY_TEXT,
    file_name=ANY_TEXT,
    digest=DIGESTS,
    size=COUNTS,
    origin=ANY_TEXT,
    facts=st.lists(st.tuples(ANY_TEXT, ANY_TEXT), max_size=2).map(tuple),
)
EVIDENCE = st.builds(Evidence, where=ANY_TEXT, line=MAYBE_LINE, offset=st.none() | COUNTS, excerpt=ANY_TEXT)
FINDINGS = st.builds(
    Finding,
    rule=st.text(min_size=1, max_size=9),
    severity=st.sampled_from(Severity),
    title=ANY_TEXT,
    path=ANY_TEXT,
    evidence=EVIDENCE,
    explanation=ANY_TEXT,
    rarity=ANY_TEXT,
    attack=st.lists(ANY_TEXT, max_size=2).map(tuple),
    weight=POINTS,
    suppressed_by=ANY_TEXT,
)
CHANGES = st.builds(
    Change,
    path=ANY_TEXT,
    kind=st.sampled_from(ChangeKind),
    old_path=ANY_TEXT,
    old_size=COUNTS,
    new_size=COUNTS,
    weight=POINTS,
    old_entropy=ENTROPIES,
    new_entropy=ENTROPIES,
)
COVERAGES = st.builds(
    Coverage,
    members=COUNTS,
    bytes=COUNTS,
    unchanged=COUNTS,
    examined=COUNTS,
    not_examined=st.lists(st.builds(NotExamined, path=ANY_TEXT, reason=ANY_TEXT), max_size=2).map(tuple),
)
REPORTS = st.builds(
    Report,
    verdict=st.sampled_from(Verdict),
    score=POINTS,
    old=st.lists(ARTIFACTS, max_size=2).map(tuple),
    new=ARTIFACTS,
    findings=st.lists(FINDINGS, max_size=3).map(tuple),
    coverage=COVERAGES,
    summary=ANY_TEXT,
    assumptions=st.lists(ANY_TEXT, max_size=2).map(tuple),
    changes=st.lists(CHANGES, max_size=2).map(tuple),
    timings=st.lists(st.tuples(ANY_TEXT, st.floats(0, 1e6)), max_size=3).map(tuple),
    notes=st.lists(ANY_TEXT, max_size=2).map(tuple),
)


def read(report: Report) -> dict[str, Any]:
    text = document.render(report)
    assert text.isascii()
    value: dict[str, Any] = json.loads(text)
    return value


def test_schema_is_itself_valid() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize(
    "name", ["back_door", "clear", "review", "undecided", "new_package", "many_findings", "hostile"]
)
def test_samples_fit_the_schema(name: str) -> None:
    report: Report = getattr(reports, name)()
    VALIDATOR.validate(read(report))


@given(REPORTS)
def test_every_report_fits_the_schema_and_keeps_its_characters(report: Report) -> None:
    value = read(report)
    VALIDATOR.validate(value)
    assert [entry["path"] for entry in value["findings"]] == [entry.path for entry in report.findings]
    assert [entry["evidence"]["excerpt"] for entry in value["findings"]] == [
        entry.evidence.excerpt for entry in report.findings
    ]
    assert value["new"]["name"] == report.new.name


def test_schema_refuses_what_it_does_not_know() -> None:
    value = document.document(reports.back_door())
    value["findings"][0]["extra"] = 1
    assert [error.message for error in VALIDATOR.iter_errors(value)] == [
        "Additional properties are not allowed ('extra' was unexpected)"
    ]


def test_the_page_s_fields_stand_at_the_top() -> None:
    value = read(reports.back_door())
    assert list(value)[:6] == ["schema_version", "verdict", "score", "summary", "old", "new"]
    assert (value["schema_version"], value["verdict"], value["score"]) == (1, "block", 94.0)
    assert value["old"]["version"] == "4.2.0"
    assert [entry["version"] for entry in value["forerunners"]] == ["4.1.9", "4.2.0"]
    assert len(value["new"]["sha256"]) == 64
    assert value["timings"] == {"open": 0.081, "pair": 0.012, "probe": 0.377, "judge": 0.004}


def test_no_forerunner_is_null_not_an_empty_object() -> None:
    value = read(reports.new_package())
    assert value["old"] is None
    assert value["forerunners"] == []


def test_a_phase_that_comes_twice_is_summed() -> None:
    report = replace(reports.clear(), timings=(("open", 0.1), ("probe", 1.0), ("open", 0.25)))
    assert read(report)["timings"] == {"open": 0.35, "probe": 1.0}


def test_a_number_that_json_cannot_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="Out of range float values are not JSON compliant"):
        document.render(replace(reports.clear(), score=math.nan))
