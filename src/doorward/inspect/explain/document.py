"""The report as one JSON object, for programs: `formats/schemas/report.schema.json`.

Nothing is shortened, made visible or left out: this is the output that keeps the exact characters.
All of the text is ASCII, so controls, bidirectional marks and lone surrogates stand as JSON
escapes (RFC 8259 section 7) and the output is valid UTF-8 whatever a release called its files.
"""

from __future__ import annotations

import json
from typing import Any

from doorward.model.artifact import Artifact, NotExamined
from doorward.model.finding import SCHEMA_VERSION, Change, Coverage, Finding, Report
from doorward.model.trait import Evidence

__all__ = ["document", "dump", "finding_document", "render", "timings_document"]


def render(report: Report) -> str:
    """The report as JSON text of one object, ending in a line end.

    Raises:
        ValueError: a number in it is not finite, which no reader of JSON could take.
    """
    return dump(document(report))


def dump(value: dict[str, Any]) -> str:
    """JSON text, ASCII only, indented by two, ending in a line end."""
    return json.dumps(value, ensure_ascii=True, allow_nan=False, indent=2) + "\n"


def document(report: Report) -> dict[str, Any]:
    """The report as JSON values."""
    forerunners = [_artifact(artifact) for artifact in report.old]
    return {
        "schema_version": SCHEMA_VERSION,
        "verdict": report.verdict.value,
        "score": round(report.score, 2),
        "summary": report.summary,
        "old": forerunners[-1] if forerunners else None,
        "new": _artifact(report.new),
        "forerunners": forerunners,
        "findings": [finding_document(finding) for finding in report.findings],
        "coverage": _coverage(report.coverage),
        "assumptions": list(report.assumptions),
        "notes": list(report.notes),
        "changes": [_change(change) for change in report.changes],
        "timings": timings_document(report.timings),
    }


def _artifact(artifact: Artifact) -> dict[str, Any]:
    return {
        "name": artifact.name,
        "version": artifact.version,
        "ecosystem": artifact.ecosystem,
        "file_name": artifact.file_name,
        "origin": artifact.origin,
        "sha256": artifact.digest.removeprefix("sha256:"),
        "size": artifact.size,
        "facts": [{"fact": fact, "value": value} for fact, value in artifact.facts],
    }


def finding_document(finding: Finding) -> dict[str, Any]:
    """One finding as JSON values."""
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "title": finding.title,
        "path": finding.path,
        "evidence": _evidence(finding.evidence),
        "explanation": finding.explanation,
        "innocent": finding.innocent,
        "settle": finding.settle,
        "rarity": finding.rarity,
        "attack": list(finding.attack),
        "scope": finding.scope,
        "channel": finding.channel,
        "weight": round(finding.weight, 2),
        "fingerprint": finding.fingerprint,
        "suppressed_by": finding.suppressed_by,
    }


def _evidence(evidence: Evidence) -> dict[str, Any]:
    return {
        "where": evidence.where,
        "line": evidence.line,
        "offset": evidence.offset,
        "excerpt": evidence.excerpt,
    }


def _coverage(coverage: Coverage) -> dict[str, Any]:
    return {
        "members": coverage.members,
        "bytes": coverage.bytes,
        "unchanged": coverage.unchanged,
        "examined": coverage.examined,
        "not_examined": [_not_examined(item) for item in coverage.not_examined],
    }


def _not_examined(item: NotExamined) -> dict[str, str]:
    return {"path": item.path, "reason": item.reason}


def _change(change: Change) -> dict[str, Any]:
    return {
        "path": change.path,
        "kind": change.kind.value,
        "old_path": change.old_path,
        "old_size": change.old_size,
        "new_size": change.new_size,
        "weight": round(change.weight, 2),
        "old_entropy": list(change.old_entropy),
        "new_entropy": list(change.new_entropy),
    }


def timings_document(timings: tuple[tuple[str, float], ...]) -> dict[str, float]:
    """Seconds by phase, in the order in which phases began; a phase that came twice is summed."""
    spent: dict[str, float] = {}
    for phase, seconds in timings:
        spent[phase] = spent.get(phase, 0.0) + seconds
    return {phase: round(seconds, 3) for phase, seconds in spent.items()}
