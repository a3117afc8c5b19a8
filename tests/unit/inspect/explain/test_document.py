"""The JSON report: every report fits the published schema, and keeps the accused's exact characters."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given
from jsonschema import Draft202012Validator

from doorward.inspect.explain import document
from doorward.model.finding import Report
from tests.samples import reports
from tests.samples.any_report import REPORTS

SCHEMA = json.loads(files("doorward.formats.schemas").joinpath("report.schema.json").read_text("utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)


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
