"""The report as SARIF 2.1.0, for code scanning services and editors.

Rules kept (OASIS SARIF 2.1.0, sections in brackets):

- paths are relative, percent-encoded URIs below the release's root [3.4.3, 3.10], stable over runs;
- `partialFingerprints` carries `Finding.fingerprint`, so a finding that moved is the same one [3.27.17];
- a suppressed finding stays a result, with its suppression [3.27.23];
- whatever was not examined is a notification of the invocation [3.20.21], and an undecided run has
  `executionSuccessful: false` [3.20.14] and an `open` result [3.27.9]: no findings is not clean;
- message text is made visible and its brackets escaped, so that nothing becomes a link [3.11.6].
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from doorward import __version__
from doorward.inspect.explain.document import dump
from doorward.inspect.explain.escape import for_sarif, lines_of, shortened, to_uri, visible
from doorward.inspect.explain.sentences import label, verdict_sentence, versions
from doorward.model.artifact import Artifact, NotExamined
from doorward.model.finding import Coverage, Finding, Report, Severity, Verdict
from doorward.model.trait import Evidence

__all__ = ["SCHEMA_URI", "Case", "case", "log", "render", "run"]

SCHEMA_URI = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

_LEVELS = {Severity.BLOCK: "error", Severity.REVIEW: "warning", Severity.NOTE: "note"}
_SCALE = {Severity.BLOCK: "9.0", Severity.REVIEW: "6.0", Severity.NOTE: "2.0"}
"""`security-severity` as GitHub reads it: critical from 9.0, medium from 4.0, low below."""
_ROOT = "RELEASE"
_TEXT_LIMIT = 2_000
_GAP_RULE = "doorward.not-examined"


@dataclass(frozen=True, slots=True)
class Case:
    """What one run says about one release, or about one lock file's change."""

    folder: str
    """Put before every path, so that the files of several releases stay apart; empty for one."""
    verdict: Verdict
    sentence: str
    findings: tuple[Finding, ...]
    coverage: Coverage = field(default_factory=Coverage)
    remarks: tuple[str, ...] = ()
    artifact: Artifact | None = None


def render(report: Report) -> str:
    """The report as the text of a SARIF log with one run."""
    properties = {"score": round(report.score, 2), "compared": visible(versions(report))}
    return dump(log([run([case(report)], report.verdict, f"inspect/{report.new.name}", properties)]))


def case(report: Report, folder: str = "") -> Case:
    """A report as one case of a run."""
    return Case(
        folder,
        report.verdict,
        verdict_sentence(report),
        report.findings,
        report.coverage,
        (*report.assumptions, *report.notes),
        report.new,
    )


