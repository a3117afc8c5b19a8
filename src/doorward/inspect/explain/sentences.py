"""The words that all outputs share, so that they cannot tell different stories.

Counts come from the lists that are shown; a verdict of *undecided* never borrows the words of a
clear one. Text returned here may quote the accused: every output escapes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from doorward.inspect.explain.escape import shortened
from doorward.model.artifact import Artifact
from doorward.model.finding import Coverage, Finding, Report, Severity, Verdict

__all__ = [
    "BLIND_SPOTS",
    "FileGroup",
    "active",
    "amount",
    "by_file",
    "coverage_sentence",
    "findings_sentence",
    "label",
    "meaning",
    "plural",
    "score_text",
    "settlements",
    "size_text",
    "suppressed",
    "verdict_sentence",
    "versions",
    "where",
]

BLIND_SPOTS = (
    "A change of logic that needs no new capability, name or blob: an independent rebuild or a review tells.",
    "A door that the forerunner already had: it is not new.",
)
"""What a result never proves. Shown where a report brings no notes of its own."""

_MEANINGS = {
    Verdict.CLEAR: "Nothing new that benign updates would not bring, in everything that was examined.",
    Verdict.UNDECIDED: "Not judged: a part could not be examined. This is not a clean result.",
    Verdict.REVIEW: "Something new is not explained: a person should look before this is installed.",
    Verdict.BLOCK: "Do not install: what is new here is not what benign updates bring.",
}

_PATH_LIMIT = 300
"""Characters of a path that a sentence shows; the JSON report has all."""


@dataclass(frozen=True, slots=True)
class FileGroup:
    """The findings of one file, worst first."""

    path: str
    findings: tuple[Finding, ...]

    @property
    def weight(self) -> float:
        """Points that the file's findings contribute to the score."""
        return sum(finding.weight for finding in self.findings)

    @property
    def worst(self) -> Severity:
        """The severest of its findings."""
        return max((finding.severity for finding in self.findings), key=list(Severity).index)


def plural(count: int, one: str, many: str = "") -> str:
    """`1 finding`, `1,912 findings`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def active(report: Report) -> tuple[Finding, ...]:
    """Findings that count, worst first."""
    found = [finding for finding in report.findings if not finding.suppressed_by]
    order = list(Severity)
    return tuple(sorted(found, key=lambda finding: (-order.index(finding.severity), -finding.weight)))


def suppressed(report: Report) -> tuple[Finding, ...]:
    """Findings that a suppression silences."""
    return tuple(finding for finding in report.findings if finding.suppressed_by)


def by_file(findings: Iterable[Finding]) -> tuple[FileGroup, ...]:
    """Findings grouped by file; the file with the worst finding first."""
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(finding.path, []).append(finding)
    made = [FileGroup(path, tuple(members)) for path, members in groups.items()]
    order = list(Severity)
    return tuple(sorted(made, key=lambda group: (-order.index(group.worst), -group.weight, group.path)))


def meaning(verdict: Verdict) -> str:
    """What the verdict asks of its reader."""
    return _MEANINGS[verdict]


def verdict_sentence(report: Report) -> str:
    """The report's own summary, or what its verdict means."""
    if report.summary:
        return report.summary
    if report.verdict is Verdict.UNDECIDED and not report.old and not report.coverage.not_examined:
        return "Not judged: there is no forerunner to compare with. This is not a clean result."
    return meaning(report.verdict)


def label(artifact: Artifact) -> str:
    """`requests 2.32.0`, or the file's name where neither name nor version is known."""
    named = " ".join(part for part in (artifact.name, artifact.version) if part)
    return shortened(named or artifact.file_name or artifact.origin or "unnamed", _PATH_LIMIT)


def versions(report: Report) -> str:
    """`requests 2.31.0 → 2.32.0`, or that there is no forerunner."""
    if not report.old:
        return f"{label(report.new)} (no forerunner)"
    latest = report.old[-1]
    if latest.name == report.new.name and latest.version and report.new.version:
        return shortened(f"{latest.name} {latest.version} \u2192 {report.new.version}", _PATH_LIMIT)
    return f"{label(latest)} \u2192 {label(report.new)}"


def score_text(score: float) -> str:
    """The score without a needless decimal; never rounded up to 100 or down to 0."""
    if 0 < score < 1:
        return "<1"
    return str(int(score))


def amount(weight: float) -> str:
    """Points of a finding or file, as `+12.5`; empty for none."""
    return f"+{weight:.1f}" if round(weight, 1) > 0 else ""


def size_text(size: int) -> str:
    """Bytes in decimal units: `512 B`, `62.6 kB`, `4.7 MB`."""
    if size < 1000:
        return f"{size} B"
    value = float(size)
    for unit in ("kB", "MB", "GB", "TB"):
        value /= 1000
        if value < 999.95 or unit == "TB":
            return f"{value:,.1f} {unit}"
    return f"{size} B"


def where(finding: Finding) -> str:
    """`pkg/core.py:120 in connect`, or with the offset for binaries."""
    evidence = finding.evidence
    place = shortened(finding.path, _PATH_LIMIT) or "the artifact itself"
    if evidence.line is not None:
        place += f":{evidence.line}"
    if evidence.offset is not None:
        place += f" at 0x{evidence.offset:x}"
    if evidence.where:
        place += f" in {shortened(evidence.where, 120)}"
    return place


def settlements(finding: Finding) -> tuple[tuple[str, str], ...]:
    """The labelled sentences below a finding, those that the explanation already holds left out."""
    parts = [("why", finding.explanation)]
    rarity = finding.rarity
    if finding.scope:
        rarity = (
            f"{rarity}; {_SCOPES.get(finding.scope, finding.scope)}"
            if rarity
            else _SCOPES.get(finding.scope, finding.scope)
        )
    parts.append(("rare", rarity))
    if finding.innocent not in finding.explanation:
        parts.append(("or else", finding.innocent))
    if finding.settle not in finding.explanation:
        parts.append(("settle", finding.settle))
    return tuple((name, text) for name, text in parts if text)


_SCOPES = {
    "grown": "the file had some of it, now more, of which one is shown",
    "file": "new for this file",
    "package": "new for the whole package",
    "history": "in none of the forerunners",
}


def findings_sentence(findings: Sequence[Finding], hidden: Sequence[Finding] = ()) -> str:
    """`7 findings in 3 files: 2 block, 4 review, 1 note`, and how many are suppressed."""
    tail = f"; {len(hidden):,} suppressed" if hidden else ""
    if not findings:
        return f"no findings{tail}"
    counts = [
        (sum(finding.severity is severity for finding in findings), severity.value)
        for severity in reversed(Severity)
    ]
    parts = ", ".join(f"{count:,} {word}" for count, word in counts if count)
    files = len({finding.path for finding in findings})
    return f"{plural(len(findings), 'finding')} in {plural(files, 'file')}: {parts}{tail}"


def coverage_sentence(coverage: Coverage) -> str:
    """What was looked at, in one line whose counts equal the lists."""
    parts = [
        f"{plural(coverage.members, 'member')}, {size_text(coverage.bytes)}",
        f"{coverage.unchanged:,} unchanged",
        f"{coverage.examined:,} examined",
        f"{len(coverage.not_examined):,} not examined",
    ]
    return "; ".join(parts)
