"""The SARIF log: valid against the official schema, stable, and never clean when undecided."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from doorward.inspect.explain import sarif
from doorward.inspect.explain.many import sarif as many_sarif
from doorward.model.finding import Report
from doorward.model.trait import Evidence
from tests.samples import reports, updates

SCHEMA = json.loads(
    (Path(__file__).parents[3] / "vectors" / "sarif" / "sarif-schema-2.1.0.json").read_text("utf-8")
)
VALIDATOR = Draft7Validator(SCHEMA)
SAMPLES = ["back_door", "clear", "review", "undecided", "new_package", "many_findings", "hostile"]


def run_of(report: Report) -> dict[str, Any]:
    text = sarif.render(report)
    assert text.isascii()
    log = json.loads(text)
    VALIDATOR.validate(log)
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    assert isinstance(run, dict)
    return run


@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_fits_the_official_schema(name: str) -> None:
    report: Report = getattr(reports, name)()
    run = run_of(report)
    undecided = report.verdict.value == "undecided"
    assert len(run["results"]) == len(report.findings) + undecided
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]


def test_a_finding_has_level_place_snippet_and_fingerprint() -> None:
    result = run_of(reports.back_door())["results"][0]
    assert (result["ruleId"], result["level"], result["rank"]) == ("script.decoded-execution", "error", 38.0)
    place = result["locations"][0]
    assert place["physicalLocation"]["artifactLocation"] == {
        "uri": "example_agent/cache.py",
        "uriBaseId": "RELEASE",
    }
    assert place["physicalLocation"]["region"]["startLine"] == 88
    assert place["physicalLocation"]["region"]["snippet"]["text"].startswith(
        "def _warm(cache: bytes) -> None:\n"
    )
    assert place["logicalLocations"] == [{"fullyQualifiedName": "_warm"}]
    expected = reports.back_door().findings[0].fingerprint
    assert result["partialFingerprints"] == {"doorward/v1": expected}
    assert result["message"]["text"].startswith(
        "Decoded bytes are run as code (in 0 of 1,912 benign updates). Code that is not there to be read"
    )


def test_levels_follow_severity() -> None:
    levels = [result["level"] for result in run_of(reports.back_door())["results"]]
    assert levels == ["error", "warning", "warning", "warning", "note"]


def test_rules_carry_help_tags_and_security_severity() -> None:
    rule = run_of(reports.back_door())["tool"]["driver"]["rules"][0]
    assert rule["help"]["text"].endswith(
        "Decode the data with the key shown, in a sandbox, and read what comes out."
    )
    assert rule["shortDescription"]["text"] == "New against the forerunner: script: decoded execution"
    assert rule["properties"] == {"tags": ["security", "T1140", "T1027"], "security-severity": "9.0"}


def test_a_suppressed_finding_stays_with_its_suppression() -> None:
    results = run_of(reports.back_door())["results"]
    assert [result["suppressions"] for result in results[:4]] == [[], [], [], []]
    assert results[4]["suppressions"] == [
        {
            "kind": "external",
            "status": "accepted",
            "justification": "release-team: our own namespace shim (until 2027-01-31)",
        }
    ]


def test_undecided_is_not_a_successful_run_without_results() -> None:
    run = run_of(reports.undecided())
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False
    gaps = [note for note in invocation["toolExecutionNotifications"] if note["level"] == "error"]
    assert [gap["message"]["text"] for gap in gaps] == [
        "Not examined: over the limit max_probe_bytes (536,870,912 bytes)",
        "Not examined: encrypted",
    ]
    assert (
        gaps[1]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "example_agent/locked.zip"
    )
    (result,) = run["results"]
    assert (result["kind"], result["level"]) == ("open", "none")
    assert (
        result["message"]["text"] == "Not judged: a part could not be examined. This is not a clean result."
    )


def test_clear_is_a_successful_run() -> None:
    run = run_of(reports.clear())
    assert run["invocations"][0]["executionSuccessful"] is True
    assert run["results"] == []


def test_offsets_become_byte_offsets_and_a_bare_excerpt_no_region() -> None:
    results = run_of(reports.back_door())["results"]
    assert results[1]["locations"][0]["physicalLocation"]["region"]["byteOffset"] == 0x40
    bare = replace(reports.finding(), evidence=Evidence(excerpt="x"), path="")
    result = run_of(replace(reports.back_door(), findings=(bare,)))["results"][0]
    assert result["locations"] == [
        {"physicalLocation": {"artifactLocation": {"uri": ".", "uriBaseId": "RELEASE"}}},
    ]


@pytest.mark.parametrize("name", ["mixed", "all_clear", "nothing", "forty", "hostile_updates"])
def test_updates_of_many_packages_are_one_valid_run(name: str) -> None:
    log = json.loads(many_sarif.render(getattr(updates, name)()))
    VALIDATOR.validate(log)
    assert len(log["runs"]) == 1


def test_files_of_several_packages_stay_apart() -> None:
    run = json.loads(many_sarif.render(updates.mixed()))["runs"][0]
    uris = [
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in run["results"]
    ]
    assert uris[0] == "uv.lock"
    assert "pypi/example-agent/4.2.1/example_agent/cache.py" in uris
    opened = [result["message"]["text"] for result in run["results"] if result.get("kind") == "open"]
    assert opened == [
        "Not judged: a part could not be examined. This is not a clean result.",
        "example-lost: Not inspected: the registry did not answer",
        "example-new: Nothing stands out, but there is no forerunner to compare with: not called clear.",
    ]
    assert run["properties"]["compared"] == (
        "8 updates: 2 block, 1 review, 3 undecided, 2 clear; 14 artifacts not examined"
    )