def log(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """A SARIF log around some runs."""
    return {"$schema": SCHEMA_URI, "version": "2.1.0", "runs": runs}


def run(cases: Sequence[Case], verdict: Verdict, ident: str, properties: dict[str, Any]) -> dict[str, Any]:
    """Some cases as one run: services refuse logs of more than a few runs, so forty updates are one."""
    rules = _rules(finding for one in cases for finding in one.findings)
    index = {rule["id"]: number for number, rule in enumerate(rules)}
    results = [_result(finding, index[finding.rule], one.folder) for one in cases for finding in one.findings]
    gaps = [one for one in cases if one.verdict is Verdict.UNDECIDED]
    if gaps:
        rules.append(_gap_rule())
        results.extend(_open(one, len(rules) - 1) for one in gaps)
    return {
        "tool": {"driver": {"name": "Doorward", "version": __version__, "rules": rules}},
        "automationDetails": {"id": f"doorward/{to_uri(ident)}/"},
        "invocations": [_invocation(cases, verdict)],
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The root of the new release."}}},
        "artifacts": _artifacts(cases),
        "results": results,
        "columnKind": "unicodeCodePoints",
        "properties": {
            "verdict": verdict.value,
            **properties,
            "members": sum(one.coverage.members for one in cases),
            "unchanged": sum(one.coverage.unchanged for one in cases),
            "examined": sum(one.coverage.examined for one in cases),
            "notExamined": sum(len(one.coverage.not_examined) for one in cases),
        },
    }


def _invocation(cases: Sequence[Case], verdict: Verdict) -> dict[str, Any]:
    gaps = [_notification(item, one.folder) for one in cases for item in one.coverage.not_examined]
    remarks = dict.fromkeys(remark for one in cases for remark in one.remarks)
    return {
        "executionSuccessful": verdict is not Verdict.UNDECIDED,
        "toolExecutionNotifications": gaps + [_remark(text) for text in remarks],
    }


def _notification(item: NotExamined, folder: str) -> dict[str, Any]:
    return {
        "descriptor": {"id": _GAP_RULE},
        "level": "error",
        "message": {"text": for_sarif(shortened(f"Not examined: {item.reason}", _TEXT_LIMIT))},
        "locations": [{"physicalLocation": {"artifactLocation": _location(item.path, folder)}}],
    }


def _remark(text: str) -> dict[str, Any]:
    return {"level": "note", "message": {"text": for_sarif(shortened(text, _TEXT_LIMIT))}}


def _artifacts(cases: Sequence[Case]) -> list[dict[str, Any]]:
    """The release files, each once [3.14.15]."""
    found: dict[str, dict[str, Any]] = {}
    for one in cases:
        if one.artifact is not None:
            described = _artifact(one.artifact, one.folder)
            found.setdefault(described["location"]["uri"], described)
    return list(found.values())


def _artifact(artifact: Artifact, folder: str) -> dict[str, Any]:
    name = artifact.file_name or label(artifact)
    path = folder.removesuffix("!/") if folder.endswith("!/") else folder + name
    described: dict[str, Any] = {"location": {"uri": to_uri(path)}, "length": artifact.size}
    digest = artifact.digest.removeprefix("sha256:")
    return {**described, "hashes": {"sha-256": digest}} if digest else described


def _rules(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """One descriptor for each rule, its level that of its severest finding."""
    worst: dict[str, Finding] = {}
    order = list(Severity)
    for finding in findings:
        known = worst.get(finding.rule)
        if known is None or order.index(finding.severity) > order.index(known.severity):
            worst[finding.rule] = finding
    return [_rule(finding) for finding in worst.values()]


def _rule(finding: Finding) -> dict[str, Any]:
    why = for_sarif(shortened(finding.explanation, _TEXT_LIMIT)) or "New against the forerunner release."
    parts = [why, for_sarif(finding.innocent), for_sarif(finding.settle)]
    help_text = "\n\n".join(shortened(part, _TEXT_LIMIT) for part in parts if part)
    return {
        "id": finding.rule,
        "shortDescription": {"text": f"New against the forerunner: {for_sarif(_words(finding.rule))}"},
        "fullDescription": {"text": why},
        "help": {"text": help_text},
        "defaultConfiguration": {"level": _LEVELS[finding.severity]},
        "properties": {
            "tags": list(dict.fromkeys(["security", *(visible(ident) for ident in finding.attack)])),
            "security-severity": _SCALE[finding.severity],
        },
    }


def _gap_rule() -> dict[str, Any]:
    text = "A part of the release could not be judged, which is not the same as clean."
    return {"id": _GAP_RULE, "shortDescription": {"text": text}, "help": {"text": text}}


def _words(rule: str) -> str:
    return rule.replace(".", ": ", 1).replace("-", " ").replace("_", " ")


def _open(one: Case, index: int) -> dict[str, Any]:
    return {
        "ruleId": _GAP_RULE,
        "ruleIndex": index,
        "kind": "open",
        "level": "none",
        "message": {"text": for_sarif(shortened(one.sentence, _TEXT_LIMIT))},
        "locations": [{"physicalLocation": {"artifactLocation": _location("", one.folder)}}],
        "suppressions": [],
    }


def _result(finding: Finding, index: int, folder: str) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": _LEVELS[finding.severity],
        "rank": max(0.0, min(round(finding.weight, 2), 100.0)),
        "message": {"text": _message(finding)},
        "locations": [_place(finding, folder)],
        "suppressions": _suppressions(finding),
        "properties": {
            "rarity": visible(finding.rarity),
            "scope": visible(finding.scope),
            "channel": visible(finding.channel),
            "attack": [visible(ident) for ident in finding.attack],
        },
    }
    if finding.fingerprint:
        result["partialFingerprints"] = {"doorward/v1": visible(finding.fingerprint)}
    return result


def _message(finding: Finding) -> str:
    title = shortened(finding.title, _TEXT_LIMIT).rstrip(".")
    rare = f" ({finding.rarity})" if finding.rarity else ""
    rest = [part for part in (finding.explanation, finding.innocent, finding.settle) if part]
    return for_sarif(" ".join([f"{title}{rare}.", *(shortened(part, _TEXT_LIMIT) for part in rest)]))


def _suppressions(finding: Finding) -> list[dict[str, str]]:
    if not finding.suppressed_by:
        return []
    reason = for_sarif(shortened(finding.suppressed_by, _TEXT_LIMIT))
    return [{"kind": "external", "status": "accepted", "justification": reason}]


def _place(finding: Finding, folder: str) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": _location(finding.path, folder)}
    region = _region(finding.evidence)
    if region:
        physical["region"] = region
    place: dict[str, Any] = {"physicalLocation": physical}
    if finding.evidence.where:
        name = visible(shortened(finding.evidence.where, _TEXT_LIMIT))
        place["logicalLocations"] = [{"fullyQualifiedName": name}]
    return place


def _location(path: str, folder: str) -> dict[str, str]:
    return {"uri": to_uri(folder + path) if folder + path else ".", "uriBaseId": _ROOT}


def _region(evidence: Evidence) -> dict[str, Any]:
    """Where in the file: a region needs a line or an offset; a bare excerpt has neither."""
    region: dict[str, Any] = {}
    lines = lines_of(evidence.excerpt)
    if evidence.line is not None:
        region["startLine"] = evidence.line
    if evidence.offset is not None:
        region["byteOffset"] = evidence.offset
    if region and evidence.excerpt:
        text = "\n".join(visible(line) for line in lines)
        region["snippet"] = {"text": shortened(text, 2 * _TEXT_LIMIT)}
    return region
